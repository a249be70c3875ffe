#!/usr/bin/env bash
# Builds rolefs as one static program for Linux.
#
#   packages/build.sh x86_64|aarch64
#
# Prints the path of the program. Needs the tools of packages/install-tools.sh: Debian's Rust
# compiler with the standard library's source, and musl for both processors.
set -euo pipefail
cd "$(dirname "$0")/../.."
processor=$1
triple=$processor-unknown-linux-musl
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$target/packages/$processor
mkdir -p "$tools"

# GCC with musl, in the same way for both processors. Debian's specs lack static programs that can
# be loaded at any address (static-pie). With `-z rel` a relocation has 16 bytes in place of 24: what
# is added to the address lies in the data. musl's start applies both forms.
sed -e 's/Scrt1\.o/rcrt1.o/' \
    -e "s,^-dynamic-linker [^ ]* .*,-nostdlib -static -pie --no-dynamic-linker -z text -z relro -z now -z rel," \
    "/usr/lib/$processor-linux-musl/musl-gcc.specs" >"$tools/static-pie.specs"
compiler=$tools/musl-gcc
cat >"$compiler" <<SH
#!/bin/sh
exec $processor-linux-gnu-gcc "\$@" -specs "$tools/static-pie.specs" -B "$tools"
SH
chmod +x "$compiler"
# LLVM's linker merges functions with the same instructions. Rust does not promise that different
# functions have different addresses.
ln -sf /usr/bin/ld.lld-19 "$tools/ld.lld"
# A stub in place of the unwinder: a panic aborts.
"$compiler" -Os -c -o "$tools/unwind.o" example-app/packages/unwind.c
rm -f "$tools/libunwind.a"
ar rcsD "$tools/libunwind.a" "$tools/unwind.o"

variable=${triple//-/_}
export "CC_$variable=$compiler" "CARGO_TARGET_${variable^^}_LINKER=$compiler"
# Paths of the build are replaced, so that two builds are equal.
flags=(-Clink-self-contained=no -Ctarget-feature=+crt-static -Crelocation-model=pie
    -Cforce-unwind-tables=no "-L$tools" -Clink-arg=-fuse-ld=lld "-Clink-arg=-Wl,--icf=all"
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo" "--remap-path-prefix=$PWD=/rolesig")
# A path can have spaces, so the flags are separated by another character, and quoted for `cc`.
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && echo "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS CC_SHELL_ESCAPED_FLAGS=1
export "CFLAGS_$variable='-ffile-prefix-map=${CARGO_HOME:-$HOME/.cargo}=/cargo'"
# A panic in a dependency names no file and line, which would take 82 KB; one in this workspace does.
RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 cargo build --locked --profile dist -p rolefs --target "$triple" \
    -Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size -Zprofile-rustflags \
    --config 'profile.dist.package."*".rustflags = ["-Zlocation-detail=none"]' >&2
echo "$target/$triple/dist/rolefs"

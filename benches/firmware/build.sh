#!/bin/sh
# Builds programs for bare metal, and prints the folder that they are in.
#
#   benches/firmware/build.sh TARGET PROFILE FEATURE BIN…
#
# The feature is `emulated`, or empty. Needs a compiler with the library's source for bare metal, and
# LLVM's linker. On Debian 12: apt-get install rustc-web cargo-web rust-web-src lld-19
# RUSTC and CARGO_TARGET_DIR can be set from outside; with LINK, one program is linked with that argument.
set -eu
cd "$(dirname "$0")"
target=$1 profile=$2 feature=$3
shift 3
export RUSTC="${RUSTC:-/usr/bin/rustc}"
# -Zbuild-std is for nightly compilers, or with this for the library's own compiler.
export RUSTC_BOOTSTRAP=1
# SHA-256 has a small form and a fast one.
case $profile in
release | fast-small-hash) cfg='["--cfg", "sha2_backend_soft=\"compact\""]' ;;
*) cfg='[]' ;;
esac
for bin; do
    set -- "$@" --bin "$bin"
    shift
done
verb=build
if [ -n "${LINK-}" ]; then
    verb=rustc
    set -- "$@" -- "-Clink-arg=$LINK"
fi
cargo "$verb" --locked --quiet -Zbuild-std=core --config "target.$target.rustflags=$cfg" \
    --profile "$profile" --target "$target" --features "$feature" "$@" >&2
echo "${CARGO_TARGET_DIR:-$PWD/target}/$target/$profile"

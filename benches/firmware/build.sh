#!/bin/sh
# Builds programs for bare metal, and prints the folder of the results.
#
#   benches/firmware/build.sh TARGET PROFILE FEATURE BIN…
#
# The feature is `emulated`, or empty. Needs a compiler with the standard library's source, and
# LLVM's linker. On Debian 12: apt-get install rustc-web cargo-web rust-web-src lld-19
# The variables RUSTC and CARGO_TARGET_DIR are respected. With LINK, one program is linked with that
# argument.
set -eu
cd "$(dirname "$0")"
target=$1 profile=$2 feature=$3
shift 3
export RUSTC="${RUSTC:-/usr/bin/rustc}"
# Allows -Zbuild-std, a nightly option, in the compiler that the library's source belongs to.
export RUSTC_BOOTSTRAP=1
# SHA-256 has a small form and a fast one.
case $profile in
release | fast-small-hash) cfg='["--cfg", "sha2_backend_soft=\"compact\""]' ;;
*) cfg='[]' ;;
esac
# Two more forms are features of `rolesig`.
case $profile in
release-quick-sha256 | release-small-sha256) feature="$feature ${profile#release-}" ;;
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

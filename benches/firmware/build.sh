#!/bin/sh
# Builds a program for bare metal, and prints where the image is.
#
#   benches/firmware/build.sh BIN TARGET PROFILE [FEATURE]
#
# Needs a compiler with the library's source for bare metal, and LLVM's linker. On Debian 12:
# apt-get install rustc-web cargo-web rust-web-src lld-19
# RUSTC and CARGO_TARGET_DIR can be set from outside; RUSTC_ARGUMENTS go to the linking rustc.
set -eu
cd "$(dirname "$0")"
bin=$1 target=$2 profile=$3 feature=${4-}
export RUSTC="${RUSTC:-/usr/bin/rustc}"
# -Zbuild-std is for nightly compilers, or with this for the library's own compiler.
export RUSTC_BOOTSTRAP=1
# SHA-256 has a small form and a fast one.
case $profile in
release | fast-small-hash) cfg='["--cfg", "sha2_backend_soft=\"compact\""]' ;;
*) cfg='[]' ;;
esac
case $bin in
imds | sts | iot | device) features=driver,$feature ;;
*) features=$feature ;;
esac
# shellcheck disable=SC2086 # the arguments are to be split
cargo rustc --locked --quiet -Zbuild-std=core --config "target.$target.rustflags=$cfg" \
    --features "$features" --profile "$profile" --target "$target" --bin "$bin" -- ${RUSTC_ARGUMENTS-} >&2
echo "${CARGO_TARGET_DIR:-$PWD/target}/$target/$profile/$bin"

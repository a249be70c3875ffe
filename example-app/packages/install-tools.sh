#!/usr/bin/env bash
# Installs the tools of packages/build.sh, packages/pack.sh and tests/servers/checks/packages.py, on
# Debian. Run it as root.
set -euo pipefail
dpkg --add-architecture arm64
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends \
    rustc-web cargo-web rust-web-src lld-19 gcc musl-dev gcc-aarch64-linux-gnu musl-dev:arm64 \
    qemu-user-static debootstrap rpm ca-certificates buildah shellcheck
for tool in cargo-deb@3.8.0 cargo-generate-rpm@0.21.1; do
    cargo install --list | grep -qxF "${tool/@/ v}:" || cargo install --locked --debug "$tool"
done

#!/usr/bin/env bash
# Builds rolefs for both processors, and packs it: archives, .deb and .rpm, with the manual, the
# completions and the licences, the bootstrap action of Amazon EMR, and the checksums of all.
#
#   packages/pack.sh        everything is in target/packages/out afterwards
#
# Two runs on one commit give the same files. Needs the tools of packages/install-tools.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-../target}")
out=$target/packages/out
version=$(cargo metadata --locked --no-deps --format-version 1 |
    python3 -c 'import json, sys
print(*(package["version"] for package in json.load(sys.stdin)["packages"] if package["name"] == "rolefs"))')
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
rm -rf "$out"
mkdir -p "$out"

archive() { # FILE FOLDER [OPTION...]
    tar --create --file - --directory "$2" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 \
        --numeric-owner "${@:3}" . | gzip -9n >"$1"
}

# For the Dockerfile: the program, certificates, and a folder that every user can write to.
root_of_image() { # PROCESSOR
    local root=$stage-image architecture=amd64
    [ "$1" = aarch64 ] && architecture=arm64
    install -D -m 755 "$stage/rolefs" "$root/bin/rolefs"
    install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    install -d -m 1777 "$root/tmp"
    archive "$out/root-$architecture.tar.gz" "$root"
    rm -rf "$root"
}

# Cargo.toml names the files of the packages in this folder.
stage=packages/stage
rm -rf "$stage"
mkdir -p "$stage"
trap 'rm -rf "$stage" "$stage-image"' EXIT
cp LICENSE-APACHE LICENSE-MIT README.md "$stage"

# The texts are the same for both processors.
native=$(packages/build.sh "$(uname -m)")
"$native" -man | gzip -9n >"$stage/rolefs.1.gz"
"$native" -completions bash >"$stage/rolefs.bash"
"$native" -completions zsh >"$stage/_rolefs"
"$native" -completions fish >"$stage/rolefs.fish"

for processor in x86_64 aarch64; do
    program=$(packages/build.sh "$processor")
    cp "$program" "$stage/rolefs"
    triple=$processor-unknown-linux-musl
    cargo deb --locked --no-build --no-strip --manifest-path Cargo.toml --target "$triple" --profile dist \
        --output "$out"
    (cd .. && cargo generate-rpm --package example-app --target "$triple" --profile dist --auto-req disabled \
        --payload-compress gzip --source-date "$SOURCE_DATE_EPOCH" --output "$out")
    archive "$out/rolefs-$version-linux-$processor.tar.gz" "$stage" --transform "s,^\./,rolefs-$version/,"
    cp "$program" "$out/rolefs-linux-$processor"
    root_of_image "$processor"
done

# The bootstrap action accepts these programs and no others.
checksum() { sha256sum "$out/rolefs-linux-$1" | cut -d' ' -f1; }
sed -e "s/^x86_64=.*/x86_64=$(checksum x86_64)/" -e "s/^aarch64=.*/aarch64=$(checksum aarch64)/" \
    emr/bootstrap.sh >"$out/bootstrap.sh"
chmod +x "$out/bootstrap.sh"
(cd "$out" && sha256sum -- * >SHA256SUMS)
ls -l "$out"

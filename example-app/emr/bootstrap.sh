#!/bin/bash
# Bootstrap action of Amazon EMR: installs rolefs on each node, for the node's processor.
#
#   bootstrap.sh s3://bucket/rolefs/0.1.0 [FOLDER]
#
# The first argument is the folder, in S3 or at an https URL, that has rolefs-linux-x86_64 and
# rolefs-linux-aarch64. rolefs is installed in FOLDER, or else in /usr/local/bin. The program must
# have the checksum below, which packages/pack.sh fills in. Runs as user hadoop, and does nothing
# where this version is already installed. If it fails, EMR ends the start of the cluster, as with
# every bootstrap action: the message is in the action's stderr.
set -euo pipefail

x86_64=
aarch64=

fail() {
    echo "rolefs: $1" >&2
    exit 1
}

source=${1:-}
folder=${2:-/usr/local/bin}
[ -n "$source" ] || fail "give the folder of the programs: bootstrap.sh s3://bucket/rolefs/0.1.0"
processor=$(uname -m)
case $processor in
    x86_64) expected=$x86_64 ;;
    aarch64) expected=$aarch64 ;;
    *) fail "no program exists for the processor $processor: expected x86_64 or aarch64" ;;
esac
[ -n "$expected" ] || fail "no checksum for $processor: use the bootstrap.sh that packages/pack.sh wrote"

has_checksum() {
    echo "$expected  $1" | sha256sum --check --status 2>/dev/null
}

program=$folder/rolefs
if [ -x "$program" ] && has_checksum "$program"; then
    echo "rolefs: $program is installed already"
    exit 0
fi

# Not an array: bash 4.2 of Amazon Linux 2 takes an empty one for an unset variable.
as_root() {
    if [ -w "$folder" ]; then "$@"; else sudo "$@"; fi
}
fetched=$(mktemp)
trap 'rm -f "$fetched"' EXIT
from=${source%/}/rolefs-linux-$processor
case $source in
    s3://*) aws s3 cp --only-show-errors "$from" "$fetched" || fail "cannot fetch $from: may the role of the nodes read it?" ;;
    https://*) curl --fail --silent --show-error --location --retry 3 --output "$fetched" "$from" || fail "cannot fetch $from" ;;
    *) fail "expected an s3:// or https:// folder, not $source" ;;
esac
has_checksum "$fetched" || fail "$from has another checksum than $expected: upload the files of one version together"

# Renamed into place, so that an incomplete program is never started.
as_root install -D -m 0755 "$fetched" "$program.new"
as_root mv -T "$program.new" "$program"
echo "rolefs: installed $program"

#!/bin/sh
# A mapper of Hadoop Streaming: puts the files whose lines it reads, and prints rolefs's records.
#
#   rolefs_map.sh s3a://bucket/dir/ [OPTION...]
#
# A line is {"source": "/mnt/data/x", "key": "a/b"}; every machine reads the source at this path.
# `--update` sends only what S3 does not have: a task that is tried again, or that runs twice, does
# no harm. A task with no line puts nothing. rolefs's exit code is the task's.
set -eu
destination=${1:?expected the destination, such as s3a://bucket/dir/}
shift
exec "${ROLEFS:-rolefs}" "$@" -put --update -json --manifest - --manifest-format json "$destination"

#!/usr/bin/env python3
"""Uploads a list of files to S3 with rolefs, on all machines of a Ray cluster.

rolefs_put.py LIST s3a://bucket/dir/    LIST has lines {"source": "/mnt/data/x", "key": "a/b"}
"""

import subprocess
import sys

import ray


@ray.remote(max_retries=3, retry_exceptions=True)
def put(lines: list[str], destination: str) -> list[str]:
    """Puts some files by one process; what S3 already has is not sent again."""
    manifest = ("--update", "-json", "--manifest", "-", "--manifest-format", "json")
    command = ["rolefs", "-put", *manifest, destination]
    done = subprocess.run(
        command, input="".join(lines), stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    return done.stdout.splitlines()


ray.init()
with open(sys.argv[1], encoding="utf-8") as file:
    lines = file.readlines()
tasks = int(ray.cluster_resources()["CPU"]) * 3
for report in ray.get([put.remote(lines[task::tasks], sys.argv[2]) for task in range(tasks)]):
    print(*report, sep="\n")

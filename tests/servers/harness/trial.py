"""What the checks against one server need: rolefs, boto3, a bucket and files."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import time
from typing import Any

import botocore.exceptions

from harness.checks import Checks, expect
from harness.rolefs_runs import Rolefs
from harness.servers import ROLE_BUCKET, Server

BUCKET = ROLE_BUCKET
MIB = 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Trial:
    """All that one server's checks need."""

    server: Server
    rolefs: Rolefs
    boto: Any
    scratch: pathlib.Path
    checks: Checks

    def check(self, label: str) -> contextlib.AbstractContextManager[None]:
        """A check with the server's name on it."""
        return self.checks.check(f"{self.server.name}: {label}")

    def file(self, name: str, content: bytes) -> str:
        """A local file, and its path."""
        path = self.scratch / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return str(path)

    def stored(self, key: str) -> bytes:
        """An object as boto3 reads it."""
        return bytes(self.boto.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def keys_below(self, prefix: str) -> list[str]:
        """The keys that boto3 lists, but for directory markers."""
        pages = self.boto.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return sorted(key for key in keys if not key.endswith("/"))

    def make_directory(self, name: str) -> str:
        """A directory marker: Hadoop refuses a put whose parent is missing, and this way there is
        one.
        """
        self.boto.put_object(Bucket=BUCKET, Key=f"{name}/", Body=b"")
        return url(f"{name}/")


def url(key: str, bucket: str = BUCKET) -> str:
    """The key as rolefs takes it: literally."""
    return f"s3a://{bucket}/{key}"


def same_bytes(trial: Trial, key: str, content: bytes) -> None:
    """Both readers must see what was put."""
    expect(trial.stored(key) == content, f"boto3 reads other bytes under {key!r}")
    expect(
        trial.rolefs.succeed("-cat", url(key)) == content,
        f"rolefs -cat reads other bytes under {key!r}",
    )


def create_bucket(trial: Trial) -> None:
    """A server that has just started may answer 503 until all its parts know of each other."""
    for _ in range(20):
        try:
            trial.boto.create_bucket(Bucket=BUCKET)
        except botocore.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 503:
                raise
            time.sleep(0.5)
        else:
            return
    raise TimeoutError("the server keeps answering 503")

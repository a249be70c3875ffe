"""The parts of the checks against one server: rolefs, boto3, a bucket and files."""

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
    """The parts of one server's checks."""

    server: Server
    rolefs: Rolefs
    boto: Any
    scratch: pathlib.Path
    checks: Checks

    def check(self, label: str) -> contextlib.AbstractContextManager[None]:
        """Starts a check with the server's name."""
        return self.checks.check(f"{self.server.name}: {label}")

    def file(self, name: str, content: bytes) -> str:
        """Writes a local file, and returns its path."""
        path = self.scratch / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return str(path)

    def stored(self, key: str) -> bytes:
        """Returns an object, by boto3."""
        return bytes(self.boto.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def keys_below(self, prefix: str) -> list[str]:
        """Returns the keys that boto3 lists, except for directory markers."""
        pages = self.boto.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return sorted(key for key in keys if not key.endswith("/"))

    def make_directory(self, name: str) -> str:
        """Creates a directory marker: Hadoop refuses a put whose parent is missing."""
        self.boto.put_object(Bucket=BUCKET, Key=f"{name}/", Body=b"")
        return url(f"{name}/")


def url(key: str, bucket: str = BUCKET) -> str:
    """Returns the key as a path of rolefs, literally."""
    return f"s3a://{bucket}/{key}"


def same_bytes(trial: Trial, key: str, content: bytes) -> None:
    """Checks that both readers see the bytes that were put."""
    expect(trial.stored(key) == content, f"boto3 reads other bytes under {key!r}")
    expect(
        trial.rolefs.succeed("-cat", url(key)) == content,
        f"rolefs -cat reads other bytes under {key!r}",
    )


def create_bucket(trial: Trial) -> None:
    """Creates the bucket. A server that has just started can answer 503 until all its parts are
    connected.
    """
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

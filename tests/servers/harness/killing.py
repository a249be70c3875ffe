"""Puts of one file through a proxy, and their remains on the server."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pathlib
import signal
import subprocess
import time

import botocore.exceptions

from harness.checks import expect
from harness.part_proxy import Proxy
from harness.trial import BUCKET, MIB, Trial, url

PART = 5 * MIB
# Few at once, so that the server has some parts while most are still missing.
AT_ONCE = 2
SECONDS_PER_RUN = 300


@dataclasses.dataclass(frozen=True)
class Killing:
    """A server, a file, and rolefs behind the proxy."""

    trial: Trial
    proxy: Proxy
    source: pathlib.Path
    digest: str
    state: pathlib.Path

    @property
    def count(self) -> int:
        """Returns the number of the file's parts."""
        return -(-self.source.stat().st_size // PART)

    def begin(self, key: str, *options: str) -> subprocess.Popen[bytes]:
        """Starts rolefs, which puts the file."""
        shell = self.trial.rolefs
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(shell.home),
            "ROLEFS_STATE_DIR": str(self.state),
            "AWS_EC2_METADATA_DISABLED": "true",
            **shell.keys.environment(),
        }
        command = [shell.binary, "--endpoint", self.proxy.endpoint, "--region", shell.region]
        command += ["-put", *options, "-v"]
        command += [
            "-t",
            str(AT_ONCE),
            "--part-size",
            "5M",
            "--multipart-threshold",
            "5M",
            str(self.source),
            url(key),
        ]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, cwd=shell.home, stdout=pipe, stderr=pipe)

    def end(self, process: subprocess.Popen[bytes], status: int | None = 0) -> str:
        """Ends rolefs, and returns its stderr."""
        _, errors = process.communicate(timeout=SECONDS_PER_RUN)
        stderr = errors.decode("utf-8", "replace")
        expect(status in (None, process.returncode), f"exit {process.returncode}: {stderr}")
        return stderr

    def put(self, key: str, *options: str) -> str:
        """Runs a put, which must succeed."""
        return self.end(self.begin(key, *options))

    def is_whole(self, key: str) -> bool:
        """Returns whether the object exists. If it does, its bytes must be those of the file."""
        try:
            response = self.trial.boto.get_object(Bucket=BUCKET, Key=key)
        except botocore.exceptions.ClientError as error:
            expect(error.response["ResponseMetadata"]["HTTPStatusCode"] == 404, f"{error}")
            return False
        sha256 = hashlib.sha256()
        for piece in response["Body"].iter_chunks(MIB):
            sha256.update(piece)
        expect(sha256.hexdigest() == self.digest, f"{key} exists with other bytes")
        return True

    def uploads(self) -> list[tuple[str, str]]:
        """Returns keys and ids of the unfinished uploads, as boto3 lists them."""
        pages = self.trial.boto.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET)
        return sorted(
            (item["Key"], item["UploadId"]) for page in pages for item in page.get("Uploads", [])
        )

    def held(self, upload: tuple[str, str]) -> set[int]:
        """Returns the server's parts, once those in transit have arrived."""
        key, upload_id = upload
        before: set[int] | None = None
        while True:
            pages = self.trial.boto.get_paginator("list_parts").paginate(
                Bucket=BUCKET, Key=key, UploadId=upload_id
            )
            parts = {item["PartNumber"] for page in pages for item in page.get("Parts", [])}
            if parts == before:
                return parts
            before = parts
            time.sleep(0.5)

    def journals(self) -> list[str]:
        """Returns the names of the journals. A kill can leave the beginning of one under another
        name.
        """
        return [path.name for path in self.state.glob("*.json")]

    def signal(self, key: str, number: signal.Signals, after: float) -> subprocess.Popen[bytes]:
        """Starts a put, and sends a signal after some time."""
        process = self.begin(key)
        time.sleep(after)
        process.send_signal(number)
        return process

"""The server that `uploads.py` puts files into: s3s-fs, as the sandbox runs it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import urllib.request
from collections.abc import Iterator

BUCKET = "sandbox"
REGION = "us-east-1"


@dataclasses.dataclass(frozen=True)
class Server:
    """A running sandbox, and credentials for it."""

    url: str
    folder: pathlib.Path
    environment: dict[str, str]


def ask(url: str, method: str, headers: dict[str, str]) -> str:
    """The body of a response."""
    with urllib.request.urlopen(
        urllib.request.Request(url, method=method, headers=headers), timeout=10
    ) as response:
        return response.read().decode()


@contextlib.contextmanager
def sandbox(program: str, scratch: pathlib.Path) -> Iterator[Server]:
    """Runs the server, and fetches a role's credentials that last for all of the run."""
    folder = scratch / "objects"
    command = [program, str(folder), "21600"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        endpoints = dict(process.stdout.readline().split() for _ in range(2))
        metadata = endpoints["metadata"] + "/latest/"
        token = ask(metadata + "api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "300"})
        headers = {"X-aws-ec2-metadata-token": token}
        roles = metadata + "meta-data/iam/security-credentials/"
        document = json.loads(ask(roles + ask(roles, "GET", headers).split()[0], "GET", headers))
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(scratch),
            "AWS_ACCESS_KEY_ID": document["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": document["SecretAccessKey"],
            "AWS_SESSION_TOKEN": document["Token"],
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            # s3s-fs keeps no checksums of parts.
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "XDG_STATE_HOME": str(scratch / "state"),
        }
        try:
            yield Server(endpoints["s3"], folder / BUCKET, environment)
        finally:
            process.stdin.close()
            process.stdout.read()

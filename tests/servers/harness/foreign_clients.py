"""S3 clients of others: the AWS CLI, and S3A under Hadoop's FsShell."""

from __future__ import annotations

import os
import pathlib
import subprocess
import types
from typing import Protocol, Self

from harness.checks import expect
from harness.hadoop import FsShell, configuration
from harness.servers import Keys, Server, program
from harness.trial import BUCKET

SECONDS = 900
PART = 5 * 1024 * 1024


def environment(home: pathlib.Path, keys: Keys) -> dict[str, str]:
    """Returns an environment with only what a client needs."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
        **keys.environment(),
    }


class Client(Protocol):
    """A client that copies whole directories."""

    name: str

    def put(self, folder: pathlib.Path, key: str) -> None:
        """Copies the files below `folder` to objects below `key`."""

    def get(self, key: str, folder: pathlib.Path) -> None:
        """Copies the objects below `key` to files below `folder`, which does not exist yet."""


class AwsCli:
    """`aws s3 cp`, with the checksums that it sends by default."""

    name = "aws-cli"

    def __init__(self, server: Server, keys: Keys, scratch: pathlib.Path) -> None:
        self.home = scratch / "aws"
        self.home.mkdir()
        # As in S3A and rolefs, so that the same sizes are at the edge of a part.
        s3 = (
            f"s3 =\n  addressing_style = path\n  multipart_threshold = {PART}\n  "
            f"multipart_chunksize = {PART}\n"
        )
        (self.home / "config").write_text("[default]\n" + s3)
        self.environment = {
            **environment(self.home, keys),
            "AWS_CONFIG_FILE": str(self.home / "config"),
            "AWS_DEFAULT_REGION": server.region,
            "AWS_ENDPOINT_URL": server.endpoint,
            "NO_PROXY": "*",
        }

    def put(self, folder: pathlib.Path, key: str) -> None:
        """Copies the files to objects."""
        self.copy(str(folder), f"s3://{BUCKET}/{key}")

    def get(self, key: str, folder: pathlib.Path) -> None:
        """Copies the objects to files."""
        self.copy(f"s3://{BUCKET}/{key}", str(folder))

    def copy(self, source: str, target: str) -> None:
        """Runs a copy, which must succeed."""
        done = subprocess.run(
            [program("aws"), "s3", "cp", "--recursive", "--only-show-errors", source, target],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        expect(
            done.returncode == 0,
            f"aws s3 cp: exit {done.returncode}: {done.stderr.decode()[-1000:]}",
        )


class S3A:
    """`-put -d` and `-get`, in one process for all."""

    name = "S3A"

    def __init__(
        self, server: Server, keys: Keys, scratch: pathlib.Path, jar_folder: pathlib.Path
    ) -> None:
        folder = scratch / "hadoop"
        folder.mkdir()
        core_site = folder / "core-site.xml"
        parts = {
            "multipart_size": str(PART),
            "multipart_threshold": str(PART),
            "buffer_dir": str(folder),
        }
        core_site.write_text(configuration(server, BUCKET, **parts))
        self.shell = FsShell(jar_folder, core_site, environment(folder, keys), folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.shell.__exit__(kind, error, trace)

    def put(self, folder: pathlib.Path, key: str) -> None:
        """Copies the files to objects."""
        target = f"s3a://{BUCKET}/{key}"
        self.run("-mkdir", "-p", target)
        self.run("-put", "-d", "-t", "4", *map(str, sorted(folder.iterdir())), target)

    def get(self, key: str, folder: pathlib.Path) -> None:
        """Copies the objects to files."""
        self.run("-get", "-t", "4", f"s3a://{BUCKET}/{key}", str(folder))

    def run(self, *words: str) -> None:
        """Runs a command line, which must succeed."""
        result = self.shell.run(*words)
        expect(
            result.status == 0, f"FsShell {words}: exit {result.status}: {result.complaints()[-5:]}"
        )

"""Hadoop's own FsShell on S3A, in one process for many command lines.

FsShell is that of Hadoop 3.3.4 in PySpark; S3A is version 3.3.1 in sagemaker_pyspark. Both are
downloaded once from PyPI.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import types
from typing import Self
from xml.sax.saxutils import escape

from harness.servers import Server

ENVIRONMENT_PROVIDER = "com.amazonaws.auth.EnvironmentVariableCredentialsProvider"
HERE = pathlib.Path(__file__).parent
JARS = (
    "hadoop-client-api",
    "hadoop-client-runtime",
    "hadoop-aws",
    "aws-java-sdk-bundle",
    "commons-logging",
    "commons-lang3",
    "slf4j-api",
)
DEFAULT_JARS = pathlib.Path.home() / ".cache" / "rolefs-jars"
SECONDS = 900
# The log lines of log4j and the SDK for Java.
LOG_LINE = re.compile(r"^(SLF4J|WARNING|INFO|log4j):?|^[A-Z][a-z]{2} \d\d, \d{4} ")


def jars(folder: pathlib.Path) -> pathlib.Path:
    """Returns the folder that contains the jars."""
    folder.mkdir(parents=True, exist_ok=True)

    def missing() -> list[str]:
        return [name for name in JARS if not list(folder.glob(f"{name}-*.jar"))]

    if missing():
        requirements = str(HERE / "requirements-jars.txt")
        with tempfile.TemporaryDirectory(prefix="rolefs-jars-") as scratch:
            pip = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "-q",
                "--no-deps",
                "--no-binary",
                ":all:",
                "-d",
                scratch,
            ]
            subprocess.run([*pip, "-r", requirements], check=True, timeout=SECONDS)
            for archive in pathlib.Path(scratch).glob("*.tar.gz"):
                unpack(archive, folder)
    if missing():
        raise SystemExit(f"not in the packages: {missing()}")
    return folder


def unpack(archive: pathlib.Path, folder: pathlib.Path) -> None:
    """Extracts the needed jars from a package."""
    wanted = re.compile(rf"({'|'.join(JARS)})-\d[\d.]*\.jar")
    with tarfile.open(archive) as members:
        for member in members:
            name = pathlib.PurePosixPath(member.name).name
            content = members.extractfile(member) if wanted.fullmatch(name) else None
            if content is not None:
                (folder / name).write_bytes(content.read())


def configuration(server: Server, bucket: str, **more: str) -> str:
    """Returns a core-site.xml; `more` are settings of S3A, with `_` for each dot. The keys are in
    the environment.
    """
    settings = {
        "fs.defaultFS": f"s3a://{bucket}",
        "fs.s3a.endpoint": server.endpoint.removeprefix("http://"),
        "fs.s3a.endpoint.region": server.region,
        "fs.s3a.connection.ssl.enabled": "false",
        "fs.s3a.path.style.access": "true",
        "fs.s3a.attempts.maximum": "2",
        "fs.s3a.aws.credentials.provider": ENVIRONMENT_PROVIDER,
        **{f"fs.s3a.{name.replace('_', '.')}": value for name, value in more.items()},
    }
    properties = [
        f"<property><name>{name}</name><value>{escape(value)}</value></property>"
        for name, value in settings.items()
    ]
    return "\n".join(["<configuration>", *properties, "</configuration>"])


@dataclasses.dataclass(frozen=True)
class Result:
    """The results of a command line."""

    status: int
    output: bytes
    errors: bytes

    def complaints(self) -> list[str]:
        """Returns the lines of stderr, without those of a log."""
        lines = self.errors.decode("utf-8", "replace").splitlines()
        return [line for line in lines if line and not LOG_LINE.match(line)]


class FsShell:
    """The process. Its start takes as long as five command lines."""

    def __init__(
        self,
        jar_folder: pathlib.Path,
        core_site: pathlib.Path,
        environment: dict[str, str],
        folder: pathlib.Path,
    ) -> None:
        self.log = core_site.with_name("java.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["java", "-cp", f"{jar_folder}/*", str(HERE / "FsShellLines.java"), str(core_site)],
                env=environment,
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def run(self, *words: str) -> Result:
        """Runs a command line, without standard input."""
        assert self.process.stdin is not None and self.process.stdout is not None
        end = threading.Timer(SECONDS, self.process.kill)
        end.start()
        try:
            self.process.stdin.write("\t".join(words).encode() + b"\n")
            self.process.stdin.flush()
            fields = self.process.stdout.readline().decode().rstrip("\n").split("\t")
        finally:
            end.cancel()
        if len(fields) != 3:
            raise SystemExit(
                f"FsShell {words}: no response: {self.log.read_text(errors='replace')[-3000:]}"
            )
        status, output, errors = fields
        return Result(int(status), bytes.fromhex(output), bytes.fromhex(errors))

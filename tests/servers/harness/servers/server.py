"""The common parts of all servers: keys, free ports, processes and their logs."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time
import types
from typing import Any, Self

import boto3
import botocore.config
import botocore.exceptions

BIND = "127.0.0.1"
# Below the usual ranges of outgoing connections.
PORTS = range(15_000, 30_000)
START_SECONDS = 30.0
START_ATTEMPTS = 2
STOP_SECONDS = 2.0
LOG_TAIL = 4000

ONCE = botocore.config.Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"total_max_attempts": 1},
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class ServerError(Exception):
    """The error of a server that did not start, or died."""


@dataclasses.dataclass(frozen=True)
class Keys:
    """A set of AWS credentials; only temporary ones have a `token`."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def environment(self) -> dict[str, str]:
        """Returns the variables from which every AWS client takes them."""
        variables = {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }
        if self.session_token is not None:
            variables["AWS_SESSION_TOKEN"] = self.session_token
        return variables

    def boto(self) -> dict[str, str | None]:
        """Returns the same as keyword arguments of `boto3.client`."""
        return {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
            "aws_session_token": self.session_token,
        }


@dataclasses.dataclass(frozen=True)
class ErrorCodes:
    """The error codes by which a server refuses, as observed. The defaults are those of AWS."""

    wrong_secret: str = "SignatureDoesNotMatch"
    wrong_access_key: str = "InvalidAccessKeyId"
    wrong_token: str = "InvalidToken"
    skewed: str = "RequestTimeTooSkewed"
    missing_bucket: str = "NoSuchBucket"
    not_allowed: str = "AccessDenied"


def free_ports(count: int) -> list[int]:
    """Returns ports on which nothing listens.

    The ports that the system gives for port 0 are avoided: they are in the range of outgoing
    connections, and a server that connects to its own parts while they start can take the port of
    one of them.
    """
    free: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind((BIND, port))
            except OSError:
                continue
        free.append(port)
        if len(free) == count:
            return free
    raise ServerError(f"fewer than {count} free ports in {PORTS}")


def program(name: str) -> str:
    """Returns the path of a program that pip installed beside the running interpreter: the pinned
    version, not one in PATH.
    """
    path = pathlib.Path(sys.executable).parent / name
    if not path.exists():
        raise ServerError(
            f"{path} is missing: pip install -e tests/servers into the interpreter's environment"
        )
    return str(path)


class Server:
    """The common parts of all servers: processes, their logs, and the wait for a response."""

    name = "server"
    region = "us-east-1"
    keys: Keys
    error_codes = ErrorCodes()

    def __init__(self, scratch: pathlib.Path) -> None:
        self.scratch = scratch
        self.folder = scratch / self.name
        self.processes: list[tuple[str, subprocess.Popen[bytes]]] = []
        self.endpoint = ""

    def start(self) -> None:
        """Starts the processes and sets `endpoint`."""
        raise NotImplementedError

    def client(self, service: str = "s3", keys: Keys | None = None) -> Any:
        """Returns a boto3 client of this server that tries once: retries would hide the server's
        responses.
        """
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            config=ONCE,
            **(keys or self.keys).boto(),
        )

    def not_ready(self) -> str | None:
        """Returns why a signed request, which takes every part of the server, fails. Listening
        alone does not count.
        """
        try:
            self.client().list_buckets()
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            return str(error)
        return None

    def stored_key(self, key: str) -> str:
        """Returns the key under which the server lists an object that was put under `key`."""
        return key

    def run(
        self,
        label: str,
        command: list[str],
        environment: dict[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        """Starts a process, in its own process group, with its output in `label.log`."""
        with open(self.folder / f"{label}.log", "wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, **(environment or {})},
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append((label, process))

    def wait(self) -> None:
        """Waits until the server works, up to `START_SECONDS`, and not for dead processes."""
        end = time.monotonic() + START_SECONDS
        while (reason := self.not_ready()) is not None:
            for label, process in self.processes:
                if process.poll() is not None:
                    raise ServerError(
                        f"{self.name}: {label} ended with {process.returncode} while starting"
                    )
            if time.monotonic() > end:
                raise ServerError(f"{self.name}: not ready after {START_SECONDS:.0f} s: {reason}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends our own process groups, first by SIGTERM."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            for _, process in self.processes:
                if process.poll() is None:
                    os.killpg(process.pid, kind)
            end = time.monotonic() + STOP_SECONDS
            for _, process in self.processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, end - time.monotonic()))
        self.processes.clear()

    def print_logs(self) -> None:
        """Prints the ends of all logs on stderr, to explain a failure on another machine."""
        for log in sorted(self.folder.glob("*.log")):
            tail = log.read_bytes()[-LOG_TAIL:].decode("utf-8", "replace")
            print(f"--- end of {self.name}/{log.name} ---\n{tail}", file=sys.stderr)

    def try_to_start(self, folder: pathlib.Path) -> None:
        """Makes one attempt, all or nothing."""
        self.folder = folder
        self.folder.mkdir(parents=True)
        try:
            self.start()
            self.wait()
        except BaseException:
            self.stop()
            self.print_logs()
            raise

    def __enter__(self) -> Self:
        for attempt in range(1, START_ATTEMPTS):
            try:
                self.try_to_start(self.scratch / f"{self.name}-{attempt}")
                return self
            except ServerError as error:  # a port can be taken between the check and the binding
                print(f"{error}; trying again", file=sys.stderr)
        self.try_to_start(self.scratch / f"{self.name}-{START_ATTEMPTS}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.stop()
        if kind is not None:
            self.print_logs()

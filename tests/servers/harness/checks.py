"""The results of checks: a line for each, and the counts."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

import botocore.exceptions

from harness.servers import ServerError


class CheckError(Exception):
    """The failure of a check."""


# The errors that end one check; any other error is a mistake in this script.
CAUGHT = (
    CheckError,
    ServerError,
    subprocess.SubprocessError,
    botocore.exceptions.ClientError,
    OSError,
)


def expect(holds: bool, message: str) -> None:
    """Ends the check unless it holds."""
    if not holds:
        raise CheckError(message)


def report(right: bool, line: str) -> None:
    """Prints a line for each check."""
    print(f"{'ok' if right else 'FAILED'} {line}", flush=True)


class Checks:
    """The counts of passed and failed checks."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    @contextlib.contextmanager
    def check(self, label: str) -> Iterator[None]:
        """Runs the block as a check; a failure is printed, and the next check follows."""
        try:
            yield
        except CAUGHT as error:
            self.failed += 1
            print(f"FAILED {label}: {error}", flush=True)
        else:
            self.passed += 1
            print(f"ok {label}", flush=True)

"""A line for each check, and the count."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

import botocore.exceptions

from harness.servers import ServerError


class CheckError(Exception):
    """A check did not hold."""


# What ends one check and no more; anything else is a mistake in this script.
CAUGHT = (
    CheckError,
    ServerError,
    subprocess.SubprocessError,
    botocore.exceptions.ClientError,
    OSError,
)


def expect(holds: bool, told: str) -> None:
    """Ends the check unless it holds."""
    if not holds:
        raise CheckError(told)


class Checks:
    """One line for each check, and the count."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    @contextlib.contextmanager
    def check(self, label: str) -> Iterator[None]:
        """A check is what stands in this block; a failure is told, and the next check goes on."""
        try:
            yield
        except CAUGHT as error:
            self.failed += 1
            print(f"FAILED {label}: {error}", flush=True)
        else:
            self.passed += 1
            print(f"ok {label}", flush=True)

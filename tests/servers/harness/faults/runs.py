"""A run of rolefs with faults, and its permitted ends."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import random
import re
from collections.abc import Awaitable, Callable

from harness.faults.proxy import PASS, Act, Fault, Head, Place

MIB = 1024 * 1024
SMALL = (0, 1, 1000, 5 * MIB)
LARGE = (5 * MIB + 1, 5 * MIB + 1, 10 * MIB + 7, 20 * MIB)


class Ending(enum.Enum):
    """The state at the end, and the messages."""

    WHOLE = "whole, exit 0"
    REFUSED = "refused, nothing left"
    NAMED = "refused, the upload named"
    UNSURE = "reported as uncertain"


@dataclasses.dataclass
class Run:
    """One run, as its seed and its kind arrange it."""

    seed: int
    draw: random.Random
    size: int = 0
    is_stdin: bool = False
    is_forced: bool = False
    fault: Fault = lambda _: PASS
    endings: tuple[Ending, ...] = (Ending.WHOLE,)
    # The required text of the error.
    expected_error: str = ""
    # The required output of a put that succeeds.
    noted: str = ""
    region: str = "us-east-1"
    # The region for a second run, which must succeed.
    next_region: str | None = None
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    wrapper: tuple[str, ...] = ()
    # Whether the credentials, and their source, change when they are fetched again.
    source: str = "environment"
    is_rejected: Callable[[], bool] = lambda: False
    # Another writer, which puts an object at the same key.
    rival: Callable[[], Awaitable[None]] | None = None

    @property
    def is_large(self) -> bool:
        """Returns whether the file is sent in parts."""
        return self.size > 5 * MIB

    def stages(self) -> list[str]:
        """Returns the stages of a put without faults."""
        asking = ["list"] if self.is_forced else ["head", "list"]
        return asking + (["create", "part", "complete"] if self.is_large else ["put"])

    def stage(self) -> str:
        """Draws a stage, more often one that stores something."""
        stages = self.stages()
        return self.draw.choice(stages + 2 * stages[-3 if self.is_large else -1 :])

    def place(self) -> Place:
        """Draws a place, more often in the heads and at the edges."""
        return Place(
            self.draw.choice((0.0, self.draw.random(), 0.999999)), in_head=self.draw.random() < 0.5
        )

    def times(self, stage: str, count: int, act: Callable[[Head], Act]) -> Fault:
        """Repeats a fault at one stage."""
        left = count

        def fault(request: Head) -> Act:
            nonlocal left
            if request.stage != stage or left == 0:
                return PASS
            left -= 1
            return act(request)

        return fault

    def refused(self, error: str, *endings: Ending) -> None:
        """Requires an error with this text."""
        self.endings = endings or (Ending.REFUSED,)
        self.expected_error = error

    def make_large(self) -> None:
        """Makes the file large enough for parts."""
        self.size = self.draw.choice(LARGE)


def error_response(status: int, code: str, request: Head, *fields: str, end: str = "") -> bytes:
    """Builds an error in S3's words; a response to HEAD has no body."""
    body = (
        f'<?xml version="1.0"?>\n<Error><Code>{code}</Code><Message>sent by\n  the '
        f"proxy</Message>{end}</Error>"
    )
    text = "" if request.first[0] == "HEAD" else body
    date = datetime.datetime.now(datetime.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    lines = [f"HTTP/1.1 {status} X", f"Date: {date}", f"Content-Length: {len(text)}", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


def has(pattern: str, text: str) -> bool:
    """Returns whether the error contains this text."""
    return re.search(pattern, text) is not None

"""A run of rolefs with faults, and how it may end."""

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
    """What is there in the end, and what was said."""

    WHOLE = "whole, exit 0"
    REFUSED = "refused, nothing left"
    NAMED = "refused, the upload named"
    UNSURE = "said to be unsure"


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
    # What the error must say.
    told: str = ""
    # What a put that succeeds must say.
    noted: str = ""
    region: str = "us-east-1"
    # The region to be given in a second run, which must then end well.
    next_region: str | None = None
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    wrapper: tuple[str, ...] = ()
    # Whether the credentials, and from where, are other ones when they are asked for again.
    source: str = "environment"
    is_rejected: Callable[[], bool] = lambda: False
    # Has another writer put an object at the same key.
    rival: Callable[[], Awaitable[None]] | None = None

    @property
    def is_large(self) -> bool:
        """Whether it goes in parts."""
        return self.size > 5 * MIB

    def stages(self) -> list[str]:
        """Of a put without faults."""
        asking = ["list"] if self.is_forced else ["head", "list"]
        return asking + (["create", "part", "complete"] if self.is_large else ["put"])

    def stage(self) -> str:
        """One of them, more often one that stores something."""
        stages = self.stages()
        return self.draw.choice(stages + 2 * stages[-3 if self.is_large else -1 :])

    def place(self) -> Place:
        """Anywhere, with more in the heads and at the edges."""
        return Place(
            self.draw.choice((0.0, self.draw.random(), 0.999999)), in_head=self.draw.random() < 0.5
        )

    def times(self, stage: str, count: int, act: Callable[[Head], Act]) -> Fault:
        """So often at one stage."""
        left = count

        def fault(request: Head) -> Act:
            nonlocal left
            if request.stage != stage or left == 0:
                return PASS
            left -= 1
            return act(request)

        return fault

    def refused(self, told: str, *endings: Ending) -> None:
        """It must end with an error that says this."""
        self.endings = endings or (Ending.REFUSED,)
        self.told = told

    def make_large(self) -> None:
        """It goes in parts."""
        self.size = self.draw.choice(LARGE)


def answer(status: int, code: str, request: Head, *fields: str, end: str = "") -> bytes:
    """An error as S3 words it; an answer to HEAD has no body."""
    body = (
        f'<?xml version="1.0"?>\n<Error><Code>{code}</Code><Message>told by\n  the '
        f"proxy</Message>{end}</Error>"
    )
    text = "" if request.first[0] == "HEAD" else body
    date = datetime.datetime.now(datetime.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    lines = [f"HTTP/1.1 {status} X", f"Date: {date}", f"Content-Length: {len(text)}", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


def has(pattern: str, text: str) -> bool:
    """Whether the error says it."""
    return re.search(pattern, text) is not None

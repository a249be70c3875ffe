"""The listing of rolefs, parsed as strictly as Hadoop prints it."""

from __future__ import annotations

import dataclasses
import re

from harness.checks import expect

ENTRY = re.compile(
    r"(?P<mode>-rw-rw-rw-|drwxrwxrwx)   (?P<replicas>[1-9-]) (?P<user>\S+) +(?P<group>\S+) +"
    r"(?P<size>\d+) (?P<time>\d{4}-\d\d-\d\d \d\d:\d\d) (?P<path>s3a://.*)"
)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One line of `-ls`. A directory has no size to compare."""

    path: str
    size: int | None


def parse_entry(line: str) -> tuple[Entry, int]:
    """Returns the entry, and the column where its path begins."""
    match = ENTRY.fullmatch(line)
    expect(match is not None, f"not a line of Hadoop's listing: {line!r}")
    assert match is not None
    directory = match["mode"].startswith("d")
    expect(
        directory == (match["replicas"] == "-"),
        f"a directory has no replicas, a file has: {line!r}",
    )
    return Entry(match["path"], None if directory else int(match["size"])), match.start("path")


def parse_listing(output: bytes, counted: bool = True) -> list[Entry]:
    """Returns all entries; the columns must be aligned, and the count correct, which only a
    directory's own listing has.
    """
    lines = output.decode().splitlines()
    if counted and lines:
        expect(
            lines[0] == f"Found {len(lines) - 1} items",
            f"wrong first line: {lines[0]!r} before {len(lines) - 1}",
        )
        del lines[0]
    parsed = [parse_entry(line) for line in lines]
    expect(
        len({column for _, column in parsed}) <= 1, f"columns are not aligned:\n{output.decode()}"
    )
    return sorted((entry for entry, _ in parsed), key=lambda entry: entry.path)


def expect_listing(listed: list[Entry], wanted: list[Entry]) -> None:
    """Requires these entries, in any order."""
    wanted = sorted(wanted, key=lambda entry: entry.path)
    expect(listed == wanted, f"\n  listed {listed}\n  wanted {wanted}")

#!/usr/bin/env python3
"""Checks the table of field cases.

    check.py

Each row of cases.md names a source that can be looked up, a right value, a result, and tests that
exist: a case of command_lines, a test in Rust, or a check of a script; or it says why there is no
test. Each case of command_lines has a row with its source. Prints what is wrong, and exits with 1
if anything is.
"""

from __future__ import annotations

import pathlib
import re
import sys
import tomllib
from collections.abc import Iterator

FOLDER = pathlib.Path(__file__).resolve().parent
TREE = FOLDER.parents[1]
COLUMNS = ["source", "case", "right value", "result", "test"]
RESULTS = {"right as it was", "mended", "open"}
SOURCE = re.compile(r"[\w.-]+/[\w.-]+#\d+|https://\S+|review of \d{4}-\d\d|public reports, retold")
NO_TEST = re.compile(r"no test: \w.{20,}")
TEST = re.compile(r"(?P<path>[\w./-]+\.(?:rs|py|toml))::(?P<name>.+)")


def cells(line: str) -> list[str]:
    """The cells of a line of a table; a bar within a cell is written as `\\|`."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def rows() -> Iterator[tuple[int, list[str]]]:
    """The rows of all tables, with the number of the line."""
    for number, line in enumerate((FOLDER / "cases.md").read_text().splitlines(), 1):
        if line.startswith("|") and not line.startswith("|---") and cells(line) != COLUMNS:
            yield number, cells(line)


def command_lines() -> dict[str, str]:
    """The tests that command_lines has, and their sources."""
    return {
        f"command_lines/{path.name}::{case['name']}": case["source"]
        for path in (FOLDER / "command_lines").glob("*.toml")
        for case in tomllib.loads(path.read_text())["case"]
    }


def exists(test: str, cases: dict[str, str]) -> bool:
    """Says whether the tree has this test."""
    if test in cases:
        return True
    parts = TEST.fullmatch(test)
    path = TREE / parts["path"] if parts else TREE
    if not parts or not path.is_file():
        return False
    name = parts["name"]
    if path.suffix == ".rs":
        return (
            re.search(rf"\bfn {re.escape(name.rpartition('::')[2])}\b", path.read_text())
            is not None
        )
    return path.suffix == ".py" and name in path.read_text()


def wrong(row: list[str], cases: dict[str, str]) -> Iterator[str]:
    """Says what is wrong with a row."""
    if len(row) != len(COLUMNS):
        yield f"it has {len(row)} cells, not {len(COLUMNS)}"
        return
    source, case, right, result, test = row
    if not all(SOURCE.fullmatch(part) for part in source.split(", ")) and not SOURCE.fullmatch(
        source
    ):
        yield (
            f"the source {source!r} is not owner/repo#N, a URL, `review of YYYY-MM` or `public "
            "reports, retold`"
        )
    if not case or not right:
        yield "the case or the right value is empty"
    if result not in RESULTS:
        yield f"the result {result!r} is not one of {sorted(RESULTS)}"
    if NO_TEST.fullmatch(test):
        return
    for name in [test] if test in cases else test.split("; "):
        if not exists(name, cases):
            yield f"there is no test {name!r}"
        elif cases.get(name, source) != source:
            yield f"the source of {name!r} is {cases[name]!r} in command_lines"


def main() -> int:
    """Prints what is wrong with the table; returns the exit status."""
    cases = command_lines()
    complaints = [
        f"cases.md:{number}: {told}" for number, row in rows() for told in wrong(row, cases)
    ]
    named = {name for _, row in rows() for name in row[-1].split("; ")}
    complaints += [f"cases.md: {name!r} has no row" for name in cases if name not in named]
    print("\n".join(complaints) or f"{sum(1 for _ in rows())} field cases")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())

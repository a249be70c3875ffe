#!/usr/bin/env python3
"""Checks the table of field cases.

    check.py

Each row of cases.md names a source that can be looked up, a right value, a result, and tests that
exist. A test is a case of command_lines, a test in Rust, or a check of a script. A row without one
says why there is none. Each case of command_lines has one row, with its source, and is `open` in
both or in neither. The files of command_lines have no field that is not known, and no name twice.
Prints what is wrong, and exits with 1 if anything is.
"""

from __future__ import annotations

import pathlib
import re
import sys
from collections import Counter
from collections.abc import Iterator

import cases as command_lines
from cases import Case

FOLDER = pathlib.Path(__file__).resolve().parent
TREE = FOLDER.parents[1]
COLUMNS = ["source", "case", "right value", "result", "test"]
RESULTS = {"right as it was", "fixed", "open"}
SOURCE = re.compile(r"[\w.-]+/[\w.-]+#\d+|https://\S+|review of \d{4}-\d\d|public reports, retold")
NO_TEST = re.compile(r"no test: \w.{20,}")
TEST = re.compile(r"(?P<path>[\w./-]+\.(?:rs|py|toml))::(?P<name>.+)")


def cells(line: str) -> list[str]:
    """Returns the cells of a line of a table; a bar within a cell is written as `\\|`."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def rows(table: str) -> Iterator[tuple[int, list[str]]]:
    """Returns the rows of all tables, each with the number of its line."""
    for number, line in enumerate(table.splitlines(), 1):
        if line.startswith("|") and not line.startswith("|---") and cells(line) != COLUMNS:
            yield number, cells(line)


def exists(test: str, cases: dict[str, Case]) -> bool:
    """Returns whether the tree has this test."""
    if test in cases:
        return True
    parts = TEST.fullmatch(test)
    path = TREE / parts["path"] if parts else TREE
    if not parts or not path.is_file():
        return False
    name = parts["name"]
    if path.suffix == ".rs":
        return (
            re.search(
                (
                    r"\bfn "
                    rf"{re.escape(name.rpartition('::')[2])}\b"
                ),
                path.read_text(),
            )
            is not None
        )
    return path.suffix == ".py" and name in path.read_text()


def wrong(row: list[str], cases: dict[str, Case]) -> Iterator[str]:
    """Returns the errors of a row."""
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
    names = named(row, cases)
    for name in names:
        if not exists(name, cases):
            yield f"there is no test {name!r}"
        elif name in cases and cases[name].source != source:
            yield f"the source of {name!r} is {cases[name].source!r} in command_lines"
    waiting = [name for name in names if name in cases and cases[name].open]
    if waiting and result != "open":
        yield f"the result is {result!r}, but {waiting[0]!r} is open"
    if result == "open" and not waiting:
        yield "the result is open, but no test of it is"


def named(row: list[str], cases: dict[str, Case]) -> list[str]:
    """The tests of a row."""
    return [row[-1]] if row[-1] in cases else row[-1].split("; ")


def complaints(table: str, known: command_lines.Cases) -> list[str]:
    """All that is wrong with the table and the files."""
    cases = known.by_name
    found = [
        *known.wrong,
        *(
            f"cases.md:{number}: {problem}"
            for number, row in rows(table)
            for problem in wrong(row, cases)
        ),
    ]
    rows_of = Counter(name for _, row in rows(table) for name in named(row, cases))
    found += [f"cases.md: {name!r} has no row" for name in cases if not rows_of[name]]
    found += [f"cases.md: {name!r} has {rows_of[name]} rows" for name in cases if rows_of[name] > 1]
    same = Counter(tuple(row) for _, row in rows(table))
    return found + [
        f"cases.md: {row[1]!r} is there {count} times" for row, count in same.items() if count > 1
    ]


def main() -> int:
    """Prints the errors of the table; returns the exit status."""
    table = (FOLDER / "cases.md").read_text()
    found = complaints(table, command_lines.read())
    print("\n".join(found) or f"{sum(1 for _ in rows(table))} field cases")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

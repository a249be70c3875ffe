#!/usr/bin/env python3
"""Checks that each file that reads what others have written has a fuzz target, or a reason.

    tests/readers/check.py

A reader is a file of the three packages with a function named `read`, `parse`, `from_str` and the
like. `readers.toml` has the targets, and the readers without one. Prints what is missing or wrong,
and exits with 1 if there is anything.
"""

from __future__ import annotations

import pathlib
import re
import sys
import tomllib

FOLDER = pathlib.Path(__file__).resolve().parent
TREE = FOLDER.parents[1]
PACKAGES = ("core", "std-adapter", "example-app")
READER = re.compile(
    r"\bfn (?:parse|read|from_str|decode|split|deserialize|scan)(?:_[a-z0-9_]+)?\s*[(<]"
)
COMMENT = re.compile(r"//[^\n]*")


def is_reader(source: str) -> bool:
    """Returns whether a file reads anything, its tests left out."""
    code = re.split(r"#\[cfg\(test\)\]\s*mod tests \{", source)[0]
    return READER.search(COMMENT.sub("", code)) is not None


def readers(tree: pathlib.Path) -> set[str]:
    """Returns the paths of all readers."""
    return {
        str(path.relative_to(tree))
        for package in PACKAGES
        for path in (tree / package / "src").rglob("*.rs")
        if "tests" not in path.with_suffix("").parts and is_reader(path.read_text())
    }


def problems(tree: pathlib.Path, listed: dict[str, dict]) -> list[str]:
    """Returns what is missing or wrong in the list."""
    with_target = [path for paths in listed["targets"].values() for path in paths]
    found = [
        f"{path}: has no fuzz target, and no reason for that in readers.toml"
        for path in readers(tree) - set(with_target) - set(listed["none"])
    ]
    found += [
        f"{path}: is listed with a target and without one"
        for path in set(with_target) & set(listed["none"])
    ]
    found += [
        f"{path}: is listed, and does not exist"
        for path in {*with_target, *listed["none"]}
        if not (tree / path).is_file()
    ]
    targets = {path.stem for path in (tree / "fuzz/fuzz_targets").glob("*.rs")}
    found += [f"{target}: no such target" for target in set(listed["targets"]) - targets]
    return sorted(found)


def main() -> int:
    """Returns the exit status."""
    found = problems(TREE, tomllib.loads((FOLDER / "readers.toml").read_text()))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Checks that each public type is walked with marked secrets, or is listed as one without any.

    tests/secrets/check.py

The tests `marked_secrets` of the three packages walk types: `walked("Signer", &signer)`. The other
types are in `none.toml`, by the reason why they show no secret. Enumerations without data and types
without fields need no entry. Prints the types of which nothing is known, and the entries that are
wrong, and exits with 1 if there are any.
"""

from __future__ import annotations

import pathlib
import re
import sys
import tomllib

FOLDER = pathlib.Path(__file__).resolve().parent
TREE = FOLDER.parents[1]
PACKAGES = ("core", "std-adapter", "example-app")
TYPE = re.compile(r"^ *pub (?:struct|enum|union) (?P<name>\w+)", re.MULTILINE)
WALKED = re.compile(r'\bwalked(?:_error)?(?:::<[^(]*>)?\(\s*"(?P<name>\w+)"')
NOT_DATA = re.compile(r"//[^\n]*|#\[(?:[^\[\]]|\[[^\]]*\])*\]")


def declaration(source: str, start: int) -> str:
    """Returns a declaration from its name to its end, without comments and attributes."""
    text = NOT_DATA.sub("", source[start:])
    depth = 0
    for place, byte in enumerate(text):
        depth += (byte in "{(") - (byte in "})")
        if depth == 0 and byte in "};":
            return text[: place + 1]
    return text


def holds_data(declared: str) -> bool:
    """Returns whether a struct has fields, or a variant of an enumeration has data."""
    if re.match(r" *pub enum", declared) is None:
        return "{" in declared or "(" in declared
    body = declared.partition("{")[2].rpartition("}")[0]
    return re.search(r"[({]", body) is not None


def types_with_data(sources: list[str]) -> set[str]:
    """Returns the names of the public types that hold anything."""
    return {
        found["name"]
        for source in sources
        for found in TYPE.finditer(source)
        if holds_data(declaration(source, found.start()))
    }


def problems(package: str, types: set[str], walked: set[str], listed: list[str]) -> list[str]:
    """Returns what is wrong with the types of a package."""
    found = [f"{package}: {name} is neither walked nor listed" for name in types]
    found = [line for line in found if line.split()[1] not in walked | set(listed)]
    found += [f"{package}: {name} is walked and listed" for name in walked & set(listed)]
    found += [
        f"{package}: {name} is listed, and no such type has data" for name in set(listed) - types
    ]
    found += [
        f"{package}: {name} is listed twice" for name in set(listed) if listed.count(name) > 1
    ]
    return sorted(found)


def texts(folder: pathlib.Path) -> list[str]:
    """Returns the sources in a folder, without its unit tests."""
    files = sorted(folder.rglob("*.rs"))
    return [
        path.read_text()
        for path in files
        if path.stem != "tests" and "tests" not in path.relative_to(folder).parts
    ]


def main() -> int:
    """Checks the packages, and returns the exit code."""
    reasons = tomllib.loads((FOLDER / "none.toml").read_text())
    wrong = []
    for package in PACKAGES:
        types = types_with_data(texts(TREE / package / "src"))
        tests = texts(TREE / package / "tests" / "marked_secrets")
        walked = {found["name"] for test in tests for found in WALKED.finditer(test)}
        listed = [name for names in reasons[package].values() for name in names]
        wrong += problems(package, types, walked, listed)
        print(f"{package}: {len(types & walked)} types walked, {len(listed)} listed")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

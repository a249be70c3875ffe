#!/usr/bin/env python3
"""Checks that each crate of the default trees, and each that a package names, is in the list.

    tests/dependencies/check.py [--write] [--bill FILE]

`docs/dependencies.md` has the crates that the packages name, with the reasons of `reasons.toml`,
and those that come with them, by `cargo tree`. A crate without a reason is an error, and so is a
list that is not of today. `--write` writes the list. `--bill` checks instead that a bill of
materials in CycloneDX names each crate of rolefs.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
import tomllib

FOLDER = pathlib.Path(__file__).resolve().parent
TREE = FOLDER.parents[1]
LIST = TREE / "docs" / "dependencies.md"
PACKAGES = ("rolesig", "rolesig-std", "rolefs")
INTRODUCTION = """# Dependencies

Made by `tests/dependencies/check.py --write`; `tests/dependencies/reasons.toml` has the reasons.
"""


def cargo(*words: str) -> str:
    """Returns what cargo prints."""
    done = subprocess.run(["cargo", *words], cwd=TREE, check=True, capture_output=True, text=True)
    return done.stdout


def tree(package: str, named_crates: set[str]) -> dict[str, tuple[str, set[str]]]:
    """Returns the crates of a default tree: licence, and the named crates that they come with."""
    lines = cargo(
        *("tree", "--locked", "--no-dedupe", "-p", package, "-e", "normal,build"),
        *("--target", "x86_64-unknown-linux-gnu", "--prefix", "depth", "-f", "|{p}|{l}"),
    )
    crates: dict[str, tuple[str, set[str]]] = {}
    above: list[str] = []
    for line in lines.splitlines():
        depth, crate, licence = line.split("|")
        name = crate.split()[0]
        above[int(depth) :] = [name]
        bringing = [one for one in above[:-1] if one in named_crates and one not in PACKAGES]
        if depth != "0":
            crates.setdefault(name, (licence, set()))[1].update(bringing[-1:])
    return crates


def named() -> dict[str, dict[str, bool]]:
    """Returns the crates that the packages name, by package, and whether they are optional."""
    found = json.loads(cargo("metadata", "--locked", "--no-deps", "--format-version", "1"))
    crates: dict[str, dict[str, bool]] = {}
    for package in found["packages"]:
        if package["name"] in PACKAGES:
            for dependency in package["dependencies"]:
                if dependency["kind"] != "dev":
                    by_package = crates.setdefault(dependency["name"], {})
                    by_package[package["name"]] = dependency["optional"]
    return crates


def row(*cells: str) -> str:
    """Returns a row of a table."""
    return f"| {' | '.join(cells)} |\n"


def written(reasons: dict[str, dict[str, str]]) -> str:
    """Returns the list."""
    crates = named()
    trees = {package: tree(package, set(crates)) for package in PACKAGES}
    text = INTRODUCTION
    counts = ", ".join(f"{len(trees[package])} of `{package}`" for package in PACKAGES)
    text += f"\nCrates of the default trees on Linux:\n{counts}.\n"
    text += "\n## Named by the packages\n\n"
    text += "A package in brackets has the crate for a feature.\n\n"
    text += row("crate", "in", "for", "instead") + row(*["---"] * 4)
    for crate, packages in sorted(crates.items()):
        users = [f"({name})" if optional else name for name, optional in packages.items()]
        reason = reasons.get(crate, {"for": "?", "instead": "?"})
        text += row(crate, ", ".join(users), reason["for"], reason["instead"])
    text += "\n## Coming with them\n\n"
    text += row("crate", "licence", "with") + row(*["---"] * 3)
    others: dict[str, tuple[str, set[str]]] = {}
    for crates_of in trees.values():
        for crate, (licence, direct) in crates_of.items():
            if crate not in crates:
                others.setdefault(crate, (licence, set()))[1].update(direct)
    for crate, (licence, direct) in sorted(others.items()):
        text += row(crate, licence, ", ".join(sorted(direct)))
    return text


def missing_in_bill(path: pathlib.Path) -> list[str]:
    """Returns the crates of rolefs that a bill of materials does not name."""
    bill = json.loads(path.read_text())
    components = {component["name"] for component in bill["components"]}
    return sorted(set(tree("rolefs", set())) - components)


def main() -> int:
    """Checks or writes the list, and returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write docs/dependencies.md")
    parser.add_argument("--bill", type=pathlib.Path, help="check a bill of materials")
    options = parser.parse_args()
    if options.bill:
        missing = missing_in_bill(options.bill)
        print(f"{len(missing)} crates are missing in the bill: {missing}")
        return 1 if missing else 0
    reasons = tomllib.loads((FOLDER / "reasons.toml").read_text())
    crates = set(named())
    wrong = [f"{name}: no reason in reasons.toml" for name in sorted(crates - set(reasons))]
    wrong += [f"{name}: no package names it" for name in sorted(set(reasons) - crates)]
    text = written(reasons)
    if options.write:
        LIST.write_text(text)
    elif not LIST.exists() or LIST.read_text() != text:
        wrong.append("docs/dependencies.md is not of today: run check.py --write")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Says how many mutants the tests notice, from what cargo-mutants leaves.

    tests/mutants/score.py OUTCOMES.json... [--write]

OUTCOMES are files `mutants.out/outcomes.json`, of one run or of several shards. Prints each
survivor that `argued.txt` has no reason for, and fails if there is one. `--write` renews the table
in README.md.
"""

from __future__ import annotations

import argparse
import collections
import json
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
README = FOLDER / "README.md"
ARGUED = FOLDER / "argued.txt"
BEGIN, END = "<!-- score: begin -->\n", "<!-- score: end -->\n"
NOTICED = {"CaughtMutant", "Timeout"}
SURVIVED = "MissedMutant"


def argued() -> set[str]:
    """Returns the names of the mutants that need no test."""
    lines = ARGUED.read_text().splitlines()
    return {line for line in lines if line and not line.startswith(("#", "  "))}


def name(mutant: dict) -> str:
    """Returns a mutant's name without its place, which other changes move."""
    return re.sub(r":\d+:\d+:", ":", mutant["name"])


def outcomes(paths: list[pathlib.Path]) -> dict[str, tuple[str, str, str]]:
    """Returns file, name and outcome of each mutant, by its name with its place."""
    found = {}
    for path in paths:
        for outcome in json.loads(path.read_text())["outcomes"]:
            if outcome["scenario"] == "Baseline":
                continue
            mutant = outcome["scenario"]["Mutant"]
            found[mutant["name"]] = (mutant["file"], name(mutant), outcome["summary"])
    return found


def folder(file: str) -> str:
    """Returns the module of a file: `core/src/verify` for `core/src/verify/split.rs`."""
    return "/".join(pathlib.PurePath(file).parts[:3]).removesuffix(".rs")


def table(found: dict[str, tuple[str, str, str]], known: set[str]) -> str:
    """Returns the table of modules."""
    counts: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    for file, mutant, summary in found.values():
        if summary in NOTICED:
            counts[folder(file)]["noticed"] += 1
        elif summary == SURVIVED:
            counts[folder(file)]["argued" if mutant in known else "left"] += 1
    rows = ["| module | mutants | noticed | argued | left | score |", "|---|---|---|---|---|---|"]
    for module, count in sorted(counts.items()):
        of_all = count["noticed"] + count["left"]
        score = f"{100 * count['noticed'] / of_all:.1f} %" if of_all else "-"
        numbers = [count.total(), count["noticed"], count["argued"], count["left"]]
        rows.append(f"| `{module}` | " + " | ".join(map(str, numbers)) + f" | {score} |")
    return "\n".join(rows) + "\n"


def main() -> int:
    """Prints the survivors, and writes the table if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("outcomes", nargs="+", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    found, known = outcomes(arguments.outcomes), argued()
    if not found:
        print("the outcomes have no mutant: was the run complete?")
        return 1
    left = [
        place
        for place, (_, mutant, summary) in sorted(found.items())
        if summary == SURVIVED and mutant not in known
    ]
    print(table(found, known))
    for place in left:
        print(f"survived: {place}")
    if arguments.write:
        text = README.read_text()
        before, rest = text.split(BEGIN)
        _, after = rest.split(END)
        README.write_text(before + BEGIN + table(found, known) + END + after)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())

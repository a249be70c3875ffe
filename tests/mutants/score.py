#!/usr/bin/env python3
"""Says how many mutants the tests notice, from what cargo-mutants leaves.

    tests/mutants/score.py OUTCOMES.json... [--write]

OUTCOMES are files `mutants.out/outcomes.json`, of one run or of several. Prints each survivor that
`argued.txt` has no reason for, and fails if there is one. `--write` records each file all of whose
mutants were tried, with its hash, in `tried.txt`, and renews the table in README.md.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import hashlib
import json
import pathlib
import re
import subprocess
import sys

from groups import GROUPS, Group

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
README = FOLDER / "README.md"
ARGUED = FOLDER / "argued.txt"
TRIED = FOLDER / "tried.txt"
BEGIN, END = "<!-- score: begin -->\n", "<!-- score: end -->\n"
NOTICED = {"CaughtMutant", "Timeout"}
SURVIVED = "MissedMutant"


@dataclasses.dataclass
class Tried:
    """The mutants of a file: how many were noticed, have a reason, and are left."""

    hash: str
    noticed: int = 0
    argued: int = 0
    left: int = 0


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
        for outcome in json.loads(path.read_text())["outcomes"] if path.exists() else ():
            if outcome["scenario"] == "Baseline":
                continue
            mutant = outcome["scenario"]["Mutant"]
            found[mutant["name"]] = (mutant["file"], name(mutant), outcome["summary"])
    return found


def of_each_file(
    found: dict[str, tuple[str, str, str]], known: set[str], hashes: dict[str, str]
) -> dict[str, Tried]:
    """Returns the counts of each file, which had these hashes when it was tried."""
    files: dict[str, Tried] = {}
    for file, mutant, summary in found.values():
        tried = files.setdefault(file, Tried(hashes.get(file) or hash_of(file)))
        if summary in NOTICED:
            tried.noticed += 1
        elif summary == SURVIVED and mutant in known:
            tried.argued += 1
        elif summary == SURVIVED:
            tried.left += 1
    return files


def hash_of(file: str) -> str:
    """Returns the beginning of the hash of a file's content."""
    return hashlib.sha256((ROOT / file).read_bytes()).hexdigest()[:16]


def chosen(files: list[str] | tuple[str, ...]) -> list[str]:
    """Returns the arguments that choose files."""
    return [word for file in files for word in ("--file", file)]


def mutants_of_each_file(*groups: Group) -> collections.Counter:
    """Returns how many mutants each file of some groups has."""
    files = [file for group in groups for file in group.files]
    command = ["cargo", "mutants", "--list", *chosen(files)]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return collections.Counter(line.split(":", 1)[0] for line in listed.stdout.splitlines())


def recorded() -> dict[str, Tried]:
    """Returns the files that were tried before."""
    record = {}
    for line in TRIED.read_text().splitlines():
        if line and not line.startswith("#"):
            file, content, *counts = line.split()
            record[file] = Tried(content, *map(int, counts))
    return record


def write(found: dict[str, tuple[str, str, str]], files: dict[str, Tried]) -> None:
    """Records the files that were tried whole, and renews the table."""
    expected = mutants_of_each_file(*GROUPS)
    seen = collections.Counter(file for file, _, _ in found.values())
    record = {file: tried for file, tried in recorded().items() if file in expected}
    record |= {file: files[file] for file in files if seen[file] == expected[file]}
    head = [line for line in TRIED.read_text().splitlines() if line.startswith("#")]
    lines = [
        f"{file} {tried.hash} {tried.noticed} {tried.argued} {tried.left}"
        for file, tried in sorted(record.items())
    ]
    TRIED.write_text("\n".join([*head, *lines]) + "\n")
    text = README.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    README.write_text(before + BEGIN + table(record, expected) + END + after)


def stale(group: Group) -> list[str]:
    """Returns the files of a group that are not recorded as they are, or with a survivor."""
    record = recorded()
    return [
        file
        for file in sorted(mutants_of_each_file(group))
        if file not in record or record[file].left or record[file].hash != hash_of(file)
    ]


def folder(file: str) -> str:
    """Returns the module of a file: `core/src/verify` for `core/src/verify/split.rs`."""
    return "/".join(pathlib.PurePath(file).parts[:3]).removesuffix(".rs")


def table(files: dict[str, Tried], expected: collections.Counter | None = None) -> str:
    """Returns the table of modules, and how many of the expected files are as they were tried."""
    modules: dict[str, Tried] = {}
    for file, tried in files.items():
        module = modules.setdefault(folder(file), Tried(""))
        module.noticed += tried.noticed
        module.argued += tried.argued
        module.left += tried.left
    rows = ["| module | mutants | noticed | argued | left | score |", "|---|---|---|---|---|---|"]
    for name_of, count in sorted(modules.items()):
        of_all = count.noticed + count.left
        score = f"{100 * count.noticed / of_all:.1f} %" if of_all else "-"
        numbers = [of_all + count.argued, count.noticed, count.argued, count.left]
        rows.append(f"| `{name_of}` | " + " | ".join(map(str, numbers)) + f" | {score} |")
    text = "\n".join(rows) + "\n"
    if expected is not None:
        current = sum(1 for file in files if files[file].hash == hash_of(file))
        text += f"\nOf {len(expected)} files {current} have not changed since they were tried.\n"
    return text


def report(paths: list[pathlib.Path], hashes: dict[str, str] | None) -> int:
    """Prints the survivors, records files by the hashes that they had, if these are given, and
    returns the exit status.
    """
    found, known = outcomes(paths), argued()
    if not found:
        print("the outcomes have no mutant: was the run complete?")
        return 1
    files = of_each_file(found, known, hashes or {})
    left = [
        place
        for place, (_, mutant, summary) in sorted(found.items())
        if summary == SURVIVED and mutant not in known
    ]
    print(table(files))
    for place in left:
        print(f"survived: {place}")
    if hashes is not None:
        write(found, files)
    return 1 if left else 0


def main() -> int:
    """Reports the outcomes, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("outcomes", nargs="+", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    return report(arguments.outcomes, {} if arguments.write else None)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Tries the mutants of the files that have changed since theirs were tried, by groups.

    tests/mutants/run.py [--minutes N] [--group N] [--write]

Each group of groups.py is tried until the time is up, or one of them alone, from 0 on. Fails if a
mutant survives that `argued.txt` has no reason for. `--write` records what was tried, as score.py
does.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import score
from groups import GROUPS, Group

# Each is built and tested once: in parts, quick code, and few random cases.
ENVIRONMENT = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "CARGO_INCREMENTAL": "1",
    "CARGO_PROFILE_DEV_DEBUG": "0",
    "CARGO_PROFILE_DEV_OPT_LEVEL": "1",
    "PROPTEST_CASES": "32",
}
# Some survived; some took too long, which the score counts as noticed; the time is up.
EXPECTED = (0, 2, 3, 124)


# A build takes longer than less.
SHORTEST = 60


def mutants(group: Group, files: list[str], seconds: float, folder: pathlib.Path) -> pathlib.Path:
    """Tries the mutants of files, if the tests pass without any, and returns the path of the
    outcomes.
    """
    command = ["timeout", "--signal", "INT", f"{seconds:.0f}s", "cargo", "mutants"]
    command += ["--no-shuffle", "--jobs", str(os.cpu_count())]
    command += ["--output", str(folder), *score.chosen(files), *group.cargo()]
    done = subprocess.run(command, cwd=score.ROOT, env=os.environ | ENVIRONMENT, check=False)
    if done.returncode not in EXPECTED:
        sys.exit(f"cargo mutants ended with {done.returncode}")
    return folder / "mutants.out" / "outcomes.json"


def main() -> int:
    """Tries the groups, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--group", type=int, choices=range(len(GROUPS)))
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    end = time.monotonic() + 60 * arguments.minutes
    groups = GROUPS if arguments.group is None else [GROUPS[arguments.group]]
    status = 0
    for group in groups:
        files, seconds = score.stale(group), end - time.monotonic()
        if files and seconds > SHORTEST:
            hashes = {file: score.hash_of(file) for file in files}
            with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
                outcomes = mutants(group, files, seconds, pathlib.Path(folder))
                status |= score.report([outcomes], hashes if arguments.write else None)
    return status


if __name__ == "__main__":
    sys.exit(main())

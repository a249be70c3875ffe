#!/usr/bin/env python3
"""Runs the fuzz targets, each from its seeds and what earlier runs have found.

    fuzz/run.py (--seconds N | --inputs N) [--write | TARGET...]

`--inputs` tries the same inputs each time, so that a change is judged by what it changes, and takes
at most 5 s for each target. `--seconds` looks for new ones for that long in each target. `--write`
renews the table in README.md: the inputs that were tried, and the edges of the code that were
reached. Stops at the first finding.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
README = FOLDER / "README.md"
BEGIN, END = "<!-- targets: begin -->\n", "<!-- targets: end -->\n"
CARGO_FUZZ = ["cargo", "+nightly", "fuzz"]
# No package here has unsafe code: without a sanitizer, building and running take half as long.
OPTIONS = ["--sanitizer", "none"]
# The words of a target's language.
DICTIONARIES = {
    "configuration_file": "xml",
    "error_response": "xml",
    "explain_response": "xml",
    "http_head": "http",
    "http_response": "http",
    "iot_document": "json",
    "listing": "xml",
    "manifest": "json",
    "process_document": "json",
    "profile_files": "ini",
    "raw_request": "http",
    "role_document": "json",
    "service_error": "json",
    "shared_file": "json",
    "sso_document": "json",
    "sts_document": "xml",
}
LAST = re.compile(r"^#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+)", re.MULTILINE)


def targets() -> list[str]:
    """Returns the names of all targets."""
    listed = subprocess.run(
        [*CARGO_FUZZ, "list"], cwd=FOLDER.parent, check=True, capture_output=True, text=True
    )
    return listed.stdout.split()


def summary(target: str) -> str:
    """Returns the first sentence of a target's comment."""
    text = (FOLDER / "fuzz_targets" / f"{target}.rs").read_text()
    comment = " ".join(
        line.removeprefix("//!").strip() for line in text.splitlines() if line.startswith("//!")
    )
    return re.split(r"(?<=[.:]) ", comment)[0].rstrip(".:")


def run(target: str, limits: list[str]) -> tuple[int, int]:
    """Runs a target, and returns how many inputs it tried and how many edges it reached."""
    corpus = FOLDER / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = FOLDER / "seeds" / target
    command = [*CARGO_FUZZ, "run", *OPTIONS, target, str(corpus)]
    command += [str(seeds)] if seeds.is_dir() else []
    command += ["--", *limits]
    if target in DICTIONARIES:
        command += [f"-dict={FOLDER / 'dictionaries' / DICTIONARIES[target]}.dict"]
    done = subprocess.run(
        command, check=False, cwd=FOLDER.parent, stderr=subprocess.PIPE, text=True
    )
    last = LAST.search(done.stderr)
    if done.returncode != 0 or last is None:
        sys.stderr.write(done.stderr)
        sys.exit(f"{target}: ended with status {done.returncode}, see above")
    inputs, edges = int(last[1]), int(last[2])
    print(f"{target}: {inputs} inputs, {edges} edges", flush=True)
    return inputs, edges


def main() -> None:
    """Runs the targets, and writes the table if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    limit = parser.add_mutually_exclusive_group(required=True)
    limit.add_argument("--seconds", type=int, metavar="N")
    limit.add_argument("--inputs", type=int, metavar="N")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("targets", nargs="*")
    arguments = parser.parse_args()
    if arguments.write and arguments.targets:
        parser.error("--write needs all targets: the table has a row for each")
    chosen = arguments.targets or targets()
    # All at once: one after another, each would wait for the other's lock and link alone.
    subprocess.run([*CARGO_FUZZ, "build", *OPTIONS], cwd=FOLDER.parent, check=True)
    limits = [f"-max_total_time={arguments.seconds}"]
    if arguments.inputs is not None:
        limits = ["-seed=1", f"-runs={arguments.inputs}", "-max_total_time=5"]
    found = {target: run(target, limits) for target in chosen}
    if arguments.write:
        rows = ["| target | | inputs | edges |", "|---|---|---|---|"]
        for target, (inputs, edges) in found.items():
            rows.append(f"| `{target}` | {summary(target)} | {inputs:,} | {edges:,} |")
        before, rest = README.read_text().split(BEGIN)
        after = rest.split(END)[1]
        README.write_text(before + BEGIN + "\n".join(rows) + "\n" + END + after)


if __name__ == "__main__":
    main()

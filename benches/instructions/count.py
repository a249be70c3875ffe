#!/usr/bin/env python3
"""Counts a host's instructions outside of SHA-256's compression for each signature.

    count.py            prints the table
    count.py --write    writes it into BENCHMARKS.md
    count.py --check    fails if a figure is more than 3 % above that of BENCHMARKS.md

Callgrind counts, so that each run gives the same. The compiler is Debian's, whose version stays.
On Debian 12: apt-get install rustc-web cargo-web valgrind
"""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BENCHMARKS = HERE.parent.parent / "BENCHMARKS.md"
BEGIN = "<!-- instructions: benches/instructions/count.py --write -->\n"
END = "<!-- end of instructions -->"
ALLOWED = 1.03
REQUESTS = ["R1", "R2", "R3", "R3p"]
FEW, MANY = 20, 120
COMPRESSION = re.compile(r"compress256|State::compress|sha2::sha256")


def build() -> pathlib.Path:
    """Builds the program, and returns where it is."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
    compiler = {"RUSTC": "/usr/bin/rustc", "CARGO_TARGET_DIR": str(target)}
    command = ["cargo", "build", "--locked", "--quiet", "--release"]
    subprocess.run(command, check=True, cwd=HERE, env=os.environ | compiler)
    return target / "release" / "rolesig-instructions"


def count(program: pathlib.Path, request: str, times: int, *form: str) -> int:
    """Returns the instructions of a run, without those of the compression."""
    with tempfile.NamedTemporaryFile() as profile:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile.name}"]
        command += [program, request, str(times), *form]
        subprocess.run(command, check=True, capture_output=True)
        command = ["callgrind_annotate", "--threshold=100", profile.name]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = re.findall(r"^\s*([\d,]+) \([ \d.]+%\)\s+(.*)", output, re.M)
    counts = [(int(number.replace(",", "")), place) for number, place in lines]
    (total,) = (number for number, place in counts if "PROGRAM TOTALS" in place)
    compression = sum(number for number, place in counts if COMPRESSION.search(place))
    # A copy alone hashes nothing.
    assert "copy" in form or 0 < compression < total, (
        f"{compression} of {total} instructions are the hash's"
    )
    return total - compression


def main() -> int:
    """Returns the exit status."""
    program = build()
    now = {
        request: (count(program, request, MANY) - count(program, request, FEW)) // (MANY - FEW)
        for request in REQUESTS
    }
    rows = "".join(f"| {request} | {number:,} |\n" for request, number in now.items())
    table = f"| | instructions outside the hash |\n|---|---|\n{rows}"
    print(table, end="")
    head, rest = BENCHMARKS.read_text().split(BEGIN)
    before, tail = rest.split(END)
    if "--write" in sys.argv:
        BENCHMARKS.write_text(f"{head}{BEGIN}{table}{END}{tail}")
    if "--check" in sys.argv:
        cells = re.findall(r"^\| (\w+) \| ([\d,]+) \|$", before, re.M)
        known = {request: int(number.replace(",", "")) for request, number in cells}
        larger = [name for name in REQUESTS if now[name] > ALLOWED * known.get(name, 0)]
        print(f"more than 3 % above BENCHMARKS.md: {', '.join(larger) or 'nothing'}")
        return 1 if larger else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

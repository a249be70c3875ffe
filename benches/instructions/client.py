#!/usr/bin/env python3
"""Fails if a signature through a `SigningClient` costs too much beside the core's own.

    client.py SIGN_ONCE

`SIGN_ONCE` is the example of that name of rolesig-benches, built with `--profile bench`. Both sign
with the day's key, and callgrind counts the instructions outside of SHA-256's compression, which
are the same in each run. The bench `sign` counts the allocations.

The target is 1.5 times the core's time. The compression takes two thirds of that (BENCHMARKS.md):
the rest could be 2.5 times the core's. Allocations take longer than other instructions, so that the
time is 1.5 times the core's at the limit here.
"""

from __future__ import annotations

import pathlib
import sys

from count import FEW, MANY, count

LIMIT = 2.1
REQUESTS = ("R1", "R2", "R3p")


def cost(program: pathlib.Path, request: str, *form: str) -> int:
    """Returns the instructions for one request."""
    many, few = (count(program, request, times, *form) for times in (MANY, FEW))
    return (many - few) // (MANY - FEW)


def main() -> int:
    """Returns the exit status."""
    program = pathlib.Path(sys.argv[1]).resolve()
    is_met = True
    for request in REQUESTS:
        core = cost(program, request)
        client = cost(program, request, "client") - cost(program, request, "copy")
        is_met &= client <= LIMIT * core
        print(f"{request}: core {core:,}, client {client:,}, {client / core:.2f} times")
    print("within" if is_met else "above", f"{LIMIT} times the instructions outside the hash")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())

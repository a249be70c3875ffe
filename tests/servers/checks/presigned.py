#!/usr/bin/env python3
"""Compares rolesig's presigned URLs, tokens and forms, and signed headers, with botocore's.

    presigned.py SIGN_LINES [--count 10000] [--seed N] [--only url-s3:4711]

SIGN_LINES is the example `sign_lines` of the benches, which answers line by line in one process. As
in `differential.py`, the input depends only on seed, kind and number. `DIFFERENCES` lists the
intended differences; the random requests avoid them, or botocore's result is rearranged.
"""

from __future__ import annotations

import concurrent.futures
import datetime
import functools
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable

import botocore.auth
import botocore.signers

from harness.checks import report
from harness.presigned.lines import (
    Line,
    random_cache,
    random_dsql,
    random_eks,
    random_express,
    random_headers,
    random_post,
    random_rds,
    random_url,
)
from harness.presigned.results import (
    botocore_cache,
    botocore_dsql,
    botocore_dsql_admin,
    botocore_post,
    botocore_rds,
    botocore_url,
    eks_token,
    eks_url,
    express_headers,
    express_url,
    signed_headers,
    sorted_pairs,
)
from harness.random_runs import parse_arguments
from harness.signing import hold_clock

SHOWN = 5
# A worker's share, which bounds the memory.
CHUNK = 1000
WORKERS = 2


class Kind:
    """A kind of line: its random inputs, and its expected result."""

    def __init__(
        self, make: Callable[[random.Random], Line], expected: Callable[[Line], str], share: float
    ) -> None:
        self.make, self.expected, self.share = make, expected, share


KINDS = {
    "url-s3": Kind(
        lambda rng: random_url("s3", rng), lambda line: sorted_pairs(botocore_url(line)), 1
    ),
    "url-other": Kind(
        lambda rng: random_url("other", rng), lambda line: sorted_pairs(botocore_url(line)), 1
    ),
    "headers-s3": Kind(lambda rng: random_headers("s3", rng), signed_headers, 0.1),
    "headers-other": Kind(lambda rng: random_headers("other", rng), signed_headers, 0.1),
    "rds": Kind(random_rds, lambda line: sorted_pairs(botocore_rds(line)), 0.1),
    "dsql": Kind(
        lambda rng: random_dsql("dsql", rng), lambda line: sorted_pairs(botocore_dsql(line)), 0.1
    ),
    "dsql_admin": Kind(
        lambda rng: random_dsql("dsql_admin", rng),
        lambda line: sorted_pairs(botocore_dsql_admin(line)),
        0.1,
    ),
    **{
        kind: Kind(
            functools.partial(random_cache, kind),
            lambda line: sorted_pairs(botocore_cache(line)),
            0.1,
        )
        for kind in ("elasticache", "elasticache_serverless", "memorydb")
    },
    "express-url": Kind(
        lambda rng: random_express("url", rng), lambda line: sorted_pairs(express_url(line)), 0.1
    ),
    "express-headers": Kind(lambda rng: random_express("headers", rng), express_headers, 0.1),
    "eks": Kind(random_eks, lambda line: eks_token(sorted_pairs(eks_url(line))), 0.1),
    "post": Kind(random_post, botocore_post, 0.1),
}


def ask(sign_lines: str, lines: list[Line]) -> list[str]:
    """Returns a result for each line."""
    given = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([sign_lines], input=given.encode(), capture_output=True, check=True)
    return done.stdout.decode().split("\n")[:-1]


def expect(line: Line, expected: Callable[[Line], str]) -> str:
    """Returns botocore's result for a line, at the line's time."""
    now = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(str(line["now"])))
    botocore.auth.get_current_datetime = botocore.signers.get_current_datetime = hold_clock(now)
    return expected(line)


def tidy(result: str) -> str:
    """Sorts the fields of a form, and headers, whose order does not matter."""
    return json.dumps(json.loads(result), sort_keys=True) if result.startswith("{") else result


def compare_chunk(sign_lines: str, seed: int, kind: str, numbers: range) -> list[str]:
    """Compares one worker's share, and returns the differences."""
    lines = [KINDS[kind].make(random.Random(f"{seed} {kind} {number}")) for number in numbers]
    found = []
    for number, line, result in zip(numbers, lines, ask(sign_lines, lines), strict=True):
        wanted = expect(line, KINDS[kind].expected)
        if tidy(result) != wanted:
            again = f"--seed {seed} --only {kind}:{number}"
            found.append(
                f"{kind}: {again}\n  line     {line}\n  botocore {wanted!r}\n  rolesig  {result!r}"
            )
    return found


def run_random(sign_lines: str, seed: int, kind: str, numbers: range) -> tuple[int, int]:
    """Compares on both cores and reports; returns the numbers of equal and different results."""
    began = time.monotonic()
    starts = range(numbers.start, numbers.stop, CHUNK)
    chunks = [range(start, min(start + CHUNK, numbers.stop)) for start in starts]
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        jobs = [pool.submit(compare_chunk, sign_lines, seed, kind, chunk) for chunk in chunks]
        found = [seen for job in jobs for seen in job.result()]
    for seen in found[:SHOWN]:
        report(False, seen)
    alike, seconds = len(numbers) - len(found), time.monotonic() - began
    report(
        not found,
        f"{kind}: {alike} of {len(numbers)} random ones alike, seed {seed}, {seconds:.1f} s",
    )
    return alike, len(found)


PLAIN: Line = {
    "kind": "url",
    "access_key_id": "AKIDEXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "session_token": None,
    "region": "us-east-1",
    "now": 1_440_938_160,
    "service": "s3",
    "method": "GET",
    "host": "examplebucket.s3.amazonaws.com",
    "path": "/key",
    "query": [],
    "headers": [],
    "expires": 900,
}

# Name, reason, an example, and the change of botocore's result to ours; without one, rolesig
# refuses. The differences of methods, headers and paths are those of `rolefs -sign`, in
# `harness/intended_differences.py`.
DIFFERENCES: tuple[tuple[str, str, Line, Callable[[Line], str] | None], ...] = (
    (
        "order of the pairs",
        (
            "rolesig writes the order that it signs; botocore appends its own pairs, the session "
            "token last"
        ),
        PLAIN | {"session_token": "t", "query": [("versionId", "1"), ("prefix", "a"), ("Z", "")]},
        lambda line: sorted_pairs(botocore_url(line)),
    ),
    (
        "a pair of the signer's in the caller's list",
        "the signer computes it; botocore sends both, and the service finds two",
        PLAIN | {"query": [("X-Amz-Expires", "1")]},
        None,
    ),
    (
        "a header of the signer's in the caller's list",
        "in the query and in a header they could contradict each other",
        PLAIN | {"headers": [("X-Amz-Date", "20150830T123600Z")]},
        None,
    ),
)


def check_difference(
    sign_lines: str, name: str, reason: str, line: Line, ours: Callable[[Line], str] | None
) -> bool:
    """Checks an intended difference by its example: rolesig behaves as described, and botocore does
    not.
    """
    (result,), theirs = ask(sign_lines, [line]), expect(line, botocore_url)
    right = result.startswith("error: ") if ours is None else result == expect(line, ours)
    report(
        right and result != theirs,
        f"deliberate: {name}: botocore {theirs!r}; rolesig {result!r} ({reason})",
    )
    return right and result != theirs


def main() -> int:
    """Runs all checks, and returns the exit status."""
    arguments = parse_arguments("compare presigned requests with botocore's", "sign_lines", "KIND")
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    seed = arguments.seed
    results: list[tuple[int, int]] = []
    if arguments.only:
        kind, _, number = arguments.only.partition(":")
        results.append(
            run_random(arguments.sign_lines, seed, kind, range(int(number), int(number) + 1))
        )
    else:
        for item in DIFFERENCES:
            right = check_difference(arguments.sign_lines, *item)
            results.append((int(right), int(not right)))
        for kind, what in KINDS.items():
            numbers = range(max(1, int(arguments.count * what.share)))
            results.append(run_random(arguments.sign_lines, seed, kind, numbers))
    failed = sum(result[1] for result in results)
    print(f"{sum(result[0] for result in results)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

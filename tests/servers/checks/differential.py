#!/usr/bin/env python3
"""Compares the signatures of `rolefs -sign` with those of botocore: random requests, byte for byte.

    differential.py ROLEFS [--count 10000] [--seed N] [--only s3:4711]

Each request depends only on the seed, the service and its own number, so a difference found among
thousands can be repeated alone with `--only`. The intended differences are those of
`harness/intended_differences.py`, each with a reason and an example that is also checked; the
random requests avoid them.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import random
import subprocess
import sys
import time
from collections.abc import Iterator

from harness.checks import report
from harness.intended_differences import DIFFERENCES, PLAIN, Difference
from harness.random_requests import random_request
from harness.random_runs import parse_arguments
from harness.signing import Request, Signed, sign_with_botocore

SERVICES = ("s3", "other")
STAGES = ("canonical-request", "string-to-sign", "signature", "authorization")
# All stages are compared for one request in this many; for the others only the Authorization value,
# which covers them.
ALL_STAGES_EVERY = 50
CHUNK = 100
WORKERS = 2
SECONDS_PER_RUN = 30
SHOWN = 5


@dataclasses.dataclass(frozen=True)
class Result:
    """The output of rolefs."""

    status: int
    output: bytes
    errors: str


def ask_rolefs(rolefs: str, request: Request, show: str) -> Result:
    """Runs `rolefs -sign` once."""
    try:
        done = subprocess.run(
            [rolefs, *request.arguments(), "--show", show],
            input=request.raw(),
            env=request.environment(),
            capture_output=True,
            timeout=SECONDS_PER_RUN,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Result(-1, b"", f"no output in {SECONDS_PER_RUN} s")
    return Result(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def difference_at(rolefs: str, request: Request, expected: Signed, show: str) -> str | None:
    """Returns the difference between rolefs and the expected value at one stage."""
    result = ask_rolefs(rolefs, request, show)
    wanted = expected.stage(show)
    if result.status == 0 and result.output == wanted:
        return None
    return (
        f"  {show}\n    botocore {wanted!r}\n    rolefs   {result.output!r}\n    exit "
        f"{result.status} {result.errors!r}"
    )


def difference(rolefs: str, request: Request, expected: Signed, all_stages: bool) -> str | None:
    """Returns the difference of rolefs; if the asked stages differ, all stages are compared."""
    asked = STAGES if all_stages else ("authorization",)
    if not any(difference_at(rolefs, request, expected, show) for show in asked):
        return None
    found = [difference_at(rolefs, request, expected, show) for show in STAGES]
    return "\n".join(
        [f"  request  {request}", f"  raw      {request.raw()!r}", *filter(None, found)]
    )


def request_number(seed: int, service: str, number: int) -> Request:
    """Returns the request of a number: the same on every machine."""
    return random_request(service, random.Random(f"{seed} {service} {number}"))


def compare_chunk(rolefs: str, seed: int, service: str, numbers: range) -> list[str]:
    """Compares one worker's share, and returns the differences."""
    found = []
    for number in numbers:
        request = request_number(seed, service, number)
        seen = difference(
            rolefs, request, sign_with_botocore(request), number % ALL_STAGES_EVERY == 0
        )
        if seen:
            found.append(f"  again    --seed {seed} --only {service}:{number}\n{seen}")
    return found


def compare_random(rolefs: str, seed: int, service: str, numbers: range) -> list[str]:
    """Compares the requests of a service, on both cores."""
    starts = range(numbers.start, numbers.stop, CHUNK)
    chunks = [range(start, min(start + CHUNK, numbers.stop)) for start in starts]
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        jobs = [pool.submit(compare_chunk, rolefs, seed, service, chunk) for chunk in chunks]
        return [seen for job in jobs for seen in job.result()]


def only_lines(one: Signed, other: Signed) -> str:
    """Returns the lines of one canonical request that the other lacks."""
    have = other.canonical_request.split(b"\n")
    lines = [line for line in one.canonical_request.split(b"\n") if line not in have]
    return " ".join(repr(line)[1:] for line in lines) or "the request without it"


def check_refused(theirs: Signed | str, result: Result) -> tuple[bool, str]:
    """Checks that rolefs ends with an error and prints nothing that looks like a signature."""
    right = result.status > 0 and result.output == b"" and result.errors != ""
    botocore = theirs if isinstance(theirs, str) else only_lines(theirs, sign_with_botocore(PLAIN))
    if right:
        return True, f"botocore signs {botocore}; rolefs refuses: {result.errors.splitlines()[0]!r}"
    return (
        False,
        f"rolefs must refuse, but: exit {result.status}, {result.errors!r}, {result.output!r}",
    )


def check_signed(
    rolefs: str, item: Difference, theirs: Signed | str, ours: Signed
) -> tuple[bool, str]:
    """Checks that rolefs signs as the changed reference does, and that the unchanged one
    differs.
    """
    wrong = difference(rolefs, item.example, ours, all_stages=True)
    if wrong:
        return False, f"not as intended:\n{wrong}"
    if isinstance(theirs, str):
        return (
            True,
            (
                f"botocore fails ({theirs}); rolefs signs "
                f"{only_lines(ours, sign_with_botocore(PLAIN))}"
            ),
        )
    if theirs.authorization == ours.authorization:
        return False, "botocore does the same now: remove it from DIFFERENCES"
    return (
        True,
        f"botocore signs {only_lines(theirs, ours)}; rolefs signs {only_lines(ours, theirs)}",
    )


def check_differences(rolefs: str) -> Iterator[tuple[bool, str]]:
    """Checks the example of every intended difference."""
    for item in DIFFERENCES:
        theirs, ours = item.theirs(), item.expected()
        if ours is None:
            right, message = check_refused(
                theirs, ask_rolefs(rolefs, item.example, "authorization")
            )
        else:
            right, message = check_signed(rolefs, item, theirs, ours)
        yield right, f"deliberate: {item.name}: {message} ({item.reason})"


def check_clock(rolefs: str) -> tuple[bool, str]:
    """Checks that rolefs signs with the current time without `--date`, which all other requests
    have.
    """
    arguments = ["-sign", "--service", "s3", "--region", "us-east-1", "--show", "string-to-sign"]
    done = subprocess.run(
        [rolefs, *arguments],
        input=PLAIN.raw(),
        env=PLAIN.environment(),
        capture_output=True,
        timeout=SECONDS_PER_RUN,
        check=False,
    )
    lines = done.stdout.decode("utf-8", "replace").split("\n")
    try:
        signed = datetime.datetime.strptime(lines[1], "%Y%m%dT%H%M%SZ")
    except (ValueError, IndexError):
        return False, f"without --date the clock is read: {done.stdout!r} {done.stderr!r}"
    age = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) - signed
    return abs(age.total_seconds()) < 60, f"without --date the clock is read: {lines[1]}"


def run_random(rolefs: str, seed: int, service: str, numbers: range) -> tuple[int, int]:
    """Compares and reports; returns the numbers of equal and of different requests."""
    began = time.monotonic()
    found = compare_random(rolefs, seed, service, numbers)
    for seen in found[:SHOWN]:
        report(False, f"{service}: signed otherwise\n{seen}")
    alike = len(numbers) - len(found)
    seconds = time.monotonic() - began
    report(
        not found,
        (
            f"{service}: {alike} of {len(numbers)} random requests signed alike, seed {seed}, "
            f"{seconds:.1f} s"
        ),
    )
    return alike, len(found)


def main() -> int:
    """Runs all checks, and returns the exit status."""
    arguments = parse_arguments("compare rolefs -sign with botocore", "rolefs", "SERVICE")
    seed = arguments.seed
    results: list[tuple[int, int]] = []
    if arguments.only:
        service, _, number = arguments.only.partition(":")
        one = range(int(number), int(number) + 1)
        results.append(run_random(arguments.rolefs, seed, service, one))
    else:
        for right, line in [*check_differences(arguments.rolefs), check_clock(arguments.rolefs)]:
            report(right, line)
            results.append((int(right), int(not right)))
        results += [
            run_random(arguments.rolefs, seed, service, range(arguments.count))
            for service in SERVICES
        ]
    failed = sum(result[1] for result in results)
    print(f"{sum(result[0] for result in results)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

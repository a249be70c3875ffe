#!/usr/bin/env python3
"""Compares the signatures of `rolefs -sign` with those of botocore: random requests, byte for byte.

    differential.py ROLEFS [--count 10000] [--seed N] [--only s3:4711]

Each request depends only on the seed, the service and its own number, so a difference found among
thousands can be repeated alone with `--only`. `DIFFERENCES` lists the intended differences, each
with a reason and an example that is also checked; the random requests avoid them.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import datetime
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator

from harness import signing
from harness.random_requests import random_request
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
class Answer:
    """The answer of rolefs."""

    status: int
    output: bytes
    errors: str


def ask_rolefs(rolefs: str, request: Request, show: str) -> Answer:
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
        return Answer(-1, b"", f"no answer in {SECONDS_PER_RUN} s")
    return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def difference_at(rolefs: str, request: Request, expected: Signed, show: str) -> str | None:
    """Returns the difference between rolefs and the expected value at one stage."""
    answer = ask_rolefs(rolefs, request, show)
    wanted = expected.stage(show)
    if answer.status == 0 and answer.output == wanted:
        return None
    return (
        f"  {show}\n    botocore {wanted!r}\n    rolefs   {answer.output!r}\n    exit "
        f"{answer.status} {answer.errors!r}"
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


@dataclasses.dataclass(frozen=True)
class Difference:
    """An intended difference between rolefs and botocore.

    `ours` is the request for botocore, or the replacement of a rule of botocore, with which it
    agrees with rolefs. With neither, rolefs refuses to sign.
    """

    name: str
    reason: str
    example: Request
    ours: Request | signing.Variation | None = None
    encoding: str = "utf-8"

    def expected(self) -> Signed | None:
        """Returns the expected signature; `None` if rolefs must refuse."""
        if isinstance(self.ours, Request):
            return sign_with_botocore(self.ours)
        if self.ours is None:
            return None
        return sign_with_botocore(self.example, self.ours, self.encoding)

    def theirs(self) -> Signed | str:
        """Returns botocore's signature, or its error."""
        try:
            return sign_with_botocore(self.example)
        except (UnicodeError, AttributeError) as error:
            return f"{type(error).__name__}: {error}"


PLAIN = Request(
    service="s3",
    region="us-east-1",
    now=datetime.datetime(2015, 8, 30, 12, 36),
    access_key_id="AKIDEXAMPLE",
    secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    session_token=None,
    method="GET",
    host="examplebucket.s3.amazonaws.com",
    target="/key",
)


def plain(**changes: object) -> Request:
    """Returns the plain request with these changes."""
    return dataclasses.replace(PLAIN, **changes)  # type: ignore[arg-type]


def with_header(name: str, value: bytes) -> Request:
    """Returns the plain request with one more header."""
    return plain(headers=((name, value),))


def with_target(written: str, canonical: str) -> tuple[Request, Request]:
    """Returns the plain request with a target that rolefs rewrites, and the rewritten target."""
    return plain(target=written), plain(target=canonical)


OWNED = "the signer computes it; to replace the caller's value silently would hide a mistake"
WIRE = (
    "rolefs signs the canonical form and sends that same form, botocore signs its input "
    "unchanged; {}"
)

DIFFERENCES = (
    Difference(
        "tab inside a value",
        (
            "servers do not agree whether it folds to a space; rolefs refuses it as a control "
            "character"
        ),
        with_header("x-amz-meta-a", b"one\ttwo"),
    ),
    Difference(
        "control character in a value",
        (
            "RFC 9110, section 5.5, forbids them in a field value, and servers drop or refuse the "
            "request"
        ),
        with_header("x-amz-meta-a", b"one\x01two\x7f"),
    ),
    Difference(
        "Unicode white space inside a value",
        (
            "botocore folds any white space that Python knows; AWS's rule, and other signers, fold "
            "only spaces"
        ),
        with_header("x-amz-meta-a", "one\u3000\u3000two\u00a0three\u2028four\u0085five".encode()),
        signing.OnlySpacesFold,
    ),
    Difference(
        "Unicode white space around a value",
        (
            "HTTP trims only space and tab (RFC 9110, section 5.6.3); the server sees other white "
            "space"
        ),
        with_header("x-amz-meta-a", "\u00a0one\u3000".encode()),
        signing.OnlySpacesFold,
    ),
    Difference(
        "value that is not UTF-8",
        "HTTP carries bytes; botocore signs text, and does not accept these bytes",
        with_header("x-amz-meta-a", b"\xff\xfe"),
        signing.BytesAreSigned,
        "latin-1",
    ),
    Difference(
        "Date header",
        (
            "botocore rewrites Date and leaves x-amz-date out; rolefs signs Date as given, and "
            "x-amz-date always"
        ),
        with_header("Date", b" Sun, 30 Aug 2015 12:00:00 GMT"),
        signing.DateIsAHeader,
    ),
    Difference("Authorization header", OWNED, with_header("Authorization", b" Basic eDp5")),
    Difference("x-amz-date header", OWNED, with_header("X-Amz-Date", b" 20150830T123600Z")),
    Difference("x-amz-security-token header", OWNED, with_header("X-Amz-Security-Token", b" t")),
    Difference(
        "x-amz-content-sha256 header",
        (
            "the request's own value is signed; botocore computes it again for S3, and for no "
            "other service"
        ),
        with_header("X-Amz-Content-SHA256", b" UNSIGNED-PAYLOAD"),
        signing.ContentSha256IsKept,
    ),
    Difference(
        "second Host header",
        (
            "RFC 9112, section 3.2: a server must answer 400; botocore signs the header instead of "
            "the URL's host"
        ),
        with_header("Host", b" other.example"),
    ),
    Difference(
        "method in lower case",
        "methods are case-sensitive (RFC 9110, section 9.1); botocore signs the upper case of it",
        plain(method="get"),
        signing.MethodIsKept,
    ),
    Difference(
        "lower-case hex in an S3 path",
        WIRE.format("S3 computes upper case"),
        *with_target("/%c3%a9", "/%C3%A9"),
    ),
    Difference(
        "needless encoding in an S3 path",
        WIRE.format("S3 decodes and encodes again"),
        *with_target("/%61%7Eb%2D", "/a~b-"),
    ),
    Difference(
        "raw signs in an S3 path",
        WIRE.format("S3 even takes a raw + for a space"),
        *with_target("/a+b@c(d)!", "/a%2Bb%40c%28d%29%21"),
    ),
    Difference(
        "raw + in the query",
        WIRE.format("a plus stands for itself, while some servers read a space"),
        *with_target("/key?prefix=a+b", "/key?prefix=a%2Bb"),
    ),
    Difference(
        "untidy query",
        WIRE.format("the server computes RFC 3986's form"),
        *with_target("/key?a=%7e%c3%a9/:@&%61b=c=d", "/key?a=~%C3%A9%2F%3A%40&ab=c%3Dd"),
    ),
)


def only_lines(one: Signed, other: Signed) -> str:
    """Returns the lines of one canonical request that the other lacks."""
    have = other.canonical_request.split(b"\n")
    lines = [line for line in one.canonical_request.split(b"\n") if line not in have]
    return " ".join(repr(line)[1:] for line in lines) or "the request without it"


def check_refused(theirs: Signed | str, answer: Answer) -> tuple[bool, str]:
    """Checks that rolefs ends with an error and prints nothing that looks like a signature."""
    right = answer.status > 0 and answer.output == b"" and answer.errors != ""
    botocore = theirs if isinstance(theirs, str) else only_lines(theirs, sign_with_botocore(PLAIN))
    if right:
        return True, f"botocore signs {botocore}; rolefs refuses: {answer.errors.splitlines()[0]!r}"
    return (
        False,
        f"rolefs must refuse, but: exit {answer.status}, {answer.errors!r}, {answer.output!r}",
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
            right, told = check_refused(theirs, ask_rolefs(rolefs, item.example, "authorization"))
        else:
            right, told = check_signed(rolefs, item, theirs, ours)
        yield right, f"deliberate: {item.name}: {told} ({item.reason})"


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


def report(right: bool, line: str) -> None:
    """Prints a line for each check."""
    print(f"{'ok' if right else 'FAILED'} {line}", flush=True)


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


def parse_arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description="compare rolefs -sign with botocore")
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument(
        "--count", type=int, default=10_000, help="random requests for each of s3 and others"
    )
    parser.add_argument(
        "--seed", type=int, default=None, help="a random one unless given; it is printed"
    )
    parser.add_argument("--only", metavar="SERVICE:NUMBER", help="only this request")
    return parser.parse_args()


def main() -> int:
    """Runs all checks, and returns the exit status."""
    arguments = parse_arguments()
    seed = random.SystemRandom().randrange(2**32) if arguments.seed is None else arguments.seed
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

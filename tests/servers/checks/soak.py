#!/usr/bin/env python3
"""Checks that one long run of rolefs takes no more at its end than at its beginning.

    soak.py ROLEFS SANDBOX [--minutes 60] [--files 10000] [--seed N]

One `-put` stores all files in the sandbox, through a proxy that spreads them over the minutes and
plays a fault at one request of 50. The role's credentials live for 60 s, and the sandbox has new
ones after 30. At the end each object is there, byte for byte, and no temporary file is left.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import pathlib
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

from harness.checks import Checks, expect
from harness.faults.proxy import PASS, Act, Fault, Head, Place, Proxy
from harness.faults.runs import error_response
from harness.sandbox_process import BUCKET, s3_client, sandbox
from harness.watch import Sample, describe, growth

LIFETIME = 60
SAMPLES = 240
FAULTS = 0.02
# A file of parts among so many small ones.
LARGE_EVERY, LARGE = 100, 5 * 1024 * 1024 + 1
SMALL = 16 * 1024
# Where a run takes longer than its minutes and this, it hangs.
PATIENCE = 600


def content(seed: int, number: int) -> bytes:
    """Returns the content of a file."""
    size = LARGE if number % LARGE_EVERY == 0 else SMALL
    return random.Random(f"{seed} {number}").randbytes(size)


def fault_of(seed: int, count: int, seconds: float) -> Fault:
    """Returns faults at random, and pauses that spread the objects over the time."""
    draw, began, passed = random.Random(seed), time.monotonic(), 0

    def paced() -> Callable[[], Awaitable[None]]:
        nonlocal passed
        passed += 1
        return lambda: asyncio.sleep(began + seconds * min(passed / count, 1) - time.monotonic())

    def fault(request: Head) -> Act:
        before = paced() if request.stage in ("put", "complete") else None
        if draw.random() >= FAULTS:
            return Act(before=before) if before else PASS
        kind, place = draw.randrange(5), Place(draw.random())
        if kind == 0:
            return Act(before=before, cut_request=place)
        if kind == 1:
            return Act(before=before, cut_response=place)
        if kind == 2:
            return Act(before=before, cut_response=place, resets=False)
        status, code = ((500, "InternalError"), (503, "SlowDown"))[kind - 3]
        return Act(before=before, response=error_response(status, code, request))

    return fault


async def put(
    rolefs: str, metadata: str, s3: str, folder: pathlib.Path, arguments: argparse.Namespace
) -> tuple[int, str, list[Sample]]:
    """Runs rolefs; returns its status, what it said at the end, and what it held."""
    seconds = 60.0 * arguments.minutes
    place, home = folder / "tmp", folder / "home"
    place.mkdir()
    home.mkdir()
    async with Proxy(s3, fault_of(arguments.seed, arguments.files, seconds)).serving() as proxy:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(home),
            "TMPDIR": str(place),
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata,
        }
        options = ["--endpoint", proxy.endpoint, "--region", "us-east-1"]
        options += ["-D", "fs.s3a.retry.interval=20ms", "-D", "fs.s3a.retry.throttle.interval=20ms"]
        process = await asyncio.create_subprocess_exec(
            rolefs,
            *options,
            "-put",
            "--part-size",
            "5M",
            "--multipart-threshold",
            "5M",
            str(folder / "files"),
            f"s3a://{BUCKET}/",
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        ending = asyncio.create_task(process.communicate())
        samples: list[Sample] = []
        end = time.monotonic() + seconds + PATIENCE
        while not ending.done():
            samples.append(Sample.of(process.pid, place))
            if time.monotonic() > end:
                process.kill()
            await asyncio.wait([ending], timeout=seconds / SAMPLES)
        _, errors = await ending
        left = [path.name for path in place.rglob("*") if path.is_file()]
        expect(not left, f"temporary files are left: {left}")
        return process.returncode or 0, errors.decode("utf-8", "replace")[-500:], samples


def check(arguments: argparse.Namespace, folder: pathlib.Path, checks: Checks) -> None:
    """Stores the files, and looks at what was stored and what it took."""
    files = folder / "files"
    files.mkdir()
    for number in range(arguments.files):
        (files / f"{number:05}").write_bytes(content(arguments.seed, number))
    with sandbox(arguments.sandbox, str(LIFETIME)) as (metadata, s3):
        began = time.monotonic()
        name = f"{arguments.files} files, {arguments.minutes} minutes, seed {arguments.seed}"
        samples: list[Sample] = []
        with checks.check(f"stores {name}"):
            status, errors, samples = asyncio.run(
                put(arguments.rolefs, metadata, s3, folder, arguments)
            )
            expect(status == 0, f"exit {status}: {errors}")
            print(f"took {time.monotonic() - began:.0f} s, {describe(samples)}", flush=True)
        with checks.check("memory, descriptors, threads and temporary files are flat"):
            grown = growth(samples)
            expect(not grown, f"grown: {', '.join(grown)}")
        with checks.check("each object is there, byte for byte"):
            client = s3_client(metadata, s3)
            for number in range(arguments.files):
                key = f"files/{number:05}"
                expected = content(arguments.seed, number)
                # The credentials of a client of boto3's expire, too.
                if number % 500 == 0:
                    client = s3_client(metadata, s3)
                stored = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
                same = hashlib.sha256(stored).digest() == hashlib.sha256(expected).digest()
                expect(same, f"{key} is another one: {len(stored)} bytes")


def main() -> None:
    """Runs all checks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument("sandbox", type=os.path.abspath)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="rolefs-soak-") as folder:
        check(arguments, pathlib.Path(folder), checks)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()

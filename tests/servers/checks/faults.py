#!/usr/bin/env python3
"""Checks that a put ends well or clearly, whatever happens between rolefs and a real S3 server.

    faults.py ROLEFS [--runs 500] [--seed N] [--at-once 4]

Each run puts one object through a proxy that plays one kind of fault (harness/faults), to SeaweedFS
with role credentials or to Swift. Its seed determines the run: `--seed 4711 --runs 1` repeats it.
At the end the server itself is asked. Either the object exists, byte for byte, and rolefs printed
nothing; or rolefs printed in one line what happened, and there is no object except an earlier one,
and no unfinished upload that rolefs did not name. Each kind determines which of the two it must be.

Only one thing can be left: an upload whose beginning was never answered. Its id is unknown, it has
no parts, and so it costs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import dataclasses
import os
import pathlib
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import botocore.exceptions

from harness.checks import CheckError, expect
from harness.faults.credentials import Source, source_of
from harness.faults.kinds import arrange
from harness.faults.proxy import Proxy
from harness.faults.runs import Ending, Run, has
from harness.servers import ROLE_BUCKET as BUCKET
from harness.servers import Keys, SeaweedFS, Server, Swift

SECONDS_PER_RUN = 120
OLD = b"what was there before"
# The kinds that need two valid keys.
OF_ROLES = ("expired", "expired_for_good")
# Short pauses before a retry, which not every version follows.
SHORT = ("-D", "fs.s3a.retry.interval=20ms", "-D", "fs.s3a.retry.throttle.interval=20ms")


@dataclasses.dataclass
class Bucket:
    """A server's bucket, seen by boto3, which shares no code with rolefs and bypasses the proxy."""

    server: Server
    keys: list[Keys]
    boto: Any

    @classmethod
    def of(cls, server: Server) -> Bucket:
        """Creates a bucket, with two sets of credentials where the server has an STS."""
        boto = server.client()
        for _ in range(40):
            with contextlib.suppress(botocore.exceptions.ClientError):
                boto.create_bucket(Bucket=BUCKET)
                break
            time.sleep(0.5)
        roles = (
            [server.assume_role() for _ in range(2)]
            if isinstance(server, SeaweedFS)
            else [server.keys]
        )
        return cls(server, roles, boto)

    def put(self, key: str, content: bytes) -> None:
        """Puts an object without rolefs."""
        self.boto.put_object(Bucket=BUCKET, Key=key, Body=content)

    def stored(self, key: str) -> bytes | None:
        """Returns the object, if it exists."""
        try:
            return bytes(self.boto.get_object(Bucket=BUCKET, Key=key)["Body"].read())
        except self.boto.exceptions.NoSuchKey:
            return None

    def uploads(self, key: str) -> set[str]:
        """Returns the ids of the unfinished uploads to a key."""
        found = self.boto.list_multipart_uploads(Bucket=BUCKET, Prefix=key).get("Uploads", [])
        return {upload["UploadId"] for upload in found if upload["Key"] == key}

    def has_parts(self, key: str, upload: str) -> bool:
        """Returns whether an unfinished upload has parts."""
        return bool(self.boto.list_parts(Bucket=BUCKET, Key=key, UploadId=upload).get("Parts"))

    def forget(self, key: str) -> None:
        """Deletes the object: the disk is limited in a long run."""
        self.boto.delete_object(Bucket=BUCKET, Key=key)


@dataclasses.dataclass
class Outcome:
    """The results and the messages of a run."""

    status: int
    errors: str
    object: bytes | None
    uploads: set[str]

    def classify(self, content: bytes, old: bytes | None, noted: str = "") -> Ending:
        """Returns which permitted end it is, or fails the check."""
        lines = self.errors.splitlines()
        whole, untouched = self.object == content, self.object == old
        expect(not has("panicked|RUST_BACKTRACE|stack backtrace", self.errors), "a panic")
        if self.status == 0:
            expect(whole, f"exit 0, but the object is {describe(self.object)}")
            expect(
                has(noted, self.errors) if noted else not lines,
                f"exit 0, but the output is not only {noted!r}",
            )
            expect(not self.uploads, f"unfinished uploads: {self.uploads}")
            return Ending.WHOLE
        expect(self.status == 1 and len(lines) == 1, "an error has one line, and exit code 1")
        expect(
            lines[0].startswith(f"put: `s3a://{BUCKET}/"), "the error does not begin as Hadoop's"
        )
        unnamed = {upload for upload in self.uploads if upload not in self.errors}
        expect(not unnamed, f"unfinished uploads that were not named: {unnamed}")
        is_unsure = "S3 may have stored it" in self.errors
        expect(
            untouched or (whole and is_unsure),
            f"refused, but the object is {describe(self.object)}",
        )
        if self.uploads:
            expect("could not be aborted" in self.errors, "the upload is named, but not its error")
            return Ending.NAMED
        return Ending.UNSURE if is_unsure else Ending.REFUSED


def describe(content: bytes | None) -> str:
    """Describes an outcome, briefly."""
    return "nothing" if content is None else f"an object of {len(content)} B"


class Trial:
    """One run against one bucket."""

    def __init__(self, binary: str, bucket: Bucket, run: Run, scratch: pathlib.Path) -> None:
        self.binary, self.bucket, self.run = binary, bucket, run
        self.home = scratch / str(run.seed)
        self.home.mkdir()
        self.key = f"faults/{run.seed}"
        self.content = random.Random(run.seed).randbytes(run.size)
        self.old: bytes | None = OLD if run.is_forced and run.draw.random() < 0.5 else None
        self.source: Source = source_of(run, bucket.keys, self.home)
        self.proxy = Proxy(bucket.server.endpoint, run.fault, self.source.local)
        run.rival = self.put_as_rival

    async def put_as_rival(self) -> None:
        """Puts an object as another writer, first."""
        self.old = OLD
        await asyncio.to_thread(self.bucket.put, self.key, OLD)

    async def end(self) -> Ending:
        """Returns the end, which must be the required one."""
        if self.old is not None:
            await asyncio.to_thread(self.bucket.put, self.key, self.old)
        async with self.proxy.serving():
            outcome = await self.put(self.run.region)
            try:
                return await self.judge(outcome)
            except CheckError as failure:
                raise CheckError(
                    f"{failure}\n  {self.run.size} B, stdin {self.run.is_stdin}, -f "
                    f"{self.run.is_forced}, "
                    f"credentials from {self.run.source}, {self.bucket.server.name}\n  exit "
                    f"{outcome.status}: "
                    f"{outcome.errors.strip()}\n  requests, with ! where the fault was: "
                    f"{' '.join(self.proxy.log)}"
                ) from None

    async def judge(self, outcome: Outcome) -> Ending:
        """Returns the end, and whether it is the required one."""
        ending = outcome.classify(self.content, self.old, self.run.noted)
        expect(ending in self.run.endings, f"{ending}, but must be one of {self.run.endings}")
        if ending is not Ending.WHOLE:
            expect(
                has(self.run.expected_error, outcome.errors),
                f"the error does not contain {self.run.expected_error!r}",
            )
        if self.run.next_region is not None and ending is not Ending.WHOLE:
            again = (await self.put(self.run.next_region)).classify(self.content, self.old)
            expect(again is Ending.WHOLE, f"with the right region: {again}")
        await asyncio.to_thread(self.bucket.forget, self.key)
        return ending

    async def put(self, region: str) -> Outcome:
        """Runs rolefs, and then checks the results."""
        run = self.run
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "AWS_EC2_METADATA_DISABLED": "true",
            **run.environment,
            **self.source.environment(self.proxy.endpoint),
        }
        local = self.home / "local"
        local.write_bytes(self.content)
        options = ["--endpoint", self.proxy.endpoint, "--region", region, *SHORT, "-put"]
        options += [
            "--part-size",
            "5M",
            "--multipart-threshold",
            "5M",
            *(["-f"] if run.is_forced else []),
        ]
        process = await asyncio.create_subprocess_exec(
            *run.wrapper,
            self.binary,
            *options,
            "-" if run.is_stdin else str(local),
            f"s3a://{BUCKET}/{self.key}",
            env=environment,
            cwd=self.home,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        sending = process.communicate(self.content if run.is_stdin else b"")
        try:
            _, errors = await asyncio.wait_for(sending, SECONDS_PER_RUN)
        except TimeoutError:
            process.kill()
            raise CheckError(
                f"no end after {SECONDS_PER_RUN} s: {' '.join(self.proxy.log)}"
            ) from None
        if self.proxy.tasks:
            # Waits until the server has finished.
            await asyncio.wait(self.proxy.tasks, timeout=5)
        printed = errors.decode("utf-8", "replace")
        for keys in self.bucket.keys:
            secrets = (keys.secret_access_key, keys.session_token)
            expect(
                not any(secret and secret in printed for secret in secrets), "a secret is on stderr"
            )
        return await asyncio.to_thread(self.outcome, process.returncode or 0, printed)

    def outcome(self, status: int, errors: str) -> Outcome:
        """Returns the outcome, by the server itself."""
        uploads = self.bucket.uploads(self.key)
        for unheard in uploads - self.proxy.heard:
            expect(
                not self.bucket.has_parts(self.key, unheard),
                f"parts of an unknown upload: {unheard}",
            )
        return Outcome(status, errors, self.bucket.stored(self.key), uploads & self.proxy.heard)


class Table:
    """The ends of the runs of each kind."""

    def __init__(self) -> None:
        self.endings: dict[str, collections.Counter[str]] = {}
        self.failed: list[int] = []

    def add(self, kind: str, ending: str) -> None:
        """Counts a run."""
        self.endings.setdefault(kind, collections.Counter())[ending] += 1

    def lines(self) -> Iterator[str]:
        """Returns a line for each kind."""
        columns = [ending.value for ending in Ending] + ["FAILED"]
        yield "| fault | " + " | ".join(columns) + " |"
        yield "|---" * (len(columns) + 1) + "|"
        for kind, counted in sorted(self.endings.items()):
            yield (
                f"| {kind.replace('_', ' ')} | "
                + " | ".join(str(counted[column] or "") for column in columns)
                + " |"
            )


async def run_all(
    binary: str, buckets: list[Bucket], seeds: range, at_once: int, scratch: pathlib.Path
) -> Table:
    """Runs several at once."""
    table, places = Table(), asyncio.Semaphore(at_once)

    async def one(seed: int) -> None:
        async with places:
            kind, run = arrange(seed)
            bucket = buckets[0 if kind in OF_ROLES else run.draw.randrange(len(buckets))]
            began = time.monotonic()
            try:
                ending = (await Trial(binary, bucket, run, scratch).end()).value
            except (CheckError, OSError, botocore.exceptions.ClientError) as failure:
                table.failed.append(seed)
                ending = "FAILED"
                print(f"FAILED {seed} {kind}: {failure}", flush=True)
            else:
                print(f"ok {seed} {kind}: {ending}, {time.monotonic() - began:.1f} s", flush=True)
            table.add(kind, ending)

    await asyncio.gather(*(one(seed) for seed in seeds))
    return table


def main() -> int:
    """Runs all faults, and returns the exit status."""
    parser = argparse.ArgumentParser(
        description="rolefs and a real S3 server, with faults in between"
    )
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument(
        "--seed", type=int, default=0, help="of the first run; the next one has the next seed"
    )
    parser.add_argument("--at-once", type=int, default=4)
    arguments = parser.parse_args()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # as an exception, which also ends the servers
    os.environ["NO_PROXY"] = "*"  # boto3 would use a proxy of the environment even for loopback
    seeds = range(arguments.seed, arguments.seed + arguments.runs)
    with (
        tempfile.TemporaryDirectory(prefix="rolefs-faults-") as scratch,
        contextlib.ExitStack() as servers,
    ):
        folder = pathlib.Path(scratch)
        buckets = [Bucket.of(servers.enter_context(kind(folder))) for kind in (SeaweedFS, Swift)]
        table = asyncio.run(run_all(arguments.rolefs, buckets, seeds, arguments.at_once, folder))
        for line in table.lines():
            print(line)
        if table.failed:
            for bucket in buckets:
                bucket.server.print_logs()
            print(
                "failed: " + ", ".join(f"--seed {seed} --runs 1" for seed in sorted(table.failed))
            )
    print(f"{len(seeds) - len(table.failed)} passed, {len(table.failed)} failed")
    return 1 if table.failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Moves within a server that are killed at random moments."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import hashlib
import os
import random
import signal
import subprocess
import time
from typing import Any

from harness.checks import expect
from harness.trial import BUCKET, MIB, Trial, url

SECONDS_PER_RUN = 600
# In parts from 5 MiB on, so that a short object is copied as a long one is.
IN_PARTS = ("--multipart-threshold", "5M", "--part-size", "5M", "-t", "4")


@dataclasses.dataclass
class Moves:
    """The counts of the states that kills left."""

    at_source: int = 0
    at_target: int = 0
    at_both: int = 0

    def __str__(self) -> str:
        return (
            f"{self.at_source} were whole at the source, {self.at_target} at the target, "
            f"{self.at_both} at both"
        )


@dataclasses.dataclass(frozen=True)
class Moved:
    """Objects that are moved: names below a prefix, and the MD5 of each."""

    trial: Trial
    contents: dict[str, str]

    def at(self, prefix: str) -> dict[str, str]:
        """Returns the names below a prefix, each with its MD5. Objects in parts are read for it."""
        pages = self.trial.boto.get_paginator("list_objects_v2").paginate(
            Bucket=BUCKET, Prefix=prefix
        )
        items = [item for page in pages for item in page.get("Contents", [])]
        found = {}
        for item in items:
            etag = item["ETag"].strip('"')
            if "-" in etag or len(etag) != 32:
                etag = hashlib.md5(self.trial.stored(item["Key"])).hexdigest()
            found[item["Key"].removeprefix(prefix)] = etag
        return found

    def is_whole(self, prefix: str) -> bool:
        """Returns whether all objects are below a prefix. Those that are there must be whole."""
        found = self.at(prefix)
        wrong = {name for name, md5 in found.items() if self.contents.get(name) != md5}
        expect(not wrong, f"{prefix}: exist with other bytes: {sorted(wrong)[:5]}")
        return found == self.contents

    def begin(self, source: str, target: str) -> subprocess.Popen[bytes]:
        """Starts a move."""
        shell = self.trial.rolefs
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(shell.home),
            "ROLEFS_STATE_DIR": str(self.trial.scratch / "move-state"),
            "AWS_EC2_METADATA_DISABLED": "true",
            **shell.keys.environment(),
        }
        command = [shell.binary, "--endpoint", shell.endpoint, "--region", shell.region]
        command += ["-mv", "-resume", *IN_PARTS, url(source), url(target)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, cwd=shell.home, stdout=pipe, stderr=pipe)

    def move(self, source: str, target: str) -> None:
        """Moves all of it, which must succeed."""
        process = self.begin(source, target)
        _, errors = process.communicate(timeout=SECONDS_PER_RUN)
        told = errors.decode("utf-8", "replace")
        expect(process.returncode == 0, f"exit {process.returncode}: {told}")
        expect(self.is_whole(target), f"{target} is not whole: {told}")
        left = self.at(source)
        expect(not left, f"{source} is left: {sorted(left)[:5]}: {told}")


def check_moves(trial: Trial, chance: random.Random, kills: int, files: int) -> Moves:
    """Kills moves of objects and of a directory, and lets each go on."""
    tree = {f"d{number % 7}/f{number}": b"%d" % number for number in range(files)}
    moves = Moves()
    for name, contents, is_directory in (
        ("an empty object", {"": b""}, False),
        ("a byte", {"": b"1"}, False),
        ("an object in parts", {"": chance.randbytes(16 * MIB + 1)}, False),
        (f"a directory of {files} files", tree, True),
    ):
        with trial.check(f"-mv of {name}, killed {kills} times"):
            check_kills(trial, chance, kills, contents, is_directory, moves)
    return moves


def check_kills(
    trial: Trial,
    chance: random.Random,
    kills: int,
    contents: dict[str, bytes],
    is_directory: bool,
    moves: Moves,
) -> None:
    """Moves there and back, each time killed and gone on with."""

    def put(item: tuple[str, bytes]) -> Any:
        return trial.boto.put_object(Bucket=BUCKET, Key=f"moved-a{slash}{item[0]}", Body=item[1])

    slash = "/" if is_directory else ""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(put, contents.items()))
    moved = Moved(
        trial,
        {f"{slash}{name}": hashlib.md5(body).hexdigest() for name, body in contents.items()},
    )
    source, target = "moved-a", "moved-b"
    began = time.monotonic()
    moved.move(source, target)
    longest = time.monotonic() - began
    for _ in range(kills):
        source, target = target, source
        process = moved.begin(source, target)
        time.sleep(chance.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=SECONDS_PER_RUN)
        at_source, at_target = moved.is_whole(source), moved.is_whole(target)
        expect(at_source or at_target, "whole at neither place")
        moves.at_both += at_source and at_target
        moves.at_source += at_source and not at_target
        moves.at_target += at_target and not at_source
        if moved.at(source):
            moved.move(source, target)
    for key in moved.at(target):
        trial.boto.delete_object(Bucket=BUCKET, Key=f"{target}{key}")

"""Moves within a server that are killed at random moments."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

from harness.checks import expect
from harness.trial import BUCKET, MIB, Trial, url

SECONDS_PER_RUN = 900
FROM, TO = "moved-a", "moved-b"
# The length that `CopyObject` copies at most.
LONGEST_COPY = 5 * 1024 * MIB
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
    options: tuple[str, ...] = IN_PARTS

    def md5(self, key: str) -> str:
        """Reads an object, and returns its MD5."""
        body = self.trial.boto.get_object(Bucket=BUCKET, Key=key)["Body"]
        digest = hashlib.md5()
        for piece in body.iter_chunks(MIB):
            digest.update(piece)
        return digest.hexdigest()

    def at(self, prefix: str) -> dict[str, str]:
        """Returns the names below a prefix, each with its MD5. Objects in parts are read for it.

        Swift's list can still name an object that is gone, while the server is busy.
        """
        pages = self.trial.boto.get_paginator("list_objects_v2").paginate(
            Bucket=BUCKET, Prefix=prefix
        )
        items = [item for page in pages for item in page.get("Contents", [])]
        found = {}
        for item in items:
            etag = item["ETag"].strip('"')
            if "-" in etag or len(etag) != 32:
                try:
                    etag = self.md5(item["Key"])
                except self.trial.boto.exceptions.NoSuchKey:
                    continue
            found[item["Key"].removeprefix(prefix)] = etag
        return found

    def is_whole(self, prefix: str) -> bool:
        """Returns whether all objects are below a prefix. Those that are there must be whole."""
        found = self.at(prefix)
        wrong = {name for name, md5 in found.items() if self.contents.get(name) != md5}
        expect(not wrong, f"{prefix}: exist with other bytes: {sorted(wrong)[:5]}")
        return found == self.contents

    def expect_whole_at_one(self, *prefixes: str) -> None:
        """Checks that all objects are below one of these prefixes."""
        is_whole = eventually(lambda: any(self.is_whole(prefix) for prefix in prefixes))
        expect(is_whole, f"not whole at {' or '.join(prefixes)}")

    def state(self) -> pathlib.Path:
        """Returns the folder of the journals."""
        return self.trial.scratch / "move-state"

    def uploads(self) -> dict[str, int]:
        """Returns the unfinished uploads by their id, each with the number of its parts."""
        boto = self.trial.boto
        pages = boto.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET)
        found = {}
        for item in (item for page in pages for item in page.get("Uploads", [])):
            upload = {"Key": item["Key"], "UploadId": item["UploadId"]}
            parts = boto.get_paginator("list_parts").paginate(Bucket=BUCKET, **upload)
            found[item["UploadId"]] = sum(len(page.get("Parts", [])) for page in parts)
        return found

    def expect_known(self) -> None:
        """Checks that a journal names each upload that has parts, so that it can be resumed."""
        lines = [path.read_text().splitlines()[0] for path in self.state().glob("*.json")]
        known = {json.loads(line)["upload_id"] for line in lines}
        unknown = {upload for upload, parts in self.uploads().items() if parts} - known
        expect(not unknown, f"no journal names the uploads {sorted(unknown)}, which have parts")

    def expect_finished(self) -> None:
        """Checks that nothing is left unfinished, once the server has ended its own work."""
        left: dict[str, int] = {}
        for _ in range(20):
            left = {upload: parts for upload, parts in self.uploads().items() if parts}
            if not left:
                break
            time.sleep(0.5)
        journals = [path.name for path in self.state().glob("*.json")]
        expect(not left and not journals, f"uploads {left} and journals {journals} are left")

    def begin(self, source: str, target: str, command: str = "-mv") -> subprocess.Popen[bytes]:
        """Starts a move, or a copy."""
        shell = self.trial.rolefs
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(shell.home),
            "ROLEFS_STATE_DIR": str(self.state()),
            "AWS_EC2_METADATA_DISABLED": "true",
            **shell.keys.environment(),
        }
        words = [shell.binary, "--endpoint", shell.endpoint, "--region", shell.region]
        words += [command, "-resume", *self.options, url(source), url(target)]
        pipe = subprocess.PIPE
        return subprocess.Popen(words, env=environment, cwd=shell.home, stdout=pipe, stderr=pipe)

    def copy(self) -> None:
        """Copies all of it, which must succeed."""
        process = self.begin(FROM, TO, "-cp")
        _, errors = process.communicate(timeout=SECONDS_PER_RUN)
        stderr = errors.decode("utf-8", "replace")
        expect(process.returncode == 0, f"exit {process.returncode}: {stderr}")
        are_whole = eventually(lambda: self.is_whole(TO) and self.is_whole(FROM))
        expect(are_whole, f"not whole: {stderr}")
        self.expect_finished()

    def delete(self, prefix: str) -> None:
        """Deletes all objects below a prefix."""
        for key in self.at(prefix):
            self.trial.boto.delete_object(Bucket=BUCKET, Key=f"{prefix}{key}")

    def move(self, source: str, target: str) -> None:
        """Moves all of it, which must succeed."""
        process = self.begin(source, target)
        _, errors = process.communicate(timeout=SECONDS_PER_RUN)
        stderr = errors.decode("utf-8", "replace")
        expect(process.returncode == 0, f"exit {process.returncode}: {stderr}")
        expect(eventually(lambda: self.is_whole(target)), f"{target} is not whole: {stderr}")
        expect(eventually(lambda: not self.at(source)), f"{source} is left: {stderr}")
        self.expect_finished()


def eventually(holds: Callable[[], bool]) -> bool:
    """Returns whether this holds within ten seconds: a busy server's lists come later."""
    return any(holds() or time.sleep(0.5) for _ in range(20))


def check_moves(trial: Trial, chance: random.Random, kills: int, files: int) -> Moves:
    """Kills moves of objects and of a directory, and resumes each."""
    tree = {f"/d{number % 7}/f{number}": b"%d" % number for number in range(files)}
    moves = Moves()
    for name, contents in (
        ("an empty object", {"": b""}),
        ("a byte", {"": b"1"}),
        ("an object in parts", {"": chance.randbytes(16 * MIB + 1)}),
        (f"a directory of {files} files", tree),
    ):
        moved = put_contents(trial, contents)
        copies = -(-kills // 3)
        with trial.check(f"-cp of {name}, killed {copies} times"):
            check_killed_copies(moved, chance, copies)
        with trial.check(f"-mv of {name}, killed {kills} times"):
            check_kills(moved, chance, kills, moves)
    return moves


def check_killed_copies(moved: Moved, chance: random.Random, kills: int) -> None:
    """Kills copies and resumes them. The source stays whole, and a copy is whole or absent."""
    began = time.monotonic()
    moved.copy()
    longest = time.monotonic() - began
    moved.delete(TO)
    for _ in range(kills):
        process = moved.begin(FROM, TO, "-cp")
        time.sleep(chance.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=SECONDS_PER_RUN)
        moved.expect_whole_at_one(FROM)
        moved.is_whole(TO)
        moved.expect_known()
        moved.copy()
        moved.delete(TO)


def check_large_move(trial: Trial, chance: random.Random, kills: int, moves: Moves) -> None:
    """Copies and moves an object that is a byte longer than one request can copy, killed."""
    path = trial.scratch / "sparse"
    with open(path, "wb") as file:
        # Bytes that distinguish the parts, between holes.
        for at in range(0, LONGEST_COPY, 256 * MIB):
            file.seek(at)
            file.write(chance.randbytes(8))
        file.seek(LONGEST_COPY)
        file.write(b"1")
    with open(path, "rb") as file:
        moved = Moved(trial, {"": hashlib.file_digest(file, "md5").hexdigest()}, ("-t", "4"))
    trial.rolefs.succeed("-put", str(path), url(FROM))
    path.unlink()
    with trial.check(f"-cp of 5 GiB and a byte, killed {kills} times"):
        check_killed_copies(moved, chance, kills)
    with trial.check(f"-mv of 5 GiB and a byte, killed {kills} times"):
        check_kills(moved, chance, kills, moves)


def put_contents(trial: Trial, contents: dict[str, bytes]) -> Moved:
    """Puts objects below the source, by boto3."""

    def put(item: tuple[str, bytes]) -> Any:
        return trial.boto.put_object(Bucket=BUCKET, Key=f"{FROM}{item[0]}", Body=item[1])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(put, contents.items()))
    return Moved(trial, {name: hashlib.md5(body).hexdigest() for name, body in contents.items()})


def check_kills(moved: Moved, chance: random.Random, kills: int, moves: Moves) -> None:
    """Moves there and back, each killed and then resumed."""
    source, target = FROM, TO
    began = time.monotonic()
    moved.move(source, target)
    longest = time.monotonic() - began
    for _ in range(kills):
        source, target = target, source
        process = moved.begin(source, target)
        time.sleep(chance.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=SECONDS_PER_RUN)
        moved.expect_whole_at_one(source, target)
        at_source, at_target = moved.is_whole(source), moved.is_whole(target)
        moved.expect_known()
        moves.at_both += at_source and at_target
        moves.at_source += at_source and not at_target
        moves.at_target += at_target and not at_source
        if moved.at(source):
            moved.move(source, target)
        moved.expect_finished()
    moved.delete(target)

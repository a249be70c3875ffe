#!/usr/bin/env python3
"""Does an upload that is killed leave nothing that looks whole, and go on without sending a part twice?

    killed.py ROLEFS [--kills 10] [--mib 200] [--seed N] [--server swift|seaweedfs]

An upload in parts of 5 MiB is ended by SIGKILL at random moments. Then the object is absent or whole; `-put -resume`
makes it whole, and sends no part that the server held, which a proxy in between sees. SIGINT and SIGTERM at random
moments leave no upload and no journal behind. Then `-uploads` lists what boto3 lists, and aborts it.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
from typing import Any, Self

import botocore.exceptions

from checks import Checks, expect
from rolefs_runs import Rolefs as Shell
from servers import BIND, Keys, SeaweedFS, Server, Swift
from trial import BUCKET, MIB, Trial, create_bucket, url

PART = 5 * MIB
# Before a server is started anew: SeaweedFS does not give the room of deleted objects back.
KILLS_PER_SERVER = 10
SECONDS_PER_RUN = 300
# How fast a connection is at the most, so that there is a middle to be killed in.
BYTES_PER_SECOND = 25 * MIB

UPLOAD_PART = re.compile(rb"PUT /[^ ]*[?&]partNumber=(\d+)[^ ]* HTTP/1\.1\r\n")
LONGEST_LINE = 4096


class Proxy:
    """Hands connections on to the server, not too fast, and remembers which parts were sent."""

    def __init__(self, endpoint: str) -> None:
        host, _, port = endpoint.removeprefix("http://").partition(":")
        self.server = (host, int(port))
        self.parts: list[int] = []
        self.listener = socket.create_server((BIND, 0))
        self.endpoint = f"http://{BIND}:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self) -> None:
        """Until the listener is closed."""
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.server)
            except OSError:
                return
            for pair in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.hand_on, args=pair, daemon=True).start()

    def hand_on(self, source: socket.socket, sink: socket.socket, is_request: bool) -> None:
        """One direction, until one of the two ends it; the end is handed on, too."""
        tail = b""
        try:
            while piece := source.recv(128 * 1024):
                if is_request:
                    tail = self.look(tail, piece)
                    time.sleep(len(piece) / BYTES_PER_SECOND)
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def look(self, tail: bytes, piece: bytes) -> bytes:
        """Remembers the request lines that end in this piece; gives what the next may belong to."""
        seen = tail + piece
        self.parts += [int(line[1]) for line in UPLOAD_PART.finditer(seen) if line.end() > len(tail)]
        return seen[-LONGEST_LINE:]


@dataclasses.dataclass(frozen=True)
class Killing:
    """One server, one file, and rolefs behind the proxy."""

    trial: Trial
    proxy: Proxy
    source: pathlib.Path
    digest: str
    state: pathlib.Path

    @property
    def count(self) -> int:
        """How many parts the file has."""
        return -(-self.source.stat().st_size // PART)

    def begin(self, key: str, *options: str) -> subprocess.Popen[bytes]:
        """rolefs, putting the file."""
        shell = self.trial.rolefs
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(shell.home),
            "ROLEFS_STATE_DIR": str(self.state),
            "AWS_EC2_METADATA_DISABLED": "true",
            **shell.keys.environment(),
        }
        command = [shell.binary, "--endpoint", self.proxy.endpoint, "--region", shell.region, "-put", *options, "-v"]
        # Few at once, so that there are parts that the server holds when most are still to come.
        command += ["-t", "2", "--part-size", "5M", "--multipart-threshold", "5M", str(self.source), url(key)]
        return subprocess.Popen(command, env=environment, cwd=shell.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def end(self, process: subprocess.Popen[bytes], status: int | None = 0) -> str:
        """What it says on stderr."""
        _, errors = process.communicate(timeout=SECONDS_PER_RUN)
        told = errors.decode("utf-8", "replace")
        expect(status in (None, process.returncode), f"exit {process.returncode}: {told}")
        return told

    def put(self, key: str, *options: str) -> str:
        """A put that must succeed."""
        return self.end(self.begin(key, *options))

    def is_whole(self, key: str) -> bool:
        """Whether the object is there. If it is, its bytes must be the file's."""
        try:
            answer = self.trial.boto.get_object(Bucket=BUCKET, Key=key)
        except botocore.exceptions.ClientError as error:
            expect(error.response["ResponseMetadata"]["HTTPStatusCode"] == 404, f"{error}")
            return False
        sha256 = hashlib.sha256()
        for piece in answer["Body"].iter_chunks(MIB):
            sha256.update(piece)
        expect(sha256.hexdigest() == self.digest, f"{key} is there, and has other bytes")
        return True

    def uploads(self) -> list[tuple[str, str]]:
        """Keys and IDs of unfinished uploads, as boto3 lists them."""
        pages = self.trial.boto.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET)
        return sorted((item["Key"], item["UploadId"]) for page in pages for item in page.get("Uploads", []))

    def held(self, upload: tuple[str, str]) -> set[int]:
        """The parts that the server holds, once it holds no more of what was on its way."""
        key, upload_id = upload
        before: set[int] | None = None
        while True:
            pages = self.trial.boto.get_paginator("list_parts").paginate(Bucket=BUCKET, Key=key, UploadId=upload_id)
            parts = {item["PartNumber"] for page in pages for item in page.get("Parts", [])}
            if parts == before:
                return parts
            before = parts
            time.sleep(0.5)

    def journals(self) -> list[str]:
        """The names of the journals. A kill may leave the beginning of one under a name of its own."""
        return [path.name for path in self.state.glob("*.json")]

    def signal(self, key: str, number: signal.Signals, after: float) -> subprocess.Popen[bytes]:
        """A put, and a signal so long after its beginning."""
        process = self.begin(key)
        time.sleep(after)
        process.send_signal(number)
        return process


@dataclasses.dataclass
class Tally:
    """What the kills met."""

    whole: int = 0
    unbegun: int = 0
    cut_off: int = 0
    held: int = 0
    sent: int = 0
    ended: int = 0

    def __str__(self) -> str:
        return (
            f"{self.whole} were whole already, {self.unbegun} had begun nothing, {self.cut_off} were cut off; "
            f"their {self.held} parts were kept and {self.sent} sent; {self.ended} put an end to by a signal in time"
        )


def check_kill(killing: Killing, key: str, after: float, tally: Tally) -> None:
    """One kill, and what must be so afterwards."""
    killing.end(killing.signal(key, signal.SIGKILL, after), None)
    was_whole = killing.is_whole(key)
    found = [upload for upload in killing.uploads() if upload[0] == key]
    expect(len(found) <= 1, f"one put began {found}")
    held = killing.held(found[0]) if found else set()
    has_journal = bool(killing.journals())
    killing.proxy.parts.clear()
    told = killing.put(key, *(("-resume",) if has_journal or not was_whole else ("-resume", "-f")))
    expect(killing.is_whole(key), f"not whole after -resume: {told}")
    expect(killing.journals() == [], f"a journal is left: {killing.journals()}")
    sent = sorted(killing.proxy.parts)
    again = held.intersection(sent)
    expect(not again, f"the server held {sorted(again)}, which were sent again: {told}")
    if was_whole and has_journal:
        expect(sent == [], f"the object was whole, and {sent} were sent: {told}")
        tally.whole += 1
    elif was_whole:
        tally.whole += 1
    elif "was complete already" in told:  # The server was at it when the program was killed.
        expect(sent == [], f"the object became whole, and {sent} were sent: {told}")
        tally.whole += 1
    elif held:
        expect(sorted(held | set(sent)) == list(range(1, killing.count + 1)), f"{held} and {sent} are not all")
        expect(f"{len(sent)} parts, and {len(held)} that were there already" in told, f"held {held}: {told}")
        tally.cut_off += 1
        tally.held += len(held)
        tally.sent += len(sent)
    else:
        tally.unbegun += 1
    for _ in range(20):
        left = [upload for upload in killing.uploads() if upload[0] == key]
        if not left or "was complete already" not in told:
            break
        time.sleep(0.5)  # Until the server is done with it.
    expect(not left or (not held and not has_journal), f"{left} is left: {told}")


def check_signal(killing: Killing, key: str, number: signal.Signals, after: float, tally: Tally) -> None:
    """A signal that can be answered."""
    process = killing.signal(key, number, after)
    told = killing.end(process, None)
    # One that comes before the program looks out for it ends it at once.
    ended = (128 + number, -number)
    expect(process.returncode in (0, *ended), f"exit {process.returncode}: {told}")
    # A completion that is on its way is waited for, and what it stored is said.
    is_stored = process.returncode == 0 or "1 objects" in told
    expect(killing.is_whole(key) == is_stored, f"exit {process.returncode}: {told}")
    left = [upload for upload in killing.uploads() if upload[0] == key]
    expect(left == [] and killing.journals() == [], f"{left}, {killing.journals()} are left: {told}")
    tally.ended += process.returncode in ended


def check_uploads(killing: Killing) -> None:
    """`-uploads` lists what there is below a path, and aborts it when told so, and when it is old enough."""
    boto, shell = killing.trial.boto, killing.trial.rolefs
    # Left by kills between the server's first answer and the journal.
    for key, upload_id in killing.uploads():
        boto.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload_id)
    keys = ["listed", "listed/a b", "listed/c", "listed-not"]
    if killing.trial.server.name != "seaweedfs":  # which says that it encodes these keys, and does not
        keys.append("listed/c+%41")
    ids = {key: boto.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"] for key in keys}
    below = sorted((url(key), ids[key]) for key in keys if key != "listed-not")

    def listed(*options: str) -> list[tuple[str, str]]:
        lines = shell.succeed("-uploads", *options, url("listed")).decode().splitlines()
        expect(not lines or lines[0] == f"Found {len(lines) - 1} items", f"{lines}")
        found = [line[line.index("s3a://") :].rpartition(" ") for line in lines[1:]]
        return sorted((path, upload_id) for path, _, upload_id in found)

    expect(listed() == below, f"\n  listed {listed()}\n  wanted {below}")
    expect(listed("-olderThan", "1h", "-abort") == [], "they are not an hour old")
    expect(len(killing.uploads()) == len(keys), "-olderThan 1h -abort aborted what is younger")
    expect(listed("-olderThan", "0s", "-abort") == below, "not all were listed")
    expect(killing.uploads() == [("listed-not", ids["listed-not"])], f"{killing.uploads()} are left")
    expect(listed() == [], "they are listed still")
    boto.abort_multipart_upload(Bucket=BUCKET, Key="listed-not", UploadId=ids["listed-not"])


def check_without_journal(killing: Killing) -> None:
    """An upload of another program goes on if its parts are this file's; one of other bytes does not."""
    boto, key = killing.trial.boto, "without-journal"
    content = killing.source.read_bytes()

    def begin(part: bytes) -> str:
        upload_id = str(boto.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"])
        boto.upload_part(Bucket=BUCKET, Key=key, UploadId=upload_id, PartNumber=2, Body=part)
        return upload_id

    others = begin(bytes(PART))
    ours = begin(content[PART : 2 * PART])
    killing.proxy.parts.clear()
    told = killing.put(key, "-resume")
    expect(f"goes on with the upload {ours}: 1 of {killing.count} parts" in told, told)
    expect(killing.is_whole(key) and 2 not in killing.proxy.parts, f"{killing.proxy.parts}: {told}")
    expect(killing.uploads() == [(key, others)], f"{killing.uploads()}, and not the other's alone")
    boto.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=others)
    boto.delete_object(Bucket=BUCKET, Key=key)


def run_server(server: Server, arguments: argparse.Namespace, checks: Checks, kills: range, tally: Tally) -> None:
    """So many of the kills against one running server."""
    home, state = server.folder / "home", server.folder / "state"
    home.mkdir()
    keys: Keys = server.assume_role() if isinstance(server, SeaweedFS) else server.keys
    shell = Shell(arguments.rolefs, server.endpoint, server.region, keys, home)
    trial = Trial(server, shell, server.client(), server.folder, checks)
    create_bucket(trial)
    chance = random.Random(f"{arguments.seed} {server.name} {kills.start}")
    content = chance.randbytes(arguments.mib * MIB + 1)
    source = pathlib.Path(trial.file("large", content))
    with Proxy(server.endpoint) as proxy:
        killing = Killing(trial, proxy, source, hashlib.sha256(content).hexdigest(), state)
        began = time.monotonic()
        with trial.check("an upload that nobody ends"):
            killing.put("warm", "-f")
            expect(killing.is_whole("warm") and killing.journals() == [], f"{killing.journals()}")
        # Some come after the end.
        longest = (time.monotonic() - began) * 1.1
        for kill in kills:
            after = chance.uniform(0, longest)
            with trial.check(f"kill {kill}, after {after:.2f} s of {longest:.2f}"):
                check_kill(killing, f"killed-{kill}", after, tally)
            delete(trial.boto, f"killed-{kill}")
            number = (signal.SIGINT, signal.SIGTERM)[kill % 2]
            after = chance.uniform(0, longest)
            with trial.check(f"{number.name} {kill}, after {after:.2f} s of {longest:.2f}"):
                check_signal(killing, f"ended-{kill}", number, after, tally)
            delete(trial.boto, f"ended-{kill}")
        with trial.check("-uploads lists and aborts"):
            check_uploads(killing)
        with trial.check("an upload without a journal"):
            check_without_journal(killing)


def delete(boto: Any, key: str) -> None:
    """Makes room."""
    boto.delete_object(Bucket=BUCKET, Key=key)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="rolefs, killed at random moments")
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument("--kills", type=int, default=10, help="by SIGKILL, and as many by SIGINT or SIGTERM, each server")
    parser.add_argument("--mib", type=int, default=200, help="the size of the file")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--server", choices=("swift", "seaweedfs"), help="this one alone")
    return parser.parse_args()


def main() -> int:
    """The exit status."""
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as an exception, which ends the servers too
    os.environ["NO_PROXY"] = "*"  # boto3 would take a proxy of the environment even for loopback
    print(f"seed {arguments.seed}", flush=True)
    checks = Checks()
    for kind in (Swift, SeaweedFS):
        if arguments.server not in (None, kind.name):
            continue
        tally = Tally()
        for first in range(0, arguments.kills, KILLS_PER_SERVER):
            kills = range(first, min(first + KILLS_PER_SERVER, arguments.kills))
            with tempfile.TemporaryDirectory(prefix="rolefs-") as scratch:
                failed = checks.failed
                with checks.check(f"{kind.name}: runs"), kind(pathlib.Path(scratch)) as server:
                    run_server(server, arguments, checks, kills, tally)
                    if checks.failed > failed:
                        server.print_logs()
        print(f"{kind.name}: {tally}", flush=True)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

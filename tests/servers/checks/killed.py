#!/usr/bin/env python3
"""Checks that a killed upload leaves nothing that looks whole, and resumes without sending a part
twice.

    killed.py ROLEFS [--kills 10] [--mib 200] [--files 2000] [--seed N]
              [--server swift|seaweedfs] [--large-only]

SIGKILL ends an upload in parts of 5 MiB at random moments. Then the object is absent or whole;
`-put -resume` completes it, and sends no part that the server has, which a proxy in between
observes. SIGINT and SIGTERM at random moments leave no upload and no journal behind. Then
`-uploads` lists the same uploads as boto3, and aborts them. A killed `-cp` or `-mv` of objects and
of a directory leaves all of it at the source or at the target, and a journal that names each upload
with parts; `-resume` continues it, and nothing stays unfinished.

`--large-only` copies and moves an object of 5 GiB and a byte instead, which needs 20 GB of disk.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import os
import pathlib
import random
import signal
import sys
import tempfile
import time
from typing import Any

from harness.checks import Checks, expect
from harness.killing import AT_ONCE, Killing
from harness.moving import Moves, check_large_move, check_moves
from harness.part_proxy import Proxy
from harness.rolefs_runs import Rolefs as Shell
from harness.servers import Keys, SeaweedFS, Server, Swift
from harness.trial import BUCKET, MIB, Trial, create_bucket
from harness.unfinished import check_uploads, check_without_journal

# The number of kills before a server is restarted: SeaweedFS does not free the room of deleted
# objects.
KILLS_PER_SERVER = 10


@dataclasses.dataclass
class Tally:
    """The counts of the kills' effects."""

    whole: int = 0
    unbegun: int = 0
    cut_off: int = 0
    held: int = 0
    sent: int = 0
    ended: int = 0

    def __str__(self) -> str:
        return (
            f"{self.whole} were already whole, {self.unbegun} had not begun, {self.cut_off} were "
            "cut off;  "
            f"their {self.held} parts were kept and {self.sent} sent; {self.ended} ended by a "
            "signal in time"
        )


def check_kill(killing: Killing, key: str, after: float, tally: Tally) -> None:
    """Kills an upload, and checks the state afterwards."""
    killing.end(killing.signal(key, signal.SIGKILL, after), None)
    was_whole = killing.is_whole(key)
    found = [upload for upload in killing.uploads() if upload[0] == key]
    expect(len(found) <= 1, f"one put began several uploads: {found}")
    held = killing.held(found[0]) if found else set()
    has_journal = bool(killing.journals())
    killing.proxy.parts.clear()
    output = killing.put(
        key, *(("-resume",) if has_journal or not was_whole else ("-resume", "-f"))
    )
    expect(killing.is_whole(key), f"not whole after -resume: {output}")
    expect(killing.journals() == [], f"a journal is left: {killing.journals()}")
    sent = sorted(killing.proxy.parts)
    again = held.intersection(sent)
    expect(not again, f"the server held {sorted(again)}, which were sent again: {output}")
    if was_whole and has_journal:
        expect(sent == [], f"the object was whole, and {sent} were sent: {output}")
        tally.whole += 1
    elif was_whole:
        tally.whole += 1
    elif (
        "was complete already" in output
    ):  # The server was completing it when the program was killed.
        expect(sent == [], f"the object became whole, and {sent} were sent: {output}")
        tally.whole += 1
    elif held:
        # Parts in transit can have arrived after the check: at most as many as are sent at once.
        there = set(range(1, killing.count + 1)).difference(sent)
        expect(len(there - held) <= AT_ONCE, f"the parts {held} and {sent} are not complete")
        parts = f"{len(sent)} part{'' if len(sent) == 1 else 's'}"
        expect(f"{parts}, and {len(there)} already there" in output, f"there {there}: {output}")
        tally.cut_off += 1
        tally.held += len(there)
        tally.sent += len(sent)
    else:
        tally.unbegun += 1
    for _ in range(20):
        left = [upload for upload in killing.uploads() if upload[0] == key]
        if not left or "was complete already" not in output:
            break
        time.sleep(0.5)  # Until the server has finished.
    expect(not left or (not held and not has_journal), f"{left} is left: {output}")


def check_signal(
    killing: Killing, key: str, number: signal.Signals, after: float, tally: Tally
) -> None:
    """Sends a signal that rolefs handles, and checks the state afterwards."""
    process = killing.signal(key, number, after)
    output = killing.end(process, None)
    # A signal before the program handles it ends the program at once.
    ended = (128 + number, -number)
    expect(process.returncode in (0, *ended), f"exit {process.returncode}: {output}")
    # The program waits for a completion in progress, and reports its result.
    is_stored = process.returncode == 0 or "1 object, " in output
    expect(killing.is_whole(key) == is_stored, f"exit {process.returncode}: {output}")
    left = [upload for upload in killing.uploads() if upload[0] == key]
    expect(
        left == [] and killing.journals() == [], f"{left}, {killing.journals()} are left: {output}"
    )
    tally.ended += process.returncode in ended


def run_server(
    server: Server, arguments: argparse.Namespace, checks: Checks, kills: range, tally: Tally
) -> None:
    """Runs a number of kills against one running server."""
    home, state = server.folder / "home", server.folder / "state"
    home.mkdir()
    keys: Keys = server.assume_role() if isinstance(server, SeaweedFS) else server.keys
    shell = Shell(arguments.rolefs, server.endpoint, server.region, keys, home)
    trial = Trial(server, shell, server.client(), server.folder, checks)
    create_bucket(trial)
    chance = random.Random(f"{arguments.seed} {server.name} {kills.start}")
    if arguments.large_only:
        moves = Moves()
        check_large_move(trial, chance, len(kills), moves)
        print(f"{server.name}: of the moves {moves}", flush=True)
        return
    content = chance.randbytes(arguments.mib * MIB + 1)
    source = pathlib.Path(trial.file("large", content))
    moves = check_moves(trial, chance, len(kills), arguments.files)
    print(f"{server.name}: of the moves {moves}", flush=True)
    with Proxy(server.endpoint) as proxy:
        killing = Killing(trial, proxy, source, hashlib.sha256(content).hexdigest(), state)
        began = time.monotonic()
        with trial.check("an upload that is never completed"):
            killing.put("warm", "-f")
            expect(killing.is_whole("warm") and killing.journals() == [], f"{killing.journals()}")
        # Some signals arrive after the end.
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
    """Deletes the objects, for their room."""
    boto.delete_object(Bucket=BUCKET, Key=key)


def parse_arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description="rolefs, killed at random moments")
    parser.add_argument("rolefs", type=os.path.abspath)
    kills = "by SIGKILL, and as many by SIGINT or SIGTERM, each server"
    parser.add_argument("--kills", type=int, default=10, help=kills)
    parser.add_argument("--mib", type=int, default=200, help="the size of the file")
    parser.add_argument("--files", type=int, default=2000, help="in the directory that is moved")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--server", choices=("swift", "seaweedfs"), help="only this one")
    parser.add_argument("--large-only", action="store_true", help="only an object beyond 5 GiB")
    return parser.parse_args()


def main() -> int:
    """Runs all kills, and returns the exit status."""
    arguments = parse_arguments()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # as an exception, which also ends the servers
    os.environ["NO_PROXY"] = "*"  # boto3 would use a proxy of the environment even for loopback
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

#!/usr/bin/env python3
"""Checks that objects arrive byte for byte: what rolefs puts, others read, and the reverse.

    arrive.py ROLEFS SANDBOX [--jars DIR] [--big MIB] [--files N] [--server NAME]

Runs on Swift, SeaweedFS and ministack (role credentials of their STS) and on s3s-fs (those of its
metadata service). The files have from no byte up to `--big`, and sizes around that of a part; there
is a tree with odd names, and standard input of an unknown length. rolefs puts them, and the AWS CLI
and Hadoop's S3A read them; then these two put, and rolefs reads. Names, lengths and SHA-256 are
compared. `HIDES_MARKERS` lists what a server itself cannot do, which boto3 must confirm.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator

from harness.checks import Checks, expect
from harness.credential_servers import create_roles
from harness.foreign_clients import PART, S3A, AwsCli, Client
from harness.hadoop import DEFAULT_JARS, jars
from harness.listing import parse_listing
from harness.rolefs_runs import Rolefs
from harness.samples import MIB, digest, digest_of, digests, write, write_odd_tree, write_tree
from harness.servers import Keys, Ministack, Sandbox, SeaweedFS, Server, Swift
from harness.trial import BUCKET, Trial, create_bucket, url

SERVERS = (Swift, SeaweedFS, Sandbox, Ministack)
# s3s-fs makes a folder of a marker, and lists only files: S3A does not find the directory that it
# made.
HIDES_MARKERS = {Sandbox.name}
SECONDS_PER_RUN = 900
SMALL_PARTS = ("--part-size", "5M", "--multipart-threshold", "5M")
# The sizes, each with the number of its parts. A single `PutObject` has no parts.
SIZES = {
    "nothing": (0, 0),
    "one byte": (1, 0),
    "a part": (PART, 0),
    "a part and a byte": (PART + 1, 2),
}
STDIN = {"nothing": 0, "one byte": 1, "parts": 2 * PART + 1}


@dataclasses.dataclass(frozen=True)
class Samples:
    """The local files, the same for all servers."""

    folder: pathlib.Path

    def write(self, big: int, files: int) -> None:
        """Writes all samples."""
        for name, (size, _) in SIZES.items():
            write(self.folder / "common" / "sizes" / name, size)
        write(self.folder / "common" / "sizes" / "big", big * MIB)
        write_odd_tree(self.folder / "common" / "odd")
        write_tree(self.folder / "tree", files)
        for name, size in STDIN.items():
            write(self.folder / "stdin" / name, size)


class Arrivals:
    """The objects of one server, put by each client and read by the others."""

    def __init__(self, trial: Trial, samples: Samples, scratch: pathlib.Path) -> None:
        self.trial, self.samples, self.scratch = trial, samples, scratch

    def put(self) -> None:
        """Puts each size, the tree, and standard input with rolefs."""
        for name, (size, parts) in SIZES.items():
            with self.trial.check(f"rolefs puts a file: {name}"):
                sent = self.put_file(self.samples.folder / "common" / "sizes" / name, *SMALL_PARTS)
                expect(sent == parts, f"{size} B in {sent} parts, not in {parts}")
        with self.trial.check("rolefs puts a file: big"):
            self.put_file(self.samples.folder / "common" / "sizes" / "big")
        with self.trial.check("rolefs puts a tree"):
            self.trial.rolefs.succeed("-put", str(self.samples.folder / "tree"), url("by-rolefs/"))
        for name in STDIN:
            with self.trial.check(f"rolefs puts standard input: {name}"):
                # A pipe, which cannot be read twice and has no length.
                content = (self.samples.folder / "stdin" / name).read_bytes()
                self.trial.rolefs.succeed(
                    "-put", *SMALL_PARTS, "-", url(f"by-rolefs/stdin/{name}"), stdin=content
                )

    def put_file(self, path: pathlib.Path, *options: str) -> int:
        """Puts a file, and checks the number of its parts."""
        output = self.trial.rolefs.succeed(
            "-put", "-json", *options, str(path), url(f"by-rolefs/sizes/{path.name}")
        )
        events = [json.loads(line) for line in output.splitlines()]
        return sum(event["event"] == "part" for event in events)

    def read_with(self, client: Client) -> None:
        """Reads everything that rolefs put with another client."""
        wanted = {
            f"sizes/{name}": found
            for name, found in digests(self.samples.folder / "common" / "sizes").items()
        }
        wanted |= {
            f"stdin/{name}": found for name, found in digests(self.samples.folder / "stdin").items()
        }
        tree = digests(self.samples.folder / "tree")
        with self.new_folder(client.name) as folder:
            with self.trial.check(f"{client.name} reads what rolefs put"):
                client.get("by-rolefs", folder)
            for name, expected in wanted.items():
                with self.trial.check(f"{client.name} reads what rolefs put: {name}"):
                    found = digest(folder / name)
                    expect(found == expected, f"{found}, not {expected}")
            with self.trial.check(
                f"{client.name} reads what rolefs put: a tree of {len(tree)} files"
            ):
                check_same(digests(folder / "tree"), tree)

    def put_with(self, client: Client) -> None:
        """Puts with another client, and reads with rolefs."""
        key = f"by-{client.name}"
        common = self.samples.folder / "common"
        with self.trial.check(f"{client.name} puts"), self.directories(key, common):
            client.put(common, key)
        wanted = digests(common)
        with (
            self.new_folder(f"of-{client.name}") as folder,
            self.trial.check(f"rolefs -get of what {client.name} put"),
        ):
            self.trial.rolefs.succeed("-get", url(key), str(folder))
            check_same(digests(folder), wanted)
        for name in [*SIZES, "big"]:
            with self.trial.check(f"rolefs -cat of what {client.name} put: {name}"):
                found = digest_of(self.trial.rolefs.succeed("-cat", url(f"{key}/sizes/{name}")))
                expect(found == wanted[f"sizes/{name}"], f"{found}, not {wanted[f'sizes/{name}']}")
        with self.trial.check(f"rolefs -ls -R of what {client.name} put"):
            listed = parse_listing(self.trial.rolefs.succeed("-ls", "-R", url(key)), counted=False)
            files = {entry.path.removeprefix(url(f"{key}/")): entry.size for entry in listed}
            lengths = {name: str(size) for name, size in files.items() if size is not None}
            check_same(lengths, {name: str((common / name).stat().st_size) for name in wanted})

    def check_markers(self) -> None:
        """Checks whether the server lists an empty directory, as boto3 sees it."""
        hidden = self.trial.server.name in HIDES_MARKERS
        with self.trial.check(
            f"a marker of a directory is listed{': no, as known' if hidden else ''}"
        ):
            self.trial.make_directory("marker")
            listed = self.trial.boto.list_objects_v2(Bucket=BUCKET, Prefix="marker/").get(
                "Contents", []
            )
            expect((listed == []) == hidden, f"boto3 lists {listed}")

    @contextlib.contextmanager
    def directories(self, key: str, folder: pathlib.Path) -> Iterator[None]:
        """Gives each new directory a file while the block runs, where a server hides markers."""
        keys = []
        if self.trial.server.name in HIDES_MARKERS:
            below = [path for path in folder.rglob("*") if path.is_dir()]
            keys = [f"{key}/{path.relative_to(folder)}/placeholder" for path in below]
        for each in keys:
            self.trial.boto.put_object(Bucket=BUCKET, Key=each, Body=b"")
        try:
            yield
        finally:
            for each in keys:
                self.trial.boto.delete_object(Bucket=BUCKET, Key=each)

    @contextlib.contextmanager
    def new_folder(self, name: str) -> Iterator[pathlib.Path]:
        """Returns a folder that does not exist yet, and removes it after the block."""
        folder = self.scratch / "fetched" / name
        folder.parent.mkdir(exist_ok=True)
        yield folder
        shutil.rmtree(folder, ignore_errors=True)


def check_same(found: dict[str, str], wanted: dict[str, str]) -> None:
    """Checks that the names, and the values beside them, are the same."""
    names = sorted(
        name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)
    )
    differences = [f"{name!r} is {found.get(name)}, not {wanted.get(name)}" for name in names[:3]]
    expect(not names, f"{len(names)} of {len(wanted)} differ: {'; '.join(differences)}")


def role_on(server: Server) -> Keys:
    """Returns credentials for the bucket: those of a role, where the server has roles."""
    if isinstance(server, SeaweedFS):
        return server.assume_role()
    if isinstance(server, Ministack):
        keys, (arn, *_) = create_roles(server, ("First", "Second"))
        sts = server.client("sts", keys)
        response = sts.assume_role(RoleArn=arn, RoleSessionName="arrive")["Credentials"]
        return Keys(response["AccessKeyId"], response["SecretAccessKey"], response["SessionToken"])
    return server.keys


def start(kind: type[Server], scratch: pathlib.Path, sandbox: str) -> Server:
    """Returns one of the servers as a context manager."""
    return Sandbox(scratch, sandbox) if kind is Sandbox else kind(scratch)


def run_server(
    server: Server, arguments: argparse.Namespace, samples: Samples, checks: Checks
) -> None:
    """Runs all checks against one running server."""
    home = server.folder / "home"
    home.mkdir()
    keys = role_on(server)
    rolefs = Rolefs(
        arguments.rolefs, server.endpoint, server.region, keys, home, seconds=SECONDS_PER_RUN
    )
    trial = Trial(server, rolefs, server.client(), server.folder, checks)
    create_bucket(trial)
    trial.rolefs.succeed("-mkdir", url("by-rolefs"))
    arrivals = Arrivals(trial, samples, server.folder)
    with S3A(server, keys, server.folder, arguments.jars) as s3a:
        aws = AwsCli(server, keys, server.folder)
        arrivals.check_markers()
        arrivals.put()
        for client in (aws, s3a):
            arrivals.read_with(client)
            arrivals.put_with(client)


def parse_arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument("sandbox", type=os.path.abspath)
    parser.add_argument("--jars", type=pathlib.Path, default=DEFAULT_JARS)
    parser.add_argument(
        "--big", type=int, metavar="MIB", default=1024, help="the size of the largest file"
    )
    parser.add_argument("--files", type=int, default=2000, help="in the tree")
    parser.add_argument("--server", choices=[kind.name for kind in SERVERS], help="only this one")
    return parser.parse_args()


def main() -> int:
    """Runs all checks, and returns the exit status."""
    arguments = parse_arguments()
    arguments.jars = jars(arguments.jars.resolve())
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # as an exception, which also ends the servers
    os.environ["NO_PROXY"] = "*"  # boto3 would use a proxy of the environment even for loopback
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="rolefs-arrive-") as folder:
        samples = Samples(pathlib.Path(folder) / "samples")
        samples.write(arguments.big, arguments.files)
        for kind in SERVERS:
            if arguments.server not in (None, kind.name):
                continue
            scratch = pathlib.Path(folder)
            with (
                checks.check(f"{kind.name}: runs"),
                start(kind, scratch, arguments.sandbox) as server,
            ):
                failed = checks.failed
                run_server(server, arguments, samples, checks)
                if checks.failed > failed:
                    server.print_logs()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

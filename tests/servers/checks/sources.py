#!/usr/bin/env python3
"""Checks that rolefs puts the names of a manifest, leaves out what a real server already has, and
normalizes names.

    sources.py ROLEFS [--server swift|seaweedfs] [--names 1000000]

boto3 reads the stored objects, and stores the objects with which rolefs compares files. GNU time
measures the memory of a plan.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import io
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import unicodedata

import boto3.s3.transfer
import botocore.exceptions

from harness.checks import Checks, expect
from harness.rolefs_runs import Rolefs
from harness.servers import SeaweedFS, Server, Swift
from harness.trial import BUCKET, MIB, Trial, create_bucket, url

# The permitted additional memory of a plan of many names, in MiB.
GROWTH = 4


def stored_at(trial: Trial, key: str) -> datetime.datetime:
    """Returns the time at which the server got the object."""
    modified: datetime.datetime = trial.boto.head_object(Bucket=BUCKET, Key=key)["LastModified"]
    return modified


def update(trial: Trial, *arguments: str) -> str:
    """Runs a put with --update, and returns its last line. Swift does not support If-Match for a
    put, so it requires -f.
    """
    force = ["-f"] if isinstance(trial.server, Swift) else []
    done = trial.rolefs.run("-put", "--update", *force, *arguments)
    expect(done.status == 0, str(done))
    return done.errors.rstrip("\n").split("\n")[-1]


def check_manifest(trial: Trial) -> None:
    """Checks names from stdin, one of which does not exist."""
    names = [f"many/{index % 7}/file {index}" for index in range(200)]
    for name in names:
        trial.file(name, name.encode())
    root = trial.scratch / "files"
    lines = b"".join(os.fsencode(root / name) + b"\0" for name in names[:100]) + b"/nowhere\0"
    keys = [{"source": str(root / name), "key": name} for name in names[100:]]
    with trial.check("200 names of manifests, and one that is missing"):
        nul = ("-put", "-f", "--manifest", "-", "--manifest-format", "nul", url("manifest/"))
        done = trial.rolefs.run(*nul, stdin=lines)
        expect(
            done.status == 1 and done.errors == "put: `/nowhere': No such file or directory\n",
            str(done),
        )
        listed = trial.file("keys.json", "".join(json.dumps(line) + "\n" for line in keys).encode())
        trial.rolefs.succeed(
            "-put", "-success", "--manifest", listed, "--manifest-format", "json", url("keyed/")
        )
        below = f"manifest{root}/"
        expect(
            trial.keys_below(below) == sorted(below + name for name in names[:100]), "other objects"
        )
        wanted = sorted(["keyed/_SUCCESS", *(f"keyed/{name}" for name in names[100:])])
        expect(trial.keys_below("keyed/") == wanted, "other objects")
        expect(trial.stored(f"keyed/{names[100]}") == names[100].encode(), "another content")


def check_update(trial: Trial) -> None:
    """Checks that equal objects stay, and different ones are overwritten."""
    for name, content in (("same", b"1"), ("empty", b""), ("longer", b"1"), ("other", b"1")):
        trial.file(f"u/{name}", content)
    tree = str(trial.scratch / "files/u")
    with trial.check("--update of a tree"):
        expect(
            update(trial, tree, url("")) == "put: 0 up to date, 4 stored", "not all of it was sent"
        )
        expect(
            update(trial, tree, url("")) == "put: 4 up to date, 0 stored",
            "something was sent again",
        )
        trial.file("u/longer", b"12")
        trial.file("u/other", b"2")
        expect(
            update(trial, tree, url("")) == "put: 2 up to date, 2 stored", "another number was sent"
        )
        expect(
            trial.stored("u/longer") == b"12" and trial.stored("u/other") == b"2", "another content"
        )
    with trial.check("--update where boto3 overwrites and deletes"):
        trial.boto.put_object(Bucket=BUCKET, Key="u/same", Body=b"3")
        trial.boto.delete_object(Bucket=BUCKET, Key="u/other")
        expect(
            update(trial, tree, url("")) == "put: 2 up to date, 2 stored", "another number was sent"
        )
        expect(
            trial.stored("u/same") == b"1" and trial.stored("u/other") == b"2", "another content"
        )


def check_parts(trial: Trial) -> None:
    """Checks objects that others cut, in parts of their lengths."""
    content = random.Random(1).randbytes(23 * MIB + 1)
    file = trial.file("parts", content)
    for mebibytes in (8, 5, 7):
        with trial.check(f"--update of boto3's parts of {mebibytes} MiB"):
            config = boto3.s3.transfer.TransferConfig(
                multipart_threshold=MIB, multipart_chunksize=mebibytes * MIB
            )
            trial.boto.upload_fileobj(io.BytesIO(content), BUCKET, "parts", Config=config)
            etag = trial.boto.head_object(Bucket=BUCKET, Key="parts")["ETag"].strip('"')
            before, output = stored_at(trial, "parts"), update(trial, file, url("parts"))
            if output != "put: 1 up to date, 0 stored":
                raise_unless_incomparable(output, etag)
                print(
                    f"{trial.server.name}: parts of {mebibytes} MiB: ETag {etag}: sent again",
                    flush=True,
                )
            else:
                expect(stored_at(trial, "parts") == before, "it was stored again")
            trial.file("parts", content[:-1] + bytes([content[-1] ^ 1]))
            output = update(trial, file, url("parts"))
            expect(output.startswith("put: 0 up to date, 1 stored"), output)
            expect(trial.stored("parts")[-1] == content[-1] ^ 1, "another content")
            trial.file("parts", content)


def raise_unless_incomparable(output: str, etag: str) -> None:
    """Checks that a file is sent again only if it cannot be compared."""
    expect(
        output.startswith("put: 0 up to date, 1 stored; 1 of the same length"),
        f"{output}, ETag {etag}",
    )


def check_checksum(trial: Trial) -> None:
    """Checks that the server's checksum decides, if it stores one; otherwise the ETag does. Swift
    refuses the algorithms that S3 added in 2026.
    """
    file = trial.file("summed", b"abc" * 1000)
    added = ("sha512", "md5", "xxhash64", "xxhash3", "xxhash128")
    for algorithm in ("crc32", "crc32c", "crc64nvme", "sha256", *added):
        put = ("-put", "-f", "--checksum", algorithm, file, url("summed"))
        if isinstance(trial.server, Swift) and algorithm in added:
            with trial.check(f"{algorithm} is refused, and the error names it"):
                done = trial.rolefs.run(*put)
                named = f"the store may not know the checksum {algorithm.upper()}"
                expect(done.status == 1 and named in done.errors, str(done))
            continue
        with trial.check(f"--update of what has a checksum by {algorithm}"):
            trial.rolefs.succeed(*put)
            expect(
                update(trial, file, url("summed")) == "put: 1 up to date, 0 stored",
                "it was sent again",
            )


def check_condition(trial: Trial) -> None:
    """Checks that the server refuses to overwrite an object that changed between comparison and
    put. Swift refuses any condition.
    """
    wanted = "NotImplemented" if isinstance(trial.server, Swift) else "PreconditionFailed"
    with trial.check(f"If-Match of another ETag is answered with {wanted}"):
        trial.boto.put_object(Bucket=BUCKET, Key="raced", Body=b"theirs")
        try:
            trial.boto.put_object(Bucket=BUCKET, Key="raced", Body=b"ours", IfMatch=f'"{"0" * 32}"')
            code = "nothing"
        except botocore.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
        expect(code == wanted, f"it is answered with {code}")
    if isinstance(trial.server, Swift):
        with trial.check("--update without -f says that it needs -f"):
            done = trial.rolefs.run("-put", "--update", trial.file("raced", b"ours"), url("raced"))
            error = done.first_error()
            expect(
                done.status == 1
                and error.endswith("if it lacks conditional writes, -f does without them"),
                str(done),
            )
            expect(trial.stored("raced") == b"theirs", "it was overwritten")


def check_names(trial: Trial) -> None:
    """Checks that names are unchanged, unless one form is requested."""
    decomposed, composed = (unicodedata.normalize(form, "ünï") for form in ("NFD", "NFC"))
    trial.file(f"n/{decomposed}", b"1")
    tree = str(trial.scratch / "files/n")
    with trial.check("--normalize nfc"):
        trial.rolefs.succeed("-put", tree, url("as-is/"))
        trial.rolefs.succeed("-put", "--normalize", "nfc", tree, url("nfc/"))
        expect(trial.keys_below("as-is/") == [f"as-is/n/{decomposed}"], "the name was changed")
        expect(trial.keys_below("nfc/") == [f"nfc/n/{composed}"], "the name was not changed")


def peak(binary: str, path: str, names: int) -> float:
    """Returns the peak of memory, in MiB, for a plan of this many names."""
    with tempfile.NamedTemporaryFile("r") as report:
        timed = ["/usr/bin/time", "-q", "-f", "%M", "-o", report.name]
        plan = [binary, "-put", "-quiet", "--dry-run", "--manifest", "-", "s3a://b/dir/"]
        process = subprocess.Popen([*timed, *plan], stdin=subprocess.PIPE, env={})
        assert process.stdin
        for start in range(0, names, 10_000):
            process.stdin.write(f"{path}\n".encode() * min(10_000, names - start))
        process.stdin.close()
        expect(process.wait() == 0, f"a plan ended with {process.returncode}")
        return int(report.read()) / 1024


def check_memory(checks: Checks, binary: str, names: int) -> None:
    """Checks that the names of a manifest are not kept in memory."""
    with (
        checks.check(f"memory of a plan of {names:,} names"),
        tempfile.NamedTemporaryFile() as file,
    ):
        few, many = peak(binary, file.name, 1), peak(binary, file.name, names)
        print(f"one name: {few:.1f} MiB, {names:,} names: {many:.1f} MiB", flush=True)
        expect(many < few + GROWTH, "it grows")


def run_server(server: Server, binary: str, checks: Checks) -> None:
    """Runs all checks against one running server."""
    home = server.folder / "home"
    home.mkdir()
    keys = server.assume_role() if isinstance(server, SeaweedFS) else server.keys
    trial = Trial(
        server,
        Rolefs(binary, server.endpoint, server.region, keys, home),
        server.client(),
        server.folder,
        checks,
    )
    create_bucket(trial)
    for check in (
        check_manifest,
        check_update,
        check_parts,
        check_checksum,
        check_condition,
        check_names,
    ):
        check(trial)


@dataclasses.dataclass(frozen=True)
class Options:
    """The command line."""

    rolefs: str
    server: str | None
    names: int


def parse_arguments() -> Options:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description="which sources rolefs puts on real S3 servers")
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument("--server", choices=("swift", "seaweedfs"), help="only this one")
    parser.add_argument(
        "--names", type=int, default=1_000_000, help="in the manifest whose memory is measured"
    )
    return Options(**vars(parser.parse_args()))


def main() -> int:
    """Runs all checks, and returns the exit status."""
    options = parse_arguments()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # as an exception, which also ends the servers
    os.environ["NO_PROXY"] = "*"  # boto3 would use a proxy of the environment even for loopback
    checks = Checks()
    check_memory(checks, options.rolefs, options.names)
    for kind in (Swift, SeaweedFS):
        if options.server not in (None, kind.name):
            continue
        with tempfile.TemporaryDirectory(prefix="rolefs-") as scratch:
            failed = checks.failed
            with checks.check(f"{kind.name}: runs"), kind(pathlib.Path(scratch)) as server:
                run_server(server, options.rolefs, checks)
                if checks.failed > failed:
                    server.print_logs()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

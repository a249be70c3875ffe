#!/usr/bin/env python3
"""Does rolefs store and read files on real S3 servers, and say clearly why when it may not?

    uploads.py ROLEFS [--large MIB] [--server swift|seaweedfs]

Everything that rolefs puts is read back twice: by `rolefs -cat` and by boto3, which shares no code with it. Swift gets
static keys; SeaweedFS gets role credentials with a session token from its own STS.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from typing import Any

import botocore.exceptions

from servers import ROLE_BUCKET, Keys, SeaweedFS, Server, ServerError, Swift

BUCKET = ROLE_BUCKET
SECONDS_PER_RUN = 60
SKEW = "+20m"
MIB = 1024 * 1024

# Each has once been stored under another name by some client: decoded twice, not at all, as a space, normalised.
NAMES = (
    "plain.txt",
    "a b.txt",
    " lead and trail ",
    "a+b",
    "100%",
    "%41",
    "%2F",
    unicodedata.normalize("NFC", "ünïcode"),
    unicodedata.normalize("NFD", "ünïcode"),
    "~",
    "a~b",
    "!'()*",
    "&=?#;:@,$",
    "part-00000",
)


class Failed(Exception):
    """A check did not hold."""


# What ends one check and no more; anything else is a mistake in this script.
CAUGHT = (Failed, ServerError, subprocess.SubprocessError, botocore.exceptions.ClientError, OSError)


def expect(holds: bool, told: str) -> None:
    """Ends the check unless it holds."""
    if not holds:
        raise Failed(told)


class Checks:
    """One line for each check, and the count."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    @contextlib.contextmanager
    def check(self, label: str) -> Iterator[None]:
        """A check is what stands in this block; a failure is told, and the next check goes on."""
        try:
            yield
        except CAUGHT as error:
            self.failed += 1
            print(f"FAILED {label}: {error}", flush=True)
        else:
            self.passed += 1
            print(f"ok {label}", flush=True)


@dataclasses.dataclass(frozen=True)
class Done:
    """What one run of rolefs left behind."""

    status: int
    output: bytes
    errors: str

    def __str__(self) -> str:
        return f"exit {self.status}, stdout {self.output[:300]!r}, stderr {self.errors!r}"

    def first_error(self) -> str:
        """The first line on stderr."""
        return self.errors.split("\n")[0]


@dataclasses.dataclass(frozen=True)
class Rolefs:
    """rolefs with one set of credentials against one server; `wrapper` is put before the command line."""

    binary: str
    endpoint: str
    region: str
    keys: Keys
    home: pathlib.Path
    wrapper: tuple[str, ...] = ()

    def run(self, *arguments: str, stdin: bytes = b"") -> Done:
        """One run against the server."""
        return self.run_plain("--endpoint", self.endpoint, "--region", self.region, *arguments, stdin=stdin)

    def run_plain(self, *arguments: str, stdin: bytes = b"") -> Done:
        """One run, in a clean environment: no profile, no metadata service, no proxy."""
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.keys.environment(),
        }
        done = subprocess.run(
            [*self.wrapper, self.binary, *arguments],
            input=stdin,
            env=environment,
            cwd=self.home,
            capture_output=True,
            timeout=SECONDS_PER_RUN,
        )
        return self.without_secrets(Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")))

    def without_secrets(self, done: Done) -> Done:
        """No run may tell a secret, whatever else it does."""
        for secret in (self.keys.secret_access_key, self.keys.session_token):
            expect(not secret or secret not in done.errors, "a secret stands on stderr")
        return done

    def succeed(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """A run that must succeed, silently on stderr."""
        done = self.run(*arguments, stdin=stdin)
        expect(done.status == 0 and done.errors == "", f"rolefs {arguments}: {done}")
        return done.output

    def with_keys(self, **changes: Any) -> Rolefs:
        """The same with other credentials."""
        return dataclasses.replace(self, keys=dataclasses.replace(self.keys, **changes))


@dataclasses.dataclass(frozen=True)
class Trial:
    """All that one server's checks need."""

    server: Server
    rolefs: Rolefs
    boto: Any
    scratch: pathlib.Path
    checks: Checks

    def check(self, label: str) -> contextlib.AbstractContextManager[None]:
        """A check with the server's name on it."""
        return self.checks.check(f"{self.server.name}: {label}")

    def file(self, name: str, content: bytes) -> str:
        """A local file, and its path."""
        path = self.scratch / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return str(path)

    def stored(self, key: str) -> bytes:
        """An object as boto3 reads it."""
        return bytes(self.boto.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def keys_below(self, prefix: str) -> list[str]:
        """The keys that boto3 lists, but for directory markers."""
        pages = self.boto.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return sorted(key for key in keys if not key.endswith("/"))

    def make_directory(self, name: str) -> str:
        """A directory marker: Hadoop refuses a put whose parent is missing, and this way there is one."""
        self.boto.put_object(Bucket=BUCKET, Key=f"{name}/", Body=b"")
        return url(f"{name}/")


def url(key: str, bucket: str = BUCKET) -> str:
    """The key as rolefs takes it: literally."""
    return f"s3a://{bucket}/{key}"


def same_bytes(trial: Trial, key: str, content: bytes) -> None:
    """Both readers must see what was put."""
    expect(trial.stored(key) == content, f"boto3 reads other bytes under {key!r}")
    expect(trial.rolefs.succeed("-cat", url(key)) == content, f"rolefs -cat reads other bytes under {key!r}")


# --- the listing, as Hadoop prints it ---

ENTRY = re.compile(
    r"(?P<mode>-rw-rw-rw-|drwxrwxrwx)   (?P<replicas>[1-9-]) (?P<user>\S+) +(?P<group>\S+) +"
    r"(?P<size>\d+) (?P<time>\d{4}-\d\d-\d\d \d\d:\d\d) (?P<path>s3a://.*)"
)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One line of `-ls`. A directory has no size to compare."""

    path: str
    size: int | None


def parse_entry(line: str) -> tuple[Entry, int]:
    """The entry, and the column where its path begins."""
    match = ENTRY.fullmatch(line)
    expect(match is not None, f"not a line of Hadoop's listing: {line!r}")
    assert match is not None
    directory = match["mode"].startswith("d")
    expect(directory == (match["replicas"] == "-"), f"a directory has no replicas, a file has: {line!r}")
    return Entry(match["path"], None if directory else int(match["size"])), match.start("path")


def parse_listing(output: bytes, counted: bool = True) -> list[Entry]:
    """All entries; the columns must be aligned, and the count right, which only a directory's own listing has."""
    lines = output.decode().splitlines()
    if counted and lines:
        expect(lines[0] == f"Found {len(lines) - 1} items", f"wrong first line: {lines[0]!r} before {len(lines) - 1}")
        del lines[0]
    parsed = [parse_entry(line) for line in lines]
    expect(len({column for _, column in parsed}) <= 1, f"columns are not aligned:\n{output.decode()}")
    return sorted((entry for entry, _ in parsed), key=lambda entry: entry.path)


def expect_listing(listed: list[Entry], wanted: list[Entry]) -> None:
    """The same entries in any order."""
    wanted = sorted(wanted, key=lambda entry: entry.path)
    expect(listed == wanted, f"\n  listed {listed}\n  wanted {wanted}")


# --- what must work ---


def check_sizes(trial: Trial, large: int) -> None:
    """From nothing to more than one read buffer, or as large as asked."""
    directory = trial.make_directory("sizes")
    sizes = {"nothing": 0, "one": 1, "five-mib": 5 * MIB, **({"large": large * MIB} if large else {})}
    for name, size in sizes.items():
        with trial.check(f"put, cat: {size} B"):
            content = random.Random(size).randbytes(size)
            trial.rolefs.succeed("-put", trial.file(f"sizes/{name}", content), directory)
            same_bytes(trial, f"sizes/{name}", content)
    with trial.check("ls: sizes"):
        listed = parse_listing(trial.rolefs.succeed("-ls", url("sizes")))
        expect_listing(listed, [Entry(url(f"sizes/{name}"), size) for name, size in sizes.items()])


def check_names(trial: Trial) -> None:
    """Names that are easily changed on the way; the destination is a directory once, and a key once."""
    directory = trial.make_directory("names")
    for name in NAMES:
        content = f"content of {name}".encode()
        with trial.check(f"put {name!r} into a directory"):
            trial.rolefs.succeed("-put", trial.file(f"names/{name}", content), directory)
            same_bytes(trial, f"names/{name}", content)
        with trial.check(f"put -f {name!r} by its key"):
            again = b"again, " + content
            trial.rolefs.succeed("-put", "-f", trial.file("again", again), url(f"names/{name}"))
            same_bytes(trial, f"names/{name}", again)
    with trial.check("ls: names"):
        listed = parse_listing(trial.rolefs.succeed("-ls", directory))
        sizes = {name: len(f"again, content of {name}".encode()) for name in NAMES}
        expect_listing(listed, [Entry(url(f"names/{name}"), size) for name, size in sizes.items()])
    with trial.check("the same names as boto3 lists"):
        expect(trial.keys_below("names/") == sorted(f"names/{name}" for name in NAMES), str(trial.keys_below("names/")))
    with trial.check("ls of one file"):
        size = len(b"again, content of a+b")
        listed = parse_listing(trial.rolefs.succeed("-ls", url("names/a+b")), counted=False)
        expect_listing(listed, [Entry(url("names/a+b"), size)])
    with trial.check("cat of two, in order"):
        both = trial.rolefs.succeed("-cat", url("names/~"), url("names/a+b"))
        expect(both == trial.stored("names/~") + trial.stored("names/a+b"), f"{both!r}")


def check_slashes(trial: Trial) -> None:
    """An empty segment is part of the key; nothing on the way may collapse it."""
    with trial.check("put to 'a//b'"):
        trial.rolefs.succeed("-put", trial.file("slashes", b"two slashes"), url("a//b"))
        same_bytes(trial, "a//b", b"two slashes")
        kept = trial.server.stored_key("a//b")
        expect(trial.keys_below("a/") == [kept], f"boto3 lists {trial.keys_below('a/')}, not {kept!r}")


TREE = {
    "one.txt": b"one",
    "nothing": b"",
    "sub/two words": b"two",
    "sub/deeper/%41": b"three",
    "sub/deeper/still/four": b"four",
}


def check_tree(trial: Trial) -> None:
    """A directory with all below it, an empty one included."""
    for name, content in TREE.items():
        trial.file(f"tree/{name}", content)
    (trial.scratch / "files" / "tree" / "empty").mkdir()
    with trial.check("put of a directory tree"):
        trial.rolefs.succeed("-put", str(trial.scratch / "files" / "tree"), url(""))
        expect(trial.keys_below("tree/") == sorted(f"tree/{name}" for name in TREE), str(trial.keys_below("tree/")))
        for name, content in TREE.items():
            same_bytes(trial, f"tree/{name}", content)
    top = [Entry(url("tree/one.txt"), 3), Entry(url("tree/nothing"), 0), Entry(url("tree/sub"), None)]
    below = [Entry(url("tree/sub/two words"), 3), Entry(url("tree/sub/deeper"), None)]
    below += [Entry(url("tree/sub/deeper/%41"), 5), Entry(url("tree/sub/deeper/still"), None)]
    below += [Entry(url("tree/sub/deeper/still/four"), 4)]
    empty = Entry(url("tree/empty"), None)
    with trial.check("ls of the tree's top"):
        listed = parse_listing(trial.rolefs.succeed("-ls", url("tree")))
        expect_listing([entry for entry in listed if entry != empty], top)
    with trial.check("ls -R of the tree"):
        listed = parse_listing(trial.rolefs.succeed("-ls", "-R", url("tree")), counted=False)
        expect_listing([entry for entry in listed if entry != empty], top + below)
    with trial.check("the empty directory is there"):
        expect(empty in parse_listing(trial.rolefs.succeed("-ls", url("tree"))), "not listed in its parent")
        expect(trial.rolefs.succeed("-ls", url("tree/empty")).strip() in (b"", b"Found 0 items"), "not empty")


def check_stdin(trial: Trial) -> None:
    """`-` is standard input."""
    for size in (0, 1, 3 * MIB + 1):
        with trial.check(f"put of {size} B from stdin"):
            content = random.Random(size).randbytes(size)
            trial.rolefs.succeed("-put", "-", url(f"stdin-{size}"), stdin=content)
            same_bytes(trial, f"stdin-{size}", content)


def check_existing(trial: Trial) -> None:
    """Nothing is overwritten without -f."""
    old, new = trial.file("old", b"old"), trial.file("new", b"new")
    with trial.check("put to what exists: File exists, and unchanged"):
        trial.rolefs.succeed("-put", old, url("existing"))
        done = trial.rolefs.run("-put", new, url("existing"))
        expect(done.status == 1 and done.first_error() == f"put: `{url('existing')}': File exists", str(done))
        same_bytes(trial, "existing", b"old")
    with trial.check("put -f to what exists"):
        trial.rolefs.succeed("-put", "-f", new, url("existing"))
        same_bytes(trial, "existing", b"new")


def check_object_options(trial: Trial) -> None:
    """What is said of an object is what boto3 is told of it."""
    with trial.check("put --metadata, --content-type, and the type of an extension"):
        trial.rolefs.succeed("-put", "--metadata", "Owner=me = too", trial.file("t.json", b"{}"), url("options/t.json"))
        trial.rolefs.succeed("-put", "--content-type", "text/x-own", trial.file("t.json", b"{}"), url("options/own"))
        told = trial.boto.head_object(Bucket=BUCKET, Key="options/t.json")
        expect(told["Metadata"] == {"owner": "me = too"}, f"metadata {told['Metadata']}")
        types = told["ContentType"], trial.boto.head_object(Bucket=BUCKET, Key="options/own")["ContentType"]
        expect(types == ("application/json", "text/x-own"), f"types {types}")


def check_customer_key(trial: Trial) -> None:
    """With SSE-C, what is stored is read with the key only: whole and in parts, by rolefs and by boto3."""
    content = random.Random(7).randbytes(6 * MIB)
    key = trial.file("customer.key", bytes(range(32)))
    for name, parts in {"whole": (), "parts": ("--part-size", "5M", "--multipart-threshold", "5M")}.items():
        with trial.check(f"SSE-C: {name}"):
            target = url(f"customer/{name}")
            trial.rolefs.succeed("-put", "--sse-c-key-file", key, *parts, trial.file("c", content), target)
            got = trial.boto.get_object(
                Bucket=BUCKET, Key=f"customer/{name}", SSECustomerKey=bytes(range(32)), SSECustomerAlgorithm="AES256"
            )
            expect(got["Body"].read() == content, "boto3 reads other bytes with the key")
            copy = trial.scratch / f"customer-{name}"
            trial.rolefs.succeed("-get", "--sse-c-key-file", key, target, str(copy))
            expect(copy.read_bytes() == content, "rolefs -get reads other bytes with the key")
            done = trial.rolefs.run("-get", "-f", target, str(copy))
            expect(done.status == 1, f"read without the key: {done}")


def check_missing(trial: Trial) -> None:
    """What is not there is named as Hadoop names it, whichever side it is missing from."""
    local, remote = str(trial.scratch / "files" / "none"), url("none")
    for command, path in ((("-put", local, url("x")), local), (("-cat", remote), remote), (("-ls", remote), remote)):
        word = command[0].lstrip("-")
        with trial.check(f"{word} of what is missing: No such file or directory"):
            done = trial.rolefs.run(*command)
            wanted = f"{word}: `{path}': No such file or directory"
            expect(done.status == 1 and done.first_error() == wanted, str(done))


def check_usage(trial: Trial) -> None:
    """Wrong usage has an exit code of its own."""
    for wrong in (("-bogus",), ("-put",), ("-put", "-z", "a", url("a")), ("-cat",)):
        with trial.check(f"wrong usage: {' '.join(wrong)}"):
            done = trial.rolefs.run(*wrong)
            expect(done.status == 255 and done.errors != "" and done.output == b"", str(done))


# --- what must be refused ---


def check_refusal(trial: Trial, label: str, rolefs: Rolefs, code: str, bucket: str = BUCKET) -> None:
    """put, ls and cat must each end with 1 and tell the server's own code; nothing may have been stored."""
    key = f"refused {label}"
    for command in (("-put", trial.file("refused", b"x"), url(key, bucket)), ("-ls", url("", bucket))):
        with trial.check(f"{label}: {command[0]} tells {code}"):
            done = rolefs.run(*command)
            expect(done.status == 1 and code in done.errors and done.output == b"", str(done))
            expect(done.errors.startswith(f"{command[0][1:]}: "), f"the message does not begin as Hadoop's: {done}")
    with trial.check(f"{label}: -cat tells {code}"):
        done = rolefs.run("-cat", url("existing", bucket))
        expect(done.status == 1 and code in done.errors and done.output == b"", str(done))
    with trial.check(f"{label}: nothing was stored"):
        expect(trial.keys_below(key) == [], f"{trial.keys_below(key)}")


def other_end(text: str) -> str:
    """The same length and alphabet, another end."""
    return text[:-4] + ("AAAA" if text[-4:] != "AAAA" else "BBBB")


def check_refused_keys(trial: Trial) -> None:
    """Wrong credentials, one part at a time."""
    rolefs, answers = trial.rolefs, trial.server.answers
    secret = other_end(rolefs.keys.secret_access_key)
    check_refusal(trial, "wrong secret", rolefs.with_keys(secret_access_key=secret), answers.wrong_secret)
    access_key = other_end(rolefs.keys.access_key_id)
    check_refusal(trial, "wrong access key", rolefs.with_keys(access_key_id=access_key), answers.wrong_access_key)
    if rolefs.keys.session_token is not None:
        token = other_end(rolefs.keys.session_token)
        check_refusal(trial, "wrong token", rolefs.with_keys(session_token=token), answers.wrong_token)
        check_refusal(trial, "no token", rolefs.with_keys(session_token=None), answers.wrong_token)
        check_refusal(trial, "beyond the role", rolefs, answers.not_allowed, bucket="absent")


def signed_at(rolefs: Rolefs) -> datetime.datetime:
    """The date that rolefs would sign with now."""
    show = ("-sign", "--service", "s3", "--region", rolefs.region, "--show", "string-to-sign")
    done = rolefs.run_plain(*show, stdin=b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    expect(done.status == 0, str(done))
    return datetime.datetime.strptime(done.output.decode().split("\n")[1], "%Y%m%dT%H%M%SZ")


def check_clock(trial: Trial) -> None:
    """A clock that is off by more than the server's fifteen minutes."""
    wrapper = ("faketime", "--exclude-monotonic", "-f", SKEW)
    rolefs = dataclasses.replace(trial.rolefs, wrapper=wrapper)
    with trial.check("the clock can be set for rolefs alone"):
        expect(shutil.which(wrapper[0]) is not None, "faketime is missing: apt-get install faketime")
        apart = signed_at(rolefs) - signed_at(trial.rolefs)
        expect(apart.total_seconds() > 1000, f"rolefs does not see it (linked statically?): {apart}")
        keeps = ("env", "AWS_DISABLE_CLOCK_SKEW_CORRECTION=true", *wrapper)
        as_it_is = dataclasses.replace(trial.rolefs, wrapper=keeps)
        check_refusal(trial, f"clock {SKEW}", as_it_is, trial.server.answers.skewed)
    key = "corrected clock"
    for command, output in (
        (("-put", trial.file("corrected", b"in time"), url(key)), b""),
        (("-cat", url(key)), b"in time"),
    ):
        with trial.check(f"clock {SKEW}: {command[0]} learns the server's time"):
            done = rolefs.run(*command)
            expect(done.status == 0 and done.output == output, str(done))


def create_bucket(trial: Trial) -> None:
    """A server that has just started may answer 503 until all its parts know of each other."""
    for _ in range(20):
        try:
            trial.boto.create_bucket(Bucket=BUCKET)
        except botocore.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 503:
                raise
            time.sleep(0.5)
        else:
            return
    raise TimeoutError("the server keeps answering 503")


def run_server(server: Server, binary: str, large: int, checks: Checks) -> None:
    """All checks against one running server."""
    home = server.folder / "home"
    home.mkdir()
    keys = server.assume_role() if isinstance(server, SeaweedFS) else server.keys
    rolefs = Rolefs(binary, server.endpoint, server.region, keys, home)
    trial = Trial(server, rolefs, server.client(), server.folder, checks)
    create_bucket(trial)
    check_sizes(trial, large)
    for check in (check_names, check_slashes, check_tree, check_stdin, check_existing, check_missing, check_usage):
        check(trial)
    check_object_options(trial)
    if isinstance(server, SeaweedFS):
        check_customer_key(trial)
    check_refused_keys(trial)
    every = dataclasses.replace(rolefs, keys=server.keys)
    check_refusal(trial, "missing bucket", every, trial.server.answers.missing_bucket, bucket="absent")
    check_clock(trial)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="rolefs against real S3 servers")
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument("--large", type=int, metavar="MIB", default=0, help="also a file of this size")
    parser.add_argument("--server", choices=("swift", "seaweedfs"), help="this one alone")
    return parser.parse_args()


def main() -> int:
    """The exit status."""
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as an exception, which ends the servers too
    os.environ["NO_PROXY"] = "*"  # boto3 would take a proxy of the environment even for loopback
    checks = Checks()
    for kind in (Swift, SeaweedFS):
        if arguments.server not in (None, kind.name):
            continue
        with tempfile.TemporaryDirectory(prefix="rolefs-") as scratch:
            failed = checks.failed
            with checks.check(f"{kind.name}: runs"), kind(pathlib.Path(scratch)) as server:
                run_server(server, arguments.rolefs, arguments.large, checks)
                if checks.failed > failed:
                    server.print_logs()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

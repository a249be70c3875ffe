#!/usr/bin/env python3
"""Checks that rolefs stores and reads files on real S3 servers, and reports clearly what they
refuse.

    uploads.py ROLEFS [--large MIB] [--server swift|seaweedfs]

Everything that rolefs puts is read back twice: by `rolefs -cat` and by boto3, which shares no code
with it. Swift gets static keys; SeaweedFS gets role credentials with a session token from its own
STS.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import pathlib
import random
import signal
import sys
import tempfile
import unicodedata

from harness.checks import Checks, expect
from harness.listing import Entry, expect_listing, parse_listing
from harness.refusals import check_clock, check_refusal, check_refused_keys
from harness.rolefs_runs import Rolefs
from harness.servers import SeaweedFS, Server, Swift
from harness.trial import BUCKET, MIB, Trial, create_bucket, same_bytes, url

# Names that some client has stored under another name: decoded twice, not at all, as a space,
# normalized.
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


def check_sizes(trial: Trial, large: int) -> None:
    """Checks sizes from nothing to more than one read buffer, or as large as requested."""
    directory = trial.make_directory("sizes")
    sizes = {
        "nothing": 0,
        "one": 1,
        "five-mib": 5 * MIB,
        **({"large": large * MIB} if large else {}),
    }
    for name, size in sizes.items():
        with trial.check(f"put, cat: {size} B"):
            content = random.Random(size).randbytes(size)
            trial.rolefs.succeed("-put", trial.file(f"sizes/{name}", content), directory)
            same_bytes(trial, f"sizes/{name}", content)
    with trial.check("ls: sizes"):
        listed = parse_listing(trial.rolefs.succeed("-ls", url("sizes")))
        expect_listing(listed, [Entry(url(f"sizes/{name}"), size) for name, size in sizes.items()])


def check_names(trial: Trial) -> None:
    """Checks names that are easily changed in transit; the destination is a directory once, and a
    key once.
    """
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
        expect(
            trial.keys_below("names/") == sorted(f"names/{name}" for name in NAMES),
            str(trial.keys_below("names/")),
        )
    with trial.check("ls of one file"):
        size = len(b"again, content of a+b")
        listed = parse_listing(trial.rolefs.succeed("-ls", url("names/a+b")), counted=False)
        expect_listing(listed, [Entry(url("names/a+b"), size)])
    with trial.check("cat of two, in order"):
        both = trial.rolefs.succeed("-cat", url("names/~"), url("names/a+b"))
        expect(both == trial.stored("names/~") + trial.stored("names/a+b"), f"{both!r}")


def check_slashes(trial: Trial) -> None:
    """Checks that an empty segment is kept in an exact key, and otherwise folded, as in Hadoop."""
    with trial.check("put to 'a//b', exactly"):
        local = trial.file("slashes", b"two slashes")
        trial.rolefs.succeed("--exact-keys", "-put", local, url("a//b"))
        expect(
            trial.rolefs.succeed("--exact-keys", "-cat", url("a//b")) == b"two slashes",
            "other bytes",
        )
        kept = trial.server.stored_key("a//b")
        expect(
            trial.keys_below("a/") == [kept], f"boto3 lists {trial.keys_below('a/')}, not {kept!r}"
        )
    with trial.check("put to 'c//./d/../e'"):
        trial.rolefs.succeed("-put", local, url("c//./d/../e"))
        expect(trial.keys_below("c/") == ["c/e"], f"boto3 lists {trial.keys_below('c/')}")


TREE = {
    "one.txt": b"one",
    "nothing": b"",
    "sub/two words": b"two",
    "sub/deeper/%41": b"three",
    "sub/deeper/still/four": b"four",
}


def check_tree(trial: Trial) -> None:
    """Checks a directory with everything below it, including an empty directory."""
    for name, content in TREE.items():
        trial.file(f"tree/{name}", content)
    (trial.scratch / "files" / "tree" / "empty").mkdir()
    with trial.check("put of a directory tree"):
        trial.rolefs.succeed("-put", str(trial.scratch / "files" / "tree"), url(""))
        expect(
            trial.keys_below("tree/") == sorted(f"tree/{name}" for name in TREE),
            str(trial.keys_below("tree/")),
        )
        for name, content in TREE.items():
            same_bytes(trial, f"tree/{name}", content)
    top = [
        Entry(url("tree/one.txt"), 3),
        Entry(url("tree/nothing"), 0),
        Entry(url("tree/sub"), None),
    ]
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
    with trial.check("the empty directory exists"):
        expect(
            empty in parse_listing(trial.rolefs.succeed("-ls", url("tree"))),
            "not listed in its parent",
        )
        expect(
            trial.rolefs.succeed("-ls", url("tree/empty")).strip() in (b"", b"Found 0 items"),
            "not empty",
        )


def check_stdin(trial: Trial) -> None:
    """Checks that `-` is standard input."""
    for size in (0, 1, 3 * MIB + 1):
        with trial.check(f"put of {size} B from stdin"):
            content = random.Random(size).randbytes(size)
            trial.rolefs.succeed("-put", "-", url(f"stdin-{size}"), stdin=content)
            same_bytes(trial, f"stdin-{size}", content)


def check_existing(trial: Trial) -> None:
    """Checks that nothing is overwritten without -f."""
    old, new = trial.file("old", b"old"), trial.file("new", b"new")
    with trial.check("put to what exists: File exists, and unchanged"):
        trial.rolefs.succeed("-put", old, url("existing"))
        done = trial.rolefs.run("-put", new, url("existing"))
        expect(
            done.status == 1 and done.first_error() == f"put: `{url('existing')}': File exists",
            str(done),
        )
        same_bytes(trial, "existing", b"old")
    with trial.check("put -f to what exists"):
        trial.rolefs.succeed("-put", "-f", new, url("existing"))
        same_bytes(trial, "existing", b"new")


def check_object_options(trial: Trial) -> None:
    """Checks that boto3 reports the object options that were set."""
    with trial.check("put --metadata, --content-type, and the type of an extension"):
        trial.rolefs.succeed(
            "-put",
            "--metadata",
            "Owner=me = too",
            trial.file("t.json", b"{}"),
            url("options/t.json"),
        )
        trial.rolefs.succeed(
            "-put", "--content-type", "text/x-own", trial.file("t.json", b"{}"), url("options/own")
        )
        head = trial.boto.head_object(Bucket=BUCKET, Key="options/t.json")
        expect(head["Metadata"] == {"owner": "me = too"}, f"metadata {head['Metadata']}")
        types = (
            head["ContentType"],
            trial.boto.head_object(Bucket=BUCKET, Key="options/own")["ContentType"],
        )
        expect(types == ("application/json", "text/x-own"), f"types {types}")


def check_customer_key(trial: Trial) -> None:
    """Checks that an object with SSE-C is read only with the key: whole and in parts, by rolefs and
    by boto3.
    """
    content = random.Random(7).randbytes(6 * MIB)
    key = trial.file("customer.key", bytes(range(32)))
    for name, parts in {
        "whole": (),
        "parts": ("--part-size", "5M", "--multipart-threshold", "5M"),
    }.items():
        with trial.check(f"SSE-C: {name}"):
            target = url(f"customer/{name}")
            trial.rolefs.succeed(
                "-put", "--sse-c-key-file", key, *parts, trial.file("c", content), target
            )
            got = trial.boto.get_object(
                Bucket=BUCKET,
                Key=f"customer/{name}",
                SSECustomerKey=bytes(range(32)),
                SSECustomerAlgorithm="AES256",
            )
            expect(got["Body"].read() == content, "boto3 reads other bytes with the key")
            copy = trial.scratch / f"customer-{name}"
            trial.rolefs.succeed("-get", "--sse-c-key-file", key, target, str(copy))
            expect(copy.read_bytes() == content, "rolefs -get reads other bytes with the key")
            done = trial.rolefs.run("-get", "-f", target, str(copy))
            expect(done.status == 1, f"read without the key: {done}")


def check_missing(trial: Trial) -> None:
    """Checks that missing files and objects are reported as by Hadoop."""
    local, remote = str(trial.scratch / "files" / "none"), url("none")
    for command, path in (
        (("-put", local, url("x")), local),
        (("-cat", remote), remote),
        (("-ls", remote), remote),
    ):
        word = command[0].lstrip("-")
        with trial.check(f"{word} of what is missing: No such file or directory"):
            done = trial.rolefs.run(*command)
            wanted = f"{word}: `{path}': No such file or directory"
            expect(done.status == 1 and done.first_error() == wanted, str(done))


def check_usage(trial: Trial) -> None:
    """Checks that wrong usage has its own exit code."""
    for wrong in (("-bogus",), ("-put",), ("-put", "-z", "a", url("a")), ("-cat",)):
        with trial.check(f"wrong usage: {' '.join(wrong)}"):
            done = trial.rolefs.run(*wrong)
            expect(done.status == 255 and done.errors != "" and done.output == b"", str(done))


def run_server(server: Server, binary: str, large: int, checks: Checks) -> None:
    """Runs all checks against one running server."""
    home = server.folder / "home"
    home.mkdir()
    keys = server.assume_role() if isinstance(server, SeaweedFS) else server.keys
    rolefs = Rolefs(binary, server.endpoint, server.region, keys, home)
    trial = Trial(server, rolefs, server.client(), server.folder, checks)
    create_bucket(trial)
    check_sizes(trial, large)
    for check in (
        check_names,
        check_slashes,
        check_tree,
        check_stdin,
        check_existing,
        check_missing,
        check_usage,
    ):
        check(trial)
    check_object_options(trial)
    if isinstance(server, SeaweedFS):
        check_customer_key(trial)
    check_refused_keys(trial)
    every = dataclasses.replace(rolefs, keys=server.keys)
    check_refusal(
        trial, "missing bucket", every, trial.server.error_codes.missing_bucket, bucket="absent"
    )
    check_clock(trial)


def parse_arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description="rolefs against real S3 servers")
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument(
        "--large", type=int, metavar="MIB", default=0, help="also a file of this size"
    )
    parser.add_argument("--server", choices=("swift", "seaweedfs"), help="only this one")
    return parser.parse_args()


def main() -> int:
    """Runs all checks, and returns the exit status."""
    arguments = parse_arguments()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # as an exception, which also ends the servers
    os.environ["NO_PROXY"] = "*"  # boto3 would use a proxy of the environment even for loopback
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

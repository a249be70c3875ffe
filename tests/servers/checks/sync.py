#!/usr/bin/env python3
"""Checks -sync, -presign, -request and the records of runs on servers and with clients of others.

    sync.py ROLEFS SANDBOX [--server swift|seaweedfs|s3s-fs]

boto3 reads and stores the objects. The AWS CLI plans the same syncs, curl uses the presigned URLs,
and the parser of Prometheus reads the metrics.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import Callable

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from harness.checks import Checks, expect
from harness.foreign_clients import AwsCli
from harness.rolefs_runs import Rolefs
from harness.servers import Sandbox, SeaweedFS, Server, Swift, program
from harness.trial import BUCKET, Trial, create_bucket, url


def sync(trial: Trial, *arguments: str) -> list[str]:
    """Runs a sync that must succeed, and returns the lines of its stdout. Swift does not support
    If-Match for a put, so it requires -f.
    """
    force = ["-f"] if isinstance(trial.server, Swift) else []
    done = trial.rolefs.run("-sync", *force, *arguments)
    expect(done.status == 0, str(done))
    return done.output.decode().splitlines()


def tree(trial: Trial, files: dict[str, bytes]) -> pathlib.Path:
    """Writes local files, and returns their directory."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=trial.scratch))
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def contents(folder: pathlib.Path) -> dict[str, bytes]:
    """Returns all files below a directory, by name."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def stored_below(trial: Trial, prefix: str) -> dict[str, bytes]:
    """Returns all objects below a prefix, by name."""
    return {key.removeprefix(prefix): trial.stored(key) for key in trial.keys_below(prefix)}


FILES = {
    "same": b"1",
    "longer": b"12",
    "sub/new": b"3",
    "sub/a b+\N{LATIN SMALL LETTER U WITH DIAERESIS}&": b"4",
    "keep.tmp": b"5",
}
OTHERS = {"same": b"1", "longer": b"1", "old/x": b"6", "old.tmp": b"7", "sub.old": b"8"}
SYNCED = {**{name: FILES[name] for name in FILES if name != "keep.tmp"}, "old.tmp": b"7"}
OPTIONS = ("--delete", "--exclude", "*.tmp")


def check_up(trial: Trial) -> None:
    """Checks a sync to S3, and a second one that finds nothing to do."""
    folder = tree(trial, FILES)
    for name, content in OTHERS.items():
        trial.boto.put_object(Bucket=BUCKET, Key=f"up/{name}", Body=content)
    beside = b"a prefix that only begins alike"
    trial.boto.put_object(Bucket=BUCKET, Key="up2/x", Body=beside)
    with trial.check("-sync --delete to S3"):
        lines = sync(trial, *OPTIONS, str(folder), url("up"))
        deleted = sorted(line for line in lines if line.startswith("Deleted "))
        expect(
            deleted == [f"Deleted {url('up/old/x')}", f"Deleted {url('up/sub.old')}"], str(lines)
        )
        expect(stored_below(trial, "up/") == SYNCED, f"{stored_below(trial, 'up/')}")
        expect(trial.stored("up2/x") == beside, "another prefix was changed")
        expect(sync(trial, *OPTIONS, str(folder), url("up")) == [], "there was something left")


def check_down(trial: Trial) -> None:
    """Checks a sync from S3, and a second one that finds nothing to do."""
    folder = tree(trial, OTHERS)
    for name, content in FILES.items():
        trial.boto.put_object(Bucket=BUCKET, Key=f"down/{name}", Body=content)
    with trial.check("-sync --delete from S3"):
        lines = sync(trial, *OPTIONS, url("down"), str(folder))
        expect(f"Deleted {folder}/old/x" in lines and f"Deleted {folder}/old" in lines, str(lines))
        expect(contents(folder) == SYNCED, f"{contents(folder)}")
        expect(sync(trial, *OPTIONS, url("down"), str(folder)) == [], "there was something left")


def check_guards(trial: Trial) -> None:
    """Checks that an empty source and a refused copy delete nothing."""
    trial.boto.put_object(Bucket=BUCKET, Key="guarded/x", Body=b"1")
    with trial.check("an empty source deletes nothing"):
        done = trial.rolefs.run("-sync", "--delete", str(tree(trial, {})), url("guarded"))
        expect(done.status == 1 and "has no files" in done.errors, str(done))
        expect(trial.stored("guarded/x") == b"1", "it was deleted")
    with trial.check("a missing bucket deletes nothing"):
        folder = tree(trial, {"a": b"1"})
        done = trial.rolefs.run("-sync", "--delete", "s3a://no-such-bucket/x", str(folder))
        expect(done.status == 1, str(done))
        expect(contents(folder) == {"a": b"1"}, "it was deleted")


def planned_by_aws(cli: AwsCli, *words: str) -> set[tuple[str, str]]:
    """Returns what the AWS CLI would do: the verb, and the target."""
    done = subprocess.run(
        [program("aws"), "s3", "sync", "--dryrun", *words],
        env=cli.environment,
        cwd=cli.home,
        capture_output=True,
        timeout=60,
        check=False,
    )
    expect(done.returncode == 0, done.stderr.decode())
    plans = set()
    for line in done.stdout.decode().splitlines():
        verb, rest = line.removeprefix("(dryrun) ").split(": ", 1)
        target = rest.split(" to ")[-1]
        is_in_s3 = target.startswith("s3://")
        name = target if is_in_s3 else str((cli.home / target).resolve())
        plans.add(("delete" if verb == "delete" else "copy", name))
    return plans


def planned_by_rolefs(trial: Trial, *words: str) -> set[tuple[str, str]]:
    """Returns the same of rolefs. Directories are no objects, and the AWS CLI leaves them."""
    plans = set()
    for line in sync(trial, "--dry-run", *words):
        name = re.sub(r" \(\d+ bytes\)$", "", line)
        if name == line:
            continue
        verb, target = (
            ("delete", name.removeprefix("delete "))
            if name.startswith("delete ")
            else ("copy", name.split(" -> ")[1])
        )
        plans.add((verb, target.replace("s3a://", "s3://")))
    return plans


def check_plans(trial: Trial) -> None:
    """Checks that the AWS CLI plans the same where both semantics agree: what is missing, what has
    another length, and what is left over.
    """
    cli = AwsCli(trial.server, trial.rolefs.keys, pathlib.Path(tempfile.mkdtemp(dir=trial.scratch)))
    folder = tree(trial, FILES)
    for name, content in OTHERS.items():
        trial.boto.put_object(Bucket=BUCKET, Key=f"plan/{name}", Body=content)
    with trial.check("the AWS CLI plans the same to S3"):
        aws = planned_by_aws(cli, *OPTIONS, "--size-only", str(folder), f"s3://{BUCKET}/plan")
        rolefs = planned_by_rolefs(trial, *OPTIONS, str(folder), url("plan"))
        expect(aws == rolefs and len(aws) == 5, f"{aws ^ rolefs} differ of {aws}")
    with trial.check("the AWS CLI plans the same from S3"):
        aws = planned_by_aws(cli, *OPTIONS, "--size-only", f"s3://{BUCKET}/plan", str(folder))
        rolefs = planned_by_rolefs(trial, *OPTIONS, url("plan"), str(folder))
        expect(aws == rolefs and len(aws) == 5, f"{aws ^ rolefs} differ of {aws}")


def check_presigned(trial: Trial) -> None:
    """Checks that curl, which has no keys, puts and gets an object by presigned URLs."""
    path = url("presigned/a b+c")

    def curl(*words: str, stdin: bytes = b"") -> bytes:
        command = ["curl", "-sSf", "--noproxy", "*", *words]
        return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout

    with trial.check("curl puts and gets by presigned URLs"):
        put = trial.rolefs.succeed("-presign", "--method", "put", path).decode().strip()
        curl("-X", "PUT", "--data-binary", "@-", "-H", "Content-Type:", put, stdin=b"by curl")
        get = trial.rolefs.succeed("-presign", "--expires", "15m", path).decode().strip()
        expect(curl(get) == b"by curl" and trial.stored("presigned/a b+c") == b"by curl", get)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(get).query)
        expect(query["X-Amz-Expires"] == ["900"], get)


def check_request(trial: Trial) -> None:
    """Checks requests that the server accepts, and one that it refuses."""
    trial.boto.put_object(Bucket=BUCKET, Key="asked/a b", Body=b"asked")
    begin = ("-request", "--service", "s3")
    with trial.check("-request gets, puts and is refused"):
        got = trial.rolefs.succeed(*begin, f"{trial.server.endpoint}/{BUCKET}/asked/a%20b")
        expect(got == b"asked", str(got))
        target = f"/{BUCKET}/asked/new"
        trial.rolefs.succeed(*begin, "-X", "PUT", "-d", "@-", target, stdin=b"\x00\xff")
        expect(trial.stored("asked/new") == b"\x00\xff", "another content")
        done = trial.rolefs.run(*begin, f"/{BUCKET}/no-such-key")
        expect(done.status == 1 and "404 Not Found" in done.errors, str(done))


def check_record(trial: Trial) -> None:
    """Checks that a report lists the same as boto3, and is the manifest of the next run."""
    folder = tree(trial, {"a": b"1", "sub/b": b"22"})
    report, metrics = (str(trial.scratch / name) for name in ("report", "metrics"))
    words = ("--report", report, "--metrics", metrics)
    force = ["-f"] if isinstance(trial.server, Swift) else []
    with trial.check("a report and metrics"):
        sync(trial, *words, str(folder), url("recorded"))
        lines = [json.loads(line) for line in pathlib.Path(report).read_text().splitlines()]
        for line in lines[:-1]:
            head = trial.boto.head_object(Bucket=BUCKET, Key=line["key"])
            expect(line["etag"] == head["ETag"], f"{line} {head['ETag']}")
            expect(line["length"] == head["ContentLength"], str(line))
        expect({line["key"] for line in lines[:-1]} == {"recorded/a", "recorded/sub/b"}, str(lines))
        families = text_string_to_metric_families(pathlib.Path(metrics).read_text())
        samples = {
            (sample.name, sample.labels.get("state")): sample.value
            for family in families
            for sample in family.samples
        }
        expect(samples["rolefs_run_objects", "done"] == 2, str(samples))
        expect(samples["rolefs_run_transferred_bytes", None] == 3, str(samples))
    with trial.check("a report is a manifest"):
        words = ("--manifest", report, "--manifest-format", "json", url(""))
        done = trial.rolefs.run("-put", "--update", *force, *words)
        expect(done.errors == "put: 2 up to date, 0 stored\n", str(done))


def run_server(server: Server, binary: str, checks: Checks) -> None:
    """Runs the checks of one server."""
    home = server.folder / "home"
    home.mkdir()
    rolefs = Rolefs(binary, server.endpoint, server.region, server.keys, home)
    trial = Trial(server, rolefs, server.client(), server.folder, checks)
    create_bucket(trial)
    every: tuple[Callable[[Trial], None], ...] = (
        check_up,
        check_down,
        check_guards,
        check_plans,
        check_presigned,
        check_request,
        check_record,
    )
    for check in every:
        check(trial)


@dataclasses.dataclass(frozen=True)
class Options:
    """The command line."""

    rolefs: str
    sandbox: str
    server: str | None


def main() -> int:
    """Runs all checks, and returns the exit status."""
    parser = argparse.ArgumentParser(description="-sync, -presign and -request on real servers")
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument("sandbox", type=os.path.abspath)
    parser.add_argument("--server", choices=("swift", "seaweedfs", "s3s-fs"), help="only this one")
    options = Options(**vars(parser.parse_args()))
    # As an exception, which also ends the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ["NO_PROXY"] = "*"  # boto3 would use a proxy of the environment even for loopback
    checks = Checks()
    for kind in (Swift, SeaweedFS, Sandbox):
        if options.server not in (None, kind.name):
            continue
        with tempfile.TemporaryDirectory(prefix="rolefs-") as scratch:
            failed = checks.failed
            extra = (options.sandbox,) if kind is Sandbox else ()
            started = kind(pathlib.Path(scratch), *extra)
            with checks.check(f"{kind.name}: runs"), started as server:
                run_server(server, options.rolefs, checks)
                if checks.failed > failed:
                    server.print_logs()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

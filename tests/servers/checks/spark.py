#!/usr/bin/env python3
"""Checks the Spark job of rolefs in a cluster of two executors, one of which is killed.

    spark.py ROLEFS SANDBOX [--files 2000] [--names 100000]

The sandbox has the role, and an S3 that checks every session token. Every object must be there once
and whole, the report complete, and `_SUCCESS` the last object. The processes share the credentials:
the metadata service is asked once. Then a long list of names is planned: a million by night.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import boto3
from botocore.config import Config

from harness.checks import Checks, expect
from harness.sandbox_process import BUCKET, REGION, fetch_credentials, sandbox

JOB = pathlib.Path(__file__).parents[3] / "example-app" / "spark" / "rolefs_put.py"
# Two executors of one core and 1 GiB each.
CLUSTER = "local-cluster[2,1,1024]"
EXECUTOR = "CoarseGrainedExecutorBackend"
SECONDS = 600
# The longest and the shortest files of the million differ by this factor, as those of logs do.
SPREAD = 1 << 20


def write_files(folder: pathlib.Path, count: int, chance: random.Random) -> list[dict[str, object]]:
    """Writes files of 0 B to 64 KiB and one of 20 MiB; returns the lines of their list."""
    lines = []
    for number in range(count):
        length = 20 << 20 if number == 0 else chance.choice((0, 1, chance.randrange(1 << 16)))
        path = folder / f"part-{number:05}"
        path.write_bytes(chance.randbytes(length))
        key = f"{number % 7}/{path.name}"
        lines.append({"source": str(path), "key": key, "length": length})
    return lines


def descendants(pid: int) -> Iterator[tuple[int, str]]:
    """Returns the processes below one, each with its command line."""
    children = collections.defaultdict(list)
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "stat").read_text()
            command = (entry / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        children[int(status.rpartition(") ")[2].split()[1])].append((int(entry.name), command))
    waiting = [pid]
    while waiting:
        for child in children[waiting.pop()]:
            waiting.append(child[0])
            yield child


class Cluster:
    """A cluster, a role and a bucket."""

    def __init__(self, rolefs: str, metadata: str, s3: str, folder: pathlib.Path) -> None:
        """`folder` is for lists, reports and logs."""
        self.rolefs, self.s3, self.folder = rolefs, s3, folder
        shared = folder / "credentials"
        shared.mkdir(mode=0o700)
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "JAVA_HOME") if name in os.environ},
            "HOME": str(folder),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata,
            "ROLEFS_CREDENTIALS_CACHE": str(shared),
        }

    def submit(self, *arguments: str, master: str = CLUSTER) -> subprocess.Popen[bytes]:
        """Starts a job."""
        submit = pathlib.Path(sys.executable).parent / "spark-submit"
        command = [str(submit), "--master", master, "--conf", "spark.ui.enabled=false"]
        log = (self.folder / "log").open("wb")
        return subprocess.Popen(
            [*command, *arguments], env=self.environment, stdout=log, stderr=log, cwd=self.folder
        )

    def put(self, lines: list[dict[str, object]], report: str) -> subprocess.Popen[bytes]:
        """Starts the upload of a list."""
        listed = self.folder / f"{report}.list"
        listed.write_text("".join(json.dumps(line) + "\n" for line in lines))
        options = ("--endpoint", self.s3, "--region", REGION)
        job = (str(JOB), "--list", str(listed), "--report", str(self.folder / report))
        where = ("--rolefs", self.rolefs, f"s3a://{BUCKET}/{report}/")
        return self.submit(*job, *where, "--", *options)

    def errors(self) -> str:
        """Returns the errors in the last job's log."""
        log = (self.folder / "log").read_text()
        return " / ".join(re.findall(r"^\S*Error: .*$", log, re.MULTILINE))[-2000:]

    def records(self, report: str) -> list[dict[str, object]]:
        """Returns the records of a report."""
        parts = (self.folder / report).glob("part-*")
        return [json.loads(line) for part in parts for line in part.read_text().splitlines()]


class Cost:
    """The wall and CPU time of processes that are children of this one, from now on."""

    def __init__(self) -> None:
        self.began, self.used = time.monotonic(), self.cpu()

    @staticmethod
    def cpu() -> float:
        """Returns the CPU time of the children that have ended, and of theirs."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def __str__(self) -> str:
        wall, cpu = time.monotonic() - self.began, self.cpu() - self.used
        return f"{wall:.1f} s of wall time, {cpu:.1f} s of CPU"


def kill_executor(job: subprocess.Popen[bytes], is_time: object) -> None:
    """Kills an executor that has a process of rolefs below it, once it is time."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and job.poll() is None:
        for pid, command in descendants(job.pid):
            below = EXECUTOR in command and any("-put" in line for _, line in descendants(pid))
            if below and is_time():
                os.kill(pid, signal.SIGKILL)
                return
        time.sleep(0.05)
    raise TimeoutError("no executor had a process of rolefs")


def check_put(cluster: Cluster, client, lines: list[dict[str, object]]) -> None:
    """Puts all files while an executor is killed."""

    def stored() -> int:
        listed = client.list_objects_v2(Bucket=BUCKET, Prefix="killed/")
        return listed["KeyCount"]

    cost = Cost()
    job = cluster.put(lines, "killed")
    kill_executor(job, lambda: stored() > len(lines) // 10)
    at_kill = stored()
    status = job.wait(SECONDS)
    expect(status == 0, f"exit {status}: {cluster.errors()}")
    expect(at_kill < len(lines), f"{at_kill} objects existed before the executor was killed")
    print(f"{at_kill} of {len(lines)} objects at the kill; the job took {cost}")
    check_objects(client, lines)
    ended = collections.Counter(record["object"] for record in cluster.records("killed"))
    expect(len(ended) == len(lines), f"{len(ended)} objects in the report")
    expect(set(ended.values()) == {1}, "an object is in the report twice")


def check_alone(cluster: Cluster) -> None:
    """Puts the same list by one process of rolefs, to compare."""
    # The lengths of the list are for the plan of the job.
    lines = map(json.loads, (cluster.folder / "killed.list").read_text().splitlines())
    manifest = "".join(
        json.dumps({"source": line["source"], "key": line["key"]}) + "\n" for line in lines
    )
    cost = Cost()
    before = (cluster.rolefs, "--endpoint", cluster.s3, "--region", REGION, "-put", "--update")
    options = ("--manifest", "-", "--manifest-format", "json", f"s3a://{BUCKET}/alone/")
    done = subprocess.run(
        [*before, *options],
        input=manifest,
        env=cluster.environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    expect(done.returncode == 0, f"exit {done.returncode}: {done.stderr}")
    print(f"one process took {cost}")


def check_objects(client, lines: list[dict[str, object]]) -> None:
    """Checks that the bucket has the files, all of them whole, and `_SUCCESS` last."""
    found = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="killed/"):
        found |= {entry["Key"]: entry for entry in page.get("Contents", ())}
    success = found.pop("killed/_SUCCESS", None)
    expect(success is not None, "_SUCCESS is missing")
    expect(len(found) == len(lines), f"{len(found)} objects for {len(lines)} files")
    last = max(entry["LastModified"] for entry in found.values())
    expect(success["LastModified"] >= last, "_SUCCESS is not the last object")
    for line in lines:
        content = client.get_object(Bucket=BUCKET, Key=f"killed/{line['key']}")["Body"].read()
        wanted = pathlib.Path(str(line["source"])).read_bytes()
        same = hashlib.sha256(content).digest() == hashlib.sha256(wanted).digest()
        expect(same, f"{line['key']} differs")


def check_missing(cluster: Cluster, client, lines: list[dict[str, object]]) -> None:
    """A file that is missing fails the job, is in the report, and there is no `_SUCCESS`."""
    missing = {"source": "/does/not/exist", "key": "missing", "length": 1}
    status = cluster.put([*lines[1:20], missing], "missing").wait(SECONDS)
    expect(status == 1, f"exit {status}: {cluster.errors()}")
    events = collections.Counter(record["event"] for record in cluster.records("missing"))
    expect(events["error"] == 1, f"{events}")
    expect(events.total() == len(lines[1:20]) + 1, f"{events}")
    found = client.list_objects_v2(Bucket=BUCKET, Prefix="missing/_SUCCESS")["KeyCount"]
    expect(found == 0, "_SUCCESS exists")


PLANNING = """
import resource
from pyspark import SparkContext
from rolefs_put import plan
with SparkContext() as context:
    def sums(sources):
        lengths = [source.length for source in sources]
        yield len(lengths), sum(lengths)
    tasks = plan(context.textFile({listed!r}), 24).mapPartitions(sums).collect()
print("planned", tasks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def planned(cluster: Cluster, count: int) -> tuple[list[tuple[int, int]], int]:
    """Plans for 24 tasks; returns each task's files and bytes, and the driver's memory in KiB."""
    chance = random.Random(count)
    listed, script = cluster.folder / "names", cluster.folder / "planning.py"
    with listed.open("w") as out:
        for number in range(count):
            length = int(SPREAD ** chance.random()) - 1
            line = {"source": f"/d/{number}", "key": str(number), "length": length}
            out.write(json.dumps(line) + "\n")
    script.write_text(PLANNING.format(listed=str(listed)))
    # The driver's heap has a bound: what does not fit fails.
    options = ("--driver-memory", "512m", "--py-files", str(JOB))
    job = cluster.submit(*options, str(script), master="local[2]")
    status = job.wait(SECONDS)
    expect(status == 0, f"exit {status}: {cluster.errors()}")
    found = re.search(r"planned (\[.*\]) (\d+)", (cluster.folder / "log").read_text())
    expect(found is not None, f"no plan: {cluster.errors()}")
    tasks = [(int(files), int(size)) for files, size in re.findall(r"\((\d+), (\d+)\)", found[1])]
    return tasks, int(found[2])


def check_plan(cluster: Cluster, names: int) -> None:
    """A long list is balanced, in the memory that a hundredth of it needs."""
    _, few = planned(cluster, names // 100)
    tasks, many = planned(cluster, names)
    expect(sum(files for files, _ in tasks) == names, f"names are missing: {tasks}")
    sizes = [size for _, size in tasks]
    ratio = max(sizes) * len(sizes) / sum(sizes)
    print(f"the largest of 24 tasks has {ratio:.3f} x the mean; driver {few} -> {many} KiB")
    expect(ratio < 1.02, f"not balanced: {sizes}")
    expect(many < few * 1.1, f"the driver took {few} KiB, and {many} KiB for all names")


def main() -> int:
    """Runs all checks; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rolefs")
    parser.add_argument("sandbox")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--names", type=int, default=100_000)
    arguments = parser.parse_args()
    checks, chance = Checks(), random.Random(7)
    # Spark's JVMs keep many files open.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    with (
        tempfile.TemporaryDirectory() as name,
        sandbox(os.path.abspath(arguments.sandbox)) as (metadata, s3),
    ):
        folder = pathlib.Path(name)
        (folder / "files").mkdir()
        lines = write_files(folder / "files", arguments.files, chance)
        keys = fetch_credentials(metadata)
        client = boto3.client(
            "s3",
            endpoint_url=s3,
            region_name=REGION,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.token,
            config=Config(s3={"addressing_style": "path"}),
        )
        cluster = Cluster(os.path.abspath(arguments.rolefs), metadata, s3, folder)
        with checks.check("every object exists once when an executor is killed"):
            check_put(cluster, client, lines)
        with checks.check("one process puts the same list"):
            check_alone(cluster)
        with checks.check("a missing file is reported"):
            check_missing(cluster, client, lines)
        with checks.check("a long list is planned in constant memory"):
            check_plan(cluster, arguments.names)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

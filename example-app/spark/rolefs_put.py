#!/usr/bin/env python3
"""Uploads a list of files to S3 with rolefs, on all machines of a Spark cluster.

    spark-submit rolefs_put.py --list LIST --report DIR s3a://bucket/dir/ [-- OPTION...]

LIST has a line of JSON for each file: {"source": "/mnt/data/x", "key": "a/b", "length": 123}. The
source is a path that every machine has, the key is the name below the destination. DIR gets a line
of JSON for each object. After `--` come options of rolefs.

Each task is one process of `rolefs -put --update`. It sends only what S3 does not have yet, so a
task that is tried again, or runs twice, does no harm. `_SUCCESS` is stored last, if every object is
there.
"""

from __future__ import annotations

import argparse
import bisect
import collections
import contextlib
import ctypes
import dataclasses
import hashlib
import heapq
import itertools
import json
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

# A file is large if all files together have the bytes of fewer than this many such files per task.
LARGE_PER_TASK = 8
# The multiples of the golden ratio modulo 1 fill the interval from 0 to 1 evenly.
GOLDEN_RATIO = 0.618_033_988_749_894_9
# Tasks for each core of the cluster: a task that ends early leaves its core to another one.
TASKS_PER_CORE = 3
# The events of `rolefs -json` that end an object.
ENDINGS = {"done", "up_to_date", "error"}
# The lines of stderr that an error shows.
LAST_LINES = 20
# The seconds in which rolefs aborts its uploads before it is killed.
GRACE = 30
PR_SET_PDEATHSIG = 1


class ListError(ValueError):
    """A line of the list that cannot be followed."""


class PutError(RuntimeError):
    """A process of rolefs that failed: its exit code and its last lines."""


# --- the list, and which task has which file


@dataclasses.dataclass(frozen=True)
class Source:
    """A line of the list: a file, its key below the destination, and its length."""

    source: str
    key: str
    length: int

    @classmethod
    def parse(cls, line: str) -> Source:
        """Reads a line of JSON."""
        try:
            fields = json.loads(line)
            source, length = fields["source"], fields["length"]
            key = fields.get("key", source.lstrip("/"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ListError(f"expected JSON with source and length: {line[:200]}") from error
        if not (isinstance(source, str) and isinstance(key, str) and source and key):
            raise ListError(f"source and key must be texts that are not empty: {line[:200]}")
        if isinstance(length, bool) or not isinstance(length, int) or length < 0:
            raise ListError(f"length must be a number of bytes: {line[:200]}")
        return cls(source, key, length)

    def manifest_line(self) -> str:
        """Returns the line for `rolefs -put --manifest - --manifest-format json`."""
        return json.dumps({"source": self.source, "key": self.key}) + "\n"


@dataclasses.dataclass(frozen=True)
class Plan:
    """The task of each file, by the file's place in the order from long to short.

    The large files go to the task with the fewest bytes so far. All others are dealt out by a rule
    that knows only their place: no part of the plan is as long as the list.
    """

    tasks_of_large: tuple[int, ...]
    # For each task the share of the other files that the tasks up to this one have.
    shares: tuple[float, ...]

    @classmethod
    def balance(cls, large: Sequence[int], total: int, tasks: int) -> Plan:
        """Plans for a number of tasks, by the lengths of the large files from long to short and the
        number of bytes of all files.
        """
        loads = [(0, task) for task in range(tasks)]
        tasks_of_large = []
        for length in large:
            load, task = loads[0]
            heapq.heapreplace(loads, (load + length, task))
            tasks_of_large.append(task)
        # A file costs time even if it is empty: a task that has its bytes gets a few nevertheless.
        fewest = max(total / tasks / 1000, 1)
        by_task = sorted(loads, key=lambda load: load[1])
        room = [max(total / tasks - load, fewest) for load, _ in by_task]
        shares = (so_far / sum(room) for so_far in itertools.accumulate(room))
        return cls(tuple(tasks_of_large), tuple(shares))

    def task(self, place: int) -> int:
        """Returns the task of the file at a place."""
        if place < len(self.tasks_of_large):
            return self.tasks_of_large[place]
        dealt = (place - len(self.tasks_of_large)) * GOLDEN_RATIO % 1
        return min(bisect.bisect_right(self.shares, dealt), len(self.shares) - 1)

    def rank(self, place: int, source: Source) -> tuple[int, bytes]:
        """Returns a file's place within its task: the large ones from long to short, then the
        others shuffled, since keys in their order would all go to one partition of S3.
        """
        if place < len(self.tasks_of_large):
            return (place, b"")
        shuffled = hashlib.blake2b(source.key.encode(), digest_size=8).digest()
        return (len(self.tasks_of_large), shuffled)


def plan(lines: Any, tasks: int) -> Any:
    """Divides an RDD of lines into one of sources, with a partition for each task."""
    sources = lines.filter(str.strip).map(Source.parse)
    total = sources.map(lambda source: source.length).sum()
    limit = max(total // (LARGE_PER_TASK * tasks), 1)
    lengths = sources.map(lambda source: source.length).filter(lambda length: length > limit)
    divided = Plan.balance(sorted(lengths.collect(), reverse=True), total, tasks)
    # A strict order: a part of it that is computed again, since an executor died, must be the same.
    order = sources.sortBy(lambda source: (-source.length, source.key, source.source))
    placed = order.zipWithIndex()
    return (
        placed.map(lambda pair: ((divided.task(pair[1]), divided.rank(pair[1], pair[0])), pair[0]))
        .repartitionAndSortWithinPartitions(tasks, lambda key: key[0])
        .values()
    )


# --- one task: a process of rolefs


@dataclasses.dataclass(frozen=True)
class Put:
    """The command of every task."""

    rolefs: str
    options: tuple[str, ...]
    destination: str

    def command(self) -> list[str]:
        """Returns the command line, which reads its files from stdin."""
        manifest = ("--update", "-json", "--manifest", "-", "--manifest-format", "json")
        return [self.rolefs, *self.options, "-put", *manifest, self.destination]

    def run(self, sources: Iterable[Source], *, is_last_attempt: bool) -> Iterator[dict[str, Any]]:
        """Puts the files, and yields a record for each when it ended.

        A process that failed raises `PutError`, and the task is tried again. On the last attempt
        the errors of single files are records instead, so that the report is complete. A process
        that ended without a summary raises in any case.
        """
        with _started(self.command()) as process:
            last_lines = collections.deque[str](maxlen=LAST_LINES)
            _in_background(_write_manifest, process, sources)
            errors = _in_background(_keep_last_lines, process, last_lines)
            failed, has_summary = [], False
            for event in map(json.loads, process.stdout or ()):
                has_summary |= event["event"] == "summary"
                if event["event"] == "error":
                    failed.append(event)
                elif event["event"] in ENDINGS:
                    yield event
            status = process.wait()
            errors.join()
        if status and not (is_last_attempt and has_summary and failed):
            raise PutError(f"rolefs ended with {status}: {' / '.join(last_lines)}")
        yield from failed


def _in_background(run: Any, *arguments: Any) -> threading.Thread:
    """Starts a thread that does not keep the process alive."""
    thread = threading.Thread(target=run, args=arguments, daemon=True)
    thread.start()
    return thread


def _write_manifest(process: subprocess.Popen[str], sources: Iterable[Source]) -> None:
    """Writes the manifest. A process that has ended reads no more; its exit code says why."""
    assert process.stdin
    with contextlib.suppress(BrokenPipeError), process.stdin as manifest:
        for source in sources:
            manifest.write(source.manifest_line())


def _keep_last_lines(process: subprocess.Popen[str], lines: collections.deque[str]) -> None:
    """Keeps the last lines of stderr, and passes all of them on to the executor's log."""
    for line in process.stderr or ():
        lines.append(line.rstrip())
        sys.stderr.write(line)


@contextlib.contextmanager
def _started(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Starts a process that is ended by SIGTERM when this one leaves it or dies."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - no thread is started before
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(GRACE)
                process.kill()


def _end_with_parent() -> None:
    """Asks Linux for SIGTERM when the parent dies, since an executor that is killed sends none."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


# --- the job


def run_job(context: Any, arguments: argparse.Namespace) -> int:
    """Puts all files, writes the report, and returns the exit code."""
    tasks = arguments.tasks or TASKS_PER_CORE * context.defaultParallelism
    put = Put(arguments.rolefs, tuple(arguments.options), arguments.destination)
    attempts = int(context.getConf().get("spark.task.maxFailures", "4"))

    def run_task(sources: Iterator[Source]) -> Iterator[dict[str, Any]]:
        from pyspark import TaskContext  # noqa: PLC0415 - on the executor

        is_last_attempt = TaskContext.get().attemptNumber() + 1 >= attempts
        first = next(sources, None)
        if first is not None:
            all_sources = itertools.chain([first], sources)
            yield from put.run(all_sources, is_last_attempt=is_last_attempt)

    lines = context.textFile(arguments.list)
    records = plan(lines, tasks).mapPartitions(run_task)
    records.map(json.dumps).saveAsTextFile(arguments.report)
    # Counted in what was written: the counters of tasks that were tried again are too high.
    written = context.textFile(arguments.report).map(json.loads)
    ended = written.filter(lambda record: record["event"] != "error").count()
    listed = lines.filter(str.strip).count()
    if ended != listed:
        summary = f"{ended} of {listed} files are in S3: see {arguments.report}"
        sys.stderr.write(f"rolefs_put: {summary}\n")
        return 1
    return store_success(put)


def store_success(put: Put) -> int:
    """Stores `_SUCCESS` as Hadoop's jobs do, and returns the exit code."""
    with tempfile.NamedTemporaryFile(prefix="rolefs-empty-") as empty:
        success = put.destination.rstrip("/") + "/_SUCCESS"
        command = [put.rolefs, *put.options, "-put", "-f", empty.name, success]
        return subprocess.run(command, check=False).returncode


def parse_arguments(words: Sequence[str]) -> argparse.Namespace:
    """Reads the command line."""
    before, options = list(words), []
    if "--" in before:
        place = before.index("--")
        before, options = before[:place], before[place + 1 :]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--list", required=True, help="the list: a path or URL that Spark can read")
    parser.add_argument("--report", required=True, help="a directory that does not exist yet")
    parser.add_argument("--rolefs", default="rolefs", help="the program, on each machine")
    parser.add_argument("--tasks", type=int, help=f"by default {TASKS_PER_CORE} for each core")
    parser.add_argument("destination", help="s3a://bucket/dir/")
    arguments = parser.parse_args(before)
    arguments.options = options
    return arguments


def main() -> int:
    """Runs the job in the cluster that spark-submit names."""
    from pyspark import SparkContext  # noqa: PLC0415 - the plan can be tested without Spark

    arguments = parse_arguments(sys.argv[1:])
    with SparkContext(appName=f"rolefs -put {arguments.destination}") as context:
        return run_job(context, arguments)


if __name__ == "__main__":
    sys.exit(main())

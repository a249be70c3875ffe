#!/usr/bin/env python3
"""Compares rolefs with Hadoop's own FsShell on S3A.

    fsshell.py ROLEFS [--jars DIR] [--server swift|seaweedfs] [--verbose]

Both run each command line, each in a separate bucket and folder on one server, in the same order
and with the same `core-site.xml`. The exit code, all of stdout, and the first line of stderr must
be equal, or be listed in `DIFFERENT` with a reason; a listed line that is equal is also a failure.
At the end the local files and the objects must be equal.

hadoop.py says where the jars in DIR come from.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import os
import pathlib
import pwd
import re
import signal
import subprocess
import sys
import tempfile

from harness.fsshell_lines import DIFFERENT, EMPTY, LINES
from harness.hadoop import DEFAULT_JARS, FsShell, Result, configuration, jars
from harness.servers import SeaweedFS, Server, Swift
from harness.text_files import text_files

SECONDS = 900
BUCKETS = {"hadoop": "of-hadoop", "rolefs": "of-rolefs"}
USER = pwd.getpwuid(os.getuid()).pw_name

# Its clocks are ahead by ten and a half hours, in summer by half an hour more: it differs from any
# other zone.
ZONE = "Australia/Lord_Howe"
# A time of a moment ago: in a listing, and by `-stat %y`.
LISTED = re.compile(r"^(-rw\S* .* )(\d{4}-\d\d-\d\d \d\d:\d\d) ", re.MULTILINE)
STORED = re.compile(r"^()(20\d\d-\d\d-\d\d \d\d:\d\d:\d\d)$", re.MULTILINE)
HALF_AN_HOUR = datetime.timedelta(minutes=30)
# Swift rounds the time of an object up to a whole second, so that it can lie ahead of the clock.
AHEAD = datetime.timedelta(minutes=5)
# Texts in one output that mean the same in the other.
SAME = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?"), "TIME"),
    (re.compile("|".join(BUCKETS.values())), "BUCKET"),
)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The results of a line."""

    status: int
    output: str
    complaint: str

    def __str__(self) -> str:
        return f"exit {self.status}, stdout {self.output[-600:]!r}, stderr {self.complaint!r}"


def in_zone(found: re.Match[str]) -> str:
    """Returns a time of the last 25 minutes as its distance from UTC, in halves of an hour."""
    text = found[2] if found[2].count(":") == 2 else f"{found[2]}:00"
    ahead = datetime.datetime.fromisoformat(text) - datetime.datetime.now(datetime.UTC).replace(
        tzinfo=None
    )
    return (
        f"{found[1]}TIME {-((AHEAD - ahead) // HALF_AN_HOUR)} "
        if abs(ahead).days < 2
        else f"{found[1]}OTHER TIME "
    )


def outcome(result: Result, folder: pathlib.Path) -> Outcome:
    """Returns an outcome with the same times, bucket and folder for both."""

    def same(text: str) -> str:
        text = text.replace(str(folder), "FOLDER")
        for pattern in (LISTED, STORED):
            text = pattern.sub(in_zone, text)
        for pattern, word in SAME:
            text = pattern.sub(word, text)
        return text

    complaints = result.complaints()
    return Outcome(
        result.status,
        same(result.output.decode("utf-8", "replace")),
        same(complaints[0]) if complaints else "",
    )


class Side:
    """One of the two programs, with its folder and its bucket."""

    def __init__(self, name: str, scratch: pathlib.Path, server: Server) -> None:
        self.name = name
        self.server = server
        self.bucket = BUCKETS[name]
        self.folder = scratch / name / "folder"
        self.configuration = scratch / name / "conf" / "core-site.xml"
        server.client().create_bucket(Bucket=self.bucket)
        files = {
            "a": "one\n",
            "b": "two!!\n",
            "tree/x": "ex",
            "tree/sub/y": "why",
            "tree/empty": "",
            "into/kept": "k",
        }
        for path, content in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(content)
        (self.folder / "text").mkdir()
        for file, encoded in text_files().items():
            (self.folder / "text" / file).write_bytes(encoded)
        self.configuration.parent.mkdir()
        self.configuration.write_text(configuration(server, self.bucket))

    def words(self, line: str) -> list[str]:
        """Returns the words of a line."""
        words = line.format(bucket=self.bucket, folder=self.folder).split(" ")
        return ["" if word == EMPTY else word for word in words]

    def environment(self) -> dict[str, str]:
        """Returns an environment with only what both need."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder.parent),
            "USER": USER,
            "TZ": ZONE,
            "LC_ALL": "C.UTF-8",
            "AWS_EC2_METADATA_DISABLED": "true",
            "HADOOP_CONF_DIR": str(self.configuration.parent),
            **self.server.keys.environment(),
        }

    def files(self) -> dict[str, bytes]:
        """Returns the local files."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}

    def objects(self) -> dict[str, bytes]:
        """Returns the objects, except for markers of directories."""
        client = self.server.client()
        keys = [
            item["Key"] for item in client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        ]
        keys = [key for key in keys if not key.endswith("/")]
        return {key: client.get_object(Bucket=self.bucket, Key=key)["Body"].read() for key in keys}


def hadoop(side: Side, lines: list[str], jar_folder: pathlib.Path) -> list[Outcome]:
    """Runs all lines in one process."""
    with FsShell(jar_folder, side.configuration, side.environment(), side.folder) as shell:
        return [outcome(shell.run(*side.words(line)), side.folder) for line in lines]


def rolefs(side: Side, lines: list[str], binary: str) -> list[Outcome]:
    """Runs a process for each line."""
    outcomes = []
    for line in lines:
        done = subprocess.run(
            [binary, *side.words(line)],
            stdin=subprocess.DEVNULL,
            env=side.environment(),
            cwd=side.folder,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        outcomes.append(outcome(Result(done.returncode, done.stdout, done.stderr), side.folder))
    return outcomes


def compare(
    lines: list[str], theirs: list[Outcome], ours: list[Outcome], verbose: bool
) -> tuple[int, int]:
    """Returns the numbers of passed and failed lines."""
    passed = failed = 0
    for line, their, our in zip(lines, theirs, ours, strict=True):
        reason = DIFFERENT.get(line)
        holds = (their == our) == (reason is None)
        passed, failed = passed + holds, failed + (not holds)
        if not holds:
            verdict = "is no longer different" if reason else "differs"
            print(f"FAILED {line}: {verdict}\n  hadoop: {their}\n  rolefs: {our}")
        elif reason or verbose:
            print(
                f"ok {line}"
                + (f" (differs: {reason})\n  hadoop: {their}\n  rolefs: {our}" if reason else "")
            )
    return passed, failed


def same_names(
    what: str, theirs: dict[str, bytes], ours: dict[str, bytes], known: set[str]
) -> bool:
    """Returns whether both left the same names behind."""
    names = {
        name for name in theirs.keys() | ours.keys() if theirs.get(name) != ours.get(name)
    } - known
    print(
        f"FAILED {what} differ: {sorted(names)}" if names else f"ok {what} are equal: {len(ours)}"
    )
    return not names


# `-get … -` is a file of this name in Hadoop. `-get -f` of the same content deletes checksums in
# Hadoop, and rolefs those that do not fit alone: another file of such a name may be somebody's own,
# or have been fetched along.
# `-getmerge` and `-cp` write checksums beside local files in Hadoop. rolefs does if `-get` asks it.
FILES = {"-", ".-.crc", ".with-crc.crc", ".cpa.crc", ".into.crc", "nodir/.m.crc"}
FILES |= {f".m{number}.crc" for number in range(1, 10)}
FILES |= {f"cptree/{name}.crc" for name in (".empty", ".x", "sub/.y")}
OBJECTS = {"nodir/x", "nodir/zero", "k/f/x", "k/f/y", "u4", "nodir/c", "nodir/t"}


def main() -> int:
    """Runs all lines, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rolefs", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--jars", type=pathlib.Path, default=DEFAULT_JARS)
    parser.add_argument("--server", choices=[Swift.name, SeaweedFS.name], default=Swift.name)
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # as an exception, which also ends the server
    os.environ["NO_PROXY"] = "*"
    lines = LINES.strip().splitlines()
    unknown = DIFFERENT.keys() - set(lines)
    if unknown:
        raise SystemExit(f"no such lines: {unknown}")
    jar_folder = jars(arguments.jars.resolve())
    kind = Swift if arguments.server == Swift.name else SeaweedFS
    with (
        tempfile.TemporaryDirectory(prefix="rolefs-") as folder,
        kind(pathlib.Path(folder)) as server,
    ):
        scratch = pathlib.Path(folder)
        their, our = Side("hadoop", scratch, server), Side("rolefs", scratch, server)
        theirs = hadoop(their, lines, jar_folder)
        passed, failed = compare(
            lines, theirs, rolefs(our, lines, arguments.rolefs), arguments.verbose
        )
        for holds in (
            same_names("local files", their.files(), our.files(), FILES),
            same_names("objects", their.objects(), our.objects(), OBJECTS),
        ):
            passed, failed = passed + holds, failed + (not holds)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

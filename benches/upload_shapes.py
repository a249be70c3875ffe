#!/usr/bin/env python3
"""Uploads by rolefs in many shapes, in one run: lengths, numbers of files, requests in flight, http
and https. CPU seconds beside those of SHA-256 alone, peak memory, time and system calls.

    cargo build --profile dist -p rolefs
    cargo build --profile dist -p rolefs --features sandbox --example sandbox \\
        --target-dir target/sandbox
    benches/upload_shapes.py target/dist/rolefs target/sandbox/dist/examples/sandbox \\
        [--before OLDER_ROLEFS] [--short] [--write]

The server is the one of uploads.py, and what it stores is compared with the source. `--before`
names an older build, which takes turns with the new one. `--write` puts the table into
BENCHMARKS.md. Wants GNU time, strace, openssl, and stunnel for https. Trust the ratios: times
depend on the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import hashlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator

from upload_server import BUCKET, REGION, Server
from uploads import Cost, check, many_files, measured, random_file, report, sparse

BEGIN, END = "<!-- shapes: benches/upload_shapes.py -->\n", "<!-- end of shapes -->"
USUAL = 8


@dataclasses.dataclass(frozen=True)
class Shape:
    """An upload: a name for the table, its source, its length in GiB, and requests in flight."""

    name: str
    source: pathlib.Path
    gibibytes: float
    in_flight: int = USUAL


def put(rolefs: str, server: Server, shape: Shape, key: str) -> list[str]:
    """Returns the command line of an upload."""
    place = ["--endpoint", server.url, "--region", REGION]
    threads = ["-t", str(shape.in_flight)]
    return [rolefs, *place, "-put", *threads, str(shape.source), f"s3a://{BUCKET}/{key}"]


def stored(server: Server, source: pathlib.Path, key: str) -> None:
    """Compares what the server has with the source, and removes it."""
    path = server.folder / key
    check(source, path, "rolefs")
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def cheapest(rolefs: list[str], server: Server, shape: Shape, rounds: int) -> list[Cost]:
    """Returns the cheapest run of each program. They take turns."""
    best: list[Cost | None] = [None] * len(rolefs)
    for turn in range(rounds):
        for number, program in enumerate(rolefs):
            key = f"{shape.source.name}-{number}-{turn}"
            cost = measured(put(program, server, shape, key), server)
            stored(server, shape.source, key)
            known = best[number]
            best[number] = cost if known is None or cost.cpu < known.cpu else known
    return [cost for cost in best if cost]


def system_calls(rolefs: str, server: Server, shape: Shape) -> int:
    """Counts the system calls of an upload."""
    with tempfile.NamedTemporaryFile("r") as summary:
        counted = ["strace", "-f", "-c", "-q", "-o", summary.name]
        command = [*counted, *put(rolefs, server, shape, "counted")]
        subprocess.run(command, env=server.environment, check=True, stdout=subprocess.DEVNULL)
        stored(server, shape.source, "counted")
        total = next(line for line in summary if line.endswith(" total\n"))
    return int(total.split()[3])


def hash_alone(gibibytes: float) -> float:
    """Returns the CPU seconds of OpenSSL's SHA-256, which uses the processor's instructions too."""
    block = os.urandom(1 << 20)
    best = float("inf")
    for _ in range(3):
        digest, started = hashlib.sha256(), time.process_time()
        for _ in range(int(gibibytes * 1024)):
            digest.update(block)
        best = min(best, time.process_time() - started)
    return best


@contextlib.contextmanager
def https(server: Server, scratch: pathlib.Path) -> Iterator[Server]:
    """Runs stunnel before the server, with a certificate of its own."""
    certificate, key = scratch / "certificate.pem", scratch / "key.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run([*request, *names, *files], check=True, stderr=subprocess.DEVNULL)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = scratch / "stunnel.conf"
    connect = server.url.removeprefix("http://")
    settings.write_text(
        f"foreground = yes\npid =\n[s3]\naccept = 127.0.0.1:{port}\nconnect = {connect}\n"
        f"cert = {certificate}\nkey = {key}\n"
    )
    process = subprocess.Popen(["stunnel", str(settings)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        environment = {**server.environment, "AWS_CA_BUNDLE": str(certificate)}
        yield dataclasses.replace(server, url=f"https://localhost:{port}", environment=environment)
    finally:
        process.terminate()
        process.wait()


def row(scheme: str, shape: Shape, cost: Cost, alone: float, calls: int, before: str) -> str:
    """Returns a row of the table."""
    cells = [
        shape.name,
        scheme,
        str(shape.in_flight),
        f"{cost.cpu:.2f}",
        f"{cost.cpu / alone:.2f}",
        f"{cost.rss:.1f}",
        f"{cost.wall:.2f}",
        f"{calls:,}",
        before,
    ]
    return "| " + " | ".join(cells) + " |"


def measure(server: Server, options: argparse.Namespace, scratch: pathlib.Path) -> str:
    """Returns the section of BENCHMARKS.md."""
    programs = [program for program in (options.rolefs, options.before) if program]
    mebibytes, count, many = (64, 100, 300) if options.short else (1024, 2_000, 100_000)
    one = random_file(scratch / "one", mebibytes)
    files = many_files(scratch / "files", count)
    gibibytes = {one: mebibytes / 1024, files: count / 65536}
    names = {one: f"{mebibytes:,} MiB", files: f"{count:,} × 16 KiB"}
    rows = []

    def add(scheme: str, at: Server, shape: Shape, rounds: int) -> None:
        costs = cheapest(programs, at, shape, rounds)
        alone = hash_alone(shape.gibibytes)
        before = f"{costs[0].cpu / costs[1].cpu:.2f}" if len(costs) > 1 else "–"
        calls = system_calls(options.rolefs, at, shape)
        rows.append(row(scheme, shape, costs[0], alone, calls, before))
        print(rows[-1], flush=True)

    for source, name in names.items():
        for in_flight in (1, 2, 4, 8, 16):
            add("http", server, Shape(name, source, gibibytes[source], in_flight), options.rounds)
    with https(server, scratch) as secure:
        for source, name in names.items():
            add("https", secure, Shape(name, source, gibibytes[source]), options.rounds)
    one.unlink()
    shutil.rmtree(files)
    files = many_files(scratch / "files", many)
    add("http", server, Shape(f"{many:,} × 16 KiB", files, many / 65536), 1)
    shutil.rmtree(files)
    large = 1 if options.short else 10
    if shutil.disk_usage(scratch).free > (2 * large + 2) << 30:
        source = sparse(scratch / "large", large << 30)
        add("http", server, Shape(f"{large} GiB, sparse", source, large), 1)
    head = ["", "", "in flight", "CPU s", "× hash alone", "MiB", "s", "system calls", "× before"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *rows]
    return (
        "rolefs alone puts files into the same server: the CPU seconds of the cheapest of "
        f"{options.rounds} runs, and\none run of the two largest. The hash alone is OpenSSL's "
        "SHA-256 of as many bytes. The last column\ndivides by the CPU seconds of an older build, "
        "where one was given.\n\n" + "\n".join(lines) + "\n"
    )


def main() -> None:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument("sandbox", type=os.path.abspath)
    parser.add_argument("--before", type=os.path.abspath)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--short", action="store_true", help="64 MiB, and few files")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    report(options, measure, BEGIN, END)


if __name__ == "__main__":
    main()

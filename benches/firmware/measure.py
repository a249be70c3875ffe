#!/usr/bin/env python3
"""Measures the programs on emulated boards: flash, stack and instructions.

    measure.py            prints the table
    measure.py --write    writes it into BENCHMARKS.md
    measure.py --check    fails if a figure is more than 2 % above that of BENCHMARKS.md

Flash is that of the program as a device has it. Stack and instructions are those of the same
program built to run in QEMU: the stack is painted before and looked at afterwards, and instructions
are counted by the board's own counters under -icount, so that each run gives the same. Published
vectors are signed on each board, too.

Needs what build.sh needs, and llvm-19 qemu-system-arm qemu-system-misc.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import os
import pathlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

HERE = pathlib.Path(__file__).resolve().parent
BENCHMARKS = HERE.parent.parent / "BENCHMARKS.md"
BEGIN, END = "<!-- firmware: benches/firmware/measure.py --write -->\n", "<!-- end of firmware -->"
ALLOWED = 1.02
M4, M0, RISC_V = "thumbv7em-none-eabihf", "thumbv6m-none-eabi", "riscv32imc-unknown-none-elf"
ARM = ["qemu-system-arm", "-display", "none", "-monitor", "none"]
ARM += ["-semihosting-config", "enable=on,target=native", "-icount", "shift=6"]
BOARDS = {
    M4: [*ARM, "-M", "mps2-an386"],
    M0: [*ARM, "-M", "microbit"],
    RISC_V: [
        "qemu-system-riscv32",
        "-display",
        "none",
        "-monitor",
        "none",
        "-icount",
        "shift=0",
        "-M",
        "virt",
        "-bios",
        "none",
        "-serial",
        "stdio",
    ],
}
PROGRAMS = {
    "sign": "signs by header",
    "presign": "presigns a URL",
    "chunk": "signs an upload in chunks, with a trailer",
    "verify": "verifies requests, by header and by query",
    "tokens": "makes database and EKS tokens, and signs a POST policy",
    "imds": "fetches credentials from IMDSv2",
    "nal": "fetches credentials from IMDSv2, asynchronously",
    "iot": "exchanges its certificate at AWS IoT for credentials",
    "sts": "assumes a role in three ways, and asks for its identity",
    "device": "fetches credentials from IMDSv2, and puts a log of any length on S3",
}
# Optimisation and SHA-256.
PROFILES = {
    "release": "for size, compact",
    "release-small-sha256": "for size, `small-sha256`",
    "release-quick-sha256": "for size, `quick-sha256`",
    "release-fast-hash": "for size, fast",
    "fast-small-hash": "for speed, compact",
    "fast": "for speed, fast",
}
# Only one board has the serial ports that these want.
ON_PORTS = ["device", "nal"]
SECONDS_PER_RUN = 300


def build(target: str, profile: str, feature: str, programs: list[str]) -> pathlib.Path:
    """The folder with their images."""
    command = [HERE / "build.sh", target, profile, feature, *programs]
    return pathlib.Path(
        subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    )


def flash(image: pathlib.Path) -> int:
    """Bytes, with constants and the vector table; there is no initialised data."""
    command = [f"llvm-size{os.environ.get('LLVM', '-19')}", image]
    sizes = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    text, data = map(int, sizes.splitlines()[1].split()[:2])
    if data != 0:
        sys.exit(f"{image} has {data} bytes of data")
    return text


def run(target: str, image: pathlib.Path) -> dict[str, int]:
    """What the program measured of itself; it must have done what it is there for."""
    with serving() if image.name in ON_PORTS else contextlib.nullcontext([]) as serial:
        command = [*BOARDS[target], *serial, "-kernel", image]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS_PER_RUN,
            check=False,
        )
    told = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode != 0:
        sys.exit(f"{image} failed with {done.returncode}: {told}")
    return {
        name: int(number) for name, number in re.findall(r"^measured: (\w+) (\d+)\r?$", told, re.M)
    }


@dataclasses.dataclass
class Measured:
    """What is known of one program on one target."""

    flash: int
    stack: int | None = None
    fresh: int | None = None
    held: int | None = None


def measure(target: str, profile: str, programs: list[str]) -> dict[str, Measured]:
    """Weighs the programs, then builds them again for the emulator and runs them."""
    folder = build(target, profile, "", programs)
    measured = {program: Measured(flash(folder / program)) for program in programs}
    runs = [program for program in programs if program not in ON_PORTS or target == M4]
    folder = build(target, profile, "emulated", runs)
    for program in runs:
        measured[program] = dataclasses.replace(measured[program], **run(target, folder / program))
    return measured


class Service(http.server.BaseHTTPRequestHandler):
    """A metadata service and an S3 that check nothing; checks/board.py has real ones."""

    protocol_version = "HTTP/1.1"
    document = (
        (
            '{"Code": "Success", "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "s", '
            '"Token": "'
        )
        + 800 * "T"
        + '", "Expiration": "2037-05-06T07:08:09Z"}'
    )

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def answer(self, text: str) -> None:
        """Says 200."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self) -> None:
        """The metadata token, or an object."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer("metadata-token" if self.path.startswith("/latest") else "")

    def do_GET(self) -> None:
        """The role's name, or its credentials."""
        self.answer("role" if self.path.endswith("/") else self.document)


@contextlib.contextmanager
def serving() -> Iterator[list[str]]:
    """The serial ports of a device: two connections."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield ["-serial", f"tcp:127.0.0.1:{server.server_port}"] * 2
        finally:
            server.shutdown()


def told(number: int | None) -> str:
    """A cell, or a part of one."""
    return "–" if number is None else f"{number:,}"


def table() -> str:
    """Everything, in Markdown."""
    everything = [*PROGRAMS, "vectors", "renew"]
    targets = {target: measure(target, "release", everything) for target in BOARDS}
    lines = [
        'Whole bare-metal images, built for size (`opt-level = "s"`, compact SHA-256): bytes of flash / bytes',
        "of stack at its deepest, buffers included. They have no data, 4 bytes of bss (a clock), and no",
        "reachable panic, but for that of each `async fn` that is polled after its end. They ran on boards",
        "emulated by QEMU, and signed AWS's published examples there.",
        "",
        "| | " + " | ".join(f"`{target}`" for target in BOARDS) + " |",
        "|---" * (len(BOARDS) + 1) + "|",
    ]
    for program, does in PROGRAMS.items():
        cells = [
            f"{told(of[program].flash)} / {told(of[program].stack)}" for of in targets.values()
        ]
        lines.append(f"| {does} | {' | '.join(cells)} |")
    lines += [
        "",
        "The cost of signing R1 with an 800-byte session token, `Authorization` included.",
        "",
        "| target, optimisation, SHA-256 | flash | stack | instructions, new key | instructions, cached key |",
        "|---|---|---|---|---|",
    ]
    kinds = [(target, "release", of["sign"]) for target, of in targets.items()]
    kinds[1:1] = [
        (M4, profile, measure(M4, profile, ["sign"])["sign"]) for profile in list(PROFILES)[1:]
    ]
    for target, profile, sign in kinds:
        cells = [told(number) for number in (sign.flash, sign.stack, sign.fresh, sign.held)]
        lines.append(f"| `{target}`, {PROFILES[profile]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def figures(text: str) -> dict[tuple[str, int], list[int]]:
    """The numbers of a table, by row and column."""
    found = {}
    for line in text.splitlines():
        label, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        for column, cell in enumerate(cells):
            found[label, column] = [
                int(number.replace(",", "")) for number in re.findall(r"\b\d[\d,]*", cell)
            ]
    return found


def grown(before: str, now: str) -> list[str]:
    """What is missing, or larger than it may be."""
    larger, known = [], figures(before)
    for place, numbers in figures(now).items():
        old = known.get(place, [])
        if len(old) != len(numbers) or any(
            new > ALLOWED * was for new, was in zip(numbers, old, strict=True)
        ):
            larger.append(
                f"{place[0]}, column {place[1] + 1}: {old} in BENCHMARKS.md, {numbers} now"
            )
    return larger


def main() -> int:
    """The exit status."""
    now = table()
    print(now, end="")
    head, rest = BENCHMARKS.read_text().split(BEGIN)
    before, tail = rest.split(END)
    if "--write" in sys.argv:
        BENCHMARKS.write_text(f"{head}{BEGIN}{now}{END}{tail}")
    if "--check" in sys.argv:
        larger = grown(before, now)
        print("\n".join(larger) or "no figure has grown by more than 2 %")
        return 1 if larger else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

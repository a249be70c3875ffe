#!/usr/bin/env python3
"""Measures the programs on emulated boards: flash, stack and instructions.

    measure.py            prints the tables
    measure.py --write    writes them into BENCHMARKS.md
    measure.py --check    fails if a figure is more than 2 % above that of BENCHMARKS.md

Flash is that of the program as a device has it. Stack and instructions are those of the same
program built to run in QEMU. The stack is painted before and looked at afterwards. Instructions are
counted by the board's own counters under -icount, so that each run gives the same. Published vectors
are signed on each board, too.

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
# The marks around each table.
MARKS = [
    ("<!-- firmware: benches/firmware/measure.py --write -->\n", "<!-- end of firmware -->"),
    (
        "<!-- firmware targets: benches/firmware/measure.py --write -->\n",
        "<!-- end of firmware targets -->",
    ),
]
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
# Figures to reach on a Cortex-M4, and those of AWS's C library: see "Firmware targets".
SMALL, QUICK, SPEED = "release-small-sha256", "release-quick-sha256", "fast"
TARGETS = [
    ("signer: flash", 11_000, "sign", "release", "flash", 8_040),
    ("signer: stack", 2_560, "sign", "release", "stack", 3_352),
    ("signer: instructions, new key", None, "sign", "release", "fresh", 234_612),
    ("signer: instructions, cached key", None, "sign", "release", "held", None),
    ("signer, `small-sha256`: flash", None, "sign", SMALL, "flash", None),
    ("signer, `small-sha256`: instructions, new key", 183_000, "sign", SMALL, "fresh", None),
    ("signer, `small-sha256`: instructions, cached key", 112_000, "sign", SMALL, "held", None),
    ("signer, `quick-sha256`: flash", 13_000, "sign", QUICK, "flash", None),
    ("signer, `quick-sha256`: instructions, new key", 150_000, "sign", QUICK, "fresh", None),
    ("signer, `quick-sha256`: instructions, cached key", 93_000, "sign", QUICK, "held", None),
    ("signer, for speed: flash", None, "sign", SPEED, "flash", None),
    ("signer, for speed: instructions, new key", None, "sign", SPEED, "fresh", None),
    ("signer, for speed: instructions, cached key", None, "sign", SPEED, "held", None),
    ("presigner: flash", 12_500, "presign", "release", "flash", None),
    ("chunks with a trailer: flash", 15_000, "chunk", "release", "flash", None),
    ("IMDSv2 with its driver: flash", 12_500, "imds", "release", "flash", None),
    ("signer, IMDSv2, chunks and drivers: flash", 24_000, "device", "release", "flash", None),
    ("AWS IoT with its driver: flash", 12_000, "iot", "release", "flash", None),
]
# Only one board has the serial ports that these need.
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
    """Returns what the program measured of itself, after checking that it did its work."""
    with serving() if image.name in ON_PORTS else contextlib.nullcontext([]) as serial:
        command = [*BOARDS[target], *serial, "-kernel", image]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS_PER_RUN,
            check=False,
        )
    output = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode != 0:
        sys.exit(f"{image} failed with {done.returncode}: {output}")
    return {
        name: int(number)
        for name, number in re.findall(r"^measured: (\w+) (\d+)\r?$", output, re.M)
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

    def respond(self, text: str) -> None:
        """Says 200."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self) -> None:
        """The metadata token, or an object."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.respond("metadata-token" if self.path.startswith("/latest") else "")

    def do_GET(self) -> None:
        """The role's name, or its credentials."""
        self.respond("role" if self.path.endswith("/") else self.document)


@contextlib.contextmanager
def serving() -> Iterator[list[str]]:
    """The serial ports of a device: two connections."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield ["-serial", f"tcp:127.0.0.1:{server.server_port}"] * 2
        finally:
            server.shutdown()


def shown(number: int | None) -> str:
    """Returns a number as a cell of a table, or as a part of one."""
    return "–" if number is None else f"{number:,}"


# Measurements by target and profile, then by program.
Measurements = dict[tuple[str, str], dict[str, Measured]]


def measure_all() -> Measurements:
    """Measures everything."""
    everything = [*PROGRAMS, "vectors", "renew"]
    measured = {(target, "release"): measure(target, "release", everything) for target in BOARDS}
    for profile in list(PROFILES)[1:]:
        measured[M4, profile] = measure(M4, profile, ["sign"])
    return measured


def table(measured: Measurements) -> str:
    """Everything, in Markdown."""
    lines = [
        'Whole bare-metal images, built for size (`opt-level = "s"`, compact SHA-256): bytes of flash / bytes',
        "of stack at its deepest, buffers included. They have no data, 4 bytes of bss (a clock), and no",
        "reachable panic, except for that of each `async fn` that is polled after its end. They ran on boards",
        "emulated by QEMU, and signed AWS's published examples there.",
        "",
        "| | " + " | ".join(f"`{target}`" for target in BOARDS) + " |",
        "|---" * (len(BOARDS) + 1) + "|",
    ]
    for program, does in PROGRAMS.items():
        of = [measured[target, "release"][program] for target in BOARDS]
        cells = [f"{shown(one.flash)} / {shown(one.stack)}" for one in of]
        lines.append(f"| {does} | {' | '.join(cells)} |")
    lines += [
        "",
        "The cost of signing R1 with an 800-byte session token, `Authorization` included.",
        "",
        "| target, optimisation, SHA-256 | flash | stack | instructions, new key | instructions, cached key |",
        "|---|---|---|---|---|",
    ]
    kinds = [(M4, profile) for profile in PROFILES]
    kinds += [(target, "release") for target in BOARDS if target != M4]
    for target, profile in kinds:
        sign = measured[target, profile]["sign"]
        cells = [shown(number) for number in (sign.flash, sign.stack, sign.fresh, sign.held)]
        lines.append(f"| `{target}`, {PROFILES[profile]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def targets(measured: Measurements) -> str:
    """Each target beside what was measured, in Markdown."""
    lines = ["| | target | rolesig | AWS's C library |", "|---|---|---|---|"]
    for label, target, program, profile, field, other in TARGETS:
        number = getattr(measured[M4, profile][program], field)
        lines.append(f"| {label} | {shown(target)} | {shown(number)} | {shown(other)} |")
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
    measured = measure_all()
    page, larger = BENCHMARKS.read_text(), []
    for (begin, end), now in zip(MARKS, (table(measured), targets(measured)), strict=True):
        print(now)
        head, rest = page.split(begin)
        before, tail = rest.split(end)
        page = f"{head}{begin}{now}{end}{tail}"
        larger += grown(before, now)
    if "--write" in sys.argv:
        BENCHMARKS.write_text(page)
    if "--check" in sys.argv:
        print("\n".join(larger) or "no figure has grown by more than 2 %")
        return 1 if larger else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

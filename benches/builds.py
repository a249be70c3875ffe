#!/usr/bin/env python3
"""Compiles programs that sign a request, with rolesig-std and with AWS's own packages: crates and
CPU seconds.

    benches/builds.py [--write]

Each program of benches/builds is compiled alone, from nothing, by `cargo build`, after its packages
were fetched. No program has TLS. `--write` puts the table into BENCHMARKS.md. Seconds depend on the
machine: trust the ratios.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import resource
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- builds: benches/builds.py -->\n", "<!-- end of builds -->"

RUNTIME = 'tokio = { version = "1", features = ["macros", "rt"] }'
OURS = [f'rolesig = {{ path = "{ROOT}/core" }}']
LIBRARY = f'rolesig-std = {{ path = "{ROOT}/std-adapter", default-features = false'
THEIRS = ['aws-credential-types = { version = "1", features = ["hardcoded-credentials"] }']
SIGV4 = 'aws-sigv4 = { version = "1", default-features = false, features = ["http1", "sign-http"] }'
CONFIG = 'aws-config = { version = "1", default-features = false, features = ["rt-tokio"] }'

PROGRAMS = {
    "sign": ("given keys", "rolesig-std without `client`", [*OURS, LIBRARY + " }"]),
    "sign_aws": ("given keys", "aws-sigv4", [*THEIRS, SIGV4]),
    "role": (
        "the role it runs on",
        "rolesig-std without `tls`",
        [*OURS, LIBRARY + ', features = ["client"] }', RUNTIME],
    ),
    "role_aws": (
        "the role it runs on",
        "aws-config and aws-sigv4",
        [*THEIRS, SIGV4, CONFIG, RUNTIME],
    ),
}


def cargo(folder: pathlib.Path, *arguments: str) -> str:
    """Runs cargo in a folder, with a target directory of the folder's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CARGO_")}
    environment = kept | {"CARGO_TARGET_DIR": str(folder / "target"), "CARGO_INCREMENTAL": "0"}
    if "CARGO_HOME" in os.environ:
        environment["CARGO_HOME"] = os.environ["CARGO_HOME"]
    run = subprocess.run(
        ["cargo", *arguments],
        cwd=folder,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return run.stdout


def project(folder: pathlib.Path, name: str, packages: list[str]) -> None:
    """Writes a project that has one program."""
    manifest = ["[package]", f'name = "{name}"', 'edition = "2024"', "[dependencies]", *packages]
    (folder / "Cargo.toml").write_text("\n".join([*manifest, 'http = "1"', "[workspace]", ""]))
    (folder / "src").mkdir()
    program = ROOT / "benches" / "builds" / f"{name}.rs"
    (folder / "src" / "main.rs").write_text(program.read_text())


def cpu_seconds() -> float:
    """Returns the CPU seconds of all child processes so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measured(name: str, packages: list[str]) -> tuple[int, float]:
    """Compiles a program; returns its crates, itself excluded, and CPU seconds."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        project(folder, name, packages)
        cargo(folder, "fetch")
        tree = cargo(folder, "tree", "-e", "normal,build", "--prefix", "none", "--no-dedupe")
        before = cpu_seconds()
        cargo(folder, "build", "--offline", "--quiet")
        return len(set(tree.splitlines())) - 1, cpu_seconds() - before


def table() -> str:
    """Returns the rows of all programs, as Markdown."""
    lines = ["| signs with | packages | crates | CPU seconds |", "|---|---|---|---|"]
    for name, (keys, packages, manifest) in PROGRAMS.items():
        crates, seconds = measured(name, manifest)
        lines.append(f"| {keys} | {packages} | {crates} | {seconds:.0f} |")
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measures, and writes the table if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table into BENCHMARKS.md")
    write = parser.parse_args().write
    rows = table()
    if write:
        page = ROOT / "BENCHMARKS.md"
        head, rest = page.read_text().split(BEGIN)
        _, tail = rest.split(END)
        page.write_text(f"{head}{BEGIN}{rows}{END}{tail}")


if __name__ == "__main__":
    main()

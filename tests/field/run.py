#!/usr/bin/env python3
"""Runs the field cases that are command lines.

    run.py ROLEFS SANDBOX [--only TEXT] [--show]

ROLEFS is the program, SANDBOX the example of that name. Each case of command_lines/*.toml is a
script for bash that runs in an empty home, with the environment, files, objects and responses that
the case names; README.md lists the fields. Prints a line for each case, and exits with 1 if one
failed. --show also prints what each case printed. What makes a run impossible (a mistake in a file,
a program that is not there) is said in one line each, with exit code 2.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import NoReturn

import cases
from cases import Case
from store import Store, serving

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}


@dataclasses.dataclass(frozen=True)
class Place:
    """The folder of the cases, and the servers for them."""

    rolefs: str
    home: pathlib.Path
    store: Store
    sandbox: dict[str, str]
    sandbox_bucket: pathlib.Path

    def filled(self, text: str) -> str:
        """Replaces the placeholders of a text."""
        return text.replace("<home>", str(self.home)).replace("<store>", self.store.url)

    def environment(self, case: Case) -> dict[str, str]:
        """Returns the environment of a case: nothing of this process except the path of
        programs.
        """
        programs = os.pathsep.join(
            (os.path.dirname(self.rolefs), os.environ.get("PATH", os.defpath))
        )
        base = {
            "HOME": str(self.home),
            "PATH": programs,
            "USER": "hadoop",
            "TZ": "UTC",
            "AWS_REGION": "us-east-1",
        }
        if case.sandbox:
            base |= self.sandbox
        else:
            base |= {"AWS_ENDPOINT_URL": self.store.url, "AWS_EC2_METADATA_DISABLED": "true"}
            base |= KEYS if case.keys else {}
        base |= {name: self.filled(value) for name, value in case.env.items()}
        return base

    def prepare(self, case: Case) -> None:
        """Empties the home and the sandbox, fills the store, and writes the files of the case."""
        for folder in (self.home, self.sandbox_bucket):
            for entry in folder.iterdir():
                shutil.rmtree(
                    entry
                ) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        for name, content in case.files.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.filled(content), newline="")
            # `#!` makes it a program.
            path.chmod(0o755 if content.startswith("#!") else 0o644)
        responses = [
            response | {"body": self.filled(response.get("body", ""))}
            for response in case.responses
        ]
        self.store.begin(case.objects, responses)

    def run(self, case: Case) -> subprocess.CompletedProcess[str]:
        """Runs the script of a case; at the time limit, ends the script and all its processes."""
        self.prepare(case)
        script = ["bash", "-c", self.filled(case.run)]
        pipe, none = subprocess.PIPE, subprocess.DEVNULL
        environment = self.environment(case)
        with subprocess.Popen(
            script,
            env=environment,
            cwd=self.home,
            stdin=none,
            stdout=pipe,
            stderr=pipe,
            start_new_session=True,
        ) as process:
            try:
                output = process.communicate(timeout=case.seconds())
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        stdout, stderr = (text.decode(errors="backslashreplace") for text in output)
        return subprocess.CompletedProcess(script, process.returncode, stdout, stderr)

    def wrong(self, case: Case, done: subprocess.CompletedProcess[str]) -> Iterator[str]:
        """Returns the differences between the outcome and the case."""
        if done.returncode != case.exit:
            yield f"the exit code is {done.returncode}, not {case.exit}"
        if case.stdout is not None and done.stdout != self.filled(case.stdout):
            yield f"stdout is {done.stdout!r}, not {self.filled(case.stdout)!r}"
        printed, requests = done.stdout + done.stderr, "\n".join(self.store.asked)
        yield from self.parts("what was printed", printed, case.prints, case.prints_not)
        yield from self.parts("what was asked", requests, case.asked, case.asked_not)
        held = {
            name: content.decode(errors="replace") for name, content in self.store.objects.items()
        }
        if case.holds is not None and held != case.holds:
            yield f"the store holds {held}, not {case.holds}"
        if self.store.uploads:
            yield f"uploads were left behind: {sorted(self.store.uploads)}"

    def parts(self, what: str, text: str, there: list[str], not_there: list[str]) -> Iterator[str]:
        """Returns the missing parts and the forbidden parts of a text."""
        for part in map(self.filled, there):
            if part not in text:
                yield f"{what} lacks {part!r}"
        for part in map(self.filled, not_there):
            if part in text:
                yield f"{what} contains {part!r}"


@contextlib.contextmanager
def sandbox(program: str, folder: str) -> Iterator[dict[str, str]]:
    """Starts the sandbox, and yields the environment in which rolefs uses it."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [program, folder], stdin=pipe, stdout=pipe, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        urls = [word for line in lines for word in line.split() if word.startswith("http://")]
        if len(urls) != len(lines):
            process.kill()
            impossible(
                [
                    (
                        f"{program} does not print two URLs, so it is not the example `sandbox`: "
                        f"{''.join(lines)!r}"
                    )
                ]
            )
        yield {"AWS_EC2_METADATA_SERVICE_ENDPOINT": urls[0], "AWS_ENDPOINT_URL_S3": urls[1]}
        process.communicate()


def passes(place: Place, case: Case, show: bool) -> bool:
    """Runs a case and prints the result; returns whether the case passed."""
    try:
        done = place.run(case)
        wrong = list(place.wrong(case, done))
    except subprocess.TimeoutExpired:
        done, wrong = None, [f"it did not end within {case.seconds()} s"]
    if wrong and case.open:
        print(f"open {case.name} ({case.source}): {case.open}", flush=True)
    elif wrong:
        print(f"FAILED {case.name} ({case.source})", flush=True)
    else:
        print(
            f"ok {case.name}" + (": it holds now, so remove `open`" if case.open else ""),
            flush=True,
        )
    for line in wrong:
        print(f"    {line}")
    if show:
        print(
            "    asked "
            + "\n    asked ".join(ask.replace("\n", "\n        ") for ask in place.store.asked)
        )
    if done and (show or (wrong and not case.open)):
        print(
            (f"    exit {done.returncode}\n    stdout {done.stdout!r}\n    stderr {done.stderr!r}"),
            flush=True,
        )
    return not wrong or bool(case.open)


def impossible(reasons: list[str]) -> NoReturn:
    """Ends the run before it begins."""
    print("\n".join(reasons), file=sys.stderr)
    sys.exit(2)


def program(path: str, name: str) -> str:
    """The full path of a program, which the cases call by this name."""
    found = shutil.which(os.path.abspath(path))
    if not found:
        impossible([f"{path} is not a program: build it as README.md says"])
    if pathlib.Path(found).stem != name:
        impossible([f"{path} must be called {name!r}"])
    return found


def main() -> int:
    """Runs the cases; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rolefs")
    parser.add_argument("sandbox")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help=("the cases whose name or source contains TEXT")
    )
    parser.add_argument("--show", action="store_true", help="print what each case printed")
    options = parser.parse_args()
    rolefs, sandbox_program = program(options.rolefs, "rolefs"), program(options.sandbox, "sandbox")
    if not shutil.which("bash"):
        impossible(["there is no bash in PATH"])
    known = cases.read()
    if known.wrong:
        impossible(known.wrong)
    chosen = [
        case
        for case in known.by_name.values()
        if options.only in case.name or options.only in case.source
    ]
    if not chosen:
        impossible([f"no case has {options.only!r} in its name or source"])
    with (
        tempfile.TemporaryDirectory() as home,
        tempfile.TemporaryDirectory() as folder,
        sandbox(sandbox_program, folder) as variables,
    ):
        bucket, failed = pathlib.Path(folder) / "sandbox", []
        for case in chosen:
            # A separate store, which no request of a case that was ended can reach.
            with serving() as store:
                if not passes(
                    Place(rolefs, pathlib.Path(home), store, variables, bucket), case, options.show
                ):
                    failed.append(case)
    print(f"{len(chosen) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

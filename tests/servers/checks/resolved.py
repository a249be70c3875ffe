#!/usr/bin/env python3
"""Compares the credentials and the region that rolefs finds with those of botocore.

    resolved.py ROLEFS SANDBOX [--only TEXT] [--all] [--table]

SANDBOX is the example of that name. Each configuration of harness/configurations is written and
resolved twice. Either both fail, or access key id, secret, session token, expiration to the second,
account and region are equal. For intended differences, each must find what differences.py lists.
--table prints the differences for the README.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from harness import configurations, fakes, sandbox_process
from harness.configurations import every
from harness.configurations.configuration import REGION, Configuration
from harness.configurations.differences import DIFFERENCES, FAILS, REASONS
from harness.servers import Ministack

SECONDS_PER_RUN = 60
# The sandbox's session tokens are longer, and new each time.
LONG = 500
# botocore extends the life of credentials that are about to expire.
LIFETIME = "3600"
COMPARED = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "AccountId", "Region")
# The three values that are new for each client.
RANDOM = ("AccessKeyId", "SecretAccessKey", "SessionToken")
SIGNED = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"

Result = dict[str, str | None]


@dataclasses.dataclass(frozen=True)
class Place:
    """The folder of configurations, and the values of their placeholders."""

    home: pathlib.Path
    urls: dict[str, str]

    def fill(self, text: str) -> str:
        """Replaces the placeholders of a text."""
        for name, value in {
            "<home>": str(self.home),
            "<print>": shutil.which("cat") or "cat",
            **self.urls,
        }.items():
            text = text.replace(name, value)
        return text

    def write(self, configuration: Configuration) -> dict[str, str]:
        """Writes the files into an empty folder; returns the environment."""
        for entry in self.home.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        files = dict(configuration.files)
        if configuration.config is not None:
            files[".aws/config"] = configuration.config
        if configuration.credentials is not None:
            files[".aws/credentials"] = configuration.credentials
        for name, content in files.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.fill(content))
        fake = self.urls["<fake>"]
        environment = {
            "HOME": str(self.home),
            "PATH": os.environ.get("PATH", os.defpath),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_STS": fake,
            "AWS_ENDPOINT_URL_SSO": fake,
            "AWS_ENDPOINT_URL_SSO_OIDC": fake,
            **configuration.environment,
        }
        return {name: self.fill(value) for name, value in environment.items() if value is not None}


class Botocore:
    """A running botocore_results.py."""

    def __init__(self, home: pathlib.Path) -> None:
        script = pathlib.Path(configurations.__file__).with_name("botocore_results.py")
        environment = {"HOME": str(home), "PATH": os.environ.get("PATH", os.defpath)}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=pipe,
            stdout=pipe,
            text=True,
            env=environment,
            cwd=home.parent,
        )

    def ask(self, environment: dict[str, str], profile: str | None) -> Result:
        """Returns the result of botocore."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(
            json.dumps({"environment": environment, "profile": profile}) + "\n"
        )
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """Ends the process."""
        self.process.communicate()


@dataclasses.dataclass(frozen=True)
class Rolefs:
    """`rolefs -credentials`, and `rolefs -sign` for the region."""

    binary: str

    def run(
        self, environment: dict[str, str], *arguments: str, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Runs rolefs, without a terminal."""
        return subprocess.run(
            [self.binary, *arguments],
            input=stdin,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS_PER_RUN,
            start_new_session=True,
            check=False,
        )

    def ask(self, environment: dict[str, str], profile: str | None) -> Result:
        """Returns the result of rolefs."""
        named = ["--profile", profile] if profile else []
        done = self.run(environment, *named, "-credentials", "--format", "json", "--show-secrets")
        if done.returncode != 0:
            # The output of a credential_process can come first.
            if (
                done.returncode != 1
                or done.stdout
                or not re.search("^credentials: no credentials", done.stderr, re.M)
            ):
                raise AssertionError(f"exit {done.returncode}, {done.stdout!r}, {done.stderr!r}")
            return {"failed": done.stderr.strip()}
        result = json.loads(done.stdout)
        del result["Source"]
        if result["Expiration"]:
            result["Expiration"] = re.sub(r"\.\d+Z", "Z", result["Expiration"])
        return {**result, "Region": self.region(environment, named)}

    def region(self, environment: dict[str, str], named: list[str]) -> str | None:
        """Returns the region of signatures, with any credentials."""
        keys = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S"}
        if named:
            environment, named = {**environment, "AWS_PROFILE": named[1]}, []
        plain = {
            name: value
            for name, value in environment.items()
            if name != "AWS_CREDENTIAL_EXPIRATION"
        }
        command = ("-sign", "--service", "s3", "--show", "string-to-sign")
        done = self.run({**plain, **keys}, *command, stdin=SIGNED)
        scope = re.search(r"^\d{8}/(.+)/s3/aws4_request$", done.stdout, re.MULTILINE)
        return scope and scope[1]


def without_random_values(result: Result) -> Result:
    """Reduces random values to their presence, and an expiration to ten minutes."""
    if "failed" in result:
        return result
    there = {name: "there" if result[name] else None for name in RANDOM}
    expires = datetime.datetime.fromisoformat(result["Expiration"] or "1970-01-01T00:00:00Z")
    return {**result, **there, "Expiration": str(round(expires.timestamp() / 600))}


def equal(ours: Result, theirs: Result, is_random: bool) -> bool:
    """Returns whether both found the same, or nothing."""
    if "failed" in ours or "failed" in theirs:
        return "failed" in ours and "failed" in theirs
    if is_random:
        ours, theirs = without_random_values(ours), without_random_values(theirs)
    return all(ours[name] == theirs[name] for name in COMPARED)


def describe(result: Result) -> str:
    """Describes a result in full; tests have no secrets."""
    if "failed" in result:
        return f"{FAILS}: {result['failed']}"
    question = fakes.question_in(result["SessionToken"])
    return json.dumps({**result, "asked": question} if question else result)


def summary(result: Result) -> str:
    """Summarizes a result for the table of differences."""
    if "failed" in result:
        return FAILS
    question = fakes.question_in(result["SessionToken"])
    if question is None:
        is_long = len(result["SessionToken"] or "") > LONG
        parts = (
            ["of the instance"]
            if is_long
            else [result["AccessKeyId"], result["SessionToken"], result["AccountId"]]
        )
    else:
        role = question.get("RoleArn", "").rpartition("/")[2]
        names = ("DurationSeconds", "WebIdentityToken", "authorization", "signed")
        parts = [role, *(question[name] for name in names if name in question)]
    return ", ".join(json.dumps(str(part))[1:-1] for part in [*parts, result["Region"]] if part)


class Comparison:
    """The counts of a comparison."""

    def __init__(self, place: Place, rolefs: Rolefs, botocore: Botocore, shows_all: bool) -> None:
        self.place, self.rolefs, self.botocore, self.shows_all = place, rolefs, botocore, shows_all
        self.equal = self.different = self.wrong = 0

    def compare(self, configuration: Configuration) -> None:
        """Compares one configuration, written again for each, since a login can be renewed."""
        asked = configuration.profile
        theirs = self.botocore.ask(self.place.write(configuration), asked)
        ours = self.rolefs.ask(self.place.write(configuration), asked)
        is_equal = equal(ours, theirs, configuration.is_random)
        if self.shows_all:
            print(
                f"{configuration.name}\n    botocore {describe(theirs)}\n    rolefs   "
                f"{describe(ours)}"
            )
        on_purpose = DIFFERENCES.get(configuration.name)
        if on_purpose is None and is_equal:
            self.equal += 1
            return
        if not is_equal and on_purpose == (summary(theirs), summary(ours)):
            self.different += 1
            return
        reason = "differ" if on_purpose is None else f"do not differ as {on_purpose}"
        self.wrong += 1
        print(f"FAILED {configuration.name}: they {reason}")
        print(f"    botocore [{summary(theirs)}] {describe(theirs)}", flush=True)
        print(f"    rolefs   [{summary(ours)}] {describe(ours)}", flush=True)


def table() -> None:
    """Prints the differences for the README."""
    print("| configuration | botocore | rolefs | why |\n|---|---|---|---|")
    for reason, group in REASONS.items():
        for name, found in group.items():
            cells = [name, *(each if each == FAILS else f"`{each}`" for each in found), reason]
            print(f"| {' | '.join(cells)} |")


@contextlib.contextmanager
def start_servers(scratch: pathlib.Path, sandbox: str) -> Iterator[Place]:
    """Starts all servers."""
    home = scratch / "home"
    home.mkdir()
    with (
        fakes.serving() as fake,
        Ministack(scratch) as ministack,
        sandbox_process.sandbox(sandbox, LIFETIME) as (metadata, _),
    ):
        yield Place(
            home,
            {
                "<fake>": fake,
                "<localhost>": fake.replace("127.0.0.1", "localhost"),
                "<ministack>": ministack.endpoint,
                "<sandbox>": metadata,
            },
        )


def main() -> int:
    """Compares all configurations, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rolefs", nargs="?")
    parser.add_argument("sandbox", nargs="?")
    parser.add_argument("--only", default="")
    parser.add_argument("--all", action="store_true", help="print both results, also equal ones")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    if options.table:
        table()
        return 0
    with (
        tempfile.TemporaryDirectory() as scratch,
        start_servers(pathlib.Path(scratch), options.sandbox) as place,
    ):
        botocore = Botocore(place.home)
        comparison = Comparison(
            place, Rolefs(os.path.abspath(options.rolefs)), botocore, options.all
        )
        for configuration in every():
            if options.only in configuration.name:
                comparison.compare(configuration)
        botocore.close()
    print(
        f"{comparison.equal} equal, {comparison.different} different as intended, "
        f"{comparison.wrong} wrong"
    )
    return 1 if comparison.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs of rolefs in a separate environment; every output is searched for secrets."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
from typing import Any

from harness.checks import expect

SECONDS_PER_RUN = 60
REGION = "us-east-1"
Variables = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Done:
    """The results of a run."""

    status: int
    output: str
    errors: str

    def __str__(self) -> str:
        return f"exit {self.status}, stdout {self.output[:300]!r}, stderr {self.errors[:1500]!r}"


class Rolefs:
    """rolefs in a separate home. Every secret is searched for in every later output."""

    def __init__(self, binary: str, home: pathlib.Path) -> None:
        self.binary, self.home = binary, home
        self.secrets: set[str] = set()

    def file(self, name: str, text: str) -> str:
        """Writes a file in the home, and returns its path."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def environment(self, variables: Variables) -> Variables:
        """Returns a clean environment with these variables, without a metadata service unless they
        name one.
        """
        base = {
            "HOME": str(self.home),
            "PATH": os.environ.get("PATH", os.defpath),
            "AWS_DEFAULT_REGION": REGION,
        }
        if "AWS_EC2_METADATA_SERVICE_ENDPOINT" not in variables:
            base["AWS_EC2_METADATA_DISABLED"] = "true"
        return {**base, **variables}

    def run(self, variables: Variables, *arguments: str, shows_secrets: bool = False) -> Done:
        """Runs rolefs."""
        done = subprocess.run(
            [self.binary, *arguments],
            env=self.environment(variables),
            cwd=self.home,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS_PER_RUN,
            start_new_session=True,
            check=False,
        )
        for secret in self.secrets:
            expect(secret not in done.stderr, f"a secret is on stderr of {arguments}")
            expect(
                shows_secrets or secret not in done.stdout, f"a secret is on stdout of {arguments}"
            )
        return Done(done.returncode, done.stdout, done.stderr)

    def succeed(self, variables: Variables, *arguments: str, shows_secrets: bool = False) -> str:
        """Runs rolefs, which must succeed, and returns its output."""
        done = self.run(variables, *arguments, shows_secrets=shows_secrets)
        expect(done.status == 0, f"rolefs {arguments}: {done}")
        return done.output

    def credentials(self, variables: Variables, *before: str) -> dict[str, Any]:
        """Returns the whole document of credentials, whose secrets must not occur in a later
        output.
        """
        arguments = (*before, "-credentials", "--format", "json", "--show-secrets")
        document = json.loads(self.succeed(variables, *arguments, shows_secrets=True))
        names = {
            "AccessKeyId",
            "SecretAccessKey",
            "SessionToken",
            "Expiration",
            "AccountId",
            "Source",
        }
        expect(set(document) == names, f"it has {set(document)}")
        self.secrets |= {
            document[name] for name in ("SecretAccessKey", "SessionToken") if document[name]
        }
        return document

    def refused(self, variables: Variables, *parts: str) -> str:
        """Checks that a run finds no credentials, with these words in its error."""
        done = self.run(variables, "-credentials", "--format", "json", "--show-secrets")
        expect(done.status == 1 and not done.output, f"not refused: {done}")
        for part in parts:
            expect(part in done.errors, f"{part!r} is not in {done.errors!r}")
        return done.errors

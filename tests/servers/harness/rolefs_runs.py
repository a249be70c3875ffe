"""Runs of rolefs against one server with one set of credentials."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import subprocess
from typing import Any

from harness.checks import expect
from harness.servers import Keys

SECONDS_PER_RUN = 60


@dataclasses.dataclass(frozen=True)
class Done:
    """The results of a run of rolefs."""

    status: int
    output: bytes
    errors: str

    def __str__(self) -> str:
        return f"exit {self.status}, stdout {self.output[:300]!r}, stderr {self.errors!r}"

    def first_error(self) -> str:
        """Returns the first line of stderr."""
        return self.errors.split("\n")[0]


@dataclasses.dataclass(frozen=True)
class Rolefs:
    """rolefs with one set of credentials against one server; `wrapper` precedes the
    command line.
    """

    binary: str
    endpoint: str
    region: str
    keys: Keys
    home: pathlib.Path
    wrapper: tuple[str, ...] = ()
    seconds: int = SECONDS_PER_RUN

    def run(self, *arguments: str, stdin: bytes = b"") -> Done:
        """Runs rolefs against the server."""
        return self.run_plain(
            "--endpoint", self.endpoint, "--region", self.region, *arguments, stdin=stdin
        )

    def run_plain(self, *arguments: str, stdin: bytes = b"") -> Done:
        """Runs rolefs in a clean environment: no profile, no metadata service, no proxy."""
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.keys.environment(),
        }
        done = subprocess.run(
            [*self.wrapper, self.binary, *arguments],
            input=stdin,
            env=environment,
            cwd=self.home,
            capture_output=True,
            timeout=self.seconds,
            check=False,
        )
        return self.without_secrets(
            Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))
        )

    def without_secrets(self, done: Done) -> Done:
        """Checks that no output contains a secret."""
        for secret in (self.keys.secret_access_key, self.keys.session_token):
            expect(not secret or secret not in done.errors, "a secret is on stderr")
        return done

    def succeed(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Runs rolefs, which must succeed without output on stderr."""
        done = self.run(*arguments, stdin=stdin)
        expect(done.status == 0 and done.errors == "", f"rolefs {arguments}: {done}")
        return done.output

    def with_keys(self, **changes: Any) -> Rolefs:
        """Returns the same with other credentials."""
        return dataclasses.replace(self, keys=dataclasses.replace(self.keys, **changes))

"""Runs of rolefs -doctor, and what their reports have to say."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import time
from typing import Any

from harness.checks import Checks, expect
from harness.credential_runs import Done, Rolefs, Variables
from harness.servers import ROLE_BUCKET, Server

# The time to report a failure, in seconds: on an idle machine it takes a tenth.
AT_ONCE = 5.0
STEPS = [
    *("configuration", "environment", "metadata", "credentials", "endpoint", "proxy"),
    *("dns", "tcp", "tls", "clock", "signature", "region"),
    *("bucket", "list", "put", "multipart", "abort", "delete"),
]
PATH = f"s3a://{ROLE_BUCKET}/doctor/"


@dataclasses.dataclass
class Report:
    """A report, by step."""

    done: Done
    steps: dict[str, dict[str, Any]]
    failed: list[str]

    def text(self, step: str) -> str:
        """Returns the detail and the remedy of a step."""
        found = self.steps[step]
        return f"{found['detail']}; remedy: {found.get('remedy', '')}"


@dataclasses.dataclass
class Trial:
    """rolefs, the variables that lead to a server, and the counts."""

    checks: Checks
    rolefs: Rolefs
    variables: Variables = dataclasses.field(default_factory=dict)
    generic: tuple[str, ...] = ()

    def of(self, server: Server, **more: str) -> Trial:
        """Returns the same with a server and its keys."""
        here = {**server.keys.environment(), "AWS_ENDPOINT_URL_S3": server.endpoint, **more}
        return dataclasses.replace(self, variables=here)

    def with_variables(self, *without: str, **more: str) -> Trial:
        """Returns the same with other variables."""
        kept = {name: value for name, value in self.variables.items() if name not in without}
        return dataclasses.replace(self, variables={**kept, **more})

    def with_options(self, *generic: str) -> Trial:
        """Returns the same with options before the command."""
        return dataclasses.replace(self, generic=(*self.generic, *generic))

    def at_another_time(self, offset: str) -> Trial:
        """Returns the same with a clock that is off."""
        command = f"exec faketime --exclude-monotonic -f {offset} {self.rolefs.binary}"
        wrapper = pathlib.Path(self.rolefs.file(f"clock{offset}", f'#!/bin/sh\n{command} "$@"\n'))
        wrapper.chmod(0o755)
        rolefs = Rolefs(str(wrapper), self.rolefs.home)
        rolefs.secrets = self.rolefs.secrets
        return dataclasses.replace(self, rolefs=rolefs)

    def examine(self, path: str | None = PATH) -> Report:
        """Runs the doctor, and reads its report: each step once, in order."""
        arguments = (*self.generic, "-doctor", "-json", *([path] if path else []))
        done = self.rolefs.run(self.variables, *arguments)
        lines = [json.loads(line) for line in done.output.splitlines()]
        expect(bool(lines) and lines[0]["event"] == "start", f"no report: {done}")
        steps = {line["step"]: line for line in lines[1:-1]}
        expect(list(steps) == STEPS and len(lines) == len(STEPS) + 2, f"not all steps: {done}")
        failed = [step for step in STEPS if steps[step]["verdict"] == "failed"]
        skipped = [step for step in STEPS if steps[step]["verdict"] == "skipped"]
        summary = {"event": "summary", "failed": failed, "skipped": len(skipped)}
        summary["ok"] = len(STEPS) - len(failed) - len(skipped)
        expect(lines[-1] == summary, f"{lines[-1]} is not {summary}")
        expect(done.status == (1 if failed else 0), f"exit {done.status}: {failed}")
        for step in skipped:
            expect(bool(steps[step]["detail"]), f"{step} is skipped without a reason: {done}")
        return Report(done, steps, failed)

    def names(self, label: str, step: str, *words: str, path: str | None = PATH) -> None:
        """Checks that a failure is reported at once: the step that fails first, and what to do."""
        with self.checks.check(f"{label}: {step}"):
            started = time.monotonic()
            report = self.examine(path)
            took = time.monotonic() - started
            expect(report.failed[:1] == [step], f"failed: {report.failed}: {report.done}")
            text = report.text(step)
            for word in words:
                expect(word in text, f"{word!r} is not in {text!r}")
            expect(bool(report.steps[step].get("remedy")), f"no remedy: {text}")
            expect(took < AT_ONCE, f"it took {took:.1f} s")

    def is_well(self, label: str) -> None:
        """Checks that nothing fails, in both forms of the report."""
        with self.checks.check(f"{label}: all is well"):
            report = self.examine()
            expect(report.failed == [], f"failed: {report.failed}: {report.done}")
            text = self.rolefs.succeed(self.variables, *self.generic, "-doctor", PATH)
            expect(text.endswith("\nall is well\n"), text)


def expect_empty(server: Server, bucket: str) -> None:
    """Checks that no probe object and no upload is left."""
    client = server.client()
    objects = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    expect(objects == [], f"objects are left: {[each['Key'] for each in objects]}")
    uploads = client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    expect(uploads == [], f"uploads are left: {[each['Key'] for each in uploads]}")

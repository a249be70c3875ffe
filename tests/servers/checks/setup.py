#!/usr/bin/env python3
"""Checks what rolefs -setup prints, by the tools of AWS and of others, and by a server.

    setup.py ROLEFS

A shell runs the printed commands with another `aws`, which notes its arguments. The AWS CLI parses
them, and botocore validates their parameters. cfn-lint checks the template, and parliament the
policy of each set of commands. SeaweedFS gives a role the printed policy: with it the commands that
it is for work below the path, and nothing works beside it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from typing import Any

import cfnlint.decode.cfn_yaml
import parliament
from awscli.clidriver import create_clidriver

from harness.checks import Checks, expect
from harness.credential_runs import Rolefs
from harness.servers import ROLE_BUCKET, Keys, SeaweedFS, allow, program

PATHS = ("s3a://bucket/", "s3a://bucket/dir/", 's3a://bucket/it\'s a "dir"/$x *?/@POLICY@')
COMMANDS = ["put", "get", "ls", "rm", "cp", "mv", "sync", "uploads", "doctor"]
SETS = [[command] for command in COMMANDS] + [COMMANDS, ["put", "get", "ls", "doctor"]]
# Launch configurations are in maintenance mode: the template has one for those who still use them.
IGNORED = "W3697"
# In place of the AWS CLI: notes its arguments, and prints the name of an image.
NOTING = """
aws() { { printf '%s\\0' "$@"; printf '\\1\\0'; } >> notes; echo ami-0123456789abcdef0; }
"""


def printed_commands(rolefs: Rolefs, *options: str) -> list[list[str]]:
    """Returns the arguments of each printed command, as a shell passes them to `aws`."""
    script = rolefs.file("setup.sh", NOTING + rolefs.succeed({}, *options))
    notes = pathlib.Path(rolefs.file("notes", ""))
    done = subprocess.run(
        ["bash", "-eu", script], cwd=rolefs.home, capture_output=True, text=True, check=False
    )
    expect(done.returncode == 0, f"bash: {done.stderr}")
    return [command.split("\0")[:-1] for command in notes.read_text().split("\1\0")[:-1]]


def option(command: list[str], name: str) -> Any:
    """Returns the value of an option, which is JSON."""
    return json.loads(command[command.index(name) + 1])


class UnsentError(Exception):
    """The end of a command that was parsed and whose parameters are valid."""


def validates(command: list[str]) -> None:
    """Has the AWS CLI parse a command, and botocore validate its parameters. Nothing is sent."""
    driver = create_clidriver()
    valid = []

    def stop(**call: Any) -> None:
        valid.append(call["model"].name)
        raise UnsentError

    driver.session.register("before-call", stop)
    errors = io.StringIO()
    with contextlib.redirect_stdout(errors), contextlib.redirect_stderr(errors):
        try:
            driver.main(command)
        except SystemExit as exit_of:
            errors.write(f"exit {exit_of.code}")
    expect(len(valid) == 1, f"aws {command}: {errors.getvalue()}")


def commands(checks: Checks, rolefs: Rolefs) -> None:
    """Checks the commands of the AWS CLI, for plain and for odd paths."""
    for path in PATHS:
        with checks.check(f"the AWS CLI takes each command for {path}"):
            printed = printed_commands(rolefs, "-setup", path)
            expect(len(printed) == 13, f"{len(printed)} commands")
            for command in printed:
                validates(command)
            prefix = path.removeprefix("s3a://bucket/")
            prefix = prefix and prefix.removesuffix("/") + "/"
            rule = option(printed[-1], "--lifecycle-configuration")["Rules"][0]
            expect(rule["Filter"] == {"Prefix": prefix}, f"{rule}")
            escaped = "".join(f"${{{c}}}" if c in "*?$" else c for c in prefix)
            statements = option(printed[1], "--policy-document")["Statement"]
            objects = next(each for each in statements if each["Sid"] == "Objects")
            expect(objects["Resource"] == f"arn:aws:s3:::bucket/{escaped}*", f"{objects}")


def policies(checks: Checks, rolefs: Rolefs) -> None:
    """Checks the policy of each set of commands by parliament, and that both forms have it."""
    for wanted in SETS:
        with checks.check(f"parliament finds nothing in the policy of {','.join(wanted)}"):
            arguments = ("-setup", "--commands", ",".join(wanted))
            printed = printed_commands(rolefs, *arguments, PATHS[1])
            policy = option(printed[1], "--policy-document")
            found = parliament.analyze_policy_string(json.dumps(policy)).findings
            expect(not found, f"{[str(finding) for finding in found]}: {policy}")
            text = rolefs.succeed({}, *arguments, "--format", "cloudformation", PATHS[1])
            role = cfnlint.decode.cfn_yaml.loads(text)["Resources"]["Role"]["Properties"]
            expect(role["Policies"][0]["PolicyDocument"] == policy, "the template has another one")


def templates(checks: Checks, rolefs: Rolefs) -> None:
    """Checks the template by cfn-lint, in several partitions."""
    for region, path in (
        ("us-east-1", PATHS[0]),
        ("us-east-1", PATHS[2]),
        ("cn-north-1", PATHS[1]),
    ):
        with checks.check(f"cfn-lint finds nothing in the template for {path} in {region}"):
            options = ("--region", region, "-setup", "--format", "cloudformation")
            template = rolefs.file("setup.yaml", rolefs.succeed({}, *options, path))
            linter = [program("cfn-lint"), "--ignore-checks", IGNORED, "--regions", region]
            done = subprocess.run(
                [*linter, "--", template],
                capture_output=True,
                text=True,
                check=False,
            )
            expect(done.returncode == 0, f"{done.stdout}{done.stderr}")


class SeaweedFSWithPolicy(SeaweedFS):
    """SeaweedFS whose role has a given policy."""

    policy: dict[str, Any]

    def iam(self) -> dict[str, Any]:
        """Replaces the policy of the role."""
        iam = super().iam()
        statements = allow(["sts:ValidateSession"], ["*"])["Statement"]
        document = {**self.policy, "Statement": self.policy["Statement"] + statements}
        (upload,) = (each for each in iam["policies"] if each["name"] == "UploadPolicy")
        upload["document"] = document
        return iam


def enforced(checks: Checks, rolefs: Rolefs, folder: pathlib.Path) -> None:
    """Checks that the commands work with the policy, and only where it holds."""
    below = f"s3a://{ROLE_BUCKET}/dir"
    printed = printed_commands(rolefs, "-setup", "--commands", "put,get,ls,doctor", below)
    server = SeaweedFSWithPolicy(folder)
    server.policy = option(printed[1], "--policy-document")
    with server:
        server.client().create_bucket(Bucket=ROLE_BUCKET)
        server.client().put_object(Bucket=ROLE_BUCKET, Key="other/x", Body=b"x")
        variables = {**server.assume_role().environment(), "AWS_ENDPOINT_URL_S3": server.endpoint}
        source = rolefs.file("source", "content\n")
        for arguments, output in (
            (("-put", source, f"{below}/a/b"), ""),
            (("-put", "-f", source, f"{below}/a/b"), ""),
            (("-put", "-f", "--tagging", "a=b", source, f"{below}/a/b"), ""),
            (("-cat", f"{below}/a/b"), "content\n"),
            (("-ls", "-C", f"{below}/a"), f"{below}/a/b\n"),
            (("-doctor", below), None),
        ):
            with checks.check(f"the policy allows {arguments[0]}"):
                printed = rolefs.succeed(variables, *arguments)
                expect(output is None or printed == output, f"{printed!r}")
        for arguments in (
            ("-put", source, f"s3a://{ROLE_BUCKET}/other/y"),
            ("-cat", f"s3a://{ROLE_BUCKET}/other/x"),
            ("-rm", "-skipTrash", f"{below}/a/b"),
            ("-doctor", f"s3a://{ROLE_BUCKET}/other/"),
        ):
            with checks.check(f"the policy denies {arguments[0]} {arguments[-1]}"):
                done = rolefs.run(variables, *arguments)
                expect(done.status == 1, f"{done}")
                expect("AccessDenied" in done.errors + done.output, f"{done}")


def main() -> int:
    """Runs all checks."""
    started = time.monotonic()
    checks = Checks()
    # What the AWS CLI needs before it validates a command.
    os.environ.update(AWS_DEFAULT_REGION="us-east-1", **Keys("AKIDEXAMPLE", "none").environment())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rolefs = Rolefs(str(pathlib.Path(sys.argv[1]).resolve()), folder)
        commands(checks, rolefs)
        policies(checks, rolefs)
        templates(checks, rolefs)
        enforced(checks, rolefs, folder)
    print(f"{checks.passed} passed, {checks.failed} failed, {time.monotonic() - started:.0f} s")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

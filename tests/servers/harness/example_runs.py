"""The example programs of rolesig and rolesig-std, and the objects they leave on servers."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import subprocess
from typing import Any
from xml.etree import ElementTree

from harness.checks import expect
from harness.sandbox_process import BUCKET
from harness.servers import BIND, Keys, Ministack, Sandbox, Server, allow

ACCOUNT = "000000000000"
SECONDS_PER_RUN = 60
Variables = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Examples:
    """The programs, and the home in which they run."""

    folder: pathlib.Path
    home: pathlib.Path

    def run(self, name: str, variables: Variables, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs a program with only these variables. It may print no secret access key."""
        done = subprocess.run(
            [self.folder / name, *words],
            env=environment(self.home, variables),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS_PER_RUN,
            check=False,
        )
        secret = variables.get("AWS_SECRET_ACCESS_KEY")
        expect(not secret or secret not in done.stdout + done.stderr, "it prints the secret")
        return done

    def succeed(self, name: str, variables: Variables, *words: str) -> str:
        """Runs a program, which must succeed, and returns its output."""
        done = self.run(name, variables, *words)
        expect(done.returncode == 0, f"exit {done.returncode}, printed {done.stderr[-1000:]!r}")
        return done.stdout

    def refused(self, error: str, name: str, variables: Variables, *words: str) -> None:
        """Runs a program, which must fail and say this."""
        done = self.run(name, variables, *words)
        expect(done.returncode == 1 and error in done.stderr, f"{done.returncode} {done.stderr!r}")


def environment(home: pathlib.Path, variables: Variables) -> Variables:
    """Returns an environment with these variables, and a metadata service only if they name one."""
    base = {"HOME": str(home), "PATH": os.environ.get("PATH", os.defpath), "NO_PROXY": "*"}
    if "AWS_EC2_METADATA_SERVICE_ENDPOINT" not in variables:
        base["AWS_EC2_METADATA_DISABLED"] = "true"
    return {**base, **variables}


def here(server: Server, keys: Keys | None) -> Variables:
    """Returns the variables by which a program finds a server, and keys if it has any."""
    found = {"AWS_REGION": server.region, "AWS_ENDPOINT_URL": server.endpoint}
    return {**found, **(keys.environment() if keys else {})}


def with_wrong_secret(keys: Keys) -> Keys:
    """Returns keys of which the server knows another secret."""
    return dataclasses.replace(keys, secret_access_key=keys.secret_access_key[::-1])


def listed(text: str | bytes) -> list[str]:
    """Returns the keys of a listing."""
    return [found.text or "" for found in ElementTree.fromstring(text).iterfind(".//{*}Key")]


def stored(server: Server, bucket: str, key: str) -> bytes:
    """Returns an object as boto3 reads it."""
    return server.client().get_object(Bucket=bucket, Key=key)["Body"].read()


class WebHandler(Server):
    """The web handler, on a role that it gets from a metadata service."""

    name = "web_handler"

    def __init__(self, scratch: pathlib.Path, examples: Examples, behind: Sandbox) -> None:
        super().__init__(scratch)
        self.examples, self.behind = examples, behind

    def start(self) -> None:
        """Starts the process."""
        metadata = {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.behind.metadata,
            "AWS_EC2_METADATA_DISABLED": "false",
        }
        variables = environment(self.examples.home, {**here(self.behind, None), **metadata})
        command = [str(self.examples.folder / self.name), f"{BIND}:0", BUCKET]
        self.run(self.name, command, variables)

    def not_ready(self) -> str | None:
        """Reads the address, and returns why it is missing."""
        found = re.search(r"listening on (\S+)\n", (self.folder / f"{self.name}.log").read_text())
        self.endpoint = f"http://{found[1]}" if found else ""
        return None if found else "it does not listen"


def create_roles(server: Ministack, policies: dict[str, dict[str, Any]]) -> Keys:
    """Creates roles with these policies; returns the keys of a user who can assume them."""
    iam = server.client("iam")
    trust = json.dumps(allow(["sts:AssumeRole"], [], Principal={"AWS": "*"}))
    for name, policy in policies.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    policy = json.dumps(allow(["sts:AssumeRole"], [role_arn(name) for name in policies]))
    iam.create_user(UserName="user")
    iam.put_user_policy(UserName="user", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="user")["AccessKey"]
    return Keys(key["AccessKeyId"], key["SecretAccessKey"])


def role_arn(name: str) -> str:
    """Returns the ARN of a role."""
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"

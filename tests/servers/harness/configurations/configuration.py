"""A configuration of environment and files, and its parts.

`<fake>`, `<sandbox>` and `<ministack>` are URLs, `<home>` is the home directory, and `<print>` is a
program that prints the file that is its argument.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json

from harness.fakes import ACCOUNT, EXPIRES

REGION = "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role"
LOGIN_FILE = ".aws/sso/cache/{}.json"
START_URL = "https://example.awsapps.com/start"
PAST = "2001-02-03T04:05:06Z"


@dataclasses.dataclass(frozen=True)
class Configuration:
    """A configuration."""

    name: str
    environment: dict[str, str | None] = dataclasses.field(default_factory=dict)
    config: str | None = None
    credentials: str | None = None
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    # Named explicitly: by --profile, and by Session(profile=…).
    profile: str | None = None
    # New credentials for each client: only their kind can be compared.
    is_random: bool = False


def lines(section: str, settings: dict[str, str]) -> str:
    """Returns a section of a file."""
    return "".join([f"[{section}]\n", *(f"{name} = {value}\n" for name, value in settings.items())])


def keys(name: str, **more: str) -> dict[str, str]:
    """Returns a profile's settings for keys."""
    return {"aws_access_key_id": f"AKIA{name}", "aws_secret_access_key": f"secret/{name}+", **more}


def env_keys(name: str = "ENV", **more: str) -> dict[str, str]:
    """Returns the environment's variables for keys."""
    return {"AWS_ACCESS_KEY_ID": f"AKIA{name}", "AWS_SECRET_ACCESS_KEY": f"secret/{name}+", **more}


def role(name: str, **more: str) -> dict[str, str]:
    """Returns a profile's settings for a role."""
    return {"role_arn": f"{ROLE}/{name}", **more}


def document(**changes: object) -> str:
    """Returns the output of a credential_process."""
    whole = {"Version": 1, "AccessKeyId": "ASIAPROC", "SecretAccessKey": "s+/=", **changes}
    return json.dumps({name: value for name, value in whole.items() if value is not ...})


def sso_legacy() -> dict[str, str]:
    """Returns a profile without a session."""
    return {
        "sso_start_url": START_URL,
        "sso_region": "eu-central-1",
        "sso_account_id": ACCOUNT,
        "sso_role_name": "R",
    }


def login(name: str, **changes: object) -> dict[str, str]:
    """Returns the file that `aws sso login` leaves."""
    whole = {
        "startUrl": START_URL,
        "region": "eu-central-1",
        "accessToken": "good-login",
        "expiresAt": EXPIRES,
        **changes,
    }
    return {LOGIN_FILE.format(hashlib.sha1(name.encode()).hexdigest()): json.dumps(whole)}

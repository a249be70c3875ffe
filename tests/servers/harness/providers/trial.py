"""rolefs with the credentials of one server, and the profiles that lead to them."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import time
from typing import Any

from harness.checks import Checks, expect
from harness.credential_runs import Rolefs, Variables
from harness.credential_servers import caller_of
from harness.servers import ROLE_BUCKET, Keys, Server


def seconds_left(document: dict[str, Any]) -> float:
    """Returns the seconds until credentials expire."""
    expires = datetime.datetime.fromisoformat(document["Expiration"])
    return (expires - datetime.datetime.now(datetime.UTC)).total_seconds()


@dataclasses.dataclass
class Trial:
    """rolefs, one server, and the counts."""

    rolefs: Rolefs
    server: Server
    checks: Checks

    def check(self, label: str) -> contextlib.AbstractContextManager[None]:
        """Starts a check with the server's name."""
        return self.checks.check(f"{self.server.name}: {label}")

    def variables(self, **more: str) -> Variables:
        """Returns the variables for the server's services, and these."""
        here = {
            "AWS_ENDPOINT_URL_STS": self.server.endpoint,
            "AWS_ENDPOINT_URL_S3": self.server.endpoint,
        }
        return {**here, **more}

    def profile(self, config: str) -> Variables:
        """Returns the same with a config file."""
        return self.variables(AWS_CONFIG_FILE=self.rolefs.file("config", config))

    def works(self, variables: Variables, role_arn: str, source: str, *before: str) -> None:
        """Checks credentials of the role with STS, S3 and boto3."""
        document = self.rolefs.credentials(variables, *before)
        expect(document["Source"] == source, f"from {document['Source']}")
        expect(3000 < seconds_left(document) < 3700, f"expires at {document['Expiration']}")
        keys = Keys(document["AccessKeyId"], document["SecretAccessKey"], document["SessionToken"])
        role = role_arn.rpartition("/")[2]
        theirs = caller_of(self.server, keys)
        expect(f"assumed-role/{role}/" in theirs["Arn"], f"to boto3 they are {theirs['Arn']}")
        arguments = (*before, "-whoami", "--format", "json")
        ours = json.loads(self.rolefs.succeed(variables, *arguments))
        expect(
            set(ours) == {"UserId", "Account", "Arn"} and f"assumed-role/{role}/" in ours["Arn"],
            f"they are {ours}",
        )
        self.stores(variables, *before)

    def stores(self, variables: Variables, *before: str) -> None:
        """Checks that an object that they put can be read."""
        text = f"{time.time()}\n"
        path = self.rolefs.file("text", text)
        url = f"s3a://{ROLE_BUCKET}/text"
        self.rolefs.succeed(variables, *before, "-put", "-f", path, url)
        expect(
            self.rolefs.succeed(variables, *before, "-cat", url) == text, "another text was stored"
        )


def keys_of(name: str, keys: Keys) -> str:
    """Returns a profile with keys."""
    section = f"[profile {name}]\naws_access_key_id = {keys.access_key_id}\n"
    return f"{section}aws_secret_access_key = {keys.secret_access_key}\n"


def role_of(name: str, role_arn: str, settings: str) -> str:
    """Returns a profile with a role."""
    return f"[{name}]\nrole_arn = {role_arn}\n{settings}\n"

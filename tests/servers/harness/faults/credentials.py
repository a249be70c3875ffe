"""The sources of rolefs's credentials in a run, some of which change."""

from __future__ import annotations

import json
import pathlib
import shlex

from harness.faults.proxy import PASS, Act, Fault, Head
from harness.faults.runs import Run, error_response
from harness.servers import Keys

EXPIRES = "2037-05-06T07:08:09Z"
ROLE = "/latest/meta-data/iam/security-credentials/"


def document(keys: Keys, **more: object) -> str:
    """Returns the document of all providers, with this name for the token."""
    token = {"SessionToken": keys.session_token, "Token": keys.session_token}
    given = {"AccessKeyId": keys.access_key_id, "SecretAccessKey": keys.secret_access_key, **token}
    return json.dumps({**given, "Expiration": EXPIRES, **more})


class Source:
    """The environment, with one set of credentials."""

    def __init__(self, run: Run, keys: list[Keys], home: pathlib.Path) -> None:
        self.run, self.keys, self.home = run, keys, home

    def current(self) -> Keys:
        """Returns the current credentials."""
        return self.keys[1 if self.run.is_rejected() else 0]

    def environment(self, endpoint: str) -> dict[str, str]:
        """Returns the environment of rolefs."""
        return self.keys[0].environment()

    def local(self, request: Head) -> bytes | None:
        """Answers requests for credentials."""
        return None


class Process(Source):
    """A `credential_process`, which gives another set at its second start."""

    def environment(self, endpoint: str) -> dict[str, str]:
        """Returns an environment with a profile that names a script."""
        for number, keys in enumerate(self.keys):
            (self.home / f"{number}.json").write_text(document(keys, Version=1))
        script = self.home / "credentials"
        script.write_text(f"cd {shlex.quote(str(self.home))}\ncat 0.json && cp 1.json 0.json\n")
        config = self.home / "config"
        config.write_text(f"[default]\ncredential_process = sh {script}\n")
        return {"AWS_CONFIG_FILE": str(config)}


class Endpoint(Source):
    """A container's endpoint, or the instance metadata service; processes share a file of
    rolefs.
    """

    def environment(self, endpoint: str) -> dict[str, str]:
        """Returns an environment in which the proxy is the endpoint."""
        if self.run.source == "instance":
            return {
                "AWS_EC2_METADATA_DISABLED": "false",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint,
            }
        shared = (
            {"ROLEFS_CREDENTIALS_CACHE": str(self.home / "shared")}
            if self.run.source == "shared"
            else {}
        )
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{endpoint}/credentials", **shared}

    def local(self, request: Head) -> bytes | None:
        """Answers as IMDSv2, and at the container's one path."""
        path, fields = request.first[1], ""
        if path == "/latest/api/token":
            text, fields = "token", "X-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"
        elif path == ROLE:
            text = "role"
        elif path in (ROLE + "role", "/credentials"):
            text = document(
                self.current(), Code="Success", Type="AWS-HMAC", LastUpdated="2025-01-01T00:00:00Z"
            )
        elif path.startswith("/latest/"):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        else:
            return None
        return f"HTTP/1.1 200 OK\r\n{fields}Content-Length: {len(text)}\r\n\r\n{text}".encode()


def expire_key(run: Run, allowed: int, key_id: str) -> Fault:
    """Expires the requests that this key signs, after some requests."""
    count, rejected = 0, False

    def fault(request: Head) -> Act:
        nonlocal count, rejected
        count += 1
        if count <= allowed or f"Credential={key_id}/" not in request.fields.get(
            "authorization", ""
        ):
            return PASS
        rejected = True
        return Act(response=error_response(400, "ExpiredToken", request))

    run.is_rejected = lambda: rejected
    return fault


def source_of(run: Run, keys: list[Keys], home: pathlib.Path) -> Source:
    """Returns the source that the run names, and has the proxy refuse expired credentials."""
    if run.source != "environment":
        run.fault = expire_key(run, run.draw.randrange(len(run.stages())), keys[0].access_key_id)
    kinds: dict[str, type[Source]] = {"process": Process}
    kinds |= {"container": Endpoint, "instance": Endpoint, "shared": Endpoint}
    return kinds.get(run.source, Source)(run, keys, home)

"""The sandbox of rolefs: s3s-fs, and a metadata service that gives the only accepted
credentials.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import urllib.error
import urllib.request

from harness.servers.server import Keys, Server

TOKEN = "X-aws-ec2-metadata-token"
ROLES = "/latest/meta-data/iam/security-credentials/"
LIFETIME_SECONDS = 12 * 60 * 60


class Sandbox(Server):
    """The example `sandbox` of rolefs. Its S3 is s3s-fs, which stores an object as a file of the
    key's name.
    """

    name = "s3s-fs"

    def __init__(self, scratch: pathlib.Path, example: str) -> None:
        super().__init__(scratch)
        self.example = example
        self.metadata = ""

    def start(self) -> None:
        """Starts the process, which ends with its standard input."""
        command = [self.example, str(self.folder / "objects"), str(LIFETIME_SECONDS)]
        (self.folder / "objects").mkdir()
        self.run("sandbox", command, {"AWS_EC2_METADATA_DISABLED": "true"}, stdin=subprocess.PIPE)

    def not_ready(self) -> str | None:
        """Reads the endpoints of the two services, and returns why one does not answer."""
        lines = (self.folder / "sandbox.log").read_text().splitlines()
        if len(lines) < 2:
            return "it has not printed its endpoints"
        self.metadata, self.endpoint = (line.split()[1] for line in lines[:2])
        try:
            self.keys = self.role()
        except (urllib.error.URLError, OSError) as error:
            return str(error)
        return super().not_ready()

    def role(self) -> Keys:
        """Returns the credentials of its role."""
        token = self.ask("/latest/api/token", "PUT", {f"{TOKEN}-ttl-seconds": "60"})
        name = self.ask(ROLES, "GET", {TOKEN: token})
        document = json.loads(self.ask(f"{ROLES}{name}", "GET", {TOKEN: token}))
        return Keys(document["AccessKeyId"], document["SecretAccessKey"], document["Token"])

    def ask(self, path: str, method: str, headers: dict[str, str]) -> str:
        """Returns the response of the metadata service."""
        request = urllib.request.Request(self.metadata + path, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read().decode()

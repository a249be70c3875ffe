"""rolefs in a company's network: a proxy with a password, and a private authority."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import tempfile
import time
import urllib.parse
from collections.abc import Iterator

from harness.certificates import Authority
from harness.checks import Checks, expect
from harness.credential_runs import Done, Rolefs, Variables
from harness.servers import BIND, ROLE_ARN, ROLE_BUCKET, SeaweedFS, Squid, free_ports
from harness.servers.proxies import PASSWORD, USER

S3_NAME, STS_NAME = "s3.internal.test", "sts.internal.test"
NAMES = f"DNS:{S3_NAME},DNS:{STS_NAME},DNS:localhost,IP:{BIND}"
AT_ONCE = 1.0  # seconds
QUOTED = f"{USER}:{urllib.parse.quote(PASSWORD, safe='')}"
CONTENT = os.urandom(300_000)


class SeaweedFSOverTls(SeaweedFS):
    """SeaweedFS that also speaks TLS, on `tls_port`."""

    tls_port = 0

    def __init__(self, scratch: pathlib.Path, certificate: pathlib.Path, key: pathlib.Path) -> None:
        super().__init__(scratch)
        self.certificate, self.key = certificate, key

    def more_options(self) -> list[str]:
        """Adds the options for TLS."""
        (self.tls_port,) = free_ports(1)
        return [
            f"-s3.port.https={self.tls_port}",
            f"-s3.cert.file={self.certificate}",
            f"-s3.key.file={self.key}",
        ]


@contextlib.contextmanager
def scratch_folder() -> Iterator[pathlib.Path]:
    """Creates a folder that squid, which has another user, can enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        yield folder


@dataclasses.dataclass
class Trial:
    """The shared parts of the checks."""

    checks: Checks
    rolefs: Rolefs
    server: SeaweedFSOverTls
    squid: Squid
    authority: Authority
    folder: pathlib.Path

    def run(self, variables: Variables, *arguments: str) -> tuple[Done, float]:
        """Runs rolefs with the assumer's keys, and returns the time it took."""
        port = self.server.tls_port
        here = {
            **self.server.keys.environment(),
            "AWS_ENDPOINT_URL_S3": f"https://{S3_NAME}:{port}",
            "AWS_ENDPOINT_URL_STS": f"https://{STS_NAME}:{port}",
        }
        started = time.monotonic()
        done = self.rolefs.run({**here, **variables}, *arguments)
        return done, time.monotonic() - started

    def works(self, variables: Variables, *generic: str) -> None:
        """Checks put, get, -whoami and AssumeRole."""
        source, target = self.folder / "source", self.folder / "target"
        source.write_bytes(CONTENT)
        target.unlink(missing_ok=True)
        key = f"s3a://{ROLE_BUCKET}/network/{len(self.squid.lines())}"
        profile = {"AWS_CONFIG_FILE": self.role_file(variables), "AWS_PROFILE": "role"}
        for more, arguments in (
            ({}, ("-put", "-f", str(source), key)),
            ({}, ("-get", key, str(target))),
            ({}, ("-whoami",)),
            (profile, ("-credentials", "--format", "json")),
            (profile, ("-ls", key)),
        ):
            mine = {name: value for name, value in variables.items() if name != "config"}
            done, _ = self.run({**mine, **more}, *generic, *arguments)
            expect(done.status == 0, f"rolefs {arguments}: {done}")
        expect(target.read_bytes() == CONTENT, "the bytes read back differ")

    def role_file(self, variables: Variables) -> str:
        """Writes a config file with a role, and the settings that the variables require in its
        profile.
        """
        keys = self.server.assumer
        text = (
            f"[default]\n{variables.get('config', '')}\n[profile role]\nrole_arn = "
            f"{ROLE_ARN}\nsource_profile = user\n"
            f"{variables.get('config', '')}\n[profile user]\naws_access_key_id = "
            f"{keys.access_key_id}\n"
            f"aws_secret_access_key = {keys.secret_access_key}\n"
        )
        return self.rolefs.file("role-config", text)

    def check_end(self, variables: Variables, *parts: str, generic: tuple[str, ...] = ()) -> None:
        """Checks that S3 and STS each end at once, with these words, and without the password."""
        for arguments in (("-ls", f"s3a://{ROLE_BUCKET}/"), ("-whoami",)):
            done, took = self.run(variables, *generic, *arguments)
            expect(done.status == 1, f"{arguments}: {done}")
            expect(took < AT_ONCE, f"{arguments}: it took {took:.1f} s: {done}")
            for part in parts:
                expect(part in done.errors, f"{arguments}: {part!r} is not in {done.errors!r}")
            for secret in (PASSWORD, urllib.parse.quote(PASSWORD, safe=""), "wr0ng"):
                expect(secret not in done.errors + done.output, f"{arguments}: a password is shown")

    def proxy(self, user: str = QUOTED) -> str:
        """Returns the URL of squid."""
        return (
            f"http://{user}@{BIND}:{self.squid.port}"
            if user
            else f"http://{BIND}:{self.squid.port}"
        )

    def trusted(self) -> Variables:
        """Returns the right certificates."""
        return {"AWS_CA_BUNDLE": str(self.authority.certificate)}


def at(url: str) -> Variables:
    """Returns the settings of S3 and STS at one URL."""
    return {"AWS_ENDPOINT_URL_S3": url, "AWS_ENDPOINT_URL_STS": url}

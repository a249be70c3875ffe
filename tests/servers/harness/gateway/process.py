"""The example `gateway` as a process in front of another server."""

from __future__ import annotations

import pathlib
import re
import time

from harness.servers import BIND, Keys, Server, ServerError
from harness.servers.server import START_SECONDS

PERMANENT = Keys("AKIDGATEWAYPERMANENT", "secretOfThePermanentKey/0123456789abcdef")
TEMPORARY = Keys("ASIAGATEWAYTEMPORARY", "secretOfTheTemporaryKey/0123456789abcdef", "t0ken+/==")


class Gateway(Server):
    """The gateway, with its own two keys; the server behind it knows neither."""

    name = "gateway"
    keys = PERMANENT

    def __init__(
        self, scratch: pathlib.Path, binary: str, behind: Server, role: Keys, *host: str
    ) -> None:
        super().__init__(scratch)
        self.binary, self.behind, self.role, self.host = binary, behind, role, host
        self.region = behind.region

    def start(self) -> None:
        """Writes the keys, and starts the process."""
        keys = self.folder / "keys"
        lines = (
            f"{key.access_key_id} {key.secret_access_key} {key.session_token or ''}\n"
            for key in (PERMANENT, TEMPORARY)
        )
        keys.write_text("".join(lines))
        command = [self.binary, f"{BIND}:0", str(keys), *self.host]
        environment = {
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.behind.endpoint,
            "AWS_REGION": self.region,
            **self.role.environment(),
        }
        self.run("gateway", command, environment)
        self.endpoint = f"http://{self.address()}"

    def not_ready(self) -> str | None:
        """Returns why a request fails, unless another host was given: boto3 names the address."""
        return None if self.host else super().not_ready()

    def address(self) -> str:
        """Returns the address that the process prints once it listens."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            text = (self.folder / "gateway.log").read_text()
            if found := re.search(r"listening on (\S+)\n", text):
                return found[1]
            time.sleep(0.05)
        raise ServerError("gateway: it does not listen")

    def peak_kib(self) -> int:
        """Returns the most memory that the process has had."""
        ((_, process),) = self.processes
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1])

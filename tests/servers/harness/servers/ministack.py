"""ministack, which runs many services in one process."""

from __future__ import annotations

import urllib.error
import urllib.request

from harness.servers.server import BIND, Keys, Server, free_ports, program


class Ministack(Server):
    """ministack: STS, a metadata service that requires a token, and a container's endpoint, on one
    port.
    """

    name = "ministack"
    # Its administrator, whose signature it does not check.
    keys = Keys("test", "test")

    def start(self) -> None:
        """Starts the process."""
        port = free_ports(1)[0]
        settings = {
            "BIND_HOST": BIND,
            "GATEWAY_PORT": str(port),
            "MINISTACK_IMDS_V2_REQUIRED": "1",
            "AUTH": "true",
        }
        self.run("ministack", [program("ministack")], settings)
        self.endpoint = f"http://{BIND}:{port}"

    def not_ready(self) -> str | None:
        """Returns why it gives no metadata token."""
        headers = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
        request = urllib.request.Request(
            f"{self.endpoint}/latest/api/token", method="PUT", headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=5):
                return None
        except (urllib.error.URLError, OSError) as error:
            return str(error)

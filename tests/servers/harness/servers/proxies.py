"""Real proxies with a password: squid and tinyproxy, from Debian."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess

from harness.servers.server import BIND, Server, free_ports

NCSA = "/usr/lib/squid/basic_ncsa_auth"
USER = "uploader"
# With every kind of character that has a meaning in a URL.
PASSWORD = "pr0xy:p@ss/w%rd?#"


class Proxy(Server):
    """A proxy; `lines` is its log."""

    log = ""
    port = 0

    def not_ready(self) -> str | None:
        """Returns why nothing listens."""
        try:
            socket.create_connection((BIND, self.port), timeout=5).close()
        except OSError as error:
            return str(error)
        return None

    def lines(self) -> list[str]:
        """Returns the log."""
        path = self.folder / self.log
        return path.read_text(errors="replace").splitlines() if path.exists() else []


class Squid(Proxy):
    """squid, which requires user and password, and resolves `names` that nothing else resolves."""

    name = "squid"
    log = "access.log"

    def __init__(
        self, scratch: pathlib.Path, names: list[str], tls: tuple[pathlib.Path, pathlib.Path]
    ) -> None:
        super().__init__(scratch)
        self.names, self.tls = names, tls
        self.tls_port = 0

    def start(self) -> None:
        """Writes the files and starts the process."""
        self.port, self.tls_port = free_ports(2)
        self.folder.chmod(0o777)  # the proxy can run as another user
        users = subprocess.run(
            ["htpasswd", "-nbB", USER, PASSWORD], check=True, capture_output=True, text=True
        )
        (self.folder / "users").write_text(users.stdout)
        (self.folder / "hosts").write_text("".join(f"{BIND} {name}\n" for name in self.names))
        certificate, key = self.tls
        for source, name in ((certificate, "tls.pem"), (key, "tls.key")):
            (self.folder / name).write_bytes(source.read_bytes())
        (self.folder / "squid.conf").write_text(
            f"""http_port {BIND}:{self.port}
https_port {BIND}:{self.tls_port} tls-cert={self.folder}/tls.pem tls-key={self.folder}/tls.key
hosts_file {self.folder}/hosts
auth_param basic program {NCSA} {self.folder}/users
auth_param basic credentialsttl 1 hour
acl people proxy_auth REQUIRED
acl forbidden dstdomain forbidden.test
http_access deny forbidden
http_access allow people
http_access deny all
access_log stdio:{self.folder}/access.log squid
cache_log {self.folder}/cache.log
pid_filename {self.folder}/squid.pid
coredump_dir {self.folder}
cache deny all
shutdown_lifetime 0 seconds
buffered_logs off
"""
        )
        self.run(
            "squid", ["squid", "-N", "-f", str(self.folder / "squid.conf")], {"PATH": system_path()}
        )

    def tunnels(self, since: int = 0) -> list[str]:
        """Returns the hosts and ports of the tunnels that it allowed our user."""
        words = [line.split() for line in self.lines()[since:]]
        return [
            word[6]
            for word in words
            if word[5] == "CONNECT" and word[3] == "TCP_TUNNEL/200" and word[7] == USER
        ]


class Tinyproxy(Proxy):
    """tinyproxy, which answers CONNECT as HTTP/1.0."""

    name = "tinyproxy"
    log = "tinyproxy.log"

    def start(self) -> None:
        """Writes the file and starts the process."""
        (self.port,) = free_ports(1)
        (self.folder / "tinyproxy.conf").write_text(
            f"Port {self.port}\nListen {BIND}\nTimeout 60\nLogLevel Connect\nBasicAuth {USER} "
            "plain\n"
        )
        self.run(
            "tinyproxy",
            ["tinyproxy", "-d", "-c", str(self.folder / "tinyproxy.conf")],
            {"PATH": system_path()},
        )


def system_path() -> str:
    """Returns a PATH that contains Debian's folders for servers."""
    return os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"

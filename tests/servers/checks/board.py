#!/usr/bin/env python3
"""Checks that a device without a key, a clock or much memory puts its log on real S3 servers.

    board.py FOLDER SANDBOX

FOLDER has the programs `device` and `nal` of benches/firmware, built with the feature `emulated`,
and SANDBOX is the example `sandbox` of rolefs. QEMU runs a program as a Cortex-M4, whose two serial
ports are connections to the metadata service and to S3. boto3 reads the log, which is compared with
one that is computed here. `nal` fetches credentials only, by asynchronous functions.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import email.utils
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator

from harness.checks import Checks, expect
from harness.servers import BIND, Keys, Sandbox, SeaweedFS, Server, Swift

BUCKET, KEY, LENGTH = "sandbox", "logs/device-0001.csv", 200_000
EMULATOR = ["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none"]
EMULATOR += ["-semihosting-config", "enable=on,target=native"]
SECONDS_PER_RUN = 120


def log() -> bytes:
    """Returns the sensor log, as `sensor_line` in device.rs makes it."""
    lines = []
    for number in range(LENGTH // 16):
        shown = number * 2_654_435_761 % 2**32 >> 16
        lines.append(f"{number:08},{shown // 100:03}.{shown % 100:02}\n")
    return "".join(lines).encode()


def run(device: str, metadata: str, s3: str) -> tuple[int, str]:
    """Runs the board, and returns its exit status and its output."""
    ports = [f"tcp:{endpoint.removeprefix('http://')}" for endpoint in (metadata, s3)]
    serial = [argument for port in ports for argument in ("-serial", port)]
    done = subprocess.run(
        [*EMULATOR, *serial, "-kernel", device],
        capture_output=True,
        timeout=SECONDS_PER_RUN,
        check=False,
    )
    return done.returncode, done.stderr.decode(errors="replace")


class MetadataService(http.server.BaseHTTPRequestHandler):
    """IMDSv2 for one role, without its checks: sandbox.py covers those."""

    protocol_version = "HTTP/1.1"
    keys: Keys
    ahead = 0
    sends_date = True

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Returns the time, which is wrong in some runs."""
        now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=self.ahead)
        return email.utils.format_datetime(now, usegmt=True)

    def respond(self, text: str) -> None:
        """Sends a 200."""
        self.send_response_only(200)
        if self.sends_date:
            self.send_header("Date", self.date_time_string())
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self) -> None:
        """Sends the metadata token."""
        self.respond("metadata-token")

    def do_GET(self) -> None:
        """Sends the role's name, or its document."""
        document = {
            "Code": "Success",
            "AccessKeyId": self.keys.access_key_id,
            "SecretAccessKey": self.keys.secret_access_key,
            "Token": self.keys.session_token or "none",
            "Expiration": "2037-05-06T07:08:09Z",
        }
        self.respond("role" if self.path.endswith("/") else json.dumps(document))


@contextlib.contextmanager
def serve_credentials(keys: Keys, ahead: int = 0, sends_date: bool = True) -> Iterator[str]:
    """Starts a metadata service with these credentials, whose clock is ahead by some seconds."""
    handler = type(
        "Handler", (MetadataService,), {"keys": keys, "ahead": ahead, "sends_date": sends_date}
    )
    with http.server.ThreadingHTTPServer((BIND, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{BIND}:{server.server_port}"
        finally:
            server.shutdown()


def with_other_letter(text: str | None) -> str:
    """Returns the text with another letter in the middle."""
    text = text or ""
    middle = len(text) // 2
    return text[:middle] + ("a" if text[middle] != "a" else "b") + text[middle + 1 :]


def refused(device: str, metadata: str, s3: str, reason: str) -> None:
    """Checks that the device reports why it could not put its log."""
    status, output = run(device, metadata, s3)
    expect(
        status == 1 and reason in output, f"exit {status}, printed {output!r} instead of {reason}"
    )


def check_sandbox(device: str, scratch: pathlib.Path, binary: str, checks: Checks) -> None:
    """Checks the sandbox's own metadata service, and one that alters its credentials."""
    with Sandbox(scratch, binary) as server:
        stored = server.folder / "objects" / BUCKET / KEY
        keys, s3 = server.keys, server.endpoint
        wrong_token = dataclasses.replace(keys, session_token=with_other_letter(keys.session_token))
        with (
            checks.check("sandbox: a letter of the session token altered"),
            serve_credentials(wrong_token) as other,
        ):
            refused(device, other, s3, "<Code>InvalidToken</Code>")
            expect(not stored.exists(), "it was stored nevertheless")
        with (
            checks.check("sandbox: a clock 20 minutes off"),
            serve_credentials(keys, ahead=1200) as other,
        ):
            refused(device, other, s3, "<Code>RequestTimeTooSkewed</Code>")
        with (
            checks.check("sandbox: no server sends the time"),
            serve_credentials(keys, sends_date=False) as other,
        ):
            refused(device, other, s3, "the metadata service did not say the time")
        with checks.check("sandbox: 200,000 bytes from a memory of 64 KB"):
            status, output = run(device, server.metadata, s3)
            complaints = [line for line in output.splitlines() if not line.startswith("measured:")]
            expect(status == 0 and not complaints, f"exit {status}, printed {output!r}")
            expect(stored.read_bytes() == log(), "it differs from the log")


def check_asynchronous(nal: str, scratch: pathlib.Path, binary: str, checks: Checks) -> None:
    """Checks the program whose reads and writes give way to others until the port is ready."""
    scratch.mkdir()
    with Sandbox(scratch, binary) as server:
        with checks.check("sandbox: credentials over an asynchronous stack"):
            status, output = run(nal, server.metadata, server.endpoint)
            expect(status == 0, f"exit {status}, printed {output!r}")
        with checks.check("sandbox: an asynchronous stack with S3 for a metadata service"):
            status, output = run(nal, server.endpoint, server.metadata)
            expect(status == 1, f"exit {status}, printed {output!r}")


def check_server(device: str, server: Server, keys: Keys, checks: Checks) -> None:
    """Checks a server of others."""
    client = server.client()
    client.create_bucket(Bucket=BUCKET)
    wrong_secret = dataclasses.replace(
        keys, secret_access_key=with_other_letter(keys.secret_access_key)
    )
    with (
        checks.check(f"{server.name}: a letter of the secret altered"),
        serve_credentials(wrong_secret) as metadata,
    ):
        refused(device, metadata, server.endpoint, "<Code>SignatureDoesNotMatch</Code>")
    with checks.check(f"{server.name}: 200,000 bytes"), serve_credentials(keys) as metadata:
        status, output = run(device, metadata, server.endpoint)
        expect(status == 0, f"exit {status}, printed {output!r}")
        expect(
            client.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == log(),
            "it differs from the log",
        )


class SeaweedFSForDevices(SeaweedFS):
    """SeaweedFS with a role for the device's bucket."""

    bucket = BUCKET


def main() -> int:
    """Runs all checks, and returns the exit status."""
    folder, binary = sys.argv[1:]
    device, nal = (str(pathlib.Path(folder) / program) for program in ("device", "nal"))
    os.environ["NO_PROXY"] = "*"
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="board-") as scratch:
        check_sandbox(device, pathlib.Path(scratch), os.path.abspath(binary), checks)
        check_asynchronous(nal, pathlib.Path(scratch, "nal"), os.path.abspath(binary), checks)
        with checks.check("swift: runs"), Swift(pathlib.Path(scratch)) as swift:
            check_server(device, swift, swift.keys, checks)
        with checks.check("seaweedfs: runs"), SeaweedFSForDevices(pathlib.Path(scratch)) as weed:
            check_server(device, weed, weed.assume_role(), checks)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

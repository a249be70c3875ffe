#!/usr/bin/env python3
"""Measures the example gateway under load, and checks that clients that misbehave do not hurt it.

    load.py GATEWAY SANDBOX [--seconds 60] [--at-once 32]

wrk gets an object by a presigned URL, and boto3 puts and gets objects, through the gateway to the
sandbox. Prints the latencies of which 50, 99 and 99.9 % are shorter. Memory, descriptors and
threads are flat. Heads that never end are cut off while others are served, and heads that are too
long are refused.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import math
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
import urllib.parse
from collections.abc import Iterator

import boto3
from botocore.config import Config

from harness.checks import Checks, expect
from harness.gateway.process import PERMANENT, Gateway
from harness.sandbox_process import BUCKET, REGION, fetch_credentials, sandbox
from harness.servers import Keys
from harness.servers.server import ONCE
from harness.watch import Sample, describe, growth

# URLs are presigned by version 4 only if it is named.
CONFIG = ONCE.merge(Config(signature_version="s3v4"))
SHARES = (50, 99, 99.9)
KEY, BODY = "load", bytes(range(256)) * 64
SLOW, HEAD_SECONDS, LONG_HEAD = 100, 25, 64 * 1024
SCRIPT = """
function done(summary, latency)
  for _, share in ipairs({50, 99, 99.9}) do
    print(string.format("at %g: %d", share, latency:percentile(share)))
  end
  local e = summary.errors
  print("requests: " .. summary.requests)
  print("errors: " .. e.connect + e.read + e.write + e.status + e.timeout)
end
"""


class Watch:
    """Samples of a process, taken on another thread."""

    def __init__(self, pid: int, every: float) -> None:
        self.pid, self.every, self.samples = pid, every, []
        self.ended = threading.Event()

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Takes samples while the block runs."""
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            yield
        finally:
            self.ended.set()
            thread.join()

    def run(self) -> None:
        """Takes samples until the end."""
        while not self.ended.wait(self.every):
            self.samples.append(Sample.of(self.pid))


def client(endpoint: str) -> types.SimpleNamespace:
    """Returns a client of boto3 for the gateway."""
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name=REGION, config=CONFIG, **PERMANENT.boto()
    )


def latencies(name: str, shares: list[float]) -> str:
    """Describes latencies in milliseconds."""
    pairs = zip(SHARES, shares, strict=True)
    return f"{name}: " + ", ".join(f"{share:g} % in {ms:.1f} ms" for share, ms in pairs)


def check_wrk(checks: Checks, url: str, seconds: int, at_once: int, folder: pathlib.Path) -> None:
    """Gets an object by wrk."""
    with checks.check(f"wrk, {at_once} connections"):
        script = folder / "report.lua"
        script.write_text(SCRIPT)
        command = ["wrk", "-t2", f"-c{at_once}", f"-d{seconds}s", f"-s{script}", url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        shares = [int(found) / 1000 for found in re.findall(r"^at .*: (\d+)", done.stdout, re.M)]
        requests = int(re.search(r"^requests: (\d+)", done.stdout, re.M)[1])
        errors = int(re.search(r"^errors: (\d+)", done.stdout, re.M)[1])
        print(f"{latencies('wrk', shares)}; {requests / seconds:.0f} requests/s", flush=True)
        expect(requests > 0 and errors == 0, f"{errors} of {requests} requests failed")


def check_boto(checks: Checks, endpoint: str, seconds: int) -> None:
    """Puts and gets objects by boto3."""
    with checks.check("boto3, 4 threads"):
        end = time.monotonic() + seconds

        def work(number: int) -> list[float]:
            s3, taken = client(endpoint), []
            while time.monotonic() < end:
                began = time.monotonic()
                s3.put_object(Bucket=BUCKET, Key=f"{KEY}-{number}", Body=BODY)
                got = s3.get_object(Bucket=BUCKET, Key=f"{KEY}-{number}")["Body"].read()
                taken.append((time.monotonic() - began) * 1000)
                expect(got == BODY, "other bytes came back")
            return taken

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            taken = sorted(ms for one in pool.map(work, range(4)) for ms in one)
        at = [taken[min(len(taken) - 1, math.ceil(len(taken) * s / 100) - 1)] for s in SHARES]
        print(f"{latencies('boto3, a put and a get', at)}; {len(taken)} of them", flush=True)


def check_slow(checks: Checks, endpoint: str) -> None:
    """Sends heads that never end, a byte now and then, while another client is served."""
    address = urllib.parse.urlsplit(endpoint)
    label = f"{SLOW} heads that never end are cut off, and others are served"
    with checks.check(label), contextlib.ExitStack() as opened:
        place = (address.hostname, address.port)
        left = [opened.enter_context(socket.create_connection(place, 5)) for _ in range(SLOW)]
        for connection in left:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nx: ")
            connection.setblocking(False)
        s3, end = client(endpoint), time.monotonic() + HEAD_SECONDS
        while left and time.monotonic() < end:
            s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()
            left = [connection for connection in left if drips(connection)]
            time.sleep(0.5)
        expect(not left, f"{len(left)} are open after {HEAD_SECONDS} s")
    with checks.check(f"heads of {LONG_HEAD} bytes are refused"):
        for _ in range(SLOW):
            with socket.create_connection((address.hostname, address.port), 5) as connection:
                with contextlib.suppress(OSError):
                    connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nx: " + b"a" * LONG_HEAD)
                with contextlib.suppress(ConnectionResetError):
                    status = connection.recv(100)
                    expect(b" 431 " in status or not status, f"{status!r}")
        client(endpoint).get_object(Bucket=BUCKET, Key=KEY)["Body"].read()


def drips(connection: socket.socket) -> bool:
    """Sends a byte; returns whether the connection is still open."""
    try:
        connection.sendall(b"a")
        # A response, or the end.
        connection.recv(100)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def main() -> None:
    """Runs all checks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gateway", type=os.path.abspath)
    parser.add_argument("sandbox", type=os.path.abspath)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--at-once", type=int, default=32)
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        parser.error("wrk is not installed")
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        folder = pathlib.Path(name)
        with sandbox(arguments.sandbox) as (metadata, s3):
            role = fetch_credentials(metadata)
            keys = Keys(role.access_key, role.secret_key, role.token)
            behind = types.SimpleNamespace(endpoint=s3, region=REGION)
            with Gateway(folder, arguments.gateway, behind, keys) as gateway:
                check_gateway(checks, gateway, folder, arguments)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


def check_gateway(
    checks: Checks, gateway: Gateway, folder: pathlib.Path, arguments: argparse.Namespace
) -> None:
    """Runs the checks of a gateway that serves."""
    endpoint, seconds = gateway.endpoint, arguments.seconds
    s3 = client(endpoint)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=BODY)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": KEY})
    ((_, process),) = gateway.processes
    watch = Watch(process.pid, max(0.1, seconds / 60))
    with watch.watching():
        check_boto(checks, endpoint, seconds)
        check_wrk(checks, url, seconds, arguments.at_once, folder)
        check_boto(checks, endpoint, seconds)
        check_wrk(checks, url, seconds, arguments.at_once, folder)
    with checks.check("memory, descriptors and threads are flat"):
        print(describe(watch.samples), flush=True)
        grown = growth(watch.samples)
        expect(not grown, f"grown: {', '.join(grown)}")
    check_slow(checks, endpoint)


if __name__ == "__main__":
    main()

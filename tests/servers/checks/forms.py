#!/usr/bin/env python3
"""Checks that real S3 servers accept presigned URLs and bodies in chunks, and refuse changed ones.

    forms.py EXAMPLES SANDBOX [--table]

EXAMPLES is the folder of cargo's examples, with `presign` and `chunked`; SANDBOX is the program
that runs s3s-fs. The results are compared with the table in `harness/forms/observed.py`; `--table`
prints it in the form of the README.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

from harness import sandbox_process
from harness.forms.changes import BODY, CHECKSUM, CHUNK, CHUNKED, TRAILER, unchanged
from harness.forms.observed import OBSERVED
from harness.servers import ROLE_BUCKET, Keys, SeaweedFS, Swift

SECONDS = 30
STORED = "stored"


@dataclasses.dataclass(frozen=True)
class Target:
    """A server, and credentials for the bucket."""

    name: str
    endpoint: str
    region: str
    bucket: str
    keys: Keys

    @property
    def host(self) -> str:
        """Returns host and port, as in the `Host` header."""
        return urllib.parse.urlsplit(self.endpoint).netloc

    def run(self, program: pathlib.Path, *arguments: str, stdin: bytes = b"") -> bytes:
        """Runs one of the examples with the credentials."""
        environment = {"PATH": os.environ["PATH"], **self.keys.environment()}
        done = subprocess.run(
            [program, *arguments],
            input=stdin,
            env=environment,
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
        return done.stdout


def send(target: Target, wire: bytes) -> tuple[int, bytes]:
    """Returns status and body of the response; status 0 if there is none."""
    address = urllib.parse.urlsplit(target.endpoint)
    response = b""
    with socket.create_connection((address.hostname, address.port), timeout=SECONDS) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(wire)
        with contextlib.suppress(ConnectionResetError, TimeoutError):
            while part := connection.recv(65536):
                response += part
    head, _, body = response.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.1 (\d+)", head)
    return (int(found[1]) if found else 0), body


def describe(status: int, body: bytes) -> str:
    """Describes a response, briefly."""
    code = re.search(rb"<Code>(\w+)</Code>", body)
    return f"{status} {code[1].decode()}" if code else str(status)


def get(target: Target, examples: pathlib.Path, key: str) -> bytes | None:
    """Returns a stored object, by our own presigned URL; `None` if there is none."""
    status, body = fetch(presigned(target, examples, "GET", key))
    return body if status == 200 else None


def fetch(url: str, method: str = "GET", data: bytes | None = None) -> tuple[int, bytes]:
    """Uses a URL, as its receiver does."""
    request = urllib.request.Request(url, method=method, data=data)
    request.add_header("Content-Type", "application/octet-stream")
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as response:
        return response.code, response.read()


def presigned(
    target: Target, examples: pathlib.Path, method: str, key: str, seconds: int = 60, ago: int = 0
) -> str:
    """Returns a URL of `presign`, made `ago` seconds in the past."""
    date = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago)
    path = f"/{target.bucket}/{urllib.parse.quote(key)}"
    arguments = (
        method,
        target.endpoint,
        target.region,
        path,
        str(seconds),
        date.strftime("%Y%m%dT%H%M%SZ"),
    )
    return target.run(examples / "presign", *arguments).decode().strip()


def try_presigned(target: Target, examples: pathlib.Path) -> Iterator[tuple[str, str]]:
    """Tries each case, and returns the results."""
    key = "presigned/a b+ü"
    status, body = fetch(presigned(target, examples, "PUT", key), "PUT", BODY)
    yield "presigned PUT", STORED if get(target, examples, key) == BODY else describe(status, body)
    status, body = fetch(presigned(target, examples, "GET", key))
    yield "presigned GET", "read" if body == BODY else describe(status, body)
    for method, data in (("GET", None), ("PUT", b"x")):
        url = presigned(target, examples, method, key, seconds=60, ago=120)
        yield f"presigned {method}, expired", describe(*fetch(url, method, data))
        if target.keys.session_token:
            url = re.sub(
                "&X-Amz-Security-Token=[^&]*", "", presigned(target, examples, method, key)
            )
            yield f"presigned {method}, token removed", describe(*fetch(url, method, data))
    url = presigned(target, examples, "GET", key)
    yield (
        "presigned GET, signature changed",
        describe(*fetch(url[:-1] + ("1" if url[-1] == "0" else "0"))),
    )
    yield "presigned GET, sent as PUT", describe(*fetch(url, "PUT", b"x"))
    yield (
        "presigned object after what was refused",
        "unchanged" if get(target, examples, key) == BODY else "changed",
    )


def try_chunked(target: Target, examples: pathlib.Path) -> Iterator[tuple[str, str]]:
    """Tries each form with each change, and returns the results."""
    for form, changes in CHUNKED.items():
        for number, (label, change) in enumerate(changes):
            if "token" in label and not target.keys.session_token:
                continue
            key = f"chunked/{form}-{number}"
            trailer = () if form == "signed" else (TRAILER, CHECKSUM)
            path = f"/{target.bucket}/{key}"
            arguments = (target.host, target.region, path, str(CHUNK), form, *trailer)
            wire = target.run(examples / "chunked", *arguments, stdin=BODY)
            changed = change(wire)
            assert (changed == wire) == (change is unchanged), f"{form}: {label} changes nothing"
            status, body = send(target, changed)
            stored = get(target, examples, key)
            if change is not unchanged and stored is not None:
                outcome = (
                    f"{describe(status, body)}, {'stored' if stored == BODY else 'stored, changed'}"
                )
            else:
                outcome = STORED if stored == BODY else describe(status, body)
            yield f"{form}, {label}", outcome


def targets(scratch: pathlib.Path, sandbox: str) -> Iterator[Target]:
    """Yields the servers, one at a time."""
    with Swift(scratch) as server:
        server.client().create_bucket(Bucket=ROLE_BUCKET)
        yield Target("Swift", server.endpoint, server.region, ROLE_BUCKET, server.keys)
    with SeaweedFS(scratch) as server:
        server.client().create_bucket(Bucket=ROLE_BUCKET)
        yield Target("SeaweedFS", server.endpoint, server.region, ROLE_BUCKET, server.assume_role())
    with sandbox_process.sandbox(sandbox) as (metadata, endpoint):
        role = sandbox_process.fetch_credentials(metadata)
        keys = Keys(role.access_key, role.secret_key, role.token)
        yield Target("s3s-fs", endpoint, sandbox_process.REGION, sandbox_process.BUCKET, keys)


def main() -> int:
    """Compares the results, or prints the table."""
    examples, sandbox = pathlib.Path(sys.argv[1]), sys.argv[2]
    seen: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for target in targets(pathlib.Path(scratch), sandbox):
            for case, outcome in (*try_presigned(target, examples), *try_chunked(target, examples)):
                seen.setdefault(case, {})[target.name] = outcome
    if "--table" in sys.argv:
        names = ("Swift", "SeaweedFS", "s3s-fs")
        for case, outcomes in seen.items():
            print(f"| {case} | " + " | ".join(outcomes.get(name, "–") for name in names) + " |")
        return 0
    failed = 0
    for case, outcomes in seen.items():
        for name, outcome in outcomes.items():
            wanted = OBSERVED.get(case, {}).get(name)
            failed += outcome != wanted
            print(f"{'ok' if outcome == wanted else 'FAILED'} {name}: {case}: {outcome}")
    missing = [
        (case, name)
        for case, outcomes in OBSERVED.items()
        for name in outcomes
        if name not in seen.get(case, {})
    ]
    for case, name in missing:
        print(f"FAILED {name}: {case}: not tried")
    print(f"{sum(map(len, seen.values())) - failed} passed, {failed + len(missing)} failed")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())

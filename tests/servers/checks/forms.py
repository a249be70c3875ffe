#!/usr/bin/env python3
"""Checks that real S3 servers accept presigned URLs and bodies in chunks, and refuse changed ones.

    forms.py EXAMPLES SANDBOX [--table]

EXAMPLES is the folder of cargo's examples, with `presign` and `chunked`; SANDBOX is the program
that runs s3s-fs. The results are compared with the table below; `--table` prints it in the form of
the README.
"""

from __future__ import annotations

import base64
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
import zlib
from collections.abc import Callable, Iterator

from harness import sandbox_process
from harness.servers import ROLE_BUCKET, Keys, SeaweedFS, Swift

SECONDS = 30
CHUNK = 8192
BODY = bytes(range(256)) * 80  # two whole chunks and a part of one
TRAILER = "x-amz-checksum-crc32"
CHECKSUM = base64.b64encode(zlib.crc32(BODY).to_bytes(4)).decode()
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


# --- requests, and changes of them ---


def without_header(name: str) -> Callable[[bytes], bytes]:
    """Removes a header from a whole request."""
    return lambda wire: re.sub(rb"(?im)^" + name.encode() + rb":[^\r]*\r\n", b"", wire, count=1)


def body_of(wire: bytes) -> int:
    """Returns the place of the body."""
    return wire.index(b"\r\n\r\n") + 4


def flip_in_data(wire: bytes) -> bytes:
    """Flips one bit of the second chunk's data."""
    at = body_of(wire) + CHUNK + 400
    return wire[:at] + bytes([wire[at] ^ 1]) + wire[at + 1 :]


def wrong_chunk_signature(wire: bytes) -> bytes:
    """Changes a digit of the second chunk's signature."""
    second = [found.end() for found in re.finditer(rb";chunk-signature=", wire)][1]
    return (
        wire[:second] + (b"1" if wire[second : second + 1] == b"0" else b"0") + wire[second + 1 :]
    )


def without_last_chunk(wire: bytes) -> bytes:
    """Cuts the body off before the last chunk, with a matching `Content-Length`."""
    end = list(re.finditer(rb"\r\n0(;chunk-signature=\w+)?\r\n", wire))[-1].start() + 2
    length = str(end - body_of(wire)).encode()
    return re.sub(rb"Content-Length: \d+", b"Content-Length: " + length, wire[:end], count=1)


def wrong_trailer(wire: bytes) -> bytes:
    """Replaces the checksum by another one."""
    other = base64.b64encode(zlib.crc32(b"other").to_bytes(4))
    return wire.replace(f"\n{TRAILER}:{CHECKSUM}".encode(), f"\n{TRAILER}:".encode() + other)


def wrong_trailer_signature(wire: bytes) -> bytes:
    """Changes a digit of the trailer's signature."""
    at = wire.index(b"x-amz-trailer-signature:") + 24
    return wire[:at] + (b"1" if wire[at : at + 1] == b"0" else b"0") + wire[at + 1 :]


def unchanged(wire: bytes) -> bytes:
    """Changes nothing."""
    return wire


CHUNKED = {
    "signed": (
        ("as it is", unchanged),
        ("a byte flipped", flip_in_data),
        ("wrong chunk signature", wrong_chunk_signature),
        ("no last chunk", without_last_chunk),
        ("token removed", without_header("x-amz-security-token")),
    ),
    "signed-trailer": (
        ("as it is", unchanged),
        ("a byte flipped", flip_in_data),
        ("wrong chunk signature", wrong_chunk_signature),
        ("no last chunk", without_last_chunk),
        ("wrong trailer", wrong_trailer),
        ("wrong trailer signature", wrong_trailer_signature),
        ("token removed", without_header("x-amz-security-token")),
    ),
    "unsigned-trailer": (
        ("as it is", unchanged),
        ("a byte flipped", flip_in_data),
        ("no last chunk", without_last_chunk),
        ("wrong trailer", wrong_trailer),
        ("token removed", without_header("x-amz-security-token")),
    ),
}


def send(target: Target, wire: bytes) -> tuple[int, bytes]:
    """Returns status and body of the answer; status 0 if there is none."""
    address = urllib.parse.urlsplit(target.endpoint)
    answer = b""
    with socket.create_connection((address.hostname, address.port), timeout=SECONDS) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(wire)
        with contextlib.suppress(ConnectionResetError, TimeoutError):
            while part := connection.recv(65536):
                answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.1 (\d+)", head)
    return (int(found[1]) if found else 0), body


def describe(status: int, body: bytes) -> str:
    """Describes an answer, briefly."""
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
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()


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


# --- the results of the servers ---


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


OBSERVED: dict[str, dict[str, str]] = {
    "presigned PUT": {"Swift": "stored", "SeaweedFS": "stored", "s3s-fs": "stored"},
    "presigned GET": {"Swift": "read", "SeaweedFS": "read", "s3s-fs": "read"},
    "presigned GET, expired": {
        "Swift": "403 AccessDenied",
        "SeaweedFS": "403 AccessDenied",
        "s3s-fs": "403 AccessDenied",
    },
    "presigned PUT, expired": {
        "Swift": "403 AccessDenied",
        "SeaweedFS": "403 AccessDenied",
        "s3s-fs": "403 AccessDenied",
    },
    "presigned object after what was refused": {
        "Swift": "unchanged",
        "SeaweedFS": "unchanged",
        "s3s-fs": "unchanged",
    },
    "presigned GET, signature changed": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "403 SignatureDoesNotMatch",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "presigned GET, sent as PUT": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "403 SignatureDoesNotMatch",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "signed, as it is": {"Swift": "stored", "SeaweedFS": "stored", "s3s-fs": "stored"},
    "signed, a byte flipped": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "500 InternalError",
        "s3s-fs": "500 InternalError",
    },
    "signed, wrong chunk signature": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "500 InternalError",
        "s3s-fs": "500 InternalError",
    },
    "signed, no last chunk": {
        "Swift": "400 IncompleteBody",
        "SeaweedFS": "400 IncompleteBody",
        "s3s-fs": "200, stored",
    },
    "signed-trailer, as it is": {"Swift": "stored", "SeaweedFS": "stored", "s3s-fs": "stored"},
    "signed-trailer, a byte flipped": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "500 InternalError",
        "s3s-fs": "500 InternalError",
    },
    "signed-trailer, wrong chunk signature": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "500 InternalError",
        "s3s-fs": "500 InternalError",
    },
    "signed-trailer, no last chunk": {
        "Swift": "400 IncompleteBody",
        "SeaweedFS": "400 IncompleteBody",
        "s3s-fs": "400 BadDigest, stored",
    },
    "signed-trailer, wrong trailer": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "400 InvalidDigest",
        "s3s-fs": "500 InternalError",
    },
    "signed-trailer, wrong trailer signature": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "200, stored",
        "s3s-fs": "500 InternalError",
    },
    "unsigned-trailer, as it is": {"Swift": "stored", "SeaweedFS": "stored", "s3s-fs": "stored"},
    "unsigned-trailer, a byte flipped": {
        "Swift": "400 BadDigest",
        "SeaweedFS": "400 InvalidDigest",
        "s3s-fs": "400 BadDigest, stored, changed",
    },
    "unsigned-trailer, no last chunk": {
        "Swift": "400 IncompleteBody",
        "SeaweedFS": "400 IncompleteBody",
        "s3s-fs": "400 BadDigest, stored",
    },
    "unsigned-trailer, wrong trailer": {
        "Swift": "400 BadDigest",
        "SeaweedFS": "400 InvalidDigest",
        "s3s-fs": "400 BadDigest, stored",
    },
    "presigned GET, token removed": {
        "SeaweedFS": "403 InvalidAccessKeyId",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "presigned PUT, token removed": {
        "SeaweedFS": "403 InvalidAccessKeyId",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "signed, token removed": {
        "SeaweedFS": "403 InvalidAccessKeyId",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "signed-trailer, token removed": {
        "SeaweedFS": "403 InvalidAccessKeyId",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "unsigned-trailer, token removed": {
        "SeaweedFS": "403 InvalidAccessKeyId",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
}


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

#!/usr/bin/env python3
"""Checks the gateway of rolesig-std's examples, with raw requests and with real clients.

    gateway.py GATEWAY ROLEFS [--large MIB] [--battery]

Behind the gateway are Swift, for the raw requests, and SeaweedFS with the credentials of a role,
for the clients. `--large` is the size of the largest file; `--battery` leaves the clients out.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import dataclasses
import filecmp
import os
import pathlib
import re
import socket
import sys
import tempfile
import time
import urllib.parse

from harness.checks import Checks, expect
from harness.gateway import ambiguous, framing, malformed, odd, refused, right
from harness.gateway.clients import clients
from harness.gateway.maker import BIG, BODY, Case, Maker
from harness.gateway.process import PERMANENT, TEMPORARY, Gateway
from harness.gateway.raw import by_header, by_query, in_chunks
from harness.servers import ROLE_BUCKET, SeaweedFS, Swift

BUCKET = "battery"
HOST = "gateway.example"
SECONDS = 30
MIB = 1024 * 1024
# What the process itself takes, and buffers of some connections.
MOST_KIB = 64 * 1024
GROUPS = (
    right.by_headers,
    right.odd_keys,
    right.spelled_keys,
    right.presigned,
    refused.wrong_keys,
    refused.wrong_scope,
    refused.wrong_dates,
    refused.changed,
    refused.wrong_bodies,
    refused.unsigned_headers,
    refused.wrong_hosts,
    refused.stripped_headers,
    refused.wrong_tokens,
    malformed.headers,
    malformed.presigned,
    malformed.chunks,
    malformed.trailers,
    odd.targets,
    odd.spaces,
    odd.repeated,
    odd.presigned,
    odd.bodies,
    odd.trailers,
    odd.lengths,
    ambiguous.many,
    ambiguous.mechanisms,
    ambiguous.no_hosts,
    ambiguous.half_encoded,
    ambiguous.signatures,
    ambiguous.chunk_heads,
    ambiguous.dates,
    ambiguous.credentials,
    framing.sizes,
    framing.methods,
    framing.targets,
    framing.versions,
    framing.headers,
    framing.lengths,
    framing.bodies,
)


def exchange(endpoint: str, wire: bytes, ends: bool = True) -> bytes:
    """Returns the response to some bytes, after which the client sends nothing more."""
    address = urllib.parse.urlsplit(endpoint)
    received = b""
    with socket.create_connection((address.hostname, address.port), timeout=SECONDS) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(wire)
            if ends:
                connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError, TimeoutError):
            while part := connection.recv(65536):
                received += part
    return received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")


def response_to(endpoint: str, wire: bytes, ends: bool = True) -> str:
    """Returns status and error code of the response to some bytes."""
    received = exchange(endpoint, wire, ends)
    status = re.match(rb"HTTP/1\.[01] (\d+)", received)
    code = re.search(rb"<Code>(\w+)</Code>", received)
    return " ".join(found[1].decode() for found in (status, code) if found)


def check_case(checks: Checks, gateway: Gateway, case: Case) -> None:
    """Checks the response to one request. That to HEAD has no code."""
    name, expected, raw = case
    with checks.check(f"{name}: {expected}"):
        got = response_to(gateway.endpoint, raw.wire())
        expect(got == expected, f"it answers {got!r}")


def check_battery(checks: Checks, gateway: Gateway, swift: Swift) -> None:
    """Checks all raw requests, and that no refused one has changed an object."""
    store = swift.client()
    store.create_bucket(Bucket=BUCKET)
    maker = Maker(gateway.endpoint.removeprefix("http://"), BUCKET)
    for group in GROUPS:
        for case in group(maker):
            check_case(checks, gateway, case)
    with checks.check("what is refused changes no object"):
        stored = store.get_object(Bucket=BUCKET, Key="battery/key")["Body"].read()
        expect(stored == BODY, f"{stored[:40]!r}")
        listed = store.list_objects_v2(Bucket=BUCKET, Prefix="battery/")["Contents"]
        keys = [item["Key"] for item in listed]
        expect(keys == ["battery/chunks", "battery/key"], f"{keys}")


def check_space(checks: Checks, gateway: Gateway, swift: Swift) -> None:
    """Checks that a plus in a query is a space to the server behind the gateway, too."""
    swift.client().put_object(Bucket=BUCKET, Key="space/a b", Body=BODY)
    maker = Maker(gateway.endpoint.removeprefix("http://"), BUCKET)
    listing = dataclasses.replace(maker.raw(key=""), path=f"/{BUCKET}")
    spaced = listing.with_pair("prefix", "space/a+b")
    with checks.check("a plus in a query lists keys with a space"):
        received = exchange(gateway.endpoint, by_header(spaced, maker.signature()).wire())
        expect(b"<Key>space/a b</Key>" in received, f"{received[-200:]!r}")


def check_stalls(checks: Checks, gateway: Gateway) -> None:
    """Checks that bodies that stall are refused as Amazon S3 does."""
    maker = Maker(gateway.endpoint.removeprefix("http://"), BUCKET)
    put, now = maker.raw("PUT", "stalled", BIG), maker.signature()
    unsigned = dataclasses.replace(now, payload="UNSIGNED-PAYLOAD")
    uploads = {
        "a body": by_header(put, now),
        "an unsigned body": by_header(put, unsigned),
        "a presigned body": by_query(put, now),
        "chunks": in_chunks(maker.raw("PUT", "stalled"), now, [BIG, BODY]),
    }
    with concurrent.futures.ThreadPoolExecutor(len(uploads)) as pool:
        stalled = {
            name: pool.submit(response_to, gateway.endpoint, raw.wire()[:-20], ends=False)
            for name, raw in uploads.items()
        }
    for name, response in stalled.items():
        with checks.check(f"{name} that stalls: 400 RequestTimeout"):
            expect(response.result() == "400 RequestTimeout", f"it answers {response.result()!r}")


def check_host(checks: Checks, gateway: Gateway) -> None:
    """Checks a gateway whose host is configured."""
    maker = Maker(HOST, BUCKET)
    here = by_header(maker.raw(), maker.signature())
    upper = dataclasses.replace(maker, host=HOST.upper())
    other = dataclasses.replace(maker, host=gateway.endpoint.removeprefix("http://"))
    for case in (
        (f"GET from {HOST}", "200", here),
        (f"GET from {HOST.upper()}", "200", by_header(upper.raw(), maker.signature())),
        ("GET from its address", "400 InvalidRequest", by_header(other.raw(), maker.signature())),
        *odd.hosts(maker),
    ):
        check_case(checks, gateway, case)


def check_refused_role(checks: Checks, gateway: Gateway) -> None:
    """Checks that clients see nothing of a role whose credentials the server refuses.

    Amazon S3 repeats the token and the canonical request, and so does Swift.
    """
    maker = Maker(HOST, BUCKET)
    now = maker.signature()
    for name, raw in (
        ("GET by header", by_header(maker.raw(), now)),
        ("GET by query", by_query(maker.raw(), now)),
        ("PUT", by_header(maker.raw("PUT", body=BODY), now)),
        ("PUT in chunks", in_chunks(maker.raw("PUT"), now, [BIG, BODY])),
    ):
        with checks.check(f"{name} by a role that is refused: 503 ServiceUnavailable"):
            received = exchange(gateway.endpoint, raw.wire())
            expect(received.startswith(b"HTTP/1.1 503"), f"{received[:100]!r}")
            expect(b"<Code>ServiceUnavailable</Code>" in received, f"{received[-100:]!r}")
            for secret in (gateway.role.session_token, gateway.role.access_key_id):
                shown = (secret.encode(), secret.encode().hex(" ").encode())
                expect(not any(text in received for text in shown), f"it shows {secret}")


def check_limits(checks: Checks, gateway: Gateway) -> None:
    """Checks that slow and long heads end, and that the gateway keeps serving."""
    with checks.check("a head of a megabyte is refused"):
        head = b"GET / HTTP/1.1\r\nHost: h\r\nx: " + b"a" * MIB + b"\r\n\r\n"
        expect(response_to(gateway.endpoint, head) == "431", "it is not")
    with checks.check("a head that does not end is cut off"):
        address = urllib.parse.urlsplit(gateway.endpoint)
        with socket.create_connection((address.hostname, address.port), SECONDS) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n")
            began = time.monotonic()
            with contextlib.suppress(ConnectionResetError):
                connection.recv(65536)
            expect(time.monotonic() - began < SECONDS - 1, "it is not")


def check_clients(
    checks: Checks, gateway: Gateway, rolefs: str, scratch: pathlib.Path, large: int
) -> None:
    """Checks that clients get back what they put, and how much memory the gateway takes."""
    home = scratch / "home"
    home.mkdir()
    for keys in (PERMANENT, TEMPORARY):
        sizes = [1, 100_000, 20 * MIB, large * MIB] if keys is PERMANENT else [100_000]
        for size in sizes:
            source = scratch / f"source-{size}"
            with source.open("wb") as file:
                for _ in range(size // MIB):
                    file.write(os.urandom(MIB))
                file.write(os.urandom(size % MIB))
            for name, put, get in clients(gateway, keys, ROLE_BUCKET, rolefs, home):
                token = "with a token" if keys.session_token else "without a token"
                with checks.check(f"{name}: {size} bytes, {token}"):
                    target, key = scratch / "target", f"{name.replace(' ', '')}/{size}"
                    put(source, key)
                    get(target, key)
                    expect(filecmp.cmp(source, target, shallow=False), "other bytes came back")
                    target.unlink()
            source.unlink()
    with checks.check(f"the gateway has taken {gateway.peak_kib()} KiB at most"):
        expect(gateway.peak_kib() < MOST_KIB, f"more than {MOST_KIB}")


def main() -> None:
    """Runs all checks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gateway")
    parser.add_argument("rolefs")
    parser.add_argument("--large", type=int, default=100, help="MiB of the largest file")
    parser.add_argument("--battery", action="store_true", help="leave the clients out")
    arguments = parser.parse_args()
    binary, rolefs = (os.path.abspath(path) for path in (arguments.gateway, arguments.rolefs))
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        with Swift(scratch) as swift, Gateway(scratch, binary, swift, swift.keys) as gateway:
            check_battery(checks, gateway, swift)
            check_space(checks, gateway, swift)
            check_stalls(checks, gateway)
            check_limits(checks, gateway)
            with Gateway(scratch / "named", binary, swift, swift.keys, HOST) as named:
                check_host(checks, named)
            role = dataclasses.replace(
                swift.keys, secret_access_key="another", session_token="tokenOfTheRole"
            )
            with Gateway(scratch / "refused", binary, swift, role, HOST) as refused_role:
                check_refused_role(checks, refused_role)
        if not arguments.battery:
            with SeaweedFS(scratch) as server:
                server.client().create_bucket(Bucket=ROLE_BUCKET)
                role = server.assume_role()
                with Gateway(scratch / "role", binary, server, role) as gateway:
                    check_clients(checks, gateway, rolefs, scratch, arguments.large)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()

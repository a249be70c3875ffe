#!/usr/bin/env python3
"""Checks that clients of others upload with rolesig's credentials to real S3 servers.

    bridges.py EXAMPLES

EXAMPLES is the folder of the examples of std-adapter/bridges: AWS's SDK, object_store and OpenDAL.
They run on a role of SeaweedFS's STS, and on the keys of Swift. boto3 reads what they put.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import subprocess
import sys
import tempfile

from harness.checks import Checks, expect
from harness.foreign_clients import environment
from harness.servers import ROLE_BUCKET, Keys, SeaweedFS, Server, Swift

CLIENTS = ("sdk_upload", "store_upload", "opendal_upload")
KEY = "a folder/ä+b"
SECONDS_PER_RUN = 60


def upload(client: str, server: Server, keys: Keys, file: pathlib.Path) -> tuple[int, str]:
    """Runs a client, and returns its exit status and its output."""
    done = subprocess.run(
        [client, server.endpoint, server.region, ROLE_BUCKET, KEY, str(file)],
        env={**environment(file.parent, keys), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=SECONDS_PER_RUN,
        check=False,
    )
    output = done.stdout + done.stderr
    for secret in (keys.secret_access_key, keys.session_token or keys.secret_access_key):
        expect(secret not in output, "it prints a secret")
    return done.returncode, output


def check_server(folder: str, server: Server, keys: Keys, checks: Checks) -> None:
    """Checks all clients on one server."""
    boto = server.client()
    boto.create_bucket(Bucket=ROLE_BUCKET)
    file = server.folder / "file"
    wrong = dataclasses.replace(keys, secret_access_key=keys.secret_access_key[::-1])
    for number, client in enumerate(CLIENTS):
        binary = os.path.join(folder, client)
        content = bytes([number]) * 100_000
        file.write_bytes(content)
        with checks.check(f"{server.name}: {client}"):
            status, output = upload(binary, server, keys, file)
            expect(status == 0, f"exit {status}, printed {output!r}")
            stored = boto.get_object(Bucket=ROLE_BUCKET, Key=KEY)["Body"].read()
            expect(stored == content, "boto3 reads other bytes")
        with checks.check(f"{server.name}: {client} with a wrong secret"):
            status, output = upload(binary, server, wrong, file)
            expect(status == 1, f"exit {status}, printed {output!r}")


def main() -> int:
    """Runs all checks, and returns the exit status."""
    folder = os.path.abspath(sys.argv[1])
    os.environ["NO_PROXY"] = "*"
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="bridges-") as scratch:
        with checks.check("swift: runs"), Swift(pathlib.Path(scratch)) as swift:
            check_server(folder, swift, swift.keys, checks)
        with checks.check("seaweedfs: runs"), SeaweedFS(pathlib.Path(scratch)) as weed:
            check_server(folder, weed, weed.assume_role(), checks)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""S3 clients of others, and rolefs: each puts a file to an object and gets it back."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Callable

from boto3.s3.transfer import TransferConfig

from harness.checks import expect
from harness.servers import Keys, Server, program

SECONDS = 600
Copy = Callable[[pathlib.Path, str], None]
# The name, and the functions that put and get.
Client = tuple[str, Copy, Copy]


def clients(
    server: Server, keys: Keys, bucket: str, rolefs: str, home: pathlib.Path
) -> list[Client]:
    """Returns the clients of a server's bucket."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": server.region,
        "AWS_ENDPOINT_URL": server.endpoint,
        "RCLONE_CONFIG_S_TYPE": "s3",
        "RCLONE_CONFIG_S_PROVIDER": "Other",
        "RCLONE_CONFIG_S_ENV_AUTH": "true",
        "RCLONE_CONFIG_S_ENDPOINT": server.endpoint,
        "RCLONE_CONFIG_S_REGION": server.region,
        "RCLONE_S3_NO_CHECK_BUCKET": "true",
        **keys.environment(),
    }

    def run(*command: str) -> None:
        done = subprocess.run(
            command, env=environment, cwd=home, capture_output=True, timeout=SECONDS, check=False
        )
        output = (done.stderr or done.stdout).decode("utf-8", "replace")[-500:]
        expect(done.returncode == 0, f"{command[0]}: exit {done.returncode}: {output}")

    def both(name: str, command: list[str], url: str) -> Client:
        def put(file: pathlib.Path, key: str) -> None:
            run(*command, str(file), url + key)

        def get(file: pathlib.Path, key: str) -> None:
            run(*command, url + key, str(file))

        return name, put, get

    s3 = f"s3://{bucket}/"
    return [
        both("AWS CLI", [program("aws"), "s3", "cp", "--only-show-errors"], s3),
        boto(server, keys, bucket),
        both("s5cmd", [program("s5cmd"), "--endpoint-url", server.endpoint, "cp"], s3),
        both("rclone", [program("rclone"), "copyto"], f"s:{bucket}/"),
        curl(server, keys, bucket, run),
        through_rolefs(server, rolefs, bucket, run),
    ]


def boto(server: Server, keys: Keys, bucket: str) -> Client:
    """Returns boto3, which puts 64 MiB in one request, with a checksum in a trailer."""
    client = server.client(keys=keys)
    whole = TransferConfig(multipart_threshold=64 * 1024 * 1024)

    def put(file: pathlib.Path, key: str) -> None:
        checksum = {"ChecksumAlgorithm": "CRC32"}
        client.upload_file(str(file), bucket, key, Config=whole, ExtraArgs=checksum)

    def get(file: pathlib.Path, key: str) -> None:
        client.download_file(bucket, key, str(file))

    return "boto3", put, get


def curl(server: Server, keys: Keys, bucket: str, run: Callable[..., None]) -> Client:
    """Returns `curl --aws-sigv4`, which leaves bodies unsigned. Versions before 8 send no
    header with that, which S3 demands, unless they are given it."""
    command = ["curl", "--silent", "--show-error", "--fail", "--aws-sigv4"]
    command += [f"aws:amz:{server.region}:s3", "--user"]
    command += [f"{keys.access_key_id}:{keys.secret_access_key}"]
    if keys.session_token:
        command += ["--header", f"x-amz-security-token: {keys.session_token}"]
    command += ["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]
    url = f"{server.endpoint}/{bucket}/"

    def put(file: pathlib.Path, key: str) -> None:
        run(*command, "--upload-file", str(file), url + key)

    def get(file: pathlib.Path, key: str) -> None:
        run(*command, "--output", str(file), url + key)

    return "curl", put, get


def through_rolefs(server: Server, rolefs: str, bucket: str, run: Callable[..., None]) -> Client:
    """Returns rolefs."""
    command = [rolefs, "--endpoint", server.endpoint, "--region", server.region]

    def put(file: pathlib.Path, key: str) -> None:
        run(*command, "-put", "-d", "-f", str(file), f"s3a://{bucket}/{key}")

    def get(file: pathlib.Path, key: str) -> None:
        run(*command, "-get", "-f", f"s3a://{bucket}/{key}", str(file))

    return "rolefs", put, get

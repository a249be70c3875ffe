"""The clients that `uploads.py` compares: how each is told to put a file, or a directory."""

from __future__ import annotations

import pathlib
import shutil
import sys
from collections.abc import Callable

from upload_server import BUCKET, REGION, Server

S3A = "org.apache.hadoop.fs.s3a"
BOTO3 = """
import os, pathlib, sys, boto3
s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name=sys.argv[2])
source, bucket, key = pathlib.Path(sys.argv[3]), sys.argv[4], sys.argv[5]
for path in sorted(source.iterdir()) if source.is_dir() else [source]:
    s3.upload_file(str(path), bucket, f"{key}/{path.name}" if source.is_dir() else key)
"""

# How a client is told to put a file at a key, or a directory below one.
Command = Callable[[Server, pathlib.Path, str], list[str]]
Commands = dict[str, Command]


def clients(rolefs: str, peer: pathlib.Path, jars: pathlib.Path | None) -> Commands:
    """How each client that is there is told to put a file at a key, or a directory below one."""

    def of_rclone(server: Server, source: pathlib.Path, key: str) -> list[str]:
        verb = "copy" if source.is_dir() else "copyto"
        to = f":s3,provider=Other,env_auth,endpoint='{server.url}':{BUCKET}/{key}"
        return ["rclone", verb, "--s3-no-check-bucket", "--config", "/dev/null", str(source), to]

    def of_s3a(server: Server, source: pathlib.Path, key: str) -> list[str]:
        settings = {
            "fs.s3a.endpoint": server.url,
            "fs.s3a.endpoint.region": REGION,
            "fs.s3a.path.style.access": "true",
            "fs.s3a.connection.ssl.enabled": "false",
            "fs.s3a.aws.credentials.provider": f"{S3A}.TemporaryAWSCredentialsProvider",
            "fs.s3a.access.key": server.environment["AWS_ACCESS_KEY_ID"],
            "fs.s3a.secret.key": server.environment["AWS_SECRET_ACCESS_KEY"],
            "fs.s3a.session.token": server.environment["AWS_SESSION_TOKEN"],
            "hadoop.tmp.dir": server.environment["HOME"] + "/hadoop",
        }
        # Hadoop wants one to be there, whatever is in it.
        home = pathlib.Path(server.environment["HOME"])
        (home / "core-site.xml").write_text("<configuration/>")
        definitions = [
            word for name, value in settings.items() for word in ("-D", f"{name}={value}")
        ]
        shell = ["java", "-cp", f"{home}:{jars}/*", "org.apache.hadoop.fs.FsShell", *definitions]
        return [*shell, "-put", "-d", str(source), f"s3a://{BUCKET}/{key}"]

    all_of_them: dict[str, tuple[bool, Command]] = {
        "rolefs": (
            True,
            lambda server, source, key: [
                rolefs,
                "--endpoint",
                server.url,
                "--region",
                REGION,
                "-put",
                str(source),
                f"s3a://{BUCKET}/{key}",
            ],
        ),
        "object_store (small program)": (
            peer.exists(),
            lambda server, source, key: [str(peer), server.url, BUCKET, str(source), key],
        ),
        "s5cmd": (
            shutil.which("s5cmd") is not None,
            lambda server, source, key: [
                "s5cmd",
                "--endpoint-url",
                server.url,
                "cp",
                f"{source}/" if source.is_dir() else str(source),
                f"s3://{BUCKET}/{key}/" if source.is_dir() else f"s3://{BUCKET}/{key}",
            ],
        ),
        "boto3": (
            True,
            lambda server, source, key: [
                sys.executable,
                "-c",
                BOTO3,
                server.url,
                REGION,
                str(source),
                BUCKET,
                key,
            ],
        ),
        "aws-cli": (
            shutil.which("aws") is not None,
            lambda server, source, key: [
                "aws",
                "--endpoint-url",
                server.url,
                "s3",
                "cp",
                "--only-show-errors",
                *(["--recursive"] if source.is_dir() else []),
                str(source),
                f"s3://{BUCKET}/{key}",
            ],
        ),
        "rclone": (shutil.which("rclone") is not None, of_rclone),
        "Hadoop S3A (`-put -d`)": (jars is not None and shutil.which("java") is not None, of_s3a),
    }
    return {name: command for name, (is_there, command) in all_of_them.items() if is_there}

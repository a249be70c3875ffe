"""The clients that `uploads.py` compares: how each puts a file, or a directory."""

from __future__ import annotations

import functools
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

# The command with which a client puts a file at a key, or a directory below one.
Command = Callable[[Server, pathlib.Path, str], list[str]]
Commands = dict[str, Command]


def of_rclone(server: Server, source: pathlib.Path, key: str) -> list[str]:
    """Returns the command line of rclone."""
    verb = "copy" if source.is_dir() else "copyto"
    to = f":s3,provider=Other,env_auth,endpoint='{server.url}':{BUCKET}/{key}"
    return ["rclone", verb, "--s3-no-check-bucket", "--config", "/dev/null", str(source), to]


def of_s3a(jars: pathlib.Path | None, server: Server, source: pathlib.Path, key: str) -> list[str]:
    """Returns the command line of Hadoop's shell."""
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
    # Hadoop requires one, whatever its content.
    home = pathlib.Path(server.environment["HOME"])
    (home / "core-site.xml").write_text("<configuration/>")
    definitions = [word for name, value in settings.items() for word in ("-D", f"{name}={value}")]
    shell = ["java", "-cp", f"{home}:{jars}/*", "org.apache.hadoop.fs.FsShell", *definitions]
    return [*shell, "-put", "-d", str(source), f"s3a://{BUCKET}/{key}"]


def of_s5cmd(server: Server, source: pathlib.Path, key: str) -> list[str]:
    """Returns the command line of s5cmd."""
    slash = "/" if source.is_dir() else ""
    to = f"s3://{BUCKET}/{key}{slash}"
    return ["s5cmd", "--endpoint-url", server.url, "cp", f"{source}{slash}", to]


def of_boto3(server: Server, source: pathlib.Path, key: str) -> list[str]:
    """Returns the command line of a program with boto3."""
    return [sys.executable, "-c", BOTO3, server.url, REGION, str(source), BUCKET, key]


def of_aws_cli(server: Server, source: pathlib.Path, key: str) -> list[str]:
    """Returns the command line of the AWS CLI."""
    copy = ["aws", "--endpoint-url", server.url, "s3", "cp", "--only-show-errors"]
    recursive = ["--recursive"] if source.is_dir() else []
    return [*copy, *recursive, str(source), f"s3://{BUCKET}/{key}"]


def clients(rolefs: str, peer: pathlib.Path, jars: pathlib.Path | None) -> Commands:
    """Returns the command with which each installed client puts a file or a directory."""

    def of_rolefs(server: Server, source: pathlib.Path, key: str) -> list[str]:
        place = ["--endpoint", server.url, "--region", REGION]
        return [rolefs, *place, "-put", str(source), f"s3a://{BUCKET}/{key}"]

    def of_peer(server: Server, source: pathlib.Path, key: str) -> list[str]:
        return [str(peer), server.url, BUCKET, str(source), key]

    def is_installed(program: str) -> bool:
        return shutil.which(program) is not None

    all_of_them: dict[str, tuple[bool, Command]] = {
        "rolefs": (True, of_rolefs),
        "object_store (small program)": (peer.exists(), of_peer),
        "s5cmd": (is_installed("s5cmd"), of_s5cmd),
        "boto3": (True, of_boto3),
        "aws-cli": (is_installed("aws"), of_aws_cli),
        "rclone": (is_installed("rclone"), of_rclone),
        "Hadoop S3A (`-put -d`)": (
            jars is not None and is_installed("java"),
            functools.partial(of_s3a, jars),
        ),
    }
    return {name: command for name, (is_there, command) in all_of_them.items() if is_there}

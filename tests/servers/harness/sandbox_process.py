"""The example `sandbox` of rolefs as a process, and the credentials that it hands out."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator

import boto3
from botocore.config import Config
from botocore.credentials import InstanceMetadataProvider, ReadOnlyCredentials
from botocore.utils import InstanceMetadataFetcher

BUCKET = "sandbox"
REGION = "us-east-1"


def fetch_credentials(metadata: str) -> ReadOnlyCredentials:
    """Fetches the role's credentials through the provider that every boto3 program on EC2 has in
    its chain.
    """
    fetcher = InstanceMetadataFetcher(
        timeout=5,
        num_attempts=1,
        # Whatever AWS_EC2_METADATA_DISABLED says of the machine's own service.
        env={},
        config={"ec2_metadata_service_endpoint": metadata},
    )
    provided = InstanceMetadataProvider(iam_role_fetcher=fetcher).load()
    assert provided is not None and provided.method == "iam-role"
    return provided.get_frozen_credentials()


def s3_client(metadata: str, s3: str):
    """Returns a client of boto3 for the sandbox's S3, with the role's credentials."""
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    key = dict(zip(names, fetch_credentials(metadata), strict=False))
    by_path = Config(s3={"addressing_style": "path"})
    return boto3.client("s3", endpoint_url=s3, region_name=REGION, config=by_path, **key)


@contextlib.contextmanager
def sandbox(binary: str, *options: str) -> Iterator[tuple[str, str]]:
    """Runs the example `sandbox`; yields the addresses of its metadata service and its S3."""
    with tempfile.TemporaryDirectory() as folder:
        command = [binary, folder, *options]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
            assert process.stdout
            metadata, s3 = (process.stdout.readline().split()[1] for _ in range(2))
            yield metadata, s3
            print(process.communicate()[0].strip())

"""SeaweedFS, with a role of SeaweedFS's STS."""

from __future__ import annotations

import json
import re
from typing import Any

from harness.servers.server import BIND, ErrorCodes, Keys, Server, free_ports, program

ROLE_BUCKET = "probe"
ROLE_ARN = "arn:aws:iam::000000000000:role/UploadRole"


def allow(actions: list[str], resources: list[str], **more: Any) -> dict[str, Any]:
    """Returns a policy document that allows this."""
    statement = {
        "Effect": "Allow",
        "Action": actions,
        **({"Resource": resources} if resources else {}),
        **more,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


class SeaweedFS(Server):
    """SeaweedFS: master, volume, filer and S3 gateway in one process, with a real STS on the S3
    port.

    `keys` has all permissions. `assumer` has no permission but to assume `ROLE_ARN`, which has all
    permissions in the bucket `bucket` only: the shape of a machine's role.
    """

    name = "seaweedfs"
    bucket = ROLE_BUCKET
    keys = Keys("AKIAADMIN00000000001", "adminSecret/0123456789abcdefABCDEF+xyz00")
    # SeaweedFS finds a temporary key by its session token.
    error_codes = ErrorCodes(wrong_token="InvalidAccessKeyId")
    assumer = Keys("AKIAASSUMER000000001", "assumerSecret/0123456789abcdefABCDEF+xy1")

    def start(self) -> None:
        """Writes both configurations and starts the process."""
        (self.folder / "data").mkdir()
        (self.folder / "s3.json").write_text(json.dumps(self.identities()))
        (self.folder / "iam.json").write_text(json.dumps(self.iam()))
        roles = ("master", "volume", "filer", "s3")
        ports = free_ports(2 * len(roles))
        command = [program("weed"), "-logtostderr", "server", f"-ip={BIND}", f"-ip.bind={BIND}"]
        for role, port, grpc in zip(roles, ports[::2], ports[1::2], strict=True):
            command += [f"-{role}.port={port}", f"-{role}.port.grpc={grpc}"]
        command += ["-dir=data", "-filer", "-s3", "-s3.config=s3.json", "-s3.iam.config=iam.json"]
        # Only S3 listens, and nothing reports home. Small volumes, as seven are allocated at the
        # first write; and many, as the room of deleted objects is not freed.
        command += [
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-master.telemetry=false",
            "-s3.autoCreateBucket=false",
        ]
        command += ["-volume.max=400", "-master.volumeSizeLimitMB=64"]
        self.run("weed", command + self.more_options())
        self.endpoint = f"http://{BIND}:{ports[6]}"

    def more_options(self) -> list[str]:
        """Returns additional options of the command, for subclasses."""
        return []

    def stored_key(self, key: str) -> str:
        """Returns the stored key: objects are files of its filer, whose paths have no empty
        segments.
        """
        return re.sub("//+", "/", key)

    def identities(self) -> dict[str, Any]:
        """Returns the static keys."""
        every = ["Admin", "Read", "List", "Tagging", "Write"]
        return {
            "identities": [
                {"name": "admin", "credentials": [credential(self.keys)], "actions": every},
                {
                    "name": "assumer",
                    "credentials": [credential(self.assumer)],
                    "actions": ["Read"],
                    "policyNames": ["AllowAssume"],
                },
            ]
        }

    def iam(self) -> dict[str, Any]:
        """Returns the configuration of STS, of the role, and of the two policies."""
        bucket = f"arn:aws:s3:::{self.bucket}"
        upload = allow(["s3:*"], [bucket, f"{bucket}/*"])
        upload["Statement"] += allow(["sts:ValidateSession"], ["*"])["Statement"]
        return {
            "sts": {
                "tokenDuration": "1h",
                "maxSessionLength": "12h",
                "issuer": "seaweedfs-sts",
                "signingKey": "dGVzdC1zaWduaW5nLWtleS0zMi1jaGFyYWN0ZXJzLWxvbmc=",
            },
            "policy": {"defaultEffect": "Deny"},
            "roles": [
                {
                    "roleName": ROLE_ARN.rpartition("/")[2],
                    "roleArn": ROLE_ARN,
                    "trustPolicy": allow(["sts:AssumeRole"], [], Principal={"AWS": "*"}),
                    "attachedPolicies": ["UploadPolicy"],
                }
            ],
            "policies": [
                {"name": "UploadPolicy", "document": upload},
                {"name": "AllowAssume", "document": allow(["sts:AssumeRole"], [ROLE_ARN])},
            ],
        }

    def assume_role(self) -> Keys:
        """Returns temporary credentials of the role, by boto3 from the server's own STS."""
        sts = self.client("sts", self.assumer)
        response = sts.assume_role(RoleArn=ROLE_ARN, RoleSessionName="uploads")["Credentials"]
        return Keys(response["AccessKeyId"], response["SecretAccessKey"], response["SessionToken"])


def credential(keys: Keys) -> dict[str, str]:
    """Returns keys in the form of SeaweedFS's configuration."""
    return {"accessKey": keys.access_key_id, "secretKey": keys.secret_access_key}

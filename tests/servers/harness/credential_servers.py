"""SeaweedFS with an identity provider, and the roles of ministack.

The identity provider is our own, since others do not run without a browser. It has a key, and the
JWKS by which SeaweedFS checks its tokens. PyJWT makes the tokens (RS256).
"""

from __future__ import annotations

import http.server
import json
import pathlib
import threading
import time
import types
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.servers import BIND, ROLE_ARN, ROLE_BUCKET, Keys, SeaweedFS, Server, allow

AUDIENCE = "uploader"
KEY_ID = "key-1"
# The role that another assumed role assumes.
SECOND_ROLE_ARN = "arn:aws:iam::000000000000:role/SecondRole"


class IdentityProvider:
    """An issuer of tokens, with its keys at `jwks_url`."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        document = json.dumps(
            {"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}
        ).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            """Sends the keys."""

            def log_message(self, format: str, *args: object) -> None:
                """Prints nothing."""

            def do_GET(self) -> None:
                """Sends the keys, at any path."""
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(document)))
                self.end_headers()
                self.wfile.write(document)

        self.server = http.server.ThreadingHTTPServer((BIND, 0), Handler)
        self.issuer = f"http://{BIND}:{self.server.server_port}"
        self.jwks_url = f"{self.issuer}/jwks.json"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self.server.server_close()

    def token(self, key: rsa.RSAPrivateKey | None = None, **changes: Any) -> str:
        """Returns a token that is valid for an hour, with these changes."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "pod",
            "aud": AUDIENCE,
            "iat": now - 60,
            "exp": now + 3600,
            **changes,
        }
        return jwt.encode(claims, key or self.key, algorithm="RS256", headers={"kid": KEY_ID})


class SeaweedFSWithIdentities(SeaweedFS):
    """SeaweedFS whose roles can also be assumed by tokens of an identity provider, and by one
    another.
    """

    def __init__(self, scratch: pathlib.Path, provider: IdentityProvider) -> None:
        super().__init__(scratch)
        self.provider = provider

    def iam(self) -> dict[str, Any]:
        """Extends the configuration of SeaweedFS."""
        iam = super().iam()
        config = {
            "issuer": self.provider.issuer,
            "clientId": AUDIENCE,
            "jwksUri": self.provider.jwks_url,
            "scopes": ["openid"],
            "roleMapping": {"defaultRole": ROLE_ARN},
        }
        iam["providers"] = [{"name": "oidc", "type": "oidc", "enabled": True, "config": config}]
        (first,) = iam["roles"]
        federated = allow(["sts:AssumeRoleWithWebIdentity"], [], Principal={"Federated": "*"})
        first["trustPolicy"]["Statement"] += federated["Statement"]
        name = SECOND_ROLE_ARN.rpartition("/")[2]
        trust = allow(["sts:AssumeRole"], [], Principal={"AWS": "*"})
        policy = {
            "roleName": name,
            "roleArn": SECOND_ROLE_ARN,
            "trustPolicy": trust,
            "attachedPolicies": ["UploadPolicy"],
        }
        iam["roles"].append(policy)
        for each in iam["policies"]:
            each["document"]["Statement"] += allow(["sts:AssumeRole"], [SECOND_ROLE_ARN])[
                "Statement"
            ]
        return iam


def caller_of(server: Server, keys: Keys) -> dict[str, str]:
    """Returns the owner of these keys, by boto3."""
    return server.client("sts", keys).get_caller_identity()


def create_roles(server: Server, names: tuple[str, str]) -> tuple[Keys, tuple[str, ...]]:
    """Creates roles in ministack that a user and each role can assume, and that can use a bucket;
    returns the user's keys.
    """
    server.client().create_bucket(Bucket=ROLE_BUCKET)
    iam = server.client("iam")
    bucket = f"arn:aws:s3:::{ROLE_BUCKET}"
    policy = allow(["sts:AssumeRole"], [f"arn:aws:iam::000000000000:role/{name}" for name in names])
    policy["Statement"] += allow(["s3:*"], [bucket, f"{bucket}/*"])["Statement"]
    arns = []
    for name in names:
        trust = allow(["sts:AssumeRole"], [], Principal={"AWS": "*"})
        arns.append(
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"][
                "Arn"
            ]
        )
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    iam.create_user(UserName="assumer")
    iam.put_user_policy(UserName="assumer", PolicyName="p", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="assumer")["AccessKey"]
    return Keys(key["AccessKeyId"], key["SecretAccessKey"]), tuple(arns)

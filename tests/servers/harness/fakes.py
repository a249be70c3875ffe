"""Fake services on one loopback port, whose credentials contain the question that was asked.

They are an STS, a portal and an OIDC endpoint of IAM Identity Center, and a container's endpoint.
They check only what a configuration needs to be refused. The session token of a response is the
whole question, so two clients with the same credentials have asked the same question, of the same
region and with the same keys.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator

EXPIRES = "2037-05-06T07:08:09Z"
EXPIRES_MS = 2_125_206_489_000
# The session names of clients by default.
OWN_NAMES = re.compile(r"(botocore-session|rolesig)-\d+")
ACCOUNT = "123456789012"
GOOD_LOGINS = {"good-login", "renewed-login"}


def credentials_with(asked: dict[str, str]) -> dict[str, str]:
    """Returns credentials that contain a question."""
    text = json.dumps(asked, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {
        "AccessKeyId": "ASIA" + digest[:16].upper(),
        "SecretAccessKey": digest[16:56],
        "SessionToken": base64.urlsafe_b64encode(text.encode()).decode(),
    }


def question_in(session_token: str | None) -> dict[str, str] | None:
    """Returns the question in credentials, if they come from here."""
    try:
        return json.loads(base64.urlsafe_b64decode(session_token or ""))
    except ValueError:
        return None


class Handler(http.server.BaseHTTPRequestHandler):
    """All services, which differ by their paths."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing."""

    def respond(
        self, status: int, body: str, kind: str = "application/json", **headers: str
    ) -> None:
        """Sends a response."""
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        """Serves STS, or the OIDC endpoint."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/token":
            self.oidc(json.loads(body))
        else:
            self.sts(dict(urllib.parse.parse_qsl(body)))

    def do_GET(self) -> None:
        """Serves the portal, or the container's endpoint."""
        if self.path.startswith("/federation/credentials"):
            self.portal()
        else:
            self.container()

    def do_PUT(self) -> None:
        """Serves the metadata service of an instance without a role."""
        self.respond(200, "token", "text/plain", X_aws_ec2_metadata_token_ttl_seconds="21600")

    def sts(self, question: dict[str, str]) -> None:
        """Serves AssumeRole and AssumeRoleWithWebIdentity."""
        question.pop("Version", None)
        name = question.get("RoleSessionName", "")
        question["RoleSessionName"] = OWN_NAMES.sub("(own)", name)
        # AWS4-HMAC-SHA256 Credential=KEY/20250101/REGION/sts/aws4_request, …
        scope = re.search(
            r"Credential=([^/]+)/\d+/([^,]+)/aws4_request", self.headers.get("Authorization", "")
        )
        question["signed"] = " ".join(scope.groups()) if scope else "not"
        question["token"] = self.headers.get("X-Amz-Security-Token", "")
        question["path"] = self.path
        role = question.get("RoleArn", "")
        if role.endswith("/Denied"):
            error = "<Type>Sender</Type><Code>AccessDenied</Code><Message>not for you</Message>"
            error = f"<ErrorResponse><Error>{error}</Error><RequestId>1</RequestId></ErrorResponse>"
            self.respond(403, error, "text/xml")
            return
        elements = {**credentials_with(question), "Expiration": EXPIRES}
        credentials = "".join(f"<{name}>{value}</{name}>" for name, value in elements.items())
        arn = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/session"
        user = f"<Arn>{arn}</Arn><AssumedRoleId>AROA:session</AssumedRoleId>"
        user = f"<AssumedRoleUser>{user}</AssumedRoleUser>"
        action = question["Action"]
        result = f"<{action}Result><Credentials>{credentials}</Credentials>{user}</{action}Result>"
        namespace = "https://sts.amazonaws.com/doc/2011-06-15/"
        self.respond(
            200, f'<{action}Response xmlns="{namespace}">{result}</{action}Response>', "text/xml"
        )

    def oidc(self, question: dict[str, str]) -> None:
        """Renews a login."""
        if question.get("refreshToken") != "good-refresh" or question.get("clientId") != "client":
            self.respond(
                400, '{"error": "invalid_grant"}', x_amzn_errortype="InvalidGrantException"
            )
            return
        renewed = {
            "accessToken": "renewed-login",
            "expiresIn": 3600,
            "refreshToken": "next",
            "tokenType": "Bearer",
        }
        self.respond(200, json.dumps(renewed))

    def portal(self) -> None:
        """Sends a role's credentials to a logged-in client."""
        login = self.headers.get("x-amz-sso_bearer_token", "")
        if login not in GOOD_LOGINS:
            error = '{"message": "Session token not found or invalid"}'
            self.respond(401, error, x_amzn_errortype="UnauthorizedException")
            return
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        given = credentials_with(
            {name: values[0] for name, values in query.items()} | {"login": login}
        )
        small = {name[0].lower() + name[1:]: value for name, value in given.items()}
        self.respond(200, json.dumps({"roleCredentials": {**small, "expiration": EXPIRES_MS}}))

    def container(self) -> None:
        """Sends credentials, for any path except a few."""
        if self.path == "/refused":
            self.respond(403, '{"code": "AccessDenied", "message": "not for you"}')
            return
        if self.path == "/nothing" or self.path.startswith("/latest/"):
            self.respond(404, "no such page", "text/plain")
            return
        given = credentials_with(
            {"path": self.path, "authorization": self.headers.get("Authorization", "(none)")}
        )
        given["Token"] = given.pop("SessionToken")
        account = {"AccountId": ACCOUNT} if "account" in self.path else {}
        self.respond(200, json.dumps({**given, **account, "Expiration": EXPIRES}))


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Starts all services, and yields their URL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()

#!/usr/bin/env python3
"""Checks that -presign and -request sign as botocore does.

    signed_requests.py ROLEFS

A server records the requests, which botocore signs again, with the same keys at the same time. The
hosts of botocore's services must show the service and the region that botocore signs for.
"""

from __future__ import annotations

import datetime
import http.server
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.session

from harness.checks import Checks, expect
from harness.rolefs_runs import Rolefs
from harness.servers import Keys
from harness.signing import Recorded
from harness.trial import url

KEYS = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token/with+signs==")

asked: list[tuple[str, str, dict[str, str], bytes]] = []


class Recorder(http.server.BaseHTTPRequestHandler):
    """A server that keeps what it is asked, and answers with success."""

    def respond(self) -> None:
        """Keeps a request."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked.append((self.command, self.path, headers, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_PUT = respond

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


def signed_by_botocore(
    service: str, method: str, address: str, headers: dict[str, str], body: bytes
) -> str:
    """Returns the header that botocore signs the same request with, at the same time."""
    base = botocore.auth.S3SigV4Auth if service == "s3" else Recorded
    given = headers["authorization"]
    names = re.search("SignedHeaders=([^,]*)", given)
    assert names
    own = ("host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256")
    kept = {name: headers[name] for name in names[1].split(";") if name not in own}
    request = botocore.awsrequest.AWSRequest(method, address, headers=kept, data=body)
    credentials = botocore.credentials.Credentials(
        KEYS.access_key_id, KEYS.secret_access_key, KEYS.session_token
    )
    at = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
    with mock.patch("botocore.auth.get_current_datetime", return_value=at):
        base(credentials, service, "eu-west-1").add_auth(request)
    return str(request.headers["Authorization"])


def check_signatures(checks: Checks, binary: str, endpoint: str, scratch: pathlib.Path) -> None:
    """Checks that -request signs as botocore does."""
    rolefs = Rolefs(binary, endpoint, "eu-west-1", KEYS, scratch)
    json_type = ("-H", "Content-Type: application/x-amz-json-1.0", "-H", "X-Amz-Target: A.B")
    for service, words, target in (
        ("sts", (), "/?Action=GetCallerIdentity&Version=2011-06-15"),
        ("dynamodb", (*json_type, "-d", '{"TableName": "t"}'), "/"),
        ("execute-api", ("-X", "PUT", "-H", "x-a:  b   c ", "-d", "x"), "/a%20b/c?q=1&a="),
        ("s3", ("-X", "PUT", "-d", "text"), "/bucket/a%2Bb//c?tagging="),
        ("sqs", ("-d", "Action=ListQueues"), "/"),
    ):
        with checks.check(f"-request signs for {service} as botocore does"):
            rolefs.succeed("-request", "--service", service, *words, endpoint + target)
            method, path, headers, body = asked.pop()
            ours = headers["authorization"]
            theirs = signed_by_botocore(service, method, endpoint + path, headers, body)
            expect(ours == theirs, f"{ours} {theirs}")


def presigned_by_botocore(method: str, url: str) -> dict[str, list[str]]:
    """Returns the query that botocore presigns the same request with, at the same time."""
    address, query = url.split("?")
    given = {name: values[0] for name, values in urllib.parse.parse_qs(query).items()}
    credentials = botocore.credentials.Credentials(
        KEYS.access_key_id, KEYS.secret_access_key, KEYS.session_token
    )
    signer = botocore.auth.S3SigV4QueryAuth(
        credentials, "s3", "eu-west-1", int(given["X-Amz-Expires"])
    )
    request = botocore.awsrequest.AWSRequest(method, address)
    at = datetime.datetime.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    with mock.patch("botocore.auth.get_current_datetime", return_value=at):
        signer.add_auth(request)
    return urllib.parse.parse_qs(urllib.parse.urlsplit(request.url).query)


def check_urls(checks: Checks, binary: str, endpoint: str, scratch: pathlib.Path) -> None:
    """Checks that -presign signs as botocore does, and for no longer than the credentials work."""
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=30)
    end = ("env", f"AWS_CREDENTIAL_EXPIRATION={soon:%Y-%m-%dT%H:%M:%SZ}")
    cases: tuple[tuple[str, int, tuple[str, ...]], ...] = (
        ("15m", 900, ()),
        ("12h", 43_200, ()),
        ("1h", 1800, end),
    )
    for method in ("get", "put"):
        for asked, seconds, wrapper in cases:
            rolefs = Rolefs(binary, endpoint, "eu-west-1", KEYS, scratch, wrapper)
            words = ("-presign", "--method", method, "--expires", asked)
            with checks.check(f"{' '.join(words)} signs as botocore does, for {seconds} s"):
                done = rolefs.run(*words, url("a b/c+d&\N{EURO SIGN}"))
                expect(done.status == 0, str(done))
                ours = done.output.decode().strip()
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(ours).query)
                expect(query == presigned_by_botocore(method.upper(), ours), ours)
                left = seconds - int(query["X-Amz-Expires"][0])
                expect(0 <= left <= (60 if wrapper else 0), f"{left} s less than {seconds} s")
                expect(("when the credentials expire" in done.errors) == bool(wrapper), str(done))


def scope_of(binary: str, proxy: str, host: str) -> str:
    """Returns the region and the service that rolefs signs for on a host."""
    asked.clear()
    environment = {"HTTP_PROXY": proxy, "AWS_EC2_METADATA_DISABLED": "true", **KEYS.environment()}
    command = [binary, "-request", f"http://{host}/"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    expect(done.returncode == 0, f"{host}: {done.stderr.decode()}")
    scope = re.search("Credential=[^/]*/[^/]*/([^,]*)/aws4_request", asked[0][2]["authorization"])
    assert scope
    return scope[1]


def check_guesses(checks: Checks, binary: str, proxy: str) -> None:
    """Checks that the hosts of botocore's services show what botocore signs for. They are asked
    through a proxy that answers itself.
    """
    session = botocore.session.get_session()
    wrong = []

    def is_odd(name: str) -> bool:
        model = session.get_service_model(name)
        return bool(model.endpoint_prefix != model.signing_name)

    every = session.get_available_services()
    services = [name for index, name in enumerate(every) if index % 10 == 0 or is_odd(name)]
    with checks.check(f"the hosts of {len(services)} services show what is signed for"):
        for name in services:
            client = session.create_client(
                name, "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
            )
            host = urllib.parse.urlsplit(client.meta.endpoint_url).hostname
            assert host
            region = re.search(r"[a-z]{2}-[a-z]+-\d", host)
            region_name = region[0] if region else "us-east-1"
            expected = f"{region_name}/{client.meta.service_model.signing_name}"
            if (scope := scope_of(binary, proxy, host)) != expected:
                wrong.append(f"{name}: {host}: {scope}, not {expected}")
        expect(not wrong, "\n".join(wrong))


def main() -> int:
    """Runs all checks, and returns the exit status."""
    binary = os.path.abspath(sys.argv[1])
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="rolefs-") as scratch:
        recorder = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
        threading.Thread(target=recorder.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{recorder.server_port}"
        check_signatures(checks, binary, endpoint, pathlib.Path(scratch))
        check_urls(checks, binary, endpoint, pathlib.Path(scratch))
        check_guesses(checks, binary, endpoint)
        recorder.shutdown()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

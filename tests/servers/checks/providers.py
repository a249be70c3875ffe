#!/usr/bin/env python3
"""Checks that rolefs gets credentials from the servers of others, and that these credentials work.

    providers.py ROLEFS SANDBOX

ROLEFS has the feature sandbox; SANDBOX is the example of that name. SeaweedFS is an STS that checks
its requests, with roles that its policies allow, and tokens of an identity provider. ministack is
STS, metadata service and container's endpoint. The AWS CLI, botocore and a shell use the output of
rolefs. No run may print a secret that was not asked for.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import pty
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from typing import Any

import botocore.session
from cryptography.hazmat.primitives.asymmetric import rsa

from harness import fakes, sandbox_process
from harness.checks import Checks, expect
from harness.credential_runs import SECONDS_PER_RUN, Rolefs, Variables
from harness.credential_servers import (
    SECOND_ROLE_ARN,
    IdentityProvider,
    SeaweedFSWithIdentities,
    create_roles,
)
from harness.providers.formats import formats
from harness.providers.trial import Trial, keys_of, role_of, seconds_left
from harness.servers import BIND, ROLE_ARN, ROLE_BUCKET, Keys, Ministack


def roles(trial: Trial, assumer: Keys, first: str, second: str) -> None:
    """Checks roles that profiles assume, one and two deep."""
    trial.rolefs.secrets.add(assumer.secret_access_key)
    source = keys_of("source", assumer)
    simple = role_of("default", first, "source_profile = source") + source
    chain = role_of("default", second, "source_profile = first")
    chain += role_of("profile first", first, "source_profile = source") + source
    with trial.check("source_profile"):
        trial.works(trial.profile(simple), first, "assume-role")
    with trial.check("session name of the profile"):
        variables = trial.profile(
            simple.replace("source_profile", "role_session_name = me-1\nsource_profile")
        )
        ours = json.loads(trial.rolefs.succeed(variables, "-whoami", "--format", "json"))
        expect(ours["Arn"].endswith("/me-1"), f"it is {ours}")
    with trial.check("a role assumed by a role"):
        trial.works(trial.profile(chain), second, "assume-role")
    with trial.check("credential_source = Environment"):
        variables = trial.profile(role_of("profile env", first, "credential_source = Environment"))
        trial.works(
            {**variables, **assumer.environment()}, first, "assume-role", "--profile", "env"
        )
    with trial.check("keys that do not exist"):
        unknown = keys_of("source", Keys("AKIANOBODYKNOWSIT000", "x" * 40))
        variables = trial.profile(role_of("default", first, "source_profile = source") + unknown)
        print(trial.rolefs.refused(variables, "failed: "))
    with trial.check("a wrong secret"):
        wrong = keys_of("source", Keys(assumer.access_key_id, "x" * 40))
        variables = trial.profile(role_of("default", first, "source_profile = source") + wrong)
        print(trial.rolefs.refused(variables, "failed: ", "SignatureDoesNotMatch"))
    with trial.check("a role that may not be assumed"):
        other = first.rpartition("/")[0] + "/NoSuchRole"
        print(
            trial.rolefs.refused(
                trial.profile(role_of("default", other, "source_profile = source") + source),
                "AccessDenied",
            )
        )


def web_identities(trial: Trial, provider: IdentityProvider) -> None:
    """Checks valid and invalid tokens."""
    path = trial.rolefs.file("token", "")
    env = trial.variables(
        AWS_WEB_IDENTITY_TOKEN_FILE=path, AWS_ROLE_ARN=ROLE_ARN, AWS_ROLE_SESSION_NAME="pod-1"
    )

    def token(text: str) -> Variables:
        trial.rolefs.secrets.add(text.strip() or "(none)")
        trial.rolefs.file("token", text)
        return env

    with trial.check("web identity of the environment"):
        trial.works(token(provider.token()), ROLE_ARN, "web-identity")
    with trial.check("web identity of a profile"):
        token(provider.token())
        trial.works(
            trial.profile(role_of("default", ROLE_ARN, f"web_identity_token_file = {path}")),
            ROLE_ARN,
            "web-identity",
        )
    with trial.check("a line end after the token"):
        trial.works(token(provider.token() + "\n"), ROLE_ARN, "web-identity")
    with trial.check("a role assumed by a web identity"):
        token(provider.token())
        config = role_of("default", SECOND_ROLE_ARN, "source_profile = pod")
        config += role_of("profile pod", ROLE_ARN, f"web_identity_token_file = {path}")
        trial.works(trial.profile(config), SECOND_ROLE_ARN, "assume-role")
    now = int(time.time())
    others = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    whole = provider.token()
    bad = {
        "expired": provider.token(exp=now - 600, iat=now - 4200),
        "of another audience": provider.token(aud="someone-else"),
        "of another issuer": provider.token(iss="http://127.0.0.1:1"),
        "signed by another key": provider.token(key=others),
        "cut off": whole[:-20],
        "not a token": "not-a-token",
    }
    for label, text in bad.items():
        with trial.check(f"a token {label}"):
            print(trial.rolefs.refused(token(text), "refused: ", path, ROLE_ARN, "it is renewed"))
    with trial.check("an empty token file"):
        trial.rolefs.refused(token(""), f"{path} is empty: check the service that mounts it")
    with trial.check("a rotated token"):
        trial.works(token(provider.token()), ROLE_ARN, "web-identity")


def seaweedfs(rolefs: Rolefs, checks: Checks, scratch: pathlib.Path) -> None:
    """Checks an STS that verifies requests, and an S3 that accepts its credentials."""
    with IdentityProvider() as provider, SeaweedFSWithIdentities(scratch, provider) as server:
        server.client().create_bucket(Bucket=ROLE_BUCKET)
        trial = Trial(rolefs, server, checks)
        roles(trial, server.assumer, ROLE_ARN, SECOND_ROLE_ARN)
        web_identities(trial, provider)
        formats(trial, server.assumer)


def ministack(rolefs: Rolefs, checks: Checks, scratch: pathlib.Path) -> None:
    """Checks an STS with signatures and policies, metadata with required tokens, and a container's
    endpoint.
    """
    with Ministack(scratch) as server:
        trial = Trial(rolefs, server, checks)
        assumer, (first, second) = create_roles(server, ("First", "Second"))
        roles(trial, assumer, first, second)
        here = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.endpoint}
        with trial.check("metadata with required tokens"):
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(
                    f"{server.endpoint}/latest/meta-data/", timeout=SECONDS_PER_RUN
                )
                expect(False, "it answers without a token")
            document = rolefs.credentials(here)
            expect(
                document["Source"] == "imds" and seconds_left(document) > 3000,
                f"from {document['Source']}",
            )
        with trial.check("the region of the instance"):
            done = rolefs.run(
                {**here, "AWS_DEFAULT_REGION": "", "AWS_ENDPOINT_URL_S3": server.endpoint},
                "-ls",
                "s3a://none/",
            )
            expect("no region" not in done.errors, f"{done}")
        full = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.endpoint}/v2/credentials/1234"}
        token = rolefs.file("container-token", "token-of-the-container\n")
        for label, more in {
            "container": {},
            "container with a token": {
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token-of-the-container"
            },
            "container with a token file": {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token},
        }.items():
            with trial.check(label):
                document = rolefs.credentials({**full, **more})
                expect(
                    document["Source"] == "container" and seconds_left(document) > 3000,
                    f"from {document['Source']}",
                )
        with trial.check("container, no such path"):
            print(
                rolefs.refused(
                    {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.endpoint}/v9/none"}, "failed: "
                )
            )
        with trial.check(
            "a role assumed with a container's credentials is refused in the server's words"
        ):
            variables = {
                **trial.profile(role_of("default", first, "credential_source = EcsContainer")),
                **full,
            }
            print(rolefs.refused(variables, "InvalidClientTokenId"))


def sandbox(rolefs: Rolefs, checks: Checks, example: str) -> None:
    """Checks the project's own sandbox."""
    with checks.check("sandbox: rolefs -sandbox -credentials"):
        output = rolefs.succeed({}, "-sandbox", "-credentials", "--format", "json")
        document = json.loads(output.splitlines()[0])
        expect(document["Source"] == "imds" and document["AccessKeyId"].startswith("ASIA"), output)
    with sandbox_process.sandbox(example) as (metadata, s3):
        variables = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata, "AWS_ENDPOINT_URL_S3": s3}
        with checks.check("sandbox: the example, by environment"):
            expect(rolefs.credentials(variables)["Source"] == "imds", "not from there")
            path = rolefs.file("text", "text")
            rolefs.succeed(variables, "-put", "-f", path, f"s3a://{sandbox_process.BUCKET}/text")
            expect(
                rolefs.succeed(variables, "-cat", f"s3a://{sandbox_process.BUCKET}/text") == "text",
                "another text",
            )
        with checks.check("sandbox: the same credentials as botocore's"):
            with_endpoint = botocore.session.Session()
            with_endpoint.set_config_variable("ec2_metadata_service_endpoint", metadata)
            os.environ.pop("AWS_EC2_METADATA_DISABLED", None)
            fetcher = with_endpoint.get_component("credential_provider").get_provider("iam-role")
            theirs = fetcher.load().get_frozen_credentials()
            expect(theirs.access_key == rolefs.credentials(variables)["AccessKeyId"], "others")


PROVIDERS = ("environment", "profile", "web identity", "container", "instance metadata")


@contextlib.contextmanager
def listening(accepts: bool) -> Any:
    """Starts a metadata service that never answers: it accepts connections, or its queue of them is
    full.
    """
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind((BIND, 0))
        listener.listen(64 if accepts else 0)
        port = listener.getsockname()[1]
        if not accepts:
            for _ in range(4):  # fills the queue: further packets are dropped
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex((BIND, port))
        yield f"http://{BIND}:{port}"


def laptop(rolefs: Rolefs, checks: Checks) -> None:
    """Checks a host where nothing is configured, and no metadata service answers."""
    for label, accepts, words in (
        ("packets are dropped", False, "AWS_EC2_METADATA_DISABLED"),
        ("hop limit 1: connected, and no response", True, "hop limit"),
    ):
        with checks.check(f"laptop: {label}"), listening(accepts) as endpoint:
            started = time.monotonic()
            errors = rolefs.refused(
                {"AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint}, words, *PROVIDERS
            )
            took = time.monotonic() - started
            print(f"{took:.2f} s: {errors}")
            expect(took < 3, f"it took {took:.2f} s")
    with checks.check("laptop: nobody listens"):
        started = time.monotonic()
        rolefs.refused({"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{BIND}:1"}, *PROVIDERS)
        expect(time.monotonic() - started < 3, "it took longer than 3 s")


def terminal(rolefs: Rolefs, checks: Checks) -> None:
    """Checks a role that requires a code, and a person who types it."""
    source = keys_of("source", Keys("AKIASOURCE", "secret-of-the-source"))
    config = (
        role_of(
            "default", ROLE_ARN, "source_profile = source\nmfa_serial = arn:aws:iam::1:mfa/phone"
        )
        + source
    )
    with checks.check("terminal: the code of an MFA device is asked for"), fakes.serving() as sts:
        variables = {"AWS_ENDPOINT_URL_STS": sts, "AWS_CONFIG_FILE": rolefs.file("config", config)}
        command = [rolefs.binary, "-credentials", "--format", "json", "--show-secrets"]
        pid, terminal_of_child = pty.fork()
        if pid == 0:
            os.execve(command[0], command, rolefs.environment(variables))
        output = b""
        with contextlib.suppress(OSError):  # the terminal's end, on Linux
            while part := os.read(terminal_of_child, 4096):
                output += part
                if b"phone" in output and b"123456" not in output and b"{" not in output:
                    os.write(terminal_of_child, b"123456\n")
        os.close(terminal_of_child)
        _, status = os.waitpid(pid, 0)
        expect(status == 0, f"{status}: {output!r}")
        question = fakes.question_in(json.loads(output[output.index(b"{") :])["SessionToken"])
        sent = question and (question["SerialNumber"], question["TokenCode"])
        expect(sent == ("arn:aws:iam::1:mfa/phone", "123456"), f"STS received {sent}")


def main() -> int:
    """Runs all checks, and returns the exit status."""
    binary, example = (os.path.abspath(path) for path in sys.argv[1:3])
    os.environ["NO_PROXY"] = "*"
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="rolefs-") as folder:
        scratch = pathlib.Path(folder)
        home = scratch / "home"
        home.mkdir()
        rolefs = Rolefs(binary, home)
        for label, run in (
            ("seaweedfs", lambda: seaweedfs(rolefs, checks, scratch)),
            ("ministack", lambda: ministack(rolefs, checks, scratch)),
            ("sandbox", lambda: sandbox(rolefs, checks, example)),
            ("laptop", lambda: laptop(rolefs, checks)),
            ("terminal", lambda: terminal(rolefs, checks)),
        ):
            with checks.check(f"{label}: runs"):
                run()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

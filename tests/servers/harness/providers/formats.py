"""Checks that a shell, botocore, the AWS CLI and rolefs itself read what rolefs prints."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from harness.checks import expect
from harness.credential_runs import SECONDS_PER_RUN
from harness.providers.trial import Trial, keys_of, role_of, seconds_left
from harness.servers import ROLE_ARN, ROLE_BUCKET, Keys, program


def formats(trial: Trial, assumer: Keys) -> None:
    """Checks that other programs read the output of rolefs."""
    rolefs = trial.rolefs
    config = role_of("default", ROLE_ARN, "source_profile = source") + keys_of("source", assumer)
    variables = trial.profile(config)
    check_secrets(trial, variables)
    check_shell(trial, variables)
    process = (
        f'[profile process]\ncredential_process = "{rolefs.binary}" --profile role '
        "-credentials --format process\n"
    )
    process += role_of("profile role", ROLE_ARN, "source_profile = source") + keys_of(
        "source", assumer
    )
    path = rolefs.file("process-config", process)
    variables = rolefs.environment(trial.variables(AWS_CONFIG_FILE=path, AWS_PROFILE="process"))
    check_process(trial, variables)
    with trial.check("process, by rolefs"):
        document = rolefs.credentials(variables)
        expect(
            document["Source"] == "process" and seconds_left(document) > 3000, document["Source"]
        )


def check_secrets(trial: Trial, variables: dict[str, str]) -> None:
    """Checks that the formats for people show no secret."""
    rolefs = trial.rolefs
    with trial.check("text and json show no secret"):
        for arguments in ((), ("--format", "text"), ("--format", "json")):
            done = rolefs.run(variables, "-credentials", *arguments)
            # Each run gets other credentials: texts that look like a token or a secret are also
            # searched for.
            expect(done.status == 0, f"{done}")
            long = re.findall(
                r"[A-Za-z0-9+/=_.-]{36,}", re.sub(r"arn:\S+", "", done.output + done.errors)
            )
            expect(not long, f"{arguments}: {long}")
        document = json.loads(done.output)
        expect(
            document["SecretAccessKey"] is None and document["SessionToken"] is None, f"{document}"
        )


def check_shell(trial: Trial, variables: dict[str, str]) -> None:
    """Checks that a shell reads the format `env`."""
    rolefs = trial.rolefs
    with trial.check("env, by a shell"):
        rolefs_env = rolefs.environment({**variables, "ROLEFS": rolefs.binary})
        script = (
            'eval "$("$ROLEFS" -credentials --format env)" && unset AWS_CONFIG_FILE && exec '
            '"$ROLEFS" -whoami'
        )
        done = subprocess.run(
            ["sh", "-c", script],
            env=rolefs_env,
            capture_output=True,
            text=True,
            timeout=SECONDS_PER_RUN,
            check=False,
        )
        expect("assumed-role/UploadRole/" in done.stdout, f"{done}")


def check_process(trial: Trial, variables: dict[str, str]) -> None:
    """Checks that botocore and the AWS CLI read the format `process`."""
    with trial.check("process, by botocore"):
        code = (
            "import boto3, json; s = boto3.Session(); c = s.get_credentials();"
            "print(json.dumps([c.method, str(c._expiry_time), "
            "s.client('sts').get_caller_identity()['Arn']]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=variables,
            capture_output=True,
            text=True,
            timeout=SECONDS_PER_RUN,
            check=False,
        )
        expect(done.returncode == 0, f"{done}")
        method, expires, arn = json.loads(done.stdout)
        expect(
            method == "custom-process"
            and expires.startswith("20")
            and "assumed-role/UploadRole/" in arn,
            done.stdout,
        )
    with trial.check("process, by the AWS CLI"):
        listing = ["s3api", "list-objects-v2", "--bucket", ROLE_BUCKET, "--output", "json"]
        command = [program("aws"), *listing]
        done = subprocess.run(
            command,
            env=variables,
            capture_output=True,
            text=True,
            timeout=SECONDS_PER_RUN,
            check=False,
        )
        expect(done.returncode == 0 and json.loads(done.stdout)["Contents"], f"{done}")

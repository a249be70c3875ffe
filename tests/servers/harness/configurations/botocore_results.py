"""Resolves configurations with botocore: a line of JSON on stdin, a result as a line on stdout.

This is a separate program, because botocore reads HOME when it is imported. Each line has the whole
`environment`, and the explicit `profile`, or null.
"""

from __future__ import annotations

import datetime
import getpass
import json
import os
import sys


def no_terminal(prompt: str) -> str:
    """Refuses to ask for a code: there is no terminal."""
    raise EOFError(prompt)


# botocore takes it as a default argument when it is imported.
getpass.getpass = no_terminal

import botocore.loaders  # noqa: E402 - after the replacement
import botocore.session  # noqa: E402 - after the replacement


def resolved(loader: botocore.loaders.Loader, question: dict) -> dict:
    """Returns credentials and region, or the error."""
    os.environ.clear()
    os.environ.update(question["environment"])
    try:
        session = botocore.session.Session(profile=question["profile"])
        session.register_component("data_loader", loader)
        region = session.get_config_variable("region")
        credentials = session.get_credentials()
        if credentials is None:
            return {"failed": "there are none"}
        frozen = credentials.get_frozen_credentials()
    # Any error: botocore passes on the exceptions of the libraries below it.
    except Exception as error:  # pylint: disable=broad-exception-caught
        return {"failed": f"{type(error).__name__}: {error}"}
    # The attribute in which botocore keeps the time of renewal; it has no public name.
    expires = getattr(credentials, "_expiry_time", None)
    return {
        "AccessKeyId": frozen.access_key,
        "SecretAccessKey": frozen.secret_key,
        "SessionToken": frozen.token or None,
        "Expiration": expires and expires.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "AccountId": frozen.account_id,
        "Region": region or None,
    }


def main() -> None:
    """Resolves the lines of stdin."""
    loader = botocore.loaders.create_loader()
    # Programs of `credential_process` would inherit stdin, which is not for them.
    questions = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for line in questions:
        print(json.dumps(resolved(loader, json.loads(line))), flush=True)


if __name__ == "__main__":
    sys.exit(main())

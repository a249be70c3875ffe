"""What botocore resolves: one configuration as a line of JSON on stdin, one answer as a line on
stdout.

A program of its own because botocore reads HOME when it is imported. Each line has the
`environment`, all of it, and the `profile` that is named in so many words, or null.
"""

from __future__ import annotations

import datetime
import getpass
import json
import os
import sys


def no_terminal(prompt: str) -> str:
    """Nobody is there to be asked for a code."""
    raise EOFError(prompt)


# botocore takes it for a default argument when it is imported.
getpass.getpass = no_terminal

import botocore.loaders  # noqa: E402
import botocore.session  # noqa: E402


def resolved(loader: botocore.loaders.Loader, question: dict) -> dict:
    """Credentials and region, or why there are none."""
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
    # All that may go wrong: botocore raises whatever the libraries below it do.
    except Exception as error:  # pylint: disable=broad-exception-caught
        return {"failed": f"{type(error).__name__}: {error}"}
    # Where botocore itself asks when they are to be renewed; there is no public name for it.
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
    """Until stdin ends."""
    loader = botocore.loaders.create_loader()
    # Programs of `credential_process` inherit stdin, which is not theirs.
    questions = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for line in questions:
        print(json.dumps(resolved(loader, json.loads(line))), flush=True)


if __name__ == "__main__":
    sys.exit(main())

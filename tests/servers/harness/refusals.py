"""The errors of rolefs when a server refuses: wrong credentials, a wrong clock, a missing
bucket.
"""

from __future__ import annotations

import dataclasses
import datetime
import shutil

from harness.checks import expect
from harness.rolefs_runs import Rolefs
from harness.trial import BUCKET, Trial, url

SKEW = "+20m"


def check_refusal(
    trial: Trial, label: str, rolefs: Rolefs, code: str, bucket: str = BUCKET
) -> None:
    """Checks that put, ls and cat each end with 1 and the server's own code, and store nothing."""
    key = f"refused {label}"
    for command in (
        ("-put", trial.file("refused", b"x"), url(key, bucket)),
        ("-ls", url("", bucket)),
    ):
        with trial.check(f"{label}: {command[0]} reports {code}"):
            done = rolefs.run(*command)
            expect(done.status == 1 and code in done.errors and done.output == b"", str(done))
            expect(
                done.errors.startswith(f"{command[0][1:]}: "),
                f"the message does not begin as Hadoop's: {done}",
            )
    with trial.check(f"{label}: -cat reports {code}"):
        done = rolefs.run("-cat", url("existing", bucket))
        expect(done.status == 1 and code in done.errors and done.output == b"", str(done))
    with trial.check(f"{label}: nothing was stored"):
        expect(trial.keys_below(key) == [], f"{trial.keys_below(key)}")


def other_end(text: str) -> str:
    """Returns a text of the same length and alphabet with another end."""
    return text[:-4] + ("AAAA" if text[-4:] != "AAAA" else "BBBB")


def check_refused_keys(trial: Trial) -> None:
    """Checks wrong credentials, one part at a time."""
    rolefs, error_codes = trial.rolefs, trial.server.error_codes
    secret = other_end(rolefs.keys.secret_access_key)
    check_refusal(
        trial, "wrong secret", rolefs.with_keys(secret_access_key=secret), error_codes.wrong_secret
    )
    access_key = other_end(rolefs.keys.access_key_id)
    check_refusal(
        trial,
        "wrong access key",
        rolefs.with_keys(access_key_id=access_key),
        error_codes.wrong_access_key,
    )
    if rolefs.keys.session_token is not None:
        token = other_end(rolefs.keys.session_token)
        check_refusal(
            trial, "wrong token", rolefs.with_keys(session_token=token), error_codes.wrong_token
        )
        check_refusal(
            trial, "no token", rolefs.with_keys(session_token=None), error_codes.wrong_token
        )
        check_refusal(trial, "beyond the role", rolefs, error_codes.not_allowed, bucket="absent")


def signed_at(rolefs: Rolefs) -> datetime.datetime:
    """Returns the date with which rolefs would sign now."""
    show = ("-sign", "--service", "s3", "--region", rolefs.region, "--show", "string-to-sign")
    done = rolefs.run_plain(*show, stdin=b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    expect(done.status == 0, str(done))
    return datetime.datetime.strptime(done.output.decode().split("\n")[1], "%Y%m%dT%H%M%SZ")


def check_clock(trial: Trial) -> None:
    """Checks a clock that is off by more than the server's fifteen minutes."""
    wrapper = ("faketime", "--exclude-monotonic", "-f", SKEW)
    rolefs = dataclasses.replace(trial.rolefs, wrapper=wrapper)
    with trial.check("the clock can be set for rolefs alone"):
        expect(
            shutil.which(wrapper[0]) is not None, "faketime is missing: apt-get install faketime"
        )
        apart = signed_at(rolefs) - signed_at(trial.rolefs)
        expect(
            apart.total_seconds() > 1000, f"rolefs does not see it (linked statically?): {apart}"
        )
        keeps = ("env", "AWS_DISABLE_CLOCK_SKEW_CORRECTION=true", *wrapper)
        as_it_is = dataclasses.replace(trial.rolefs, wrapper=keeps)
        check_refusal(trial, f"clock {SKEW}", as_it_is, trial.server.error_codes.skewed)
    key = "corrected clock"
    for command, output in (
        (("-put", trial.file("corrected", b"in time"), url(key)), b""),
        (("-cat", url(key)), b"in time"),
    ):
        with trial.check(f"clock {SKEW}: {command[0]} learns the server's time"):
            done = rolefs.run(*command)
            expect(done.status == 0 and done.output == output, str(done))

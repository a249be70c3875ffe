"""The intended differences between the results of rolefs and botocore, with reasons.

Each configuration has a summary of botocore's result and one of rolefs's result: see `summary` in
resolved.py.
"""

from __future__ import annotations

FAILS = "fails"

REASONS: dict[str, dict[str, tuple[str, str]]] = {
    (
        "`AWS_REGION` is what every SDK but botocore reads, before `AWS_DEFAULT_REGION`; Lambda "
        "and ECS set it"
    ): {
        "region: AWS_REGION": ("AKIAENV", "AKIAENV, us-west-2"),
        "region: both variables": ("AKIAENV, eu-west-1", "AKIAENV, us-west-2"),
        "region: AWS_REGION before the profile": ("AKIAX, ap-south-1", "AKIAX, us-west-2"),
    },
    "`AWS_PROFILE` is read before `AWS_DEFAULT_PROFILE`, which only botocore knows": {
        "profile: both variables": ("AKIAY, eu-west-1", "AKIAX, eu-west-1"),
    },
    "an empty value counts as not set": {
        "profile: empty AWS_PROFILE": (FAILS, "AKIACONFIG, eu-west-1"),
        "container: empty token": ("eu-west-1", "(none), eu-west-1"),
    },
    "keys in the environment do not depend on files that are not read for them": {
        "environment: keys, AWS_PROFILE missing": (FAILS, "AKIAENV, eu-west-1"),
        "environment: keys, broken file": (FAILS, "AKIAENV, eu-west-1"),
    },
    "half of the keys is a mistake, and no reason to run under another identity": {
        "environment: secret alone, profile": ("AKIAFILE, eu-west-1", FAILS),
        "profile: secret alone, container": ("(none), eu-west-1", FAILS),
    },
    (
        "`AWS_SECURITY_TOKEN` is boto's name, which no other SDK reads; in a profile the other "
        "name comes first"
    ): {
        "environment: boto's token": ("AKIAENV, old, eu-west-1", "AKIAENV, eu-west-1"),
        "profile: both tokens": ("AKIAX, old, eu-west-1", "AKIAX, new, eu-west-1"),
    },
    (
        "a profile with keys and a program has its keys; for botocore it depends on the file they "
        "stand in"
    ): {
        "process: keys beside": ("ASIAPROC, eu-west-1", "AKIACONFIG, eu-west-1"),
    },
    "the version in a program's output is a number that scripts may write as a text": {
        "process: version as text": (FAILS, "ASIAPROC, eu-west-1"),
    },
    "an account's number is a text, as AWS documents it, also where the program writes a number": {
        "process: account as a number": (
            "ASIAPROC, 123456789012, eu-west-1",
            "ASIAPROC, 123456789012, eu-west-1",
        ),
    },
    "white space around keys comes from files and variables, and is never part of them": {
        "environment: spaces around": (" A , eu-west-1", "A, eu-west-1"),
    },
    "`duration_seconds` of a profile holds for web identities, too": {
        "web identity: a duration in the profile": (
            "P, token-of-pod, not, eu-west-1",
            "P, 7200, token-of-pod, not, eu-west-1",
        ),
    },
    (
        "a field whose type is not the one that AWS documents is a mistake, which must be reported "
        "at once"
    ): {
        "process: wrong type": ("ASIAPROC, eu-west-1", FAILS),
    },
    (
        "the profile comes before the web identity of the environment, as in the SDK for Rust, and "
        "is not mixed with it"
    ): {
        "web identity: profile, role of the environment": (
            "Web, token-of-pod, not, eu-west-1",
            "Profile, token-of-pod, not, eu-west-1",
        ),
        "web identity: environment and profile": (
            "Web, token-of-pod, not, eu-west-1",
            "Profile, token-of-pod, not, eu-west-1",
        ),
        "web identity: environment, profile with keys": (
            "Web, token-of-pod, not, eu-west-1",
            "AKIAX, eu-west-1",
        ),
    },
    "a line end after a token is not part of it: editors add one": {
        "web identity: line end in the token file": (
            "Web, token-of-pod\\n, not, eu-west-1",
            "Web, token-of-pod, not, eu-west-1",
        ),
        "container: line end in the token file": (FAILS, "token-of-pod, eu-west-1"),
    },
    "a token file that is empty has not been filled yet": {
        "container: empty token file": ("eu-west-1", FAILS),
    },
    "STS gives an hour at most to a role that assumes another, and refuses to be asked for more": {
        "role: chained, longer than an hour": (
            "A, 7200, ASIAC51C2BB81F6A3AF6 eu-west-1/sts, eu-west-1",
            "A, 3600, ASIAC51C2BB81F6A3AF6 eu-west-1/sts, eu-west-1",
        ),
    },
    "an invalid duration is a mistake that nobody would see until the session ends early": {
        "role: invalid duration": ("A, AKIAS eu-west-1/sts, eu-west-1", FAILS),
    },
    "the case of `credential_source` does not matter": {
        "role: ecscontainer": (FAILS, "A, ASIA60FABD4C0AF7A6A0 eu-west-1/sts, eu-west-1"),
    },
    "without a region, STS is the one that is everywhere, signed for us-east-1": {
        "region: of the source profile alone": (FAILS, "A, AKIAS us-east-1/sts"),
        "endpoint: no region": (FAILS, "A, AKIAS us-east-1/sts"),
    },
    (
        "FIPS or dual-stack and a custom endpoint contradict each other: botocore leaves "
        "out the former silently"
    ): {
        "endpoint: FIPS": ("A, AKIAS eu-west-1/sts, eu-west-1", FAILS),
        "endpoint: dual-stack": ("A, AKIAS eu-west-1/sts, eu-west-1", FAILS),
    },
    "with an endpoint there is no use for its mode": {
        "metadata: invalid mode": (FAILS, "of the instance, eu-west-1"),
    },
}

DIFFERENCES = {name: found for group in REASONS.values() for name, found in group.items()}

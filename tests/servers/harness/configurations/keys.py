"""Configurations with keys: in the environment, in profiles, from a program; and with a region."""

from __future__ import annotations

from harness.configurations.configuration import (
    PAST,
    Configuration,
    document,
    env_keys,
    keys,
    lines,
    role,
)
from harness.fakes import ACCOUNT, EXPIRES


def environment() -> list[Configuration]:
    """Returns configurations with keys in the environment."""
    return [*environment_alone(), *environment_with_files()]


def environment_alone() -> list[Configuration]:
    """Returns configurations with keys in the environment, or some of them."""
    both = lines("default", keys("FILE"))
    return [
        Configuration("nothing at all"),
        Configuration("environment: keys", env_keys()),
        Configuration("environment: token", env_keys(AWS_SESSION_TOKEN="token")),
        Configuration(
            "environment: expiration",
            env_keys(AWS_SESSION_TOKEN="token", AWS_CREDENTIAL_EXPIRATION=EXPIRES),
        ),
        Configuration(
            "environment: expiration without a token", env_keys(AWS_CREDENTIAL_EXPIRATION=EXPIRES)
        ),
        Configuration(
            "environment: expiration at an offset",
            env_keys(AWS_CREDENTIAL_EXPIRATION="2037-05-06T09:08:09+02:00"),
        ),
        Configuration("environment: expired", env_keys(AWS_CREDENTIAL_EXPIRATION=PAST)),
        Configuration(
            "environment: invalid expiration", env_keys(AWS_CREDENTIAL_EXPIRATION="soon")
        ),
        Configuration("environment: account", env_keys(AWS_ACCOUNT_ID=ACCOUNT)),
        Configuration("environment: key alone", {"AWS_ACCESS_KEY_ID": "AKIAENV"}),
        Configuration(
            "environment: key alone, profile", {"AWS_ACCESS_KEY_ID": "AKIAENV"}, credentials=both
        ),
        Configuration("environment: secret alone", {"AWS_SECRET_ACCESS_KEY": "secret"}),
        Configuration(
            "environment: secret alone, profile",
            {"AWS_SECRET_ACCESS_KEY": "secret"},
            credentials=both,
        ),
        Configuration(
            "environment: token alone, profile", {"AWS_SESSION_TOKEN": "token"}, credentials=both
        ),
    ]


def environment_with_files() -> list[Configuration]:
    """Returns configurations with keys in the environment, and more elsewhere."""
    both = lines("default", keys("FILE"))
    return [
        Configuration(
            "environment: empty keys, profile",
            env_keys(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY=""),
            credentials=both,
        ),
        Configuration("environment: empty token", env_keys(AWS_SESSION_TOKEN="")),
        Configuration("environment: boto's token", env_keys(AWS_SECURITY_TOKEN="old")),
        Configuration("environment: keys before the profile", env_keys(), credentials=both),
        Configuration(
            "environment: keys before AWS_PROFILE",
            env_keys(AWS_PROFILE="x"),
            config=lines("profile x", keys("X")),
        ),
        Configuration("environment: keys, AWS_PROFILE missing", env_keys(AWS_PROFILE="missing")),
        Configuration("environment: keys, broken file", env_keys(), config="[default\n"),
        Configuration(
            "environment: keys, other profile named",
            env_keys(),
            config=lines("profile x", keys("X")),
            profile="x",
        ),
        Configuration(
            "environment: keys before a container",
            env_keys(AWS_CONTAINER_CREDENTIALS_FULL_URI="<fake>/c"),
        ),
        Configuration(
            "environment: spaces around",
            {"AWS_ACCESS_KEY_ID": " A ", "AWS_SECRET_ACCESS_KEY": " s "},
        ),
    ]


SHARED = lines("default", keys("SHARED"))
CONFIG = lines("default", keys("CONFIG"))
CONTAINER = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "<fake>/c"}


def profiles() -> list[Configuration]:
    """Returns configurations with keys in profiles, and with the choice of the profile."""
    return [*chosen_profiles(), *settings_of_profiles(), *files_of_profiles()]


def chosen_profiles() -> list[Configuration]:
    """Returns configurations with a choice of the profile."""
    x, y = lines("profile x", keys("X")), lines("profile y", keys("Y"))
    shared, config, container = SHARED, CONFIG, CONTAINER
    return [
        Configuration("profile: default in credentials", credentials=shared),
        Configuration("profile: default in config", config=config),
        Configuration(
            "profile: [profile default]", config=lines("profile default", keys("CONFIG"))
        ),
        Configuration("profile: both files", config=config, credentials=shared),
        Configuration("profile: AWS_PROFILE, config", {"AWS_PROFILE": "x"}, config=x + y),
        Configuration(
            "profile: AWS_PROFILE, credentials",
            {"AWS_PROFILE": "x"},
            credentials=lines("x", keys("X")),
        ),
        Configuration("profile: AWS_DEFAULT_PROFILE", {"AWS_DEFAULT_PROFILE": "x"}, config=x),
        Configuration(
            "profile: both variables",
            {"AWS_PROFILE": "x", "AWS_DEFAULT_PROFILE": "y"},
            config=x + y,
        ),
        Configuration("profile: empty AWS_PROFILE", {"AWS_PROFILE": ""}, config=config),
        Configuration(
            "profile: named before AWS_PROFILE", {"AWS_PROFILE": "y"}, config=x + y, profile="x"
        ),
        Configuration("profile: AWS_PROFILE missing", {"AWS_PROFILE": "missing"}, config=x),
        Configuration(
            "profile: AWS_PROFILE missing, container",
            {"AWS_PROFILE": "missing", **container},
            config=x,
        ),
    ]


def settings_of_profiles() -> list[Configuration]:
    """Returns configurations with a profile that has some of the settings."""
    container = CONTAINER
    return [
        Configuration("profile: key alone", credentials="[default]\naws_access_key_id = AKIAX\n"),
        Configuration(
            "profile: secret alone", credentials="[default]\naws_secret_access_key = s\n"
        ),
        Configuration(
            "profile: secret alone, container",
            container,
            credentials="[default]\naws_secret_access_key = s\n",
        ),
        Configuration(
            "profile: key alone, container",
            container,
            credentials="[default]\naws_access_key_id = A\n",
        ),
        Configuration(
            "profile: token", credentials=lines("default", keys("X", aws_session_token="t"))
        ),
        Configuration(
            "profile: boto's token", credentials=lines("default", keys("X", aws_security_token="t"))
        ),
        Configuration(
            "profile: both tokens",
            credentials=lines(
                "default", keys("X", aws_session_token="new", aws_security_token="old")
            ),
        ),
        Configuration(
            "profile: account", credentials=lines("default", keys("X", aws_account_id=ACCOUNT))
        ),
    ]


def files_of_profiles() -> list[Configuration]:
    """Returns configurations with the files elsewhere, or with settings in both."""
    shared, config, container = SHARED, CONFIG, CONTAINER
    return [
        Configuration(
            "profile: files elsewhere",
            {"AWS_CONFIG_FILE": "<home>/c", "AWS_SHARED_CREDENTIALS_FILE": "<home>/s"},
            config=lines("default", keys("WRONG", region="us-west-1")),
            credentials=shared,
            files={
                "c": "[default]\nregion = ap-south-1\n",
                "s": lines("default", keys("ELSEWHERE")),
            },
        ),
        Configuration(
            "profile: config elsewhere, in ~", {"AWS_CONFIG_FILE": "~/c"}, files={"c": config}
        ),
        Configuration(
            "profile: no config file", {"AWS_CONFIG_FILE": "<home>/none"}, credentials=shared
        ),
        Configuration(
            "profile: key in config, secret in credentials",
            config="[default]\naws_access_key_id = AKIAX\n",
            credentials="[default]\naws_secret_access_key = s\n",
        ),
        Configuration(
            "profile: keys in credentials, token in config",
            config="[default]\naws_session_token = of-other-keys\n",
            credentials=shared,
        ),
        Configuration(
            "profile: keys in both, token in config",
            config=lines("default", keys("CONFIG", aws_session_token="of-other-keys")),
            credentials=shared,
        ),
        Configuration(
            "profile: keys in both, account in config",
            config=lines("default", keys("CONFIG", aws_account_id=ACCOUNT)),
            credentials=shared,
        ),
        Configuration(
            "profile: without keys, container", container, config="[default]\nregion = eu-west-3\n"
        ),
        Configuration("profile: keys before a container", container, config=config),
        Configuration(
            "profile: console login", config="[default]\nlogin_session = arn:aws:iam::1:user/u\n"
        ),
    ]


def regions() -> list[Configuration]:
    """Returns configurations with a region."""
    none = {"AWS_DEFAULT_REGION": None}
    profile = lines("default", keys("X", region="ap-south-1"))
    return [
        Configuration("region: AWS_DEFAULT_REGION", env_keys(AWS_DEFAULT_REGION="us-west-2")),
        Configuration("region: AWS_REGION", env_keys() | none | {"AWS_REGION": "us-west-2"}),
        Configuration("region: both variables", env_keys(AWS_REGION="us-west-2")),
        Configuration("region: none", env_keys() | none),
        Configuration("region: empty", env_keys(AWS_DEFAULT_REGION="")),
        Configuration("region: profile", none, config=profile),
        Configuration("region: credentials file", none, credentials=profile),
        Configuration(
            "region: both files",
            none,
            config="[default]\nregion = eu-west-2\n",
            credentials=profile,
        ),
        Configuration("region: variable before the profile", config=profile),
        Configuration(
            "region: AWS_REGION before the profile",
            none | {"AWS_REGION": "us-west-2"},
            config=profile,
        ),
        Configuration(
            "region: of the default profile, in another",
            {**none, "AWS_PROFILE": "x"},
            config="[default]\nregion = eu-west-2\n" + lines("profile x", keys("X")),
        ),
        Configuration(
            "region: of the source profile",
            none,
            config=lines("default", role("A", source_profile="s", region="eu-west-3"))
            + lines("profile s", keys("S", region="eu-west-2")),
        ),
        Configuration(
            "region: of the source profile alone",
            none,
            config=lines("default", role("A", source_profile="s"))
            + lines("profile s", keys("S", region="eu-west-2")),
        ),
    ]


def process() -> list[Configuration]:
    """Returns configurations with credentials from a program."""

    def of(
        name: str, output: str, command: str = "<print> <home>/p", **settings: str
    ) -> Configuration:
        config = lines("default", {"credential_process": command, **settings})
        return Configuration(
            f"process: {name}", config=config, files={"p": output, "with space": output}
        )

    return [
        of("keys", document()),
        of("token and expiration", document(SessionToken="t", Expiration=EXPIRES)),
        of("expiration at an offset", document(Expiration="2037-05-06T09:08:09+02:00")),
        of("fractions of a second", document(Expiration="2037-05-06T07:08:09.123Z")),
        of("account", document(AccountId=ACCOUNT)),
        of("account of the profile", document(), aws_account_id=ACCOUNT),
        of("two accounts", document(AccountId=ACCOUNT), aws_account_id="210987654321"),
        of("null where nothing is", document(SessionToken=None, Expiration=None)),
        of("empty token", document(SessionToken="")),
        of("empty expiration", document(Expiration="")),
        of("expiration without a zone", document(Expiration="2037-05-06T07:08:09")),
        of("account as a number", document(AccountId=123456789012)),
        of("unknown fields", document(Extra={"a": [1]})),
        of("wrong type", document(SecretAccessKey=1)),
        of("version 2", document(Version=2)),
        of("version as text", document(Version="1")),
        of("no version", document(Version=...)),
        of("no secret", document(SecretAccessKey=...)),
        of("expired", document(SessionToken="t", Expiration=PAST)),
        of("no JSON", "hello"),
        of("text before the JSON", "hello\n" + document()),
        of("quotes", document(), '<print> "<home>/with space"'),
        of("single quotes", document(), "<print> '<home>/with space'"),
        of("backslash", document(), "<print> <home>/with\\ space"),
        of("no shell", document(), "<print> ~/p"),
        of("fails", document(), "false"),
        of("no such program", document(), "/no/program"),
        of("quote without an end", document(), '<print> "<home>/p'),
        of("keys beside", document(), **keys("CONFIG")),
        Configuration(
            "process: keys in the credentials file",
            config=lines("default", {"credential_process": "<print> <home>/p"}),
            credentials=lines("default", keys("SHARED")),
            files={"p": document()},
        ),
        Configuration(
            "process: in the credentials file",
            credentials=lines("default", {"credential_process": "<print> <home>/p"}),
            files={"p": document()},
        ),
    ]

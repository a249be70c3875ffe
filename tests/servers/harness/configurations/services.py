"""Configurations with services that give credentials: Identity Center, container, metadata."""

from __future__ import annotations

from harness.configurations.configuration import (
    PAST,
    START_URL,
    Configuration,
    keys,
    lines,
    login,
    sso_legacy,
)
from harness.fakes import ACCOUNT, EXPIRES

SESSION = lines("sso-session work", {"sso_start_url": START_URL, "sso_region": "eu-central-1"})


def legacy(name: str, files: dict[str, str], without: str = "", **settings: str) -> Configuration:
    """Returns a configuration whose profile has all settings of Identity Center itself."""
    profile = {**sso_legacy(), **settings}
    profile.pop(without, None)
    return Configuration(f"sso: {name}", config=lines("default", profile), files=files)


def of(
    name: str, files: dict[str, str], without: str = "", sections: str = SESSION, **settings: str
) -> Configuration:
    """Returns a configuration whose profile names a session."""
    by_session = {"sso_session": "work", "sso_account_id": ACCOUNT, "sso_role_name": "R"}
    profile = {**by_session, **settings}
    profile.pop(without, None)
    config = lines("default", profile) + sections
    return Configuration(f"sso: session, {name}", config=config, files=files)


def sso() -> list[Configuration]:
    """Returns configurations with IAM Identity Center."""
    return [*legacy_profiles(), *profiles_with_a_session()]


def legacy_profiles() -> list[Configuration]:
    """Returns configurations without a session."""
    good = login(START_URL)
    return [
        legacy("legacy", good),
        legacy("legacy, expired", login(START_URL, expiresAt=PAST)),
        legacy(
            "legacy, expires at an offset", login(START_URL, expiresAt="2037-05-06T09:08:09+02:00")
        ),
        legacy("legacy, UTC as text", login(START_URL, expiresAt="2037-05-06T07:08:09UTC")),
        legacy("legacy, not logged in", {}),
        legacy("legacy, refused", login(START_URL, accessToken="bad")),
        legacy("legacy, no JSON", dict.fromkeys(good, "{")),
        legacy("legacy, no start URL", good, without="sso_start_url"),
        legacy("legacy, no region", good, without="sso_region"),
        legacy("legacy, no account", good, without="sso_account_id"),
        legacy("legacy, no role", good, without="sso_role_name"),
        legacy("legacy, keys beside", good, **keys("X")),
    ]


def profiles_with_a_session() -> list[Configuration]:
    """Returns configurations with a session."""
    refresh = {
        "refreshToken": "good-refresh",
        "clientId": "client",
        "clientSecret": "secret",
        "registrationExpiresAt": EXPIRES,
    }
    return [
        of("good", login("work")),
        of("not logged in", login(START_URL)),
        of("renewed", login("work", expiresAt=PAST, **refresh)),
        of("not renewed", login("work", **{**refresh, "expiresAt": PAST, "refreshToken": "bad"})),
        of("expired", login("work", expiresAt=PAST)),
        of("missing", login("work"), sections=""),
        of("another region in the profile", login("work"), sso_region="us-east-1"),
        of("the same region in the profile", login("work"), sso_region="eu-central-1"),
        of(
            "another start URL in the profile",
            login("work"),
            sso_start_url="https://other.example.com",
        ),
        of("no account", login("work"), without="sso_account_id"),
        of(
            "session without a region",
            login("work"),
            sections=lines("sso-session work", {"sso_start_url": START_URL}),
        ),
        Configuration(
            "sso: only a session named",
            config=lines("default", {"sso_session": "work"}) + SESSION,
            files=login("work"),
        ),
    ]


def container() -> list[Configuration]:
    """Returns configurations with a container's endpoint."""
    full, token, file = (
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    )
    return [
        Configuration("container: full URI", {full: "<fake>/c"}),
        Configuration("container: path and query", {full: "<fake>/a/b%20c?d=e&f=g%2Fh"}),
        Configuration("container: account", {full: "<fake>/account"}),
        Configuration("container: token", {full: "<fake>/c", token: "Basic abc"}),
        Configuration(
            "container: token file",
            {full: "<fake>/c", file: "<home>/t"},
            files={"t": "token-of-pod"},
        ),
        Configuration(
            "container: token and file",
            {full: "<fake>/c", token: "x", file: "<home>/t"},
            files={"t": "token-of-pod"},
        ),
        Configuration(
            "container: line end in the token file",
            {full: "<fake>/c", file: "<home>/t"},
            files={"t": "token-of-pod\n"},
        ),
        Configuration(
            "container: line end in the token", {full: "<fake>/c", token: "a\r\nX-Evil: b"}
        ),
        Configuration("container: no token file", {full: "<fake>/c", file: "<home>/t"}),
        Configuration("container: token without URI", {token: "x"}),
        Configuration("container: refused", {full: "<fake>/refused"}),
        Configuration("container: not found", {full: "<fake>/nothing"}),
        Configuration("container: host not allowed", {full: "http://192.0.2.1/c"}),
        Configuration("container: nobody listens", {full: "http://127.0.0.1:1/c"}),
        Configuration("container: no URI", {full: "c"}),
        Configuration(
            "container: ministack's task role",
            {full: "<ministack>/v2/credentials/1234"},
            is_random=True,
        ),
        Configuration("container: localhost", {full: "<localhost>/c"}),
        Configuration("container: empty token", {full: "<fake>/c", token: ""}),
        Configuration(
            "container: empty token file", {full: "<fake>/c", file: "<home>/t"}, files={"t": ""}
        ),
    ]


def metadata() -> list[Configuration]:
    """Returns configurations with the instance's metadata service."""
    on: dict[str, str | None] = {"AWS_EC2_METADATA_DISABLED": None}
    endpoint = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
    own = {**on, endpoint: "<sandbox>"}
    return [
        Configuration("metadata: the sandbox", own),
        Configuration("metadata: slash at the end", {**on, endpoint: "<sandbox>/"}),
        Configuration("metadata: v1 disabled", {**own, "AWS_EC2_METADATA_V1_DISABLED": "true"}),
        Configuration(
            "metadata: ministack, tokens required", {**on, endpoint: "<ministack>"}, is_random=True
        ),
        Configuration("metadata: disabled", {endpoint: "<sandbox>"}),
        Configuration(
            "metadata: disabled in upper case", {**own, "AWS_EC2_METADATA_DISABLED": "TRUE"}
        ),
        Configuration("metadata: disabled by 1", {**own, "AWS_EC2_METADATA_DISABLED": "1"}),
        Configuration(
            "metadata: endpoint of the profile",
            on,
            config="[default]\nec2_metadata_service_endpoint = <sandbox>\n",
        ),
        Configuration(
            "metadata: variable before the profile",
            own,
            config="[default]\nec2_metadata_service_endpoint = http://127.0.0.1:1\n",
        ),
        Configuration("metadata: nobody listens", {**on, endpoint: "http://127.0.0.1:1"}),
        Configuration("metadata: no role there", {**on, endpoint: "<fake>"}),
        Configuration(
            "metadata: region of the environment", {**own, "AWS_DEFAULT_REGION": "us-west-2"}
        ),
        Configuration("metadata: no region said", {**own, "AWS_DEFAULT_REGION": None}),
        Configuration(
            "metadata: after a profile without keys", own, config="[default]\noutput = json\n"
        ),
        Configuration(
            "metadata: container before it",
            {**own, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "<fake>/c"},
        ),
        Configuration(
            "metadata: container that refuses before it",
            {**own, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "<fake>/refused"},
        ),
        Configuration("metadata: invalid timeout", {**own, "AWS_METADATA_SERVICE_TIMEOUT": "soon"}),
        Configuration("metadata: attempts", {**own, "AWS_METADATA_SERVICE_NUM_ATTEMPTS": "3"}),
        Configuration(
            "metadata: invalid mode", {**own, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv5"}
        ),
        Configuration("metadata: no URL", {**on, endpoint: "sandbox"}),
    ]

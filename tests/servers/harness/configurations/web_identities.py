"""Configurations with web identities, which roles are assumed with."""

from __future__ import annotations

from harness.configurations.configuration import (
    ROLE,
    Configuration,
    env_keys,
    keys,
    lines,
    role,
)

TOKEN = {"t": "token-of-pod"}
WEB_IDENTITY = {"AWS_WEB_IDENTITY_TOKEN_FILE": "<home>/t", "AWS_ROLE_ARN": f"{ROLE}/Web"}


def web_identity() -> list[Configuration]:
    """Returns configurations with a token file and a role."""
    return [*web_identity_by_environment(), *web_identity_by_profile()]


def web_identity_by_environment() -> list[Configuration]:
    """Returns configurations whose environment alone names the token file."""
    token, env = TOKEN, WEB_IDENTITY
    container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "<fake>/c"}
    return [
        Configuration("web identity: environment", env, files=token),
        Configuration(
            "web identity: session name", {**env, "AWS_ROLE_SESSION_NAME": "pod"}, files=token
        ),
        Configuration(
            "web identity: without a role", {"AWS_WEB_IDENTITY_TOKEN_FILE": "<home>/t"}, files=token
        ),
        Configuration(
            "web identity: role alone, container", {"AWS_ROLE_ARN": f"{ROLE}/Web", **container}
        ),
        Configuration("web identity: no token file", env),
        Configuration("web identity: empty token file", env, files={"t": ""}),
        Configuration(
            "web identity: line end in the token file", env, files={"t": "token-of-pod\n"}
        ),
        Configuration(
            "web identity: refused", {**env, "AWS_ROLE_ARN": f"{ROLE}/Denied"}, files=token
        ),
        Configuration("web identity: before a container", {**env, **container}, files=token),
    ]


def web_identity_by_profile() -> list[Configuration]:
    """Returns configurations with a profile beside the environment, or alone."""
    token, env = TOKEN, WEB_IDENTITY
    profile = lines("default", role("Profile", web_identity_token_file="<home>/t"))
    return [
        Configuration("web identity: profile", config=profile, files=token),
        Configuration(
            "web identity: profile with a session name",
            config=lines(
                "default", role("P", web_identity_token_file="<home>/t", role_session_name="n")
            ),
            files=token,
        ),
        Configuration(
            "web identity: profile without a role",
            config="[default]\nweb_identity_token_file = <home>/t\n",
            files=token,
        ),
        Configuration("web identity: environment and profile", env, config=profile, files=token),
        Configuration(
            "web identity: environment, profile with keys",
            env,
            config=lines("default", keys("X")),
            files=token,
        ),
        Configuration(
            "web identity: environment, named profile with keys",
            env,
            config=lines("profile x", keys("X")),
            files=token,
            profile="x",
        ),
        Configuration("web identity: keys before it", {**env, **env_keys()}, files=token),
        Configuration(
            "web identity: environment, profile without keys",
            env,
            config="[default]\nregion = eu-west-3\n",
            files=token,
        ),
        Configuration(
            "web identity: environment, named profile without keys",
            env,
            config="[profile x]\nregion = eu-west-3\n",
            files=token,
            profile="x",
        ),
        Configuration(
            "web identity: profile, role of the environment",
            {"AWS_ROLE_ARN": f"{ROLE}/Web"},
            config=profile,
            files=token,
        ),
        Configuration(
            "web identity: a duration in the profile",
            config=lines(
                "default", role("P", web_identity_token_file="<home>/t", duration_seconds="7200")
            ),
            files=token,
        ),
    ]

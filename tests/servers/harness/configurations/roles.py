"""Configurations with roles that profiles assume."""

from __future__ import annotations

from harness.configurations.configuration import (
    ROLE,
    START_URL,
    Configuration,
    document,
    env_keys,
    keys,
    lines,
    login,
    role,
    sso_legacy,
)

SOURCE = lines("profile s", keys("S"))


def default(*sections: str, **settings: str) -> str:
    """Returns a file whose default profile assumes a role, and that has more sections."""
    return "".join([lines("default", role("A", **settings)), *sections])


def of(name: str, *sections: str, **settings: str) -> Configuration:
    """Returns a configuration with such a file."""
    return Configuration(f"role: {name}", config=default(*sections, **settings))


def roles() -> list[Configuration]:
    """Returns configurations with roles that a profile assumes."""
    return [*chained_roles(), *roles_with_profiles(), *roles_with_sources(), *odd_roles()]


def chained_roles() -> list[Configuration]:
    """Returns configurations with a source profile that has keys, or a role itself."""
    source = SOURCE
    more = {"external_id": "id", "role_session_name": "name", "duration_seconds": "7200"}
    b = lines("profile b", role("B", source_profile="s"))
    chained = lines("default", role("A", source_profile="b")) + b + source
    loop = lines("profile a", role("A", source_profile="b")) + lines(
        "profile b", role("B", source_profile="a")
    )
    return [
        of("source_profile", source, source_profile="s"),
        of(
            "source with a token",
            lines("profile s", keys("S", aws_session_token="t")),
            source_profile="s",
        ),
        of("all settings", source, source_profile="s", **more),
        of("itself, with keys", source_profile="default", **keys("SELF")),
        of("itself, without keys", source_profile="default"),
        of("keys beside", source, source_profile="s", **keys("SELF")),
        Configuration("role: chained", config=chained),
        Configuration(
            "role: chained, three deep",
            config=lines("default", role("A", source_profile="b"))
            + lines("profile b", role("B", source_profile="c"))
            + lines("profile c", role("C", source_profile="s"))
            + source,
        ),
        Configuration(
            "role: chained, longer than an hour",
            config=lines("default", role("A", source_profile="b", duration_seconds="7200"))
            + b
            + source,
        ),
        Configuration(
            "role: chained to one with keys and a role",
            config=default(source_profile="b")
            + lines("profile b", role("B", source_profile="s", **keys("B")))
            + source,
        ),
        Configuration("role: in a circle", {"AWS_PROFILE": "a"}, config=loop),
        Configuration(
            "role: in a circle further on",
            {"AWS_PROFILE": "z"},
            config=lines("profile z", role("Z", source_profile="a")) + loop,
        ),
    ]


def roles_with_profiles() -> list[Configuration]:
    """Returns configurations with a source profile that is missing, incomplete or elsewhere."""
    source = SOURCE
    return [
        of("source_profile missing", source_profile="s"),
        of("source_profile empty", "[profile s]\nregion = eu-west-1\n", source_profile="s"),
        of(
            "source_profile with half of the keys",
            "[profile s]\naws_access_key_id = A\n",
            source_profile="s",
        ),
        of("two sources", source, source_profile="s", credential_source="Environment"),
        of("no source"),
        Configuration(
            "role: refused",
            config=lines("default", {"role_arn": f"{ROLE}/Denied", "source_profile": "s"}) + source,
        ),
        Configuration(
            "role: environment keys before it",
            env_keys(),
            config=default(source, source_profile="s"),
        ),
        Configuration(
            "role: in the credentials file",
            credentials=lines("default", role("A", source_profile="s")) + lines("s", keys("S")),
        ),
        Configuration(
            "role: source in the other file",
            config=default(source_profile="s"),
            credentials=lines("s", keys("S")),
        ),
    ]


def roles_with_sources() -> list[Configuration]:
    """Returns configurations with a `credential_source`."""
    container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "<fake>/task"}
    metadata = {"AWS_EC2_METADATA_DISABLED": None, "AWS_EC2_METADATA_SERVICE_ENDPOINT": "<sandbox>"}
    return [
        Configuration(
            "role: Environment",
            env_keys(AWS_SESSION_TOKEN="t"),
            profile="r",
            config=lines("profile r", role("A", credential_source="Environment")),
        ),
        Configuration(
            "role: Environment, empty",
            profile="r",
            config=lines("profile r", role("A", credential_source="Environment")),
        ),
        Configuration(
            "role: EcsContainer", container, config=default(credential_source="EcsContainer")
        ),
        of("EcsContainer, not in one", credential_source="EcsContainer"),
        Configuration(
            "role: Ec2InstanceMetadata",
            metadata,
            config=default(credential_source="Ec2InstanceMetadata"),
        ),
        of("Ec2InstanceMetadata, disabled", credential_source="Ec2InstanceMetadata"),
        Configuration(
            "role: ecscontainer", container, config=default(credential_source="ecscontainer")
        ),
        of("unknown credential_source", credential_source="Moon"),
    ]


def odd_roles() -> list[Configuration]:
    """Returns configurations with other settings, and with sources of other kinds."""
    source = SOURCE
    return [
        of("invalid duration", source, source_profile="s", duration_seconds="an hour"),
        of("MFA, and nobody to ask", source, source_profile="s", mfa_serial="arn:aws:iam::1:mfa/m"),
        Configuration(
            "role: source is a program",
            config=default(
                lines("profile s", {"credential_process": "<print> <home>/p"}), source_profile="s"
            ),
            files={"p": document()},
        ),
        Configuration(
            "role: source is a web identity",
            config=default(
                lines("profile s", role("W", web_identity_token_file="<home>/t")),
                source_profile="s",
            ),
            files={"t": "token-of-pod"},
        ),
        Configuration(
            "role: source is Identity Center",
            config=default(lines("profile s", sso_legacy()), source_profile="s"),
            files=login(START_URL),
        ),
        Configuration(
            "role: keys in the environment are not the source",
            env_keys(),
            profile="default",
            config=default(source_profile="s") + source,
        ),
        Configuration(
            "role: session name of the environment",
            {"AWS_ROLE_SESSION_NAME": "pod"},
            config=default(source, source_profile="s"),
        ),
    ]

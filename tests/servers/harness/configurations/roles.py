"""Configurations with roles: those that profiles and tokens assume, and the endpoint of STS."""

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


WRONG = "http://127.0.0.1:1"


def sourced(**settings: str) -> str:
    """Returns a file whose default profile assumes a role with the keys of another."""
    return default(SOURCE, source_profile="s", **settings)


def endpoints() -> list[Configuration]:
    """Returns configurations with the endpoint of STS, and the region of its requests'
    signatures.
    """
    return [*named_endpoints(), *derived_endpoints()]


def named_endpoints() -> list[Configuration]:
    """Returns configurations that name the endpoint of STS."""
    wrong = WRONG
    bare = {"AWS_ENDPOINT_URL_STS": None}
    services = "[services local]\nsts =\n  endpoint_url = <fake>/services\n"
    other = "[services local]\ns3 =\n  endpoint_url = http://127.0.0.1:1\n"
    return [
        Configuration(
            "endpoint: AWS_ENDPOINT_URL", {**bare, "AWS_ENDPOINT_URL": "<fake>"}, config=sourced()
        ),
        Configuration(
            "endpoint: one for STS before one for all",
            {"AWS_ENDPOINT_URL": wrong},
            config=sourced(),
        ),
        Configuration("endpoint: profile", bare, config=sourced(endpoint_url="<fake>")),
        Configuration("endpoint: variable before the profile", config=sourced(endpoint_url=wrong)),
        Configuration(
            "endpoint: services",
            bare,
            config=sourced(services="local") + services.replace("/services", ""),
        ),
        Configuration(
            "endpoint: services before the profile's",
            bare,
            config=sourced(services="local", endpoint_url=wrong)
            + services.replace("/services", ""),
        ),
        Configuration(
            "endpoint: services of another service",
            bare,
            config=sourced(services="local", endpoint_url="<fake>") + other,
        ),
        Configuration(
            "endpoint: services missing",
            bare,
            config=sourced(services="local", endpoint_url="<fake>"),
        ),
        Configuration(
            "endpoint: variable for all before services",
            {**bare, "AWS_ENDPOINT_URL": "<fake>"},
            config=sourced(services="local") + services.replace("<fake>/services", wrong),
        ),
        Configuration(
            "endpoint: with a path", {"AWS_ENDPOINT_URL_STS": "<fake>/path/"}, config=sourced()
        ),
        Configuration(
            "endpoint: of the source profile",
            bare | {"AWS_ENDPOINT_URL": "<fake>"},
            config=lines("default", role("A", source_profile="s"))
            + lines("profile s", keys("S", endpoint_url=wrong)),
        ),
    ]


def derived_endpoints() -> list[Configuration]:
    """Returns configurations from whose region and variant the endpoint of STS follows."""
    return [
        Configuration("endpoint: no URL", {"AWS_ENDPOINT_URL_STS": "fake"}, config=sourced()),
        Configuration(
            "endpoint: switched off, not used", env_keys(AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")
        ),
        Configuration(
            "endpoint: STS legacy, us-west-2",
            {"AWS_STS_REGIONAL_ENDPOINTS": "legacy", "AWS_DEFAULT_REGION": "us-west-2"},
            config=sourced(),
        ),
        Configuration(
            "endpoint: STS regional, us-west-2",
            {"AWS_STS_REGIONAL_ENDPOINTS": "regional", "AWS_DEFAULT_REGION": "us-west-2"},
            config=sourced(),
        ),
        Configuration(
            "endpoint: STS legacy in the profile",
            {"AWS_DEFAULT_REGION": None},
            config=sourced(sts_regional_endpoints="legacy", region="us-west-2"),
        ),
        Configuration(
            "endpoint: STS wrongly set", {"AWS_STS_REGIONAL_ENDPOINTS": "moon"}, config=sourced()
        ),
        Configuration("endpoint: no region", {"AWS_DEFAULT_REGION": None}, config=sourced()),
        Configuration(
            "endpoint: region aws-global", {"AWS_DEFAULT_REGION": "aws-global"}, config=sourced()
        ),
        Configuration("endpoint: FIPS", {"AWS_USE_FIPS_ENDPOINT": "true"}, config=sourced()),
        Configuration(
            "endpoint: Identity Center's region is its own",
            {},
            config=lines("default", sso_legacy()),
            files=login(START_URL),
        ),
        Configuration(
            "endpoint: dual-stack", {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, config=sourced()
        ),
        Configuration(
            "endpoint: invalid region", {"AWS_DEFAULT_REGION": "eu west"}, config=sourced()
        ),
    ]

"""Configurations with the endpoint of STS."""

from __future__ import annotations

from harness.configurations.configuration import (
    START_URL,
    Configuration,
    env_keys,
    keys,
    lines,
    login,
    role,
    sso_legacy,
)
from harness.configurations.roles import SOURCE, default

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

"""All configurations that resolved.py compares."""

from __future__ import annotations

from harness.configurations.configuration import Configuration
from harness.configurations.keys import environment, process, profiles, regions
from harness.configurations.roles import endpoints, roles, web_identity
from harness.configurations.services import container, metadata, sso


def every() -> list[Configuration]:
    """Returns all configurations."""
    groups = (
        environment,
        profiles,
        regions,
        roles,
        web_identity,
        process,
        sso,
        container,
        metadata,
        endpoints,
    )
    return [configuration for group in groups for configuration in group()]

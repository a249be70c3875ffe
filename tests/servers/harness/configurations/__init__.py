"""All configurations that resolved.py compares."""

from __future__ import annotations

from harness.configurations.configuration import Configuration
from harness.configurations.endpoints import endpoints
from harness.configurations.keys import environment, process, profiles, regions
from harness.configurations.roles import roles
from harness.configurations.services import container, metadata, sso
from harness.configurations.web_identities import web_identity


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

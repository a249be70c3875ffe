"""All configurations that resolved.py compares."""

from __future__ import annotations

from configuration import Configuration
from configurations_of_keys import environment, process, profiles, regions
from configurations_of_roles import endpoints, roles, web_identity
from configurations_of_services import container, metadata, sso


def every() -> list[Configuration]:
    """Returns all configurations."""
    groups = (environment, profiles, regions, roles, web_identity, process, sso, container, metadata, endpoints)
    return [configuration for group in groups for configuration in group()]

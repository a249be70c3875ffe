"""The code whose mutants are tried, in groups, each with the tests that must notice them."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Group:
    """Files of a package, and the arguments of `cargo test`."""

    package: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    # Of the tests for a mutant: a change can make a loop endless.
    seconds: int

    def cargo(self) -> list[str]:
        """Returns the arguments of cargo-mutants for the tests."""
        choice = ["--test-package", self.package, "--timeout", str(self.seconds)]
        return [*choice, "--", *self.tests]


def named(*names: str) -> tuple[str, ...]:
    """Returns the arguments for the unit tests and for some of the others."""
    return ("--lib", *(word for name in names for word in ("--test", name)))


GROUPS = (
    Group("rolesig", ("core/src/**",), ("--lib", "--tests"), 20),
    Group(
        "rolesig-std",
        ("std-adapter/src/sign.rs", "std-adapter/src/sign/**"),
        named("sign_request", "sign_layer", "vectors"),
        60,
    ),
    Group(
        "rolesig-std",
        ("std-adapter/src/cache.rs", "std-adapter/src/cache/**"),
        named(
            "cache",
            "cache_by_source",
            "cache_runtimes",
            "cache_watched",
            "hung_file_system",
            "other_user",
            "refresh_scenarios",
            "shared_directory",
            "shared_file",
            "virtual_time",
        ),
        90,
    ),
    Group(
        "rolesig-std",
        ("std-adapter/src/provider.rs", "std-adapter/src/provider/**"),
        named(
            "base_paths",
            "chain",
            "container_faults",
            "imds_faults",
            "imds_services",
            "process",
            "profiles",
            "role_settings",
            "sso",
            "sts_faults",
        ),
        90,
    ),
    Group(
        "rolesig-std",
        (
            "std-adapter/src/http/converse.rs",
            "std-adapter/src/http/exchange.rs",
            "std-adapter/src/http/tls.rs",
            "std-adapter/src/http/tls/**",
            "std-adapter/src/http/trust.rs",
        ),
        named("client", "container_faults", "imds_faults", "network", "sts_faults"),
        90,
    ),
    Group(
        "rolefs",
        ("example-app/src/transfer/upload/**",),
        named(
            "conditions",
            "copies",
            "copies_resumed",
            "growing",
            "multipart",
            "odd_servers",
            "resume",
            "signals",
            "stdin",
            "uncertain",
            "uploads_as_set",
        ),
        120,
    ),
    Group(
        "rolefs",
        (
            "example-app/src/command/copy.rs",
            "example-app/src/command/copy/**",
            "example-app/src/command/put/moved.rs",
            "example-app/src/command/rm.rs",
            "example-app/src/command/sync/deletion.rs",
            "example-app/src/s3/operation/delete_objects.rs",
            "example-app/src/s3/operation/delete_objects/**",
        ),
        named(
            "copies",
            "copies_resumed",
            "copy_sources",
            "deletions",
            "moved_directories",
            "moves",
            "sync",
        ),
        120,
    ),
)

#!/usr/bin/env python3
"""Compares the endpoints, signing names and settings of all services with those of botocore.

    service_endpoints.py ENDPOINTS

ENDPOINTS is the example `endpoints` of rolesig-std. Each of botocore's services is asked for in a
region of three partitions, without and with a URL in `AWS_ENDPOINT_URL_...`.
"""

from __future__ import annotations

import argparse
import json
import subprocess

import botocore.endpoint_provider
import botocore.exceptions
import botocore.loaders

REGIONS = ("eu-west-1", "cn-north-1", "us-gov-west-1")
URL = "http://127.0.0.1:1"
# Compared by endpoints.py, which knows their settings.
OTHERS = {"s3", "sso", "sso-oidc", "sts"}
# Their hosts depend on more than the region.
BEYOND = {"acm", "cloudfront-keyvaluestore", "neptune-graph", "signin"}
# Their endpoint belongs to an account, a stream or a device, and only a call names it.
GIVEN_BY_CALLS = {"apigatewaymanagementapi", "cloudsearchdomain", "mediastore-data", "neptunedata"}


class Botocore:
    """botocore's models, without the network."""

    def __init__(self) -> None:
        self._loader = botocore.loaders.create_loader()
        self._partitions = self._loader.load_data("partitions")

    def services(self) -> list[str]:
        """Returns the services that are compared."""
        names = self._loader.list_available_services("service-2")
        return [name for name in names if name not in OTHERS | BEYOND | GIVEN_BY_CALLS]

    def metadata(self, name: str) -> dict:
        """Returns a service's own names."""
        return self._loader.load_service_model(name, "service-2")["metadata"]

    def endpoint(self, name: str, region: str) -> dict:
        """Returns the endpoint of a service, its signing region and its signing name."""
        rules = self._loader.load_service_model(name, "endpoint-rule-set-1")
        provider = botocore.endpoint_provider.EndpointProvider(rules, self._partitions)
        found = provider.resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False)
        scheme = next(iter((found.properties or {}).get("authSchemes", [])), {})
        metadata = self.metadata(name)
        signing_name = metadata.get("signingName", metadata["endpointPrefix"])
        return {
            "url": found.url,
            "signing_region": scheme.get("signingRegion", region),
            "signing_name": scheme.get("signingName", signing_name),
        }


def differs(name: str, region: str, theirs: dict, ours: dict) -> str | None:
    """Returns how a result differs without a reason."""
    if region != "eu-west-1":
        # A service that is global in `aws` is refused elsewhere. Which partition's suffix a newer
        # service has is known for `aws` only.
        if "refused" in ours:
            return None if "is a global service" in ours["refused"] else ours["refused"]
        theirs = {**theirs, "url": ours["url"], "signing_region": ours["signing_region"]}
    if ".global." in theirs["url"]:
        # Signed for any region, or for the one of the partition.
        theirs = {**theirs, "signing_region": ours.get("signing_region")}
    return None if theirs == ours else f"{name} in {region}: {theirs} is not {ours}"


def ask(program: str, questions: list[dict]) -> list[dict]:
    """Returns the results of rolesig-std."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    asked = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in asked.stdout.splitlines()]


def main() -> None:
    """Compares all services, and fails if one differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("endpoints")
    program = parser.parse_args().endpoints
    botocore = Botocore()
    pairs = [(name, region) for name in botocore.services() for region in REGIONS]
    questions = [
        {"service": name, "region": region, "environment": {}, "config": ""}
        for name, region in pairs
    ]
    differences = [
        differs(*pair, botocore.endpoint(*pair), ours)
        for pair, ours in zip(pairs, ask(program, questions), strict=True)
    ]
    settings = []
    for name in botocore.services():
        variable = botocore.metadata(name)["serviceId"].replace(" ", "_").upper()
        environment = {f"AWS_ENDPOINT_URL_{variable}": URL}
        settings.append(
            {"service": name, "region": "eu-west-1", "environment": environment, "config": ""}
        )
    for question, ours in zip(settings, ask(program, settings), strict=True):
        if ours.get("url") != URL:
            differences.append(f"{question['environment']} is not read: {ours}")
    differences = [difference for difference in differences if difference]
    for difference in differences:
        print(difference)
    print(f"{len(pairs)} endpoints and {len(settings)} settings, {len(differences)} differ")
    if differences:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

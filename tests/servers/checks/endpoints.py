#!/usr/bin/env python3
"""Compares the endpoints and signing regions of rolesig-std with those of botocore.

    endpoints.py ENDPOINTS [--count 2000] [--seed N] [--only 4711]

ENDPOINTS is the example of that name of rolesig-std. First come all regions of all partitions, with
and without FIPS and dual-stack, for STS, S3, SSO and SSO OIDC; then random settings in environment
and `config`. botocore's requests are caught before they are sent. `differs` has the intended
differences, with the reasons.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import urllib.parse

import botocore.awsrequest
import botocore.endpoint_provider
import botocore.exceptions
import botocore.loaders
import botocore.session

SHOWN = 5
CALLS = {
    "sts": ("get_caller_identity", {}),
    "s3": ("list_buckets", {}),
    "sso": (
        "get_role_credentials",
        {"roleName": "r", "accountId": "123456789012", "accessToken": "t"},
    ),
    "sso-oidc": (
        "create_token",
        {"clientId": "i", "clientSecret": "s", "grantType": "refresh_token"},
    ),
}
# botocore's refusals, besides those of its endpoint rules.
REFUSALS = (
    botocore.exceptions.EndpointProviderError,
    botocore.exceptions.InvalidConfigError,
    botocore.exceptions.InvalidEndpointConfigurationError,
    botocore.exceptions.InvalidSTSRegionalEndpointsConfigError,
    botocore.exceptions.UnknownEndpointError,
    ValueError,
)
NEW_REGIONS = (
    "eu-west-9",
    "us-gov-north-1",
    "cn-south-7",
    "us-iso-south-2",
    "eusc-de-west-2",
    "auto",
    "RegionOne",
)


def regions() -> list[str]:
    """Returns all regions that botocore knows, and some that match a partition's pattern,
    or none.
    """
    partitions = botocore.loaders.create_loader().load_data("partitions")["partitions"]
    return [region for partition in partitions for region in partition["regions"]] + list(
        NEW_REGIONS
    )


class SentError(Exception):
    """The exception in place of sending a request."""

    def __init__(self, request: botocore.awsrequest.AWSPreparedRequest) -> None:
        super().__init__()
        self.request = request


def throw(request: botocore.awsrequest.AWSPreparedRequest, **_: object) -> None:
    """Throws the request instead of sending it."""
    raise SentError(request)


class Botocore:
    """botocore with the models of its services, which are read once."""

    def __init__(self) -> None:
        self._loader = botocore.loaders.create_loader()
        self._folder = tempfile.TemporaryDirectory()
        self._config = pathlib.Path(self._folder.name) / "config"

    def ask(self, question: dict) -> dict:
        """Returns the endpoint of a request, and its signing region if it is signed."""
        self._config.write_text(question["config"])
        environment = {
            "AWS_CONFIG_FILE": str(self._config),
            "AWS_SHARED_CREDENTIALS_FILE": "/no/file",
            "AWS_EC2_METADATA_DISABLED": "true",
            # See `differs`.
            "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "regional",
            **{name: value for name, value in question["environment"].items() if value},
        }
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(environment)
        operation, arguments = CALLS[question["service"]]
        session = botocore.session.Session()
        session.register_component("data_loader", self._loader)
        session.set_credentials("A", "S")
        try:
            client = session.create_client(question["service"], region_name=question["region"])
            client.meta.events.register("before-send", throw)
            getattr(client, operation)(**arguments)
        except SentError as sent:
            return self._resolved(question, sent.request)
        except botocore.exceptions.EndpointVariantError:
            # From a table older than the endpoint rules, which still have such an endpoint.
            return self._ask_rules(question)
        except REFUSALS as error:
            return {"refused": f"{type(error).__name__}: {error}"}
        raise AssertionError("nothing was sent")

    def _ask_rules(self, question: dict) -> dict:
        if question["environment"].get("AWS_STS_REGIONAL_ENDPOINTS") == "other":
            # botocore does not read this one here; it refuses it anywhere else.
            return {"refused": "AWS_STS_REGIONAL_ENDPOINTS"}
        rules = self._loader.load_service_model(question["service"], "endpoint-rule-set-1")
        provider = botocore.endpoint_provider.EndpointProvider(
            rules, self._loader.load_data("partitions")
        )
        switches = {"UseFIPS": "use_fips_endpoint", "UseDualStack": "use_dualstack_endpoint"}
        session = botocore.session.Session()
        values = {
            name: session.get_config_variable(setting) or False
            for name, setting in switches.items()
        }
        for_s3 = session.get_scoped_config().get("s3", {})
        if question["service"] == "s3" and for_s3.get("use_dualstack_endpoint") == "true":
            values["UseDualStack"] = True
        found = provider.resolve_endpoint(
            Region=question["region"], UseGlobalEndpoint=False, **values
        )
        return {"url": found.url, "signing_region": question["region"]}

    @staticmethod
    def _resolved(question: dict, request: botocore.awsrequest.AWSPreparedRequest) -> dict:
        parts = urllib.parse.urlsplit(request.url)
        path = re.sub(r"(/federation/credentials|/token)$", "/", parts.path)
        scope = re.search(
            r"Credential=A/\d+/([^/]+)/", str(request.headers.get("Authorization", ""))
        )
        region = scope.group(1) if scope else question["region"]
        return {"url": f"{parts.scheme}://{parts.netloc}{path}", "signing_region": region}


def ask_rolesig(program: str, questions: list[dict]) -> list[dict]:
    """Returns the results of rolesig, in one run."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run(
        [program], input=lines.encode(), capture_output=True, check=True, timeout=300
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def is_place(region: str) -> bool:
    """Returns whether hosts can have this region's name."""
    return not region.endswith("-global")


def differs(question: dict, ours: dict) -> str | None:
    """Returns why rolesig may refuse a setting that botocore accepts; `None` if it must not."""
    refusal = ours.get("refused", "")
    settings = json.dumps(question)
    if not is_place(question["region"]) and "is a pseudo-region" in refusal:
        return "a pseudo-region: there are no such hosts"
    if "gives the endpoint, and cannot" in refusal and "://" in settings:
        return (
            "a URL with FIPS or dual-stack: AWS's endpoint rules refuse it, botocore drops "
            "the latter"
        )
    if "must be true or false" in refusal and "yes" in settings:
        return "a switch that is neither true nor false: botocore reads it as false"
    return None


def at_aws(expected: dict) -> dict:
    """Returns botocore's result with a region of AWS's in lower case: AWS has no other.

    botocore signs for `RegionOne` as it is given, which no host of AWS accepts.
    """
    if not expected.get("url", "").rstrip("/").endswith((".amazonaws.com", ".api.aws")):
        return expected
    return {name: value.lower() for name, value in expected.items()}


def all_regions() -> list[dict]:
    """Returns a question for every region, service and variant."""
    flags = ("false", "true")
    return [
        {
            "service": service,
            "region": region,
            "config": "",
            "environment": {
                "AWS_USE_FIPS_ENDPOINT": fips,
                "AWS_USE_DUALSTACK_ENDPOINT": dual,
                **legacy,
            },
        }
        for service, region, fips, dual in itertools.product(CALLS, regions(), flags, flags)
        for legacy in ({}, {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"})[: 1 + (service == "sts")]
    ]


def random_question(seed: str, number: int) -> dict:
    """Returns random settings in the environment and in a profile."""
    rng = random.Random(f"{seed}:{number}")

    def some(settings: dict[str, tuple[str, ...]], chance: float) -> dict[str, str]:
        return {
            name: rng.choice(values) for name, values in settings.items() if rng.random() < chance
        }

    service = rng.choice(tuple(CALLS))
    switch = ("true", "false", "True", "yes")
    hosts = {name: name.lower().replace("_", "-") for name in ("STS", "S3", "SSO", "SSO_OIDC")}
    environment = some(
        {
            "AWS_USE_FIPS_ENDPOINT": switch,
            "AWS_USE_DUALSTACK_ENDPOINT": switch,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": switch,
            "AWS_STS_REGIONAL_ENDPOINTS": ("legacy", "regional", "other")[: 2 + (service == "sts")],
            "AWS_ENDPOINT_URL": (
                "http://all",
                "https://all:8443/path",
                "https://all/storage/v1/s3",
                "http://all/a/b/",
            ),
            **{
                f"AWS_ENDPOINT_URL_{name}": (f"http://{host}:1", f"https://{host}:4443/sts")
                for name, host in hosts.items()
            },
        },
        0.12,
    )
    profile = some(
        {
            "use_fips_endpoint": switch,
            "use_dualstack_endpoint": switch,
            "ignore_configured_endpoint_urls": switch,
            "sts_regional_endpoints": ("legacy", "regional"),
            "endpoint_url": ("http://profile", "https://profile/path/"),
            "services": ("one", "one", "two", "none", "empty"),
            "s3": ("\n  use_dualstack_endpoint = true", "\n  use_dualstack_endpoint = false"),
        },
        0.2,
    )
    config = "[default]\n" + "".join(f"{name} = {value}\n" for name, value in profile.items())
    config += (
        "[services one]\nsts =\n  endpoint_url = http://one-sts\nsso_oidc =\n  "
        "endpoint_url = http://one-oidc\n"
    )
    config += (
        "[services two]\ns3 =\n  endpoint_url = http://two-s3\nsso =\n  endpoint_url = "
        "http://two-sso\n"
    )
    config += "[services empty]\n"
    return {
        "service": service,
        "region": rng.choice([region for region in regions() if is_place(region)]),
        "config": config,
        "environment": environment,
    }


def compare(program: str, questions: list[dict], name: str) -> tuple[int, int]:
    """Asks both, and returns the number of equal results."""
    alike = refused = on_purpose = failed = 0
    theirs = Botocore()
    for number, (question, ours) in enumerate(
        zip(questions, ask_rolesig(program, questions), strict=True)
    ):
        if differs(question, ours):
            on_purpose += 1
            continue
        expected = at_aws(theirs.ask(question))
        if "refused" in expected and "refused" in ours:
            alike, refused = alike + 1, refused + 1
        elif expected.get("url", "").rstrip("/") == ours.get("url", "").rstrip("/") and (
            expected.get("signing_region") == ours.get("signing_region")
        ):
            alike += 1
        else:
            failed += 1
            if failed <= SHOWN:
                print(
                    f"FAILED {name} {number} {question}\n  botocore {expected}\n  rolesig  {ours}"
                )
    print(
        f"{name}: {alike} of {len(questions)} alike ({refused} refused by both), {on_purpose} "
        "differ on purpose"
    )
    return alike + on_purpose, failed


def main() -> int:
    """Runs all checks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("program", metavar="ENDPOINTS")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int, help="the number of one random question")
    arguments = parser.parse_args()
    if arguments.only is not None:
        return compare(
            arguments.program, [random_question(arguments.seed, arguments.only)], "random"
        )[1]
    passed, failed = compare(arguments.program, all_regions(), "regions")
    questions = [random_question(arguments.seed, number) for number in range(arguments.count)]
    more_passed, more_failed = compare(arguments.program, questions, "random")
    print(f"{passed + more_passed} passed, {failed + more_failed} failed")
    return int(failed + more_failed > 0)


if __name__ == "__main__":
    sys.exit(main())

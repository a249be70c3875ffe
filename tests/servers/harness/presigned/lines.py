"""A line of `sign_lines`, and random ones of each kind."""

from __future__ import annotations

import calendar
import random

import botocore.auth

from harness import random_requests

Line = dict[str, object]
# A botocore client takes a tenth of a second to create, and reads a file of endpoints: one for each
# kind and region.
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2", "cn-north-1")
# Characters that JSON or S3 require to be escaped.
ESCAPED = '"\\/\t\r\n\b\f\0\x1f\x7f\u0080\u2028\U0001f600'


def random_common(kind: str, rng: random.Random) -> Line:
    """Returns the common fields of a line."""
    return {
        "kind": kind,
        "access_key_id": random_requests.access_key_id(rng),
        "secret_access_key": random_requests.secret(rng, 100),
        # An empty token means none; botocore would sign it.
        "session_token": random_requests.session_token(rng) or None,
        "region": rng.choice(REGIONS),
        "now": calendar.timegm(random_requests.instant(rng).timetuple()),
    }


def random_url(service: str, rng: random.Random) -> Line:
    """Returns a request for S3 or for another service."""
    path = random_requests.s3_path if service == "s3" else random_requests.other_path
    unsigned = botocore.auth.SIGNED_HEADERS_BLACKLIST
    headers = [(name, value.decode()) for name, value in random_requests.headers(rng, b"")]
    return random_common("url", rng) | {
        "service": "s3" if service == "s3" else rng.choice(random_requests.SERVICES),
        "method": rng.choice(random_requests.METHODS),
        # A URL of https is sent without the default port.
        "host": random_requests.host(rng).removesuffix(":443"),
        "path": path(rng),
        "query": random_requests.query_pairs(rng) if rng.random() < 0.6 else [],
        # rolesig signs all headers.
        "headers": [(name, value) for name, value in headers if name.lower() not in unsigned],
        "expires": rng.choice((1, 60, 900, 3600, 604_800, rng.randint(1, 604_800))),
    }


def random_headers(service: str, rng: random.Random) -> Line:
    """Returns a request to be signed by header, for S3 or for another service."""
    line = random_url(service, rng) | {"kind": "headers"}
    del line["expires"]
    return line


def random_express(kind: str, rng: random.Random) -> Line:
    """Returns a request to a directory bucket, with the credentials of a session."""
    line = random_url("s3", rng)
    return line | {
        "kind": kind,
        "service": "s3express",
        "session_token": line["session_token"] or "session",
    }


def random_cache(kind: str, rng: random.Random) -> Line:
    """Returns a cache's name, and a user."""
    user = random_requests.text(rng) + rng.choice(("", "iam-user-01", "iam+user@x"))
    return random_common(kind, rng) | {"host": f"cache-{rng.randrange(10**6)}", "user": user}


def random_host(rng: random.Random) -> str:
    """Returns a host in lower case."""
    return f"db-{rng.randrange(10**6)}.{rng.choice(('abc', 'x1-y2'))}.eu-west-1.rds.amazonaws.com"


def random_rds(rng: random.Random) -> Line:
    """Returns a database and its user. botocore does not sign port 443, although it is in the
    token.
    """
    port = rng.choice((3306, 5432, 1433, 1, 65535))
    user = random_requests.text(rng) + rng.choice(("", "jane_doe", "iam+user@x"))
    return random_common("rds", rng) | {"host": f"{random_host(rng)}:{port}", "user": user}


def random_dsql(kind: str, rng: random.Random) -> Line:
    """Returns a cluster of DSQL, which has few regions, none of them in China."""
    return random_common(kind, rng) | {"host": random_host(rng), "region": rng.choice(REGIONS[:3])}


def random_eks(rng: random.Random) -> Line:
    """Returns a cluster with the regional endpoint of STS, which botocore finds itself."""
    line = random_common("eks", rng)
    china = ".cn" if str(line["region"]).startswith("cn-") else ""
    letters = random_requests.string.ascii_letters + random_requests.string.digits + "-_"
    cluster = rng.choice(letters[:62]) + "".join(rng.choices(letters, k=rng.randint(0, 99)))
    return line | {"host": f"sts.{line['region']}.amazonaws.com{china}", "cluster": cluster}


def random_condition(rng: random.Random) -> object:
    """Returns a condition with any text, including quotes and control characters."""

    def text() -> str:
        return random_requests.text(rng) + "".join(rng.choices(ESCAPED, k=rng.randint(0, 3)))

    kind = rng.random()
    if kind < 0.4:
        return {rng.choice(("acl", "Content-Type", f"x-amz-meta-{text()}")): text()}
    if kind < 0.8:
        return [
            "starts-with",
            "$" + rng.choice(("acl", "Content-Type", f"x-amz-meta-{text()}")),
            text(),
        ]
    return ["content-length-range", rng.randrange(2**20), rng.randrange(2 ** rng.randint(20, 64))]


def random_post(rng: random.Random) -> Line:
    """Returns a policy."""
    key = (
        rng.choice(("", "user/")) + random_requests.text(rng) + rng.choice(("", "", "${filename}"))
    )
    return random_common("post", rng) | {
        "bucket": "amzn-s3-demo-bucket",
        "key": key or "k",
        "conditions": [random_condition(rng) for _ in range(random_requests.some(rng, 4, 20))],
        "expires": rng.randint(1, 604_800),
    }

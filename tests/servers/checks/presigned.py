#!/usr/bin/env python3
"""Compares rolesig's presigned URLs, tokens and forms, and requests of S3 Express, with botocore's.

    presigned.py SIGN_LINES [--count 10000] [--seed N] [--only url-s3:4711]

SIGN_LINES is the example `sign_lines` of the benches, which answers line by line in one process. As
in `differential.py`, the input depends only on seed, kind and number. `DIFFERENCES` lists the
intended differences; the random requests avoid them, or botocore's answer is rearranged.
"""

from __future__ import annotations

import argparse
import base64
import calendar
import datetime
import json
import os
import random
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.signers
from differential import report

from harness import random_requests
from harness.signing import hold_clock

Line = dict[str, object]
SHOWN = 5
# A botocore client takes a tenth of a second to create, and reads a file of endpoints: one for each
# kind and region.
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2", "cn-north-1")


# --- botocore's answers to a line ---


def credentials_of(line: Line) -> botocore.credentials.Credentials:
    """Returns a line's credentials."""
    names = ("access_key_id", "secret_access_key", "session_token")
    return botocore.credentials.Credentials(*(line[name] for name in names))


def sorted_pairs(url: str) -> str:
    """Returns the URL with its pairs in the order that is signed: see `DIFFERENCES`."""
    head, _, query = url.partition("?")
    query, _, signature = query.rpartition("&X-Amz-Signature=")
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&"))
    return (
        f"{head}?{'&'.join(f'{name}={value}' for name, value in pairs)}&X-Amz-Signature={signature}"
    )


def unsigned_url(line: Line) -> botocore.awsrequest.AWSRequest:
    """Returns the request of a line, with its host as clients derive it from a URL."""
    line = line | {"host": line["host"].lower()}
    request = unsigned(line)
    del request.headers["Host"]
    return request


def unsigned(line: Line) -> botocore.awsrequest.AWSRequest:
    """Returns the request of a line."""
    request = botocore.awsrequest.AWSRequest(
        method=line["method"], url=f"https://{line['host']}{line['path']}"
    )
    for name, value in line["query"]:
        # Beside the URL, since botocore takes only the first value of a name from the URL.
        request.params.setdefault(name, []).append(value)
    for name, value in (("Host", line["host"]), *line["headers"]):
        request.headers[name] = value
    return request


def botocore_url(line: Line) -> str:
    """Returns a presigned URL with its pairs as botocore has them."""
    base = (
        botocore.auth.S3SigV4QueryAuth if line["service"] == "s3" else botocore.auth.SigV4QueryAuth
    )
    signer = base(credentials_of(line), line["service"], line["region"], expires=line["expires"])
    request = unsigned_url(line)
    signer.add_auth(request)
    return request.url


def botocore_cache(line: Line) -> str:
    """Returns a token of ElastiCache or MemoryDB. botocore has no function for it; AWS's guides
    presign this URL with it.
    """
    serverless = (
        [("ResourceType", "ServerlessCache")] if line["kind"] == "elasticache_serverless" else []
    )
    query = [("Action", "connect"), ("User", line["user"]), *serverless]
    service = str(line["kind"]).partition("_")[0]
    request = {
        "service": service,
        "method": "GET",
        "path": "/",
        "query": query,
        "headers": [],
        "expires": 900,
    }
    return botocore_url(line | request).removeprefix("https://")


def express_url(line: Line) -> str:
    """Returns a presigned URL of a directory bucket."""
    signer = botocore.auth.S3ExpressQueryAuth(
        credentials_of(line),
        line["service"],
        line["region"],
        identity_cache=None,
        expires=line["expires"],
    )
    request = unsigned_url(line)
    signer.add_auth(request)
    return request.url


def express_headers(line: Line) -> str:
    """Returns the headers that botocore adds to a request to a directory bucket."""
    signer = botocore.auth.S3ExpressAuth(
        credentials_of(line), line["service"], line["region"], identity_cache=None
    )
    request = unsigned(line)
    # For signing by header, botocore requires them in the URL.
    pairs = [(name, value) for name, values in request.params.items() for value in values]
    request.url, request.params = (
        f"{request.url}?{urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote)}",
        {},
    )
    given = {name.lower() for name in request.headers}
    signer.add_auth(request)
    added = {
        name.lower(): value for name, value in request.headers.items() if name.lower() not in given
    }
    return json.dumps(added, sort_keys=True)


SESSION = boto3.Session()
CLIENTS: dict[tuple[str, str], object] = {}


def client(service: str, line: Line) -> object:
    """Returns a client for the line's region with the line's credentials."""
    region = str(line["region"])
    if (service, region) not in CLIENTS:
        # The region's own endpoint; without this, S3's is sometimes the global one.
        config = botocore.config.Config(signature_version="s3v4") if service == "s3" else None
        CLIENTS[service, region] = SESSION.client(
            service,
            region_name=region,
            aws_access_key_id="a",
            aws_secret_access_key="s",
            config=config,
        )
        if service == "sts":
            give_cluster(CLIENTS[service, region])
    made = CLIENTS[service, region]
    made._request_signer._credentials = credentials_of(line)  # type: ignore[attr-defined]
    return made


def botocore_rds(line: Line) -> str:
    """Returns boto3's token for RDS."""
    host, _, port = str(line["host"]).rpartition(":")
    # type: ignore[attr-defined]
    return client("rds", line).generate_db_auth_token(host, int(port), line["user"])


def botocore_dsql(line: Line) -> str:
    """Returns boto3's token for DSQL."""
    # type: ignore[attr-defined]
    return client("dsql", line).generate_db_connect_auth_token(line["host"])


def botocore_dsql_admin(line: Line) -> str:
    """Returns boto3's token for DSQL's `admin`."""
    # type: ignore[attr-defined]
    return client("dsql", line).generate_db_connect_admin_auth_token(line["host"])


CLUSTER = "x-k8s-aws-id"


def give_cluster(sts: object) -> None:
    """Has a client of STS sign one more header, by the same two events as `aws eks get-token`."""

    def keep(params: dict[str, str], context: dict[str, str], **_: object) -> None:
        context[CLUSTER] = params.pop(CLUSTER)

    def add(request: botocore.awsrequest.AWSRequest, **_: object) -> None:
        request.headers[CLUSTER] = request.context[CLUSTER]

    events = sts.meta.events  # type: ignore[attr-defined]
    events.register("provide-client-params.sts.GetCallerIdentity", keep)
    events.register("before-sign.sts.GetCallerIdentity", add)


def eks_url(line: Line) -> str:
    """Returns the URL in a token of EKS."""
    return client("sts", line).generate_presigned_url(  # type: ignore[attr-defined]
        "get_caller_identity", Params={CLUSTER: line["cluster"]}, ExpiresIn=60, HttpMethod="GET"
    )


def eks_token(url: str) -> str:
    """Returns the token that contains this URL."""
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def botocore_post(line: Line) -> str:
    """Returns the fields of a form. botocore leaves fields that equality conditions determine to
    its caller.
    """
    equal = {
        name: value
        for entry in line["conditions"]
        if isinstance(entry, dict)
        for name, value in entry.items()
    }
    post = client("s3", line).generate_presigned_post(  # type: ignore[attr-defined]
        line["bucket"],
        line["key"],
        Fields=equal,
        Conditions=line["conditions"],
        ExpiresIn=line["expires"],
    )
    return json.dumps(post["fields"], sort_keys=True)


# --- Random lines ---

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


class Kind:
    """A kind of line: its random inputs, and its expected answer."""

    def __init__(
        self, make: Callable[[random.Random], Line], expected: Callable[[Line], str], share: float
    ) -> None:
        self.make, self.expected, self.share = make, expected, share


KINDS = {
    "url-s3": Kind(
        lambda rng: random_url("s3", rng), lambda line: sorted_pairs(botocore_url(line)), 1
    ),
    "url-other": Kind(
        lambda rng: random_url("other", rng), lambda line: sorted_pairs(botocore_url(line)), 1
    ),
    "rds": Kind(random_rds, lambda line: sorted_pairs(botocore_rds(line)), 0.1),
    "dsql": Kind(
        lambda rng: random_dsql("dsql", rng), lambda line: sorted_pairs(botocore_dsql(line)), 0.1
    ),
    "dsql_admin": Kind(
        lambda rng: random_dsql("dsql_admin", rng),
        lambda line: sorted_pairs(botocore_dsql_admin(line)),
        0.1,
    ),
    **{
        kind: Kind(
            lambda rng, kind=kind: random_cache(kind, rng),  # type: ignore[misc]
            lambda line: sorted_pairs(botocore_cache(line)),
            0.1,
        )
        for kind in ("elasticache", "elasticache_serverless", "memorydb")
    },
    "express-url": Kind(
        lambda rng: random_express("url", rng), lambda line: sorted_pairs(express_url(line)), 0.1
    ),
    "express-headers": Kind(lambda rng: random_express("headers", rng), express_headers, 0.1),
    "eks": Kind(random_eks, lambda line: eks_token(sorted_pairs(eks_url(line))), 0.1),
    "post": Kind(random_post, botocore_post, 0.1),
}


# --- Comparing ---


def ask(sign_lines: str, lines: list[Line]) -> list[str]:
    """Returns an answer for each line."""
    given = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([sign_lines], input=given.encode(), capture_output=True, check=True)
    return done.stdout.decode().split("\n")[:-1]


def expect(line: Line, expected: Callable[[Line], str]) -> str:
    """Returns botocore's answer to a line, at the line's time."""
    now = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(str(line["now"])))
    botocore.auth.get_current_datetime = botocore.signers.get_current_datetime = hold_clock(now)
    return expected(line)


def tidy(answer: str) -> str:
    """Sorts the fields of a form, and headers, whose order does not matter."""
    return json.dumps(json.loads(answer), sort_keys=True) if answer.startswith("{") else answer


def run_random(sign_lines: str, seed: int, kind: str, numbers: range) -> tuple[int, int]:
    """Compares and reports; returns the numbers of equal and of different answers."""
    began = time.monotonic()
    lines = [KINDS[kind].make(random.Random(f"{seed} {kind} {number}")) for number in numbers]
    answers = ask(sign_lines, lines)
    different = 0
    for number, line, answer in zip(numbers, lines, answers, strict=True):
        wanted = expect(line, KINDS[kind].expected)
        if tidy(answer) == wanted:
            continue
        different += 1
        if different <= SHOWN:
            again = f"--seed {seed} --only {kind}:{number}"
            report(
                False,
                f"{kind}: {again}\n  line     {line}\n  botocore {wanted!r}\n  rolesig  {answer!r}",
            )
    alike, seconds = len(lines) - different, time.monotonic() - began
    report(
        different == 0,
        f"{kind}: {alike} of {len(lines)} random ones alike, seed {seed}, {seconds:.1f} s",
    )
    return alike, different


# --- Intended differences ---

PLAIN: Line = {
    "kind": "url",
    "access_key_id": "AKIDEXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "session_token": None,
    "region": "us-east-1",
    "now": 1_440_938_160,
    "service": "s3",
    "method": "GET",
    "host": "examplebucket.s3.amazonaws.com",
    "path": "/key",
    "query": [],
    "headers": [],
    "expires": 900,
}

# Name, reason, an example, and the change of botocore's answer to ours; without one, rolesig
# refuses. The differences of methods,
# headers and paths are those of `differential.py`.
DIFFERENCES: tuple[tuple[str, str, Line, Callable[[Line], str] | None], ...] = (
    (
        "order of the pairs",
        (
            "rolesig writes the order that it signs; botocore appends its own pairs, the session "
            "token last"
        ),
        PLAIN | {"session_token": "t", "query": [("versionId", "1"), ("prefix", "a"), ("Z", "")]},
        lambda line: sorted_pairs(botocore_url(line)),
    ),
    (
        "a pair of the signer's in the caller's list",
        "the signer computes it; botocore sends both, and the service finds two",
        PLAIN | {"query": [("X-Amz-Expires", "1")]},
        None,
    ),
    (
        "a header of the signer's in the caller's list",
        "in the query and in a header they could contradict each other",
        PLAIN | {"headers": [("X-Amz-Date", "20150830T123600Z")]},
        None,
    ),
)


def check_difference(
    sign_lines: str, name: str, reason: str, line: Line, ours: Callable[[Line], str] | None
) -> bool:
    """Checks an intended difference by its example: rolesig behaves as described, and botocore does
    not.
    """
    (answer,), theirs = ask(sign_lines, [line]), expect(line, botocore_url)
    right = answer.startswith("error: ") if ours is None else answer == expect(line, ours)
    report(
        right and answer != theirs,
        f"deliberate: {name}: botocore {theirs!r}; rolesig {answer!r} ({reason})",
    )
    return right and answer != theirs


def parse_arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description="compare presigned requests with botocore's")
    parser.add_argument("sign_lines", type=os.path.abspath)
    parser.add_argument(
        "--count", type=int, default=10_000, help="random URLs for each of s3 and others"
    )
    parser.add_argument(
        "--seed", type=int, default=None, help="a random one unless given; it is printed"
    )
    parser.add_argument("--only", metavar="KIND:NUMBER", help="only this one")
    return parser.parse_args()


def main() -> int:
    """Runs all checks, and returns the exit status."""
    arguments = parse_arguments()
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    seed = random.SystemRandom().randrange(2**32) if arguments.seed is None else arguments.seed
    results: list[tuple[int, int]] = []
    if arguments.only:
        kind, _, number = arguments.only.partition(":")
        results.append(
            run_random(arguments.sign_lines, seed, kind, range(int(number), int(number) + 1))
        )
    else:
        for item in DIFFERENCES:
            right = check_difference(arguments.sign_lines, *item)
            results.append((int(right), int(not right)))
        for kind, what in KINDS.items():
            numbers = range(max(1, int(arguments.count * what.share)))
            results.append(run_random(arguments.sign_lines, seed, kind, numbers))
    failed = sum(result[1] for result in results)
    print(f"{sum(result[0] for result in results)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

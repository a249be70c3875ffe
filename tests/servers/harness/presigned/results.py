"""botocore's and boto3's results for a line of `sign_lines`."""

from __future__ import annotations

import base64
import json
import urllib.parse
from typing import Any

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials

from harness.presigned.lines import Line


def credentials_of(line: Line) -> botocore.credentials.Credentials:
    """Returns a line's credentials."""
    names = ("access_key_id", "secret_access_key", "session_token")
    return botocore.credentials.Credentials(*(line[name] for name in names))


def sorted_pairs(url: str) -> str:
    """Returns the URL with its pairs in the order that is signed, as rolesig writes them."""
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
    return added_headers(line, signer)


def signed_headers(line: Line) -> str:
    """Returns the headers that botocore adds to a request."""
    base = botocore.auth.S3SigV4Auth if line["service"] == "s3" else botocore.auth.SigV4Auth
    signer = base(credentials_of(line), line["service"], line["region"])
    return added_headers(line, signer)


def added_headers(line: Line, signer: botocore.auth.SigV4Auth) -> str:
    """Returns the headers that a signer of botocore's adds to a request."""
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
CLIENTS: dict[tuple[str, str], Any] = {}


def client(service: str, line: Line) -> Any:
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
    made._request_signer._credentials = credentials_of(line)
    return made


def botocore_rds(line: Line) -> str:
    """Returns boto3's token for RDS."""
    host, _, port = str(line["host"]).rpartition(":")
    return client("rds", line).generate_db_auth_token(host, int(port), line["user"])


def botocore_dsql(line: Line) -> str:
    """Returns boto3's token for DSQL."""
    return client("dsql", line).generate_db_connect_auth_token(line["host"])


def botocore_dsql_admin(line: Line) -> str:
    """Returns boto3's token for DSQL's `admin`."""
    return client("dsql", line).generate_db_connect_admin_auth_token(line["host"])


CLUSTER = "x-k8s-aws-id"


def give_cluster(sts: Any) -> None:
    """Has a client of STS sign one more header, by the same two events as `aws eks get-token`."""

    def keep(params: dict[str, str], context: dict[str, str], **_: object) -> None:
        context[CLUSTER] = params.pop(CLUSTER)

    def add(request: botocore.awsrequest.AWSRequest, **_: object) -> None:
        request.headers[CLUSTER] = request.context[CLUSTER]

    events = sts.meta.events
    events.register("provide-client-params.sts.GetCallerIdentity", keep)
    events.register("before-sign.sts.GetCallerIdentity", add)


def eks_url(line: Line) -> str:
    """Returns the URL in a token of EKS."""
    return client("sts", line).generate_presigned_url(
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
    post = client("s3", line).generate_presigned_post(
        line["bucket"],
        line["key"],
        Fields=equal,
        Conditions=line["conditions"],
        ExpiresIn=line["expires"],
    )
    return json.dumps(post["fields"], sort_keys=True)

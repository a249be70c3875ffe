#!/usr/bin/env python3
"""Runs the example programs of rolesig and rolesig-std against the servers of others.

    examples.py EXAMPLES BRIDGES SANDBOX

EXAMPLES is the folder of the examples of both packages, BRIDGES that of std-adapter/bridges, and
SANDBOX the example of that name of rolefs, whose S3 server is s3s-fs, and which hands out a role.
The other servers are SeaweedFS and ministack. boto3 reads what the programs have done. Their lines
are counted, too: a program that is long was not easy to write.
"""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import re
import sys
import tempfile
import time
import urllib.parse

import urllib3

from harness.checks import Checks, expect
from harness.credential_servers import (
    SECOND_ROLE_ARN,
    IdentityProvider,
    SeaweedFSWithIdentities,
)
from harness.example_runs import (
    ACCOUNT,
    Examples,
    WebHandler,
    create_roles,
    here,
    listed,
    role_arn,
    stored,
    with_wrong_secret,
)
from harness.gateway.process import Gateway
from harness.sandbox_process import BUCKET, fetch_credentials
from harness.servers import ROLE_ARN, ROLE_BUCKET, Keys, Ministack, Sandbox, Server, allow

# The lines of each program. Together they may be 60 % of the 964 that seven programs had on an
# earlier interface; blank lines do not count.
MOST_LINES = 578
GATEWAY = "a gateway"
MOST_LINES_OF_GATEWAY = 200
PROGRAMS = {
    "a web handler": ("std-adapter/examples/web_handler.rs",),
    "four services": ("std-adapter/examples/four_services.rs",),
    "chains of roles": ("std-adapter/examples/assume_role.rs",),
    "a blocking client": ("std-adapter/examples/blocking.rs",),
    "bridges": (
        "std-adapter/bridges/aws/examples/sdk_upload.rs",
        "std-adapter/bridges/object-store/examples/store_upload.rs",
    ),
    GATEWAY: ("std-adapter/examples/gateway.rs",),
    "firmware": ("core/examples/nal/main.rs", "core/examples/nal/fetch.rs"),
}
CLIENTS = ("sdk_upload", "store_upload", "opendal_upload")
KEY = "a folder/ä+b"
CONTENT = bytes(range(256)) * 400


def count_lines(checks: Checks) -> None:
    """Checks the length of the programs."""
    root = pathlib.Path(__file__).parents[3]
    total = 0
    for label, paths in PROGRAMS.items():
        texts = [(root / path).read_text() for path in paths]
        lines = sum(bool(line.strip()) for text in texts for line in text.splitlines())
        print(f"{lines:4} lines: {label}")
        total += lines
        if label == GATEWAY:
            with checks.check(f"{lines} lines in {label}"):
                expect(lines <= MOST_LINES_OF_GATEWAY, f"more than {MOST_LINES_OF_GATEWAY}")
    with checks.check(f"{total} lines in seven programs"):
        expect(total <= MOST_LINES, f"more than {MOST_LINES}")


def check_web_handler(handler: WebHandler, server: Sandbox, checks: Checks) -> None:
    """Checks that clients upload, download and list through the web handler."""
    url = f"{handler.endpoint}/{urllib.parse.quote(KEY)}"
    http = urllib3.PoolManager(retries=urllib3.Retry(connect=0, read=0, redirect=1))
    with checks.check("web_handler: PUT is redirected to S3"):
        response = http.request("PUT", url, body=CONTENT)
        expect(response.status == 200, f"{response.status} {response.data!r}")
        expect(stored(server, BUCKET, KEY) == CONTENT, "boto3 reads other bytes")
    with checks.check("web_handler: GET is redirected to S3"):
        response = http.request("GET", url)
        expect(response.status == 200 and response.data == CONTENT, f"{response.status}")
    with checks.check("web_handler: the URL is for one method, five minutes and the role"):
        response = http.request("GET", url, redirect=False)
        expect(response.status == 307, f"{response.status}")
        location = response.headers["location"]
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
        expect(query["X-Amz-Expires"] == "300", f"{query}")
        expect(query["X-Amz-Security-Token"] == server.keys.session_token, "another token")
        expect(http.request("PUT", location, body=b"other").status == 403, "it takes a PUT")
        expect(stored(server, BUCKET, KEY) == CONTENT, "the object has changed")
    with checks.check("web_handler: GET / lists the bucket"):
        response = http.request("GET", handler.endpoint)
        expect(response.status == 200 and listed(response.data) == [KEY], f"{response.data!r}")
    with checks.check("web_handler: other methods are refused"):
        expect(http.request("DELETE", url).status == 405, "they are not")


def check_chain(examples: Examples, server: Ministack, user: Keys, checks: Checks) -> None:
    """Checks roles of which only the last one may list the bucket."""
    runs_on = here(server, user)
    first, last = role_arn("First"), role_arn("Last")
    with checks.check("ministack: assume_role, on keys of a user"):
        output = examples.succeed("assume_role", runs_on, first, last, ROLE_BUCKET)
        expect(
            output.startswith(f"role {last}, assumed with role {first}, assumed with environment"),
            output,
        )
        expect(f"<Arn>arn:aws:sts::{ACCOUNT}:assumed-role/Last/report</Arn>" in output, output)
        expect("<Key>chain</Key>" in output, output)
    with checks.check("ministack: assume_role, a role that may not list"):
        examples.refused("AccessDenied", "assume_role", runs_on, first, first, ROLE_BUCKET)
    with checks.check("ministack: assume_role, a wrong secret"):
        wrong = here(server, with_wrong_secret(user))
        examples.refused("SignatureDoesNotMatch", "assume_role", wrong, first, last, ROLE_BUCKET)


def check_four_services(examples: Examples, server: Ministack, user: Keys, checks: Checks) -> None:
    """Checks what an order leaves in three services."""
    response = server.client("sts", user).assume_role(
        RoleArn=role_arn("Shop"), RoleSessionName="shop"
    )
    given = response["Credentials"]
    shop = Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/Shop/shop"
    table, sqs = server.client("dynamodb"), server.client("sqs")
    table.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "order", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "order", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    with checks.check("ministack: four_services"):
        output = examples.succeed(
            "four_services", here(server, shop), ROLE_BUCKET, "orders", queue, "o-1"
        )
        order = json.loads(stored(server, ROLE_BUCKET, "orders/o-1"))
        expect(order == {"order": "o-1", "placed_by": arn}, f"the object is {order}")
        item = table.get_item(TableName="orders", Key={"order": {"S": "o-1"}})["Item"]
        expect(item == {"order": {"S": "o-1"}, "placed_by": {"S": arn}}, f"the item is {item}")
        (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
        expect(message["Body"] == "o-1", f"the message is {message}")
        expect(message["MessageId"] in output and arn in output, output)
    with checks.check("ministack: four_services, a table that does not exist"):
        words = (ROLE_BUCKET, "none", queue, "o-2")
        examples.refused("there is no table none", "four_services", here(server, shop), *words)
    with checks.check("ministack: four_services, a wrong secret"):
        wrong = here(server, with_wrong_secret(shop))
        words = (ROLE_BUCKET, "orders", queue, "o-3")
        examples.refused("SignatureDoesNotMatch", "four_services", wrong, *words)


def check_firmware(examples: Examples, label: str, metadata: str, checks: Checks) -> None:
    """Checks that the firmware gets a role."""
    with checks.check(f"{label}: nal"):
        output = examples.succeed("nal", {}, metadata.removeprefix("http://"))
        found = re.fullmatch(r'Some\("(\w+)"\) until Some\((\S+)\), asked at .*\n', output)
        expect(found is not None, output)
        key, expires = found.groups()
        # ministack makes new keys for each request. Those of the sandbox stay.
        expected = fetch_credentials(metadata).access_key
        expect(key == expected or (label == "ministack" and key[:4] == "ASIA"), output)
        left = datetime.datetime.fromisoformat(expires) - datetime.datetime.now(datetime.UTC)
        expect(left > datetime.timedelta(minutes=50), f"it expires at {expires}")


def check_ministack(examples: Examples, server: Ministack, checks: Checks) -> None:
    """Checks the programs that use roles, more services than S3, or a metadata service."""
    bucket = f"arn:aws:s3:::{ROLE_BUCKET}"
    shop = ["s3:PutObject", "dynamodb:PutItem", "sqs:SendMessage"]
    user = create_roles(
        server,
        {
            "First": allow(["sts:AssumeRole"], [role_arn("Last"), role_arn("First")]),
            "Last": allow(["s3:ListBucket"], [bucket]),
            "Shop": allow(shop, [f"{bucket}/*", "arn:aws:dynamodb:*", "arn:aws:sqs:*"]),
        },
    )
    store = server.client()
    store.create_bucket(Bucket=ROLE_BUCKET)
    store.put_object(Bucket=ROLE_BUCKET, Key="chain")
    check_chain(examples, server, user, checks)
    check_four_services(examples, server, user, checks)
    check_firmware(examples, "ministack", server.endpoint, checks)


def check_seaweedfs(
    examples: Examples, bridges: Examples, server: SeaweedFSWithIdentities, checks: Checks
) -> None:
    """Checks the programs that use S3 alone, on a role."""
    role = server.assume_role()
    store = server.client()
    store.create_bucket(Bucket=ROLE_BUCKET)
    store.put_object(Bucket=ROLE_BUCKET, Key=KEY)
    file = examples.home / "file"
    for number, client in enumerate(CLIENTS):
        with checks.check(f"seaweedfs: {client}"):
            file.write_bytes(bytes([number]) + CONTENT)
            words = (server.endpoint, server.region, ROLE_BUCKET, KEY, str(file))
            bridges.succeed(client, role.environment(), *words)
            expect(stored(server, ROLE_BUCKET, KEY) == file.read_bytes(), "boto3 reads other bytes")
    url = f"{server.endpoint}/{ROLE_BUCKET}?list-type=2"
    with checks.check("seaweedfs: blocking"):
        output = examples.succeed("blocking", role.environment(), url, server.region)
        presigned, _, document = output.partition("\n")
        expect(listed(document.strip()) == [KEY], document)
        response = urllib3.request("GET", presigned)
        expect(listed(response.data) == [KEY], f"{response.status} {response.data!r}")
    with checks.check("seaweedfs: blocking, a wrong secret"):
        wrong = with_wrong_secret(role).environment()
        examples.refused("403", "blocking", wrong, url, server.region)
    with checks.check("seaweedfs: assume_role, on a web identity"):
        token = examples.home / "token"
        token.write_text(server.provider.token())
        identity = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": ROLE_ARN}
        variables = {**here(server, None), **identity}
        roles = (SECOND_ROLE_ARN, ROLE_ARN)
        output = examples.succeed("assume_role", variables, *roles, ROLE_BUCKET)
        expect(f"<Key>{KEY}</Key>" in output and "/UploadRole/report<" in output, output)


def check_gateway(
    scratch: pathlib.Path, examples: Examples, server: Server, role: Keys, checks: Checks
) -> None:
    """Checks an object through the gateway. gateway.py is the full check."""
    binary = str(examples.folder / "gateway")
    with checks.check("seaweedfs: gateway"), Gateway(scratch, binary, server, role) as gateway:
        store = gateway.client()
        store.put_object(Bucket=ROLE_BUCKET, Key="through", Body=CONTENT)
        expect(stored(server, ROLE_BUCKET, "through") == CONTENT, "boto3 reads other bytes")
        expect(stored(gateway, ROLE_BUCKET, "through") == CONTENT, "other bytes come back")


def main() -> int:
    """Runs all checks, and returns the exit status."""
    folder, bridge_folder, sandbox = (pathlib.Path(path).resolve() for path in sys.argv[1:])
    os.environ["NO_PROXY"] = "*"
    checks = Checks()
    began = time.monotonic()
    count_lines(checks)
    with tempfile.TemporaryDirectory(prefix="examples-") as name:
        scratch = pathlib.Path(name)
        home = scratch / "home"
        home.mkdir()
        examples, bridges = Examples(folder, home), Examples(bridge_folder, home)
        with checks.check("s3s-fs: runs"), Sandbox(scratch, str(sandbox)) as server:
            with WebHandler(scratch, examples, server) as handler:
                check_web_handler(handler, server, checks)
            check_firmware(examples, "sandbox", server.metadata, checks)
        with checks.check("ministack: runs"), Ministack(scratch) as server:
            check_ministack(examples, server, checks)
        with (
            checks.check("seaweedfs: runs"),
            IdentityProvider() as provider,
            SeaweedFSWithIdentities(scratch, provider) as server,
        ):
            check_seaweedfs(examples, bridges, server, checks)
            check_gateway(scratch, examples, server, server.assume_role(), checks)
    seconds = round(time.monotonic() - began)
    print(f"{checks.passed} passed, {checks.failed} failed, {seconds} s")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

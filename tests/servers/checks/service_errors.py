#!/usr/bin/env python3
"""Compares how rolesig-std parses the errors of services with how botocore does.

    service_errors.py SERVICE_ERRORS [--count 5000] [--seed N]

SERVICE_ERRORS is the example of that name of rolesig-std. Errors have the forms of botocore's text
protocols, with random codes, messages and request ids, in the places where services put them.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
from xml.sax import saxutils

import botocore.parsers

CODES = (
    "AccessDenied",
    "NoSuchKey",
    "InvalidInstanceID.Malformed",
    "ThrottlingException",
    "AWS.SimpleQueueService.NonExistentQueue",
)
MESSAGES = (
    "m",
    "",
    "The specified key does not exist.",
    'User: "x" is not authorized & <never> was',
    "caf\u00e9 \U0001f600",
    "two\nlines",
    "]]>",
)
NAMESPACES = ("", ' xmlns="https://sts.amazonaws.com/doc/2011-06-15/"')
PROLOGUES = ("", '<?xml version="1.0" encoding="UTF-8"?>\n', "<?xml version='1.0'?>")


def text(message: str, chance: random.Random) -> str:
    """Writes a text in XML."""
    if "]]>" not in message and chance.random() < 0.2:
        return f"<![CDATA[{message}]]>"
    return saxutils.escape(message, {'"': "&quot;"} if chance.random() < 0.5 else {})


def of_xml(protocol: str, chance: random.Random) -> dict:
    """Returns an error of a protocol in XML."""
    code, message = chance.choice(CODES), text(chance.choice(MESSAGES), chance)
    gap = chance.choice(("", "\n  "))
    parts = [f"<Code>{code}</Code>", f"<Message>{message}</Message>"]
    chance.shuffle(parts)
    prologue, namespace = chance.choice(PROLOGUES), chance.choice(NAMESPACES)
    if protocol == "rest-xml" and chance.random() < 0.5:
        # S3: the id is in a header, and again in the body.
        body = f"<Error>{gap}{gap.join(parts)}{gap}<RequestId>R1</RequestId></Error>"
        return {"headers": {"x-amz-request-id": "R1"}, "body": prologue + body}
    error = f"<Error>{gap}<Type>Sender</Type>{gap.join(parts)}</Error>"
    if protocol == "ec2":
        body = f"<Response><Errors>{error}</Errors>{gap}<RequestID>R2</RequestID></Response>"
    else:
        body = f"<ErrorResponse{namespace}>{error}{gap}<RequestId>R3</RequestId></ErrorResponse>"
    return {"headers": {}, "body": prologue + body}


def of_json(protocol: str, chance: random.Random) -> dict:
    """Returns an error of a protocol in JSON."""
    code, headers = chance.choice(CODES), {"x-amzn-requestid": "R4"}
    written = chance.choice((code, f"com.amazonaws.x.v1#{code}", f"{code}:http://internal/a/"))
    document = {chance.choice(("message", "Message")): chance.choice(MESSAGES), "Type": "User"}
    if protocol == "rest-json" and chance.random() < 0.6:
        headers["x-amzn-errortype"] = written
        if chance.random() < 0.3:
            document["code"] = "Other"
    elif protocol == "rest-json" and chance.random() < 0.5:
        document["code"] = written
    else:
        document["__type"] = written
        if protocol == "json" and chance.random() < 0.3:
            headers["x-amzn-query-error"] = "AWS.Old.Code;Sender"
    ascii_only = chance.random() < 0.5
    return {"headers": headers, "body": json.dumps(document, ensure_ascii=ascii_only)}


def theirs(protocol: str, error: dict) -> dict:
    """Returns what botocore parses."""
    parser = botocore.parsers.create_parser(protocol)
    response = {
        "status_code": error["status"],
        "headers": error["headers"],
        "body": error["body"].encode(),
    }
    parsed = parser.parse(response, None)
    return {
        "code": parsed["Error"]["Code"],
        "message": (parsed["Error"].get("Message") or "").strip(),
        "request_id": parsed["ResponseMetadata"].get("RequestId"),
    }


def main() -> None:
    """Compares random errors, and fails if one differs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("service_errors")
    arguments.add_argument("--count", type=int, default=5000)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    arguments = arguments.parse_args()
    chance = random.Random(arguments.seed)
    errors = []
    for _ in range(arguments.count):
        protocol = chance.choice(("rest-xml", "query", "ec2", "json", "rest-json"))
        make = of_json if "json" in protocol else of_xml
        status = chance.choice((400, 403, 404, 429, 500, 503))
        errors.append((protocol, {"status": status, **make(protocol, chance)}))
    lines = "".join(json.dumps(error) + "\n" for _, error in errors)
    asked = subprocess.run(
        [arguments.service_errors], input=lines, capture_output=True, text=True, check=True
    )
    differ = 0
    for (protocol, error), line in zip(errors, asked.stdout.splitlines(), strict=True):
        ours, expected = json.loads(line), theirs(protocol, error)
        ours["message"] = ours["message"].strip()
        if ours != expected:
            differ += 1
            print(f"{protocol} {error}: {expected} is not {ours}")
    print(f"{len(errors)} errors, {differ} differ (seed {arguments.seed})")
    if differ:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

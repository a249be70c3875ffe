#!/usr/bin/env python3
"""Checks the sandbox of rolefs with botocore and boto3, which do not know it.

sandbox.py METADATA-ENDPOINT S3-ENDPOINT    a running sandbox with a bucket "sandbox"
sandbox.py BINARY                           starts the example "sandbox" itself, twice: also
                                            checks the expiration of credentials
"""

import datetime
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from unittest import mock

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from harness.sandbox_process import BUCKET, REGION, fetch_credentials, sandbox

ROLE = "rolefs-sandbox-role"
LIST = "/latest/meta-data/iam/security-credentials/"
TOKEN = "X-aws-ec2-metadata-token"
TTL = "X-aws-ec2-metadata-token-ttl-seconds"


def ask(url, method="GET", headers=None, data=None):
    """Returns status, headers and body, for any status."""
    request = urllib.request.Request(url, method=method, headers=headers or {}, data=data)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as response:
        return response.code, response.headers, response.read().decode()


# --- the instance metadata service


def check_metadata_rules(metadata):
    """The metadata service requires a token, and knows the documented paths and limits."""
    url = metadata + "/latest/api/token"
    for ttl in ("0", "21601", "-1", "x", ""):
        assert ask(url, "PUT", {TTL: ttl})[0] == 400, ttl
    assert ask(url, "PUT")[0] == 400
    assert ask(url, "PUT", {TTL: "60", "X-Forwarded-For": "10.0.0.1"})[0] == 403
    assert ask(metadata + LIST)[0] == 401
    assert ask(metadata + LIST, headers={TOKEN: "made up"})[0] == 401

    status, headers, token = ask(url, "PUT", {TTL: "21600"})
    assert (status, headers[TTL], len(token)) == (200, "21600", 56)

    def get(path):
        return ask(metadata + path, headers={TOKEN: token})

    assert get(LIST)[::2] == (200, ROLE)
    assert get("/latest/meta-data/placement/region")[::2] == (200, REGION)
    for path in ("/", LIST + "another", LIST + ROLE + "/", "/latest/meta-data/instance-id"):
        assert get(path)[0] == 404, path

    status, headers, text = get(LIST + ROLE)
    document = json.loads(text)
    assert status == 200 and text.startswith('{\n  "Code" : "Success",\n  "LastUpdated" : "')
    assert headers["Content-Type"] == "text/plain"
    assert list(document) == [
        "Code",
        "LastUpdated",
        "Type",
        "AccessKeyId",
        "SecretAccessKey",
        "Token",
        "Expiration",
    ]
    assert document["Type"] == "AWS-HMAC" and document["AccessKeyId"].startswith("ASIA")
    assert len(document["AccessKeyId"]) == 20 and len(document["SecretAccessKey"]) == 40
    assert len(document["Token"]) >= 800
    assert get(LIST + ROLE)[2] == text, "the same until they are renewed"

    _, _, short = ask(url, "PUT", {TTL: "1"})
    assert ask(metadata + LIST, headers={TOKEN: short})[0] == 200
    time.sleep(1.1)
    assert ask(metadata + LIST, headers={TOKEN: short})[0] == 401


def check_default_chain(metadata, s3):
    """Checks a program that knows only the two variables that name the endpoints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    variables = {
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata,
        "AWS_ENDPOINT_URL_S3": s3,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    with mock.patch.dict(os.environ, kept | variables, clear=True):
        client = boto3.Session().client("s3")
        assert BUCKET in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]


# --- S3


def client(s3, key, region=REGION, **config):
    """Returns a boto3 client of the sandbox that tries once."""
    options = {"s3": {"addressing_style": "path"}, "retries": {"total_max_attempts": 1}} | config
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    return boto3.Session(**dict(zip(names, key, strict=False))).client(
        "s3", endpoint_url=s3, region_name=region, config=Config(**options)
    )


def refused(code, status, call, *arguments, **keywords):
    """Returns the message of the refusal, which must have this code and status."""
    try:
        call(*arguments, **keywords)
    except ClientError as error:
        response = error.response
        found = (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"])
        assert found == (code, status), f"{found} {response['Error'].get('Message')}"
        return response["Error"].get("Message", "")
    raise AssertionError(f"not refused, expected {code}")


def check_objects(s3, key):
    """Objects of odd names are put, listed, copied and deleted."""
    aws = client(s3, key)
    names = ["plain", "dir/part-00000", "with space+plus", "dir/ümläut=~()!*'", "a%2Fb"]
    for name in names:
        body = name.encode() * 1000
        aws.put_object(Bucket=BUCKET, Key=name, Body=body)
        assert aws.get_object(Bucket=BUCKET, Key=name)["Body"].read() == body, name
        assert aws.head_object(Bucket=BUCKET, Key=name)["ContentLength"] == len(body)
    refused("NoSuchKey", 404, aws.get_object, Bucket=BUCKET, Key="dir")
    refused("404", 404, aws.head_object, Bucket=BUCKET, Key="dir")
    part = aws.get_object(Bucket=BUCKET, Key="plain", Range="bytes=5-9")
    assert part["Body"].read() == b"plain" and part["ContentRange"] == "bytes 5-9/5000"

    listed = aws.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, PaginationConfig={"PageSize": 2}
    )
    assert sorted(names) == [item["Key"] for page in listed for item in page["Contents"]]
    folders = aws.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    assert [item["Prefix"] for item in folders["CommonPrefixes"]] == ["dir/"]

    for signing in ("when_required", "when_supported"):
        whole = client(s3, key, request_checksum_calculation=signing)
        whole.put_object(Bucket=BUCKET, Key="plain", Body=b"signed payload")
    for name in names:
        aws.delete_object(Bucket=BUCKET, Key=name)
    assert "Contents" not in aws.list_objects_v2(Bucket=BUCKET)

    refused("NoSuchKey", 404, aws.get_object, Bucket=BUCKET, Key="plain")
    refused("NoSuchBucket", 404, aws.put_object, Bucket="no-such-bucket", Key="plain", Body=b"")
    refused("NoSuchBucket", 404, aws.list_objects_v2, Bucket="no-such-bucket")
    aws.create_bucket(Bucket="another-bucket")
    aws.delete_bucket(Bucket="another-bucket")


def check_multipart(s3, key, renew=lambda: None):
    """Checks two parts and a copy of the object; `renew` can change the key in between."""
    aws = client(s3, key)
    where = {"Bucket": BUCKET, "Key": "dir/large"}
    upload = where | {"UploadId": aws.create_multipart_upload(**where)["UploadId"]}
    parts = []
    for number, body in enumerate((b"x" * 5 * 1024 * 1024, b"y" * 100), 1):
        etag = aws.upload_part(**upload, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
        new = renew()
        aws = client(s3, new) if new else aws
    assert len(aws.list_parts(**upload)["Parts"]) == 2
    aws.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert aws.head_object(**where)["ContentLength"] == 5 * 1024 * 1024 + 100
    aws.delete_object(**where)

    upload = where | {"UploadId": aws.create_multipart_upload(**where)["UploadId"]}
    aws.abort_multipart_upload(**upload)
    refused("AccessDenied", 403, aws.upload_part, **upload, PartNumber=1, Body=b"")


def check_refusals(s3, key):
    """A request with anything of its signature wrong is refused with S3's code."""
    identifier, secret, token = key
    put = {"Bucket": BUCKET, "Key": "refused", "Body": b"never stored"}

    def try_key(*other, **rest):
        return client(s3, other, **rest).put_object

    middle = "A" if token[450] != "A" else "B"
    for wrong in (token[:450] + middle + token[451:], token[:-1], token + "A", "x"):
        message = refused("InvalidToken", 400, try_key(identifier, secret, wrong), **put)
        assert message == "The provided token is malformed or otherwise invalid."
    refused("InvalidAccessKeyId", 403, try_key(identifier, secret), **put)
    refused("InvalidAccessKeyId", 403, try_key("ASIAAAAAAAAAAAAAAAAA", secret, token), **put)
    wrong = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    refused("SignatureDoesNotMatch", 403, try_key(identifier, wrong, token), **put)
    refused("AccessDenied", 403, try_key(*key, signature_version=UNSIGNED), **put)
    refused("AccessDenied", 403, client(s3, key, signature_version=UNSIGNED).list_buckets)
    refused("InvalidRequest", 400, try_key(*key, signature_version="s3"), **put)
    message = refused("AuthorizationHeaderMalformed", 400, try_key(*key, region="eu-west-1"), **put)
    assert "the region 'eu-west-1' is wrong; expecting 'us-east-1'" in message
    with mock.patch("botocore.auth.S3SigV4Auth.credential_scope", scope_of_sts):
        refused("AuthorizationHeaderMalformed", 400, try_key(*key), **put)
    check_unsigned_token(s3, key, put)
    check_skew(s3, key, put)
    refused("NoSuchKey", 404, client(s3, key).get_object, Bucket=BUCKET, Key="refused")


def scope_of_sts(signer, request):
    """Returns a credential scope of STS, in place of that of S3."""
    signer._service_name = "sts"
    return f"{request.context['timestamp'][:8]}/{signer._region_name}/sts/aws4_request"


def check_unsigned_token(s3, key, put):
    """Checks the right token, added after the signature."""
    aws = client(s3, key[:2])

    def add(request, **_):
        request.headers["x-amz-security-token"] = key[2]

    aws.meta.events.register("before-send.s3", add)
    message = refused("AccessDenied", 403, aws.put_object, **put)
    assert "were not signed" in message


def check_skew(s3, key, put):
    """A clock may be 15 minutes off."""
    for minutes, late in ((14, False), (16, True), (-14, False), (-16, True)):
        now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
        naive = now.replace(tzinfo=None)
        with mock.patch("botocore.auth.get_current_datetime", return_value=naive):
            if late:
                refused("RequestTimeTooSkewed", 403, client(s3, key).put_object, **put)
            else:
                client(s3, key).list_buckets()


def check_presigned(s3, key):
    """A presigned URL works for its method, its key and its time."""

    def presign(*other, method, **rest):
        params = {"Bucket": BUCKET, "Key": "by link"}
        signing_client = client(s3, other, signature_version="s3v4", **rest)
        return signing_client.generate_presigned_url(method, Params=params, ExpiresIn=60)

    assert ask(presign(*key, method="put_object"), "PUT", data=b"linked")[0] == 200
    link = presign(*key, method="get_object")
    assert ask(link)[::2] == (200, "linked")
    status, _, body = ask(presign(key[0], key[1], key[2][:-1], method="get_object"))
    assert status == 400 and "<Code>InvalidToken</Code>" in body
    status, _, body = ask(presign(*key[:2], method="get_object"))
    assert status == 403 and "<Code>InvalidAccessKeyId</Code>" in body
    status, _, body = ask(presign(*key, method="get_object", region="eu-west-1"))
    assert status == 400 and "<Code>AuthorizationQueryParametersError</Code>" in body
    assert ask(link.replace("by%20link", "another"))[0] == 403
    assert ask(link, headers={"Authorization": "AWS4-HMAC-SHA256 x"})[0] == 400
    without = urllib.parse.urlsplit(link)._replace(query="").geturl()
    assert ask(without)[0] == 403
    assert ask(presign(*key, method="delete_object"), "DELETE")[0] == 204


def check_form(s3, key):
    """Checks that a browser's form is refused, signed or not."""
    form = client(s3, key, signature_version="s3v4").generate_presigned_post(BUCKET, "by form")
    for fields in (form["fields"], {"key": "by form"}):
        lines = [
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        lines.append('--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n')
        for content in ("", "content"):
            data = ("".join(lines) + content + "\r\n--b--\r\n").encode()
            headers = {"Content-Type": "multipart/form-data; boundary=b"}
            status, _, body = ask(f"{s3}/{BUCKET}", "POST", headers, data)
            assert 400 <= status < 500, (status, body)
    refused("NoSuchKey", 404, client(s3, key).get_object, Bucket=BUCKET, Key="by form")


def check_tampered_payload(s3, key):
    """Checks that a payload that differs from the signed hash is not stored."""
    aws = client(s3, key, request_checksum_calculation="when_required")

    def swap(request, **_):
        request.body = b"tampered"

    with mock.patch("botocore.auth.S3SigV4Auth._should_sha256_sign_payload", lambda *_: True):
        aws.meta.events.register("before-send.s3", swap)
        try:
            aws.put_object(Bucket=BUCKET, Key="tampered", Body=b"original")
        except ClientError:
            pass
        else:
            raise AssertionError("a tampered payload was stored")
    refused("NoSuchKey", 404, client(s3, key).get_object, Bucket=BUCKET, Key="tampered")


def check(metadata, s3):
    """Runs all checks but that of expiry."""
    check_metadata_rules(metadata)
    check_default_chain(metadata, s3)
    key = tuple(fetch_credentials(metadata))[:3]
    check_objects(s3, key)
    check_multipart(s3, key)
    check_refusals(s3, key)
    check_presigned(s3, key)
    check_form(s3, key)
    check_tampered_payload(s3, key)


def check_expiry(metadata, s3):
    """Checks a lifetime of six seconds."""
    old = tuple(fetch_credentials(metadata))[:3]
    client(s3, old).list_buckets()

    def renew():
        time.sleep(4.2)
        new = tuple(fetch_credentials(metadata))[:3]
        assert new[0] != old[0], "renewed when less than a third is left"
        return new

    check_multipart(s3, old, renew)
    message = refused("ExpiredToken", 400, client(s3, old).list_buckets)
    assert message == "The provided token has expired."
    mixed = (old[0], old[1], renew()[2])
    refused("InvalidToken", 400, client(s3, mixed).list_buckets)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        with sandbox(sys.argv[1]) as endpoints:
            check(*endpoints)
        with sandbox(sys.argv[1], "6") as endpoints:
            check_expiry(*endpoints)
    elif len(sys.argv) == 3:
        check(*sys.argv[1:])
    else:
        sys.exit(__doc__)
    print("ok")

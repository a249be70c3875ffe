"""Requests that Amazon S3 refuses since they are not those that were signed.

Source of the codes: "Error responses", "Authenticating Requests" and "Signature Calculations"
(Amazon S3), and "Troubleshooting signature issues" (AWS Identity and Access Management).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from harness.gateway.maker import BODY, DENIED, MALFORMED, MALFORMED_QUERY, MISMATCH, Case, Maker
from harness.gateway.process import PERMANENT, TEMPORARY
from harness.gateway.raw import EMPTY, Raw, Signature, authorized, by_header, by_query


def both(make: Maker, name: str, expected: tuple[str, str], signature: Signature) -> Iterator[Case]:
    """Yields a GET by header and one by query."""
    yield f"{name}, by header", expected[0], by_header(make.raw(), signature)
    yield f"{name}, by query", expected[1], by_query(make.raw(), signature)


def wrong_keys(make: Maker) -> Iterator[Case]:
    """Yields requests with keys of others."""
    yield "GET without a signature", DENIED, make.raw()
    other = make.signature(dataclasses.replace(PERMANENT, secret_access_key="another"))
    yield from both(make, "wrong secret", (MISMATCH, MISMATCH), other)
    unknown = make.signature(dataclasses.replace(PERMANENT, access_key_id="AKIDUNKNOWN"))
    yield from both(make, "unknown key", ("403 InvalidAccessKeyId",) * 2, unknown)


def wrong_scope(make: Maker) -> Iterator[Case]:
    """Yields requests whose scope is another."""
    expected = (MALFORMED, MALFORMED_QUERY)
    for name, scope in (
        ("region", {"region": "eu-west-1"}),
        ("service", {"service": "ec2"}),
        ("day", {"scope_date": "20130524"}),
        ("end", {"termination": "aws5_request"}),
        ("length", {"termination": "aws4_request/more"}),
    ):
        signature = dataclasses.replace(make.signature(), **scope)
        yield from both(make, f"wrong {name} of the scope", expected, signature)


def wrong_dates(make: Maker) -> Iterator[Case]:
    """Yields requests of another time."""
    skewed = "403 RequestTimeTooSkewed"
    for minutes in (-16, 16, -60 * 24):
        late = make.signature(minutes=minutes)
        yield f"GET of {minutes} minutes later", skewed, by_header(make.raw(), late)
    none = by_header(make.raw(), make.signature()).without_header("x-amz-date")
    yield "GET without a date", DENIED, none
    bad = by_header(make.raw(), make.signature())
    yield "GET with a bad date", DENIED, bad.with_changed("x-amz-date", lambda _: "today")


def changed(make: Maker) -> Iterator[Case]:
    """Yields requests that were changed after they were signed."""
    changes: dict[str, Callable[[Raw], Raw]] = {
        "method": lambda raw: dataclasses.replace(raw, method="DELETE"),
        "path": lambda raw: dataclasses.replace(raw, path=f"{raw.path}x"),
        "query": lambda raw: raw.with_pair("versionId", "1"),
        "pair twice": lambda raw: raw.with_pair("prefix", "a"),
        "host": lambda raw: raw.with_changed("host", lambda host: f"x{host}"),
        "header": lambda raw: raw.with_changed("x-amz-meta-a", lambda _: "2"),
        "missing header": lambda raw: raw.without_header("x-amz-meta-a"),
    }
    for name, change in changes.items():
        raw = make.raw().with_header("x-amz-meta-a", "1").with_pair("prefix", "a")
        yield f"changed {name}, by header", MISMATCH, change(by_header(raw, make.signature()))
        yield f"changed {name}, by query", MISMATCH, change(by_query(raw, make.signature()))
    digit = by_header(make.raw(), make.signature())
    digit = digit.with_changed("authorization", lambda v: v[:-1] + "10"[v.endswith("1")])
    yield "changed digit of the signature", MISMATCH, digit
    upper = by_header(make.raw(), make.signature())
    upper = upper.with_changed("authorization", lambda v: v[:-64] + v[-64:].upper())
    yield "signature in upper case", MISMATCH, upper


def wrong_bodies(make: Maker) -> Iterator[Case]:
    """Yields puts whose bodies are not the signed ones."""
    put, hashed = make.raw("PUT", body=BODY), "x-amz-content-sha256"
    mismatch = "400 XAmzContentSHA256Mismatch"
    signed = by_header(put, make.signature())
    yield "changed body", mismatch, signed.with_body(BODY[::-1])
    yield "longer body", mismatch, signed.with_body(BODY + b"x")
    yield "empty body", mismatch, signed.with_body(b"")
    nothing = by_header(make.raw("PUT"), make.signature())
    yield "body instead of none", mismatch, nothing.with_body(BODY)
    other = signed.with_changed(hashed, lambda _: "UNSIGNED-PAYLOAD")
    yield "hash changed to UNSIGNED-PAYLOAD", MISMATCH, other
    bare = put.with_header("x-amz-date", make.signature().amz_date)
    yield "no hash", "400 InvalidRequest", authorized(bare, make.signature(), EMPTY)
    odd = dataclasses.replace(make.signature(), payload="SIGNED-PAYLOAD")
    yield "an odd word for a hash", "400 InvalidArgument", by_header(put, odd)
    with_hash = make.raw("PUT", body=BODY).with_header(hashed, "0" * 64)
    presigned = by_query(with_hash, dataclasses.replace(make.signature(), payload="0" * 64))
    yield "presigned PUT of another signed hash", mismatch, presigned


def unsigned_headers(make: Maker) -> Iterator[Case]:
    """Yields requests with headers that must be signed and are not."""
    for name, value in (("x-amz-meta-a", "1"), ("x-amz-acl", "public-read")):
        signed = by_header(make.raw("PUT", body=BODY), make.signature())
        yield f"unsigned {name}, by header", DENIED, signed.with_header(name, value)
        presigned = by_query(make.raw("PUT", body=BODY), make.signature())
        yield f"unsigned {name}, by query", DENIED, presigned.with_header(name, value)
    no_host = dataclasses.replace(make.signature(), unsigned=("host",))
    yield "unsigned host", DENIED, by_header(make.raw(), no_host)
    no_date = dataclasses.replace(make.signature(), unsigned=("x-amz-date",))
    yield "unsigned date", DENIED, by_header(make.raw(), no_date)


def wrong_hosts(make: Maker) -> Iterator[Case]:
    """Yields requests that are signed for another host, or have another one in their URL."""
    invalid = "400 InvalidRequest"
    for host in (f"{make.bucket}.{make.host}", "s3.amazonaws.com", make.host.partition(":")[0]):
        other = dataclasses.replace(make.raw(), headers=(("Host", host),))
        yield f"host {host}, by header", invalid, by_header(other, make.signature())
        yield f"host {host}, by query", invalid, by_query(other, make.signature())
        whole = dataclasses.replace(make.raw(), origin=f"http://{host}")
        yield f"URL of {host}", invalid, by_header(whole, make.signature())
        moved = dataclasses.replace(other, origin=f"http://{make.host}")
        yield f"host {host} beside this URL", invalid, by_header(moved, make.signature())


def stripped_headers(make: Maker) -> Iterator[Case]:
    """Yields requests whose `Connection`, which is never signed, names headers that are."""
    invalid, put = "400 InvalidRequest", make.raw("PUT", body=BODY[::-1])
    for name, value in (
        ("If-None-Match", "*"),
        ("If-Match", '"0"'),
        ("Content-Type", "text/plain"),
        ("x-amz-server-side-encryption", "AES256"),
    ):
        signed = by_header(put.with_header(name, value), make.signature())
        for named in (name, name.upper(), f"keep-alive , {name},"):
            changed = signed.with_header("Connection", named)
            yield f"Connection: {named}, by header", invalid, changed
        presigned = by_query(put.with_header(name, value), make.signature())
        changed = presigned.with_header("Connection", name)
        yield f"Connection: {name}, by query", invalid, changed
    for name in ("host", "x-amz-date", "x-amz-content-sha256"):
        changed = by_header(put, make.signature()).with_header("Connection", name)
        yield f"Connection: {name}", invalid, changed


def wrong_tokens(make: Maker) -> Iterator[Case]:
    """Yields requests with a token that is missing, another's, or unsigned."""
    missing, invalid = "403 InvalidAccessKeyId", "400 InvalidToken"
    none = make.signature(dataclasses.replace(TEMPORARY, session_token=None))
    yield from both(make, "missing token", (missing, missing), none)
    other = make.signature(dataclasses.replace(TEMPORARY, session_token="another"))
    yield from both(make, "another token", (invalid, invalid), other)
    extra = make.signature(dataclasses.replace(PERMANENT, session_token="token"))
    yield from both(make, "token of a permanent key", (invalid, invalid), extra)
    name = "x-amz-security-token"
    unsigned = dataclasses.replace(make.signature(TEMPORARY), unsigned=(name,))
    yield "unsigned token", DENIED, by_header(make.raw(), unsigned)
    changed = by_header(make.raw(), make.signature(TEMPORARY))
    changed = changed.with_changed(name, lambda value: f"{value}x")
    yield "changed token", invalid, changed
    removed = by_query(make.raw(), make.signature(TEMPORARY))
    yield "removed token, by query", missing, removed.without_pair("X-Amz-Security-Token")

"""Requests that Amazon S3 refuses since they cannot be read, or break off.

Source of the codes: "Error responses", "Authenticating Requests" and "Signature Calculations"
(Amazon S3).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator

from harness.gateway.maker import (
    BIG,
    BODY,
    CHECKSUM,
    DENIED,
    MALFORMED,
    MALFORMED_QUERY,
    MISMATCH,
    Case,
    Maker,
)
from harness.gateway.raw import SIGNED_CHUNKS, UNSIGNED_TRAILER, Raw, by_header, by_query, in_chunks

SIGNATURE = "X-Amz-Signature"
INCOMPLETE = "400 IncompleteBody"
NO_LENGTH = "411 MissingContentLength"
BAD_TRAILER = "400 MalformedTrailerError"


def headers(make: Maker) -> Iterator[Case]:
    """Yields GETs whose `Authorization` is malformed, or of another scheme."""
    signed = by_header(make.raw(), make.signature())
    changes: dict[str, tuple[str, Callable[[str], str]]] = {
        "no Credential": (MALFORMED, lambda v: re.sub("Credential=[^,]*, ", "", v)),
        "no SignedHeaders": (MALFORMED, lambda v: re.sub("SignedHeaders=[^,]*, ", "", v)),
        "no Signature": (MALFORMED, lambda v: v.partition(", Signature")[0]),
        "Signature twice": (MALFORMED, lambda v: v + ", " + v.rpartition(", ")[2]),
        "nothing after the algorithm": (MALFORMED, lambda v: v.partition(" ")[0]),
        "a credential of four parts": (MALFORMED, lambda v: v.replace("/aws4_request", "")),
        "an empty access key id": (MALFORMED, lambda v: re.sub("=[^/]*/", "=/", v, count=1)),
        "a short signature": (MISMATCH, lambda v: v[:-1]),
        "unsorted names": (
            MISMATCH,
            lambda v: v.replace("host;x-amz-content-sha256", "x-amz-content-sha256;host"),
        ),
        "an absent signed header": (MISMATCH, lambda v: v.replace("=host;", "=host;range;")),
        "AWS4-HMAC-SHA512": ("400 InvalidArgument", lambda v: v.replace("256", "512", 1)),
        "Bearer": ("400 InvalidArgument", lambda _: "Bearer abc"),
        "Signature Version 2": ("400 InvalidRequest", lambda _: "AWS AKID:c2lnbmF0dXJl"),
    }
    for name, (expected, change) in changes.items():
        yield f"Authorization: {name}", expected, signed.with_changed("authorization", change)
    twice = signed.with_header("Authorization", signed.headers[-1][1])
    yield "Authorization twice", "400 InvalidArgument", twice
    both = by_query(make.raw(), make.signature())
    both = both.with_header("Authorization", signed.headers[-1][1])
    yield "signed by header and by query", "400 InvalidArgument", both
    version_2 = make.raw().with_pair("AWSAccessKeyId", "AKID").with_pair("Expires", "2000000000")
    version_2 = version_2.with_pair("Signature", "c2lnbmF0dXJl")
    yield "Signature Version 2, by query", "400 InvalidRequest", version_2


def presigned(make: Maker) -> Iterator[Case]:
    """Yields presigned requests that are out of date, or malformed."""
    raw, now = make.raw(), make.signature()
    yield "expired", DENIED, by_query(raw, make.signature(minutes=-2))
    yield (
        "expired after seven days",
        DENIED,
        by_query(raw, make.signature(minutes=-10_081), "604800"),
    )
    yield "of the future", DENIED, by_query(raw, make.signature(minutes=16))
    for expires in ("691200", "604801", "0", "-1", "1.5", "x", ""):
        yield f"good for {expires!r} s", MALFORMED_QUERY, by_query(raw, now, expires)
    signed = by_query(raw, now)
    for name, _ in signed.query:
        yield f"without {name}", MALFORMED_QUERY, signed.without_pair(name)
        twice = signed.with_pair(name, dict(signed.query)[name])
        yield f"{name} twice", MALFORMED_QUERY, twice
    for name, value in (
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA512"),
        ("X-Amz-Credential", "AKID"),
        ("X-Amz-Date", "today"),
    ):
        yield f"{name}={value}", MALFORMED_QUERY, signed.with_changed_pair(name, value)
    for name, value in ((SIGNATURE, "0" * 64), ("X-Amz-Expires", "61")):
        yield f"{name}={value}", MISMATCH, signed.with_changed_pair(name, value)
    yield "GET sent as PUT", MISMATCH, dataclasses.replace(signed, method="PUT", body=BODY)
    typed = by_query(make.raw("PUT", body=BODY).with_header("Content-Type", "a/b"), now)
    yield "type: not the signed one", MISMATCH, typed.with_changed("content-type", lambda _: "c/d")
    yield "no type where one is signed", MISMATCH, typed.without_header("content-type")


def other_digit(chunk: bytes) -> bytes:
    """Returns the last chunk with another last digit of its signature."""
    digit = b"1" if chunk[-3:-2] == b"0" else b"0"
    return chunk[:-3] + digit + chunk[-2:]


def chunks(make: Maker) -> Iterator[Case]:
    """Yields puts whose chunks were changed."""
    raw, signed = make.raw("PUT", "battery/chunks"), make.signature()
    pieces = [BIG, BIG, BODY]

    def first(pattern: bytes, to: bytes) -> Callable[[list[bytes]], list[bytes]]:
        return lambda parts: [re.sub(pattern, to, parts[0], count=1), *parts[1:]]

    changes: dict[str, tuple[str, Callable[[list[bytes]], list[bytes]]]] = {
        "changed data": (MISMATCH, first(b"\x10\x11\x12", b"\x10\x11\x13")),
        "changed signature": (MISMATCH, first(b"signature=....", b"signature=0000")),
        "chunks swapped": (MISMATCH, lambda p: [p[1], p[0], *p[2:]]),
        "last data left out": (MISMATCH, lambda p: [*p[:2], *p[3:]]),
        "first chunk twice": (MISMATCH, lambda p: [p[0], *p]),
        "changed last chunk": (MISMATCH, lambda p: [*p[:3], other_digit(p[3]), p[4]]),
        "no last chunk": (INCOMPLETE, lambda p: p[:3]),
        "end in the middle": (INCOMPLETE, lambda p: [p[0], p[1][:100]]),
        "no signature": (INCOMPLETE, first(b";chunk-signature=[0-9a-f]*", b"")),
        "a length without digits": (INCOMPLETE, first(b"^4000", b"xyz")),
        "more data than its length": (INCOMPLETE, lambda p: [p[0][:-2] + b"xx\r\n", *p[1:]]),
    }
    for name, (expected, change) in changes.items():
        yield f"chunks: {name}", expected, in_chunks(raw, signed, pieces, change=change)
    small = in_chunks(raw, signed, [BIG, BODY, BIG])
    yield "chunks: a small one in the middle", "403 InvalidChunkSizeError", small
    for name, length in (("shorter", 1), ("longer", 10**6)):
        announced = in_chunks(raw, signed, pieces, decoded=length)
        yield f"chunks: {name} than announced", INCOMPLETE, announced
    yield "chunks: no decoded length", NO_LENGTH, in_chunks(raw, signed, pieces, decoded=-1)
    unsigned = in_chunks(raw, signed, pieces).without_header("x-amz-decoded-content-length")
    yield "chunks: decoded length removed", MISMATCH, unsigned
    form = dataclasses.replace(signed, payload=SIGNED_CHUNKS)
    for length in ("many", "-1", "1.5", ""):
        odd = raw.with_header("x-amz-decoded-content-length", length)
        yield f"chunks: a decoded length of {length!r}", NO_LENGTH, by_header(odd, form)


def trailers(make: Maker) -> Iterator[Case]:
    """Yields puts whose trailers were changed."""
    raw, signed = make.raw("PUT", "battery/trailer"), make.signature()
    plain = dataclasses.replace(signed, payload=UNSIGNED_TRAILER)
    line = f"{CHECKSUM[0]}:{CHECKSUM[1]}\r\n".encode()

    def last(old: bytes, new: bytes) -> Callable[[list[bytes]], list[bytes]]:
        return lambda parts: [*parts[:-1], parts[-1].replace(old, new)]

    changes: dict[str, tuple[str, Callable[[list[bytes]], list[bytes]]]] = {
        "changed value": (MISMATCH, last(CHECKSUM[1].encode(), b"AAAAAA==")),
        "missing": (BAD_TRAILER, last(line, b"")),
        "another name": (BAD_TRAILER, last(b"crc32:", b"crc32c:")),
        "twice": (BAD_TRAILER, last(line, line + line)),
        "no signature": (INCOMPLETE, lambda p: [*p[:-1], line + b"\r\n"]),
        "not ended": (INCOMPLETE, lambda p: [*p[:-1], line]),
        "no colon": (BAD_TRAILER, last(b":", b" ")),
    }
    for name, (expected, change) in changes.items():
        upload = in_chunks(raw, signed, [BIG], CHECKSUM, change)
        yield f"trailer: {name}", expected, upload
    for name in ("missing", "another name", "not ended"):
        expected, change = changes[name]
        upload = in_chunks(raw, plain, [BIG], CHECKSUM, change)
        yield f"unsigned trailer: {name}", expected, upload
    unknown = in_chunks(raw, plain, [BIG], ("x-amz-checksum-none", "AAAAAA=="))
    yield "unsigned trailer: an unknown name", "400 InvalidRequest", unknown
    for value in ("!!!", "", "AAAAAA", "********", f"{CHECKSUM[1]}{CHECKSUM[1]}"):
        for name, form in (("signed", signed), ("unsigned", plain)):
            odd = in_chunks(raw, form, [BIG], (CHECKSUM[0], value))
            yield f"{name} trailer: the value {value!r}", "400 InvalidRequest", odd
    padded = in_chunks(raw, signed, [BIG], ("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00h"))
    yield "signed trailer: a checksum without its padding", "400 InvalidRequest", padded
    short = in_chunks(raw, plain, [BIG], CHECKSUM, lambda p: p[:1])
    yield "unsigned chunks: no last one", INCOMPLETE, short
    announced: Raw = in_chunks(raw, plain, [BIG], CHECKSUM, decoded=len(BIG) + 1)
    yield "unsigned chunks: shorter than announced", INCOMPLETE, announced

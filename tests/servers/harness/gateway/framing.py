"""Requests whose head or framing HTTP or Amazon S3 forbids, or allows although it is unusual.

Source of the rules: "Error responses" and "Signature Calculations for the Authorization Header:
Transferring Payload in Multiple Chunks" (Amazon S3); "Amazon S3 server access log format", on
custom access log information; RFC 9112. hyper answers what is not HTTP/1.1 itself, without a code.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from harness.gateway.maker import BIG, BODY, CHECKSUM, DENIED, MISMATCH, Case, Maker
from harness.gateway.raw import UNSIGNED_TRAILER, Raw, by_header, by_query, in_chunks

BAD_REQUEST = "400"
INCOMPLETE = "400 IncompleteBody"
INVALID = "400 InvalidRequest"
NO_LENGTH = "411 MissingContentLength"
NOT_IMPLEMENTED = "501 NotImplemented"
TOO_LARGE = "400 RequestHeaderSectionTooLarge"


def edited(raw: Raw, old: str, new: str) -> Raw:
    """Returns a request with other bytes on the wire."""
    return dataclasses.replace(
        raw, change=lambda wire: wire.replace(old.encode(), new.encode("latin-1"), 1)
    )


def framed(raw: Raw, extension: bytes = b"", trailer: bytes = b"") -> Raw:
    """Returns a request whose body is in one chunk of HTTP."""
    length, body = len(raw.body), raw.body
    body = b"%x%b\r\n%b\r\n0\r\n%b\r\n" % (length, extension, body, trailer)
    raw = dataclasses.replace(raw, has_length=False, body=body)
    return raw.with_header("Transfer-Encoding", "chunked")


def sizes(make: Maker) -> Iterator[Case]:
    """Yields requests with heads around the 8 KB that Amazon S3 takes."""
    now = make.signature()
    listing = dataclasses.replace(make.raw(key=""), path=f"/{make.bucket}")
    for length, expected in ((7000, "200"), (9000, TOO_LARGE), (30_000, TOO_LARGE)):
        text = "a" * length
        # A header of metadata may be shorter, to the server behind the gateway.
        for name, raw in (
            ("header", make.raw().with_header("x-large", text)),
            ("query", listing.with_pair("x-large", text)),
        ):
            yield f"{length} bytes in a {name}, by header", expected, by_header(raw, now)
            yield f"{length} bytes in a {name}, by query", expected, by_query(raw, now)
        unsigned = by_header(make.raw(), now).with_header("x-large", text)
        yield f"{length} bytes in an unsigned header", expected, unsigned


def methods(make: Maker) -> Iterator[Case]:
    """Yields requests with methods that Amazon S3 does not have."""
    now = make.signature()
    for method in ("get", "Get", "PATCH", "FOO", "TRACE", "PROPFIND"):
        raw = make.raw(method)
        yield f"the method {method}, by header", "405 MethodNotAllowed", by_header(raw, now)
        yield f"the method {method}, by query", "405 MethodNotAllowed", by_query(raw, now)
    lower = dataclasses.replace(by_header(make.raw(), now), method="get")
    yield "GET sent as get", MISMATCH, lower
    for method in ("", "G(ET", "G ET"):
        odd = edited(by_header(make.raw(), now), "GET ", f"{method} ")
        yield f"the method {method!r}", BAD_REQUEST, odd


def targets(make: Maker) -> Iterator[Case]:
    """Yields requests whose target is not a path, or has bytes that need an encoding."""
    now, path = make.signature(), make.raw().path
    signed = by_header(make.raw(), now)
    for name, expected, target in (
        # hyper's parser leaves a fragment away; what is left is what was signed.
        ("a fragment", "200", f"{path}#a"),
        ("no slash first", BAD_REQUEST, path[1:]),
        ("an asterisk", "400 InvalidURI", "*"),
        ("nothing", BAD_REQUEST, ""),
        ("a space", BAD_REQUEST, f"{path} a"),
        ("a tab", BAD_REQUEST, f"{path}\ta"),
        ("NUL", BAD_REQUEST, f"{path}\0"),
        ("two slashes first", MISMATCH, f"/{path}"),
        ("a question mark alone", "200", f"{path}?"),
        ("an encoded question mark", MISMATCH, f"{path}%3F"),
    ):
        yield f"target: {name}", expected, edited(signed, f" {path} ", f" {target} ")
    # RFC 3986 has no place for some characters, which hyper then refuses.
    for key, expected in (
        ("a\\b", "200"),
        ("a'b", "200"),
        ("%61", "200"),
        ("%C3%BC", "200"),
        ("a<b>", BAD_REQUEST),
        ("a`b", BAD_REQUEST),
    ):
        put = make.raw("PUT", f"framing/{key}", BODY)
        yield f"target: the key {key}", expected, by_header(put, now)
    listing = dataclasses.replace(make.raw(key=""), path=f"/{make.bucket}")
    for name, expected, pairs in (
        ("bytes beyond ASCII", "200", (("prefix", "ü"),)),
        ("brackets", "200", (("prefix", "a[b]{c}|d"),)),
        ("quotes", BAD_REQUEST, (("prefix", 'a"b'),)),
        ("a name that S3 ignores", "200", (("x-user", "a"), ("prefix", "b"))),
    ):
        raw = dataclasses.replace(listing, query=pairs)
        yield f"query: {name}", expected, by_header(raw, now)
        yield f"query: {name}, presigned", expected, by_query(raw, now)
        more = MISMATCH if expected == "200" else expected
        yield f"query: {name}, a pair twice", more, by_header(raw, now).with_pair(*pairs[0])


def versions(make: Maker) -> Iterator[Case]:
    """Yields requests of other versions of HTTP."""
    now = make.signature()
    old = dataclasses.replace(make.raw(), version="HTTP/1.0")
    yield "HTTP/1.0: GET", "200", by_header(old, now)
    yield "HTTP/1.0: presigned GET", "200", by_query(old, now)
    yield "HTTP/1.0: no host", INVALID, by_header(old, now).without_header("host")
    yield "HTTP/1.0: no host, not signed either", DENIED, by_header(old.without_header("host"), now)
    put = dataclasses.replace(make.raw("PUT", body=BODY), version="HTTP/1.0")
    yield "HTTP/1.0: PUT", "200", by_header(put, now)
    yield "HTTP/1.0: PUT in chunks of HTTP", BAD_REQUEST, framed(by_header(put, now))
    for version in ("HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/1", "http/1.1", ""):
        raw = dataclasses.replace(by_header(make.raw(), now), version=version)
        yield f"the version {version!r}", BAD_REQUEST, raw


def headers(make: Maker) -> Iterator[Case]:
    """Yields requests with headers that are malformed or repeated."""
    now = make.signature()
    signed = by_header(make.raw().with_header("x-amz-meta-a", "1"), now)
    line = "x-amz-meta-a: 1\r\n"
    for name, new in (
        ("a space before the colon", "x-amz-meta-a : 1\r\n"),
        ("no colon", "x-amz-meta-a\r\n"),
        ("no name", ": 1\r\n"),
        ("a space before the name", " x-amz-meta-a: 1\r\n"),
        ("a name beyond ASCII", "x-amz-meta-\xfc: 1\r\n"),
        ("NUL in the value", "x-amz-meta-a: 1\0\r\n"),
        ("a carriage return in the value", "x-amz-meta-a: 1\r2\r\n"),
    ):
        yield f"header: {name}", BAD_REQUEST, edited(signed, line, new)
    yield "header: a line feed alone", "200", edited(signed, line, "x-amz-meta-a: 1\n")
    yield "header: an underscore for a hyphen", MISMATCH, edited(signed, "meta-a:", "meta_a:")
    yield (
        "header: signed twice, sent once",
        MISMATCH,
        edited(
            by_header(
                make.raw().with_header("x-amz-meta-a", "1").with_header("x-amz-meta-a", "1"), now
            ),
            line,
            "",
        ),
    )
    twice = make.raw("PUT", body=BODY).with_header("Content-Type", "a/b")
    twice = twice.with_header("Content-Type", "c/d")
    yield "header: Content-Type twice", "200", by_header(twice, now)
    swapped = edited(by_header(twice, now), "a/b\r\nContent-Type: c/d", "c/d\r\nContent-Type: a/b")
    yield "header: Content-Type twice, swapped", MISMATCH, swapped
    empty = by_header(make.raw(), now).with_header("x-amz-security-token", "")
    yield "header: an empty token that is not signed", DENIED, empty


def lengths(make: Maker) -> Iterator[Case]:
    """Yields uploads whose length is missing, repeated, or said in two ways."""
    now = make.signature()
    put = by_header(make.raw("PUT", "framing/key", BODY), now)
    line, length = f"Content-Length: {len(BODY)}\r\n", len(BODY)
    for name, expected, new in (
        ("twice the same", "200", line + line),
        ("two", BAD_REQUEST, f"{line}Content-Length: 1\r\n"),
        ("a list", BAD_REQUEST, f"Content-Length: {length}, {length}\r\n"),
        ("a sign", BAD_REQUEST, f"Content-Length: +{length}\r\n"),
        ("a prefix", BAD_REQUEST, "Content-Length: 0x20\r\n"),
        ("negative", BAD_REQUEST, "Content-Length: -1\r\n"),
        ("empty", BAD_REQUEST, "Content-Length:\r\n"),
        ("too great", BAD_REQUEST, "Content-Length: 18446744073709551616\r\n"),
        ("longer than the body", INCOMPLETE, f"Content-Length: {length + 1}\r\n"),
        ("shorter than the body", "400 XAmzContentSHA256Mismatch", "Content-Length: 31\r\n"),
    ):
        yield f"Content-Length: {name}", expected, edited(put, line, new)
    for coding in ("gzip", "chunked, gzip", "identity", "chunked;q=1", "xchunked"):
        other = edited(put, line, f"Transfer-Encoding: {coding}\r\n")
        yield f"Transfer-Encoding: {coding}", BAD_REQUEST, other
    both = framed(put)
    before = edited(both, "Transfer-Encoding", f"{line}Transfer-Encoding")
    yield "Content-Length before Transfer-Encoding", NOT_IMPLEMENTED, before
    behind = both.with_header("Content-Length", str(length))
    yield "Content-Length behind Transfer-Encoding", NOT_IMPLEMENTED, behind
    chunked = in_chunks(make.raw("PUT", "battery/chunks"), now, [BIG, BODY])
    none = dataclasses.replace(chunked, has_length=False, body=b"")
    yield "chunks: no length", NO_LENGTH, none
    form = dataclasses.replace(now, payload=UNSIGNED_TRAILER)
    plain = in_chunks(make.raw("PUT", "battery/chunks"), form, [BIG], CHECKSUM)
    none = dataclasses.replace(plain, has_length=False, body=b"")
    yield "unsigned chunks: no length", NO_LENGTH, none
    neither = in_chunks(make.raw("PUT", "battery/chunks"), now, [BIG], decoded=-1)
    yield (
        "chunks: no length of any kind",
        NO_LENGTH,
        dataclasses.replace(neither, has_length=False, body=b""),
    )
    yield "chunks: no decoded length, in those of HTTP", NO_LENGTH, framed(neither)
    zero = dataclasses.replace(chunked, body=b"")
    yield "chunks: a length of zero", INCOMPLETE, zero
    yield "chunks in those of HTTP with an extension", "200", framed(chunked, b";a=b")
    yield "chunks in those of HTTP with a trailer", "200", framed(chunked, b"", b"a: b\r\n")


def bodies(make: Maker) -> Iterator[Case]:
    """Yields requests with a body where none is expected, and uploads with odd parameters."""
    now = make.signature()
    get = dataclasses.replace(make.raw(), body=BODY)
    yield "GET with a signed body", "200", by_header(get, now)
    yield (
        "GET with a body that is not signed",
        "400 XAmzContentSHA256Mismatch",
        by_header(make.raw(), now).with_body(BODY),
    )
    yield "presigned GET with a body", "200", by_query(get, now)
    form = dataclasses.replace(now, payload=UNSIGNED_TRAILER)
    for name, expected, pairs in (
        ("x-user", "200", (("x-user", "a"),)),
        ("x-id", "200", (("x-id", "PutObject"),)),
        ("an encoded x-user", "200", (("x%2Duser", "a"),)),
        ("tagging and x-user", INVALID, (("tagging", ""), ("x-user", "a"))),
        ("an encoded tagging", INVALID, (("%74agging", ""),)),
        ("x", INVALID, (("x", "a"),)),
    ):
        raw = dataclasses.replace(make.raw("PUT", "battery/chunks"), query=pairs)
        yield f"unsigned chunks: {name}", expected, in_chunks(raw, form, [BIG], CHECKSUM)
    raw = make.raw("PUT", "battery/chunks")
    copy = raw.with_header("x-amz-copy-source", f"/{make.bucket}/battery/key")
    yield "unsigned chunks: a copy", INVALID, in_chunks(copy, form, [BIG], CHECKSUM)
    line = f"{CHECKSUM[0]}:{CHECKSUM[1]}\r\n".encode()
    for name, expected, old, new in (
        ("an extension", INCOMPLETE, b"4000\r\n", b"4000;a=b\r\n"),
        ("the trailer twice", "400 MalformedTrailerError", line, line + line),
        ("the trailer announced twice", "400 MalformedTrailerError", line, line + b"a:b\r\n"),
    ):
        changed = in_chunks(
            raw,
            form,
            [BIG],
            CHECKSUM,
            lambda parts, old=old, new=new: [part.replace(old, new, 1) for part in parts],
        )
        yield f"unsigned chunks: {name}", expected, changed
    signed = in_chunks(raw, now, [BIG], CHECKSUM)
    for name in ("x-amz-decoded-content-length", "x-amz-trailer"):
        value = dict(signed.headers)[name]
        yield f"chunks: {name} twice, unsigned", INVALID, signed.with_header(name, value)

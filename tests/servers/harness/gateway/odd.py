"""Requests that are unusual, and that clients, proxies and attackers send all the same.

Source of the rules: "Create a signed AWS API request" (AWS Identity and Access Management);
"Authenticating Requests" and "Error responses" (Amazon S3); RFC 9110 and RFC 9112.
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
from harness.gateway.process import TEMPORARY
from harness.gateway.raw import (
    EMPTY,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    authorized,
    by_header,
    by_query,
    in_chunks,
)

BAD_REQUEST = "400"
INVALID = "400 InvalidRequest"
INCOMPLETE = "400 IncompleteBody"


def targets(make: Maker) -> Iterator[Case]:
    """Yields requests whose path or query is written in an unusual way."""
    signed = make.signature()
    listing = dataclasses.replace(make.raw(key=""), path=f"/{make.bucket}")
    pairs: dict[str, tuple[tuple[str, str], ...]] = {
        "names that differ in case": (("prefix", "a"), ("Prefix", "b")),
        "a plus": (("prefix", "a+b"),),
        "an encoded plus": (("prefix", "a%2Bb"),),
        "an encoded space": (("prefix", "a%20b"),),
        "lower-case digits": (("prefix", "%c3%bc%2f"),),
        "a letter that need not be encoded": (("%70refix", "%61"),),
        "a question mark and a slash": (("prefix", "a?b/c"),),
        "a semicolon": (("prefix", "a;b"),),
        "an equals sign in a value": (("prefix", "a=b"),),
        "an encoded ampersand": (("prefix", "a%26b"),),
        "names that begin alike": (("a", "2"), ("a-b", "1"), ("a.b", "1"), ("aa", "1")),
        "an empty value": (("prefix", ""), ("list-type", "2")),
    }
    for name, query in pairs.items():
        raw = dataclasses.replace(listing, query=query)
        yield f"query: {name}", "200", by_header(raw, signed)
        yield f"query: {name}, presigned", "200", by_query(raw, signed)
    raw = dataclasses.replace(listing, query=(("a", "1"), ("b", "2")))
    moved = dataclasses.replace(by_header(raw, signed), query=(("b", "2"), ("a", "1")))
    yield "query: not in the signed order", "200", moved
    raw = dataclasses.replace(listing, query=(("prefix", "a%2Bb"),))
    other = dataclasses.replace(by_header(raw, signed), query=(("prefix", "a%20b"),))
    yield "query: a plus that became a space", MISMATCH, other
    for sent, was, expected in (
        ("a+b", "a%20b", "200"),
        ("a%20b", "a+b", "200"),
        ("a+b", "a%2Bb", MISMATCH),
        ("a%2Bb", "a+b", MISMATCH),
        ("a+%2B", "a%20%2B", "200"),
    ):
        raw = dataclasses.replace(listing, query=(("prefix", was),))
        moved = dataclasses.replace(by_header(raw, signed), query=(("prefix", sent),))
        yield f"query: {sent}, signed as {was}", expected, moved
        moved = by_query(raw, signed).with_changed_pair("prefix", sent)
        yield f"query: {sent}, presigned as {was}", expected, moved
    for path in ('a"b', "a{b}", "a|b", "a^b", "a[b]", "a%7eb", "a%2db", "%2e%2e", "ü"):
        put = make.raw("PUT", f"odd/{path}", BODY)
        yield f"path: {path}", "200", by_header(put, signed)
    for path in ("a%", "a%2", "a%zz", "%%30"):
        put = make.raw("PUT", f"odd/{path}", BODY)
        yield f"path: {path}", "400 InvalidURI", by_header(put, signed)
    bare = dataclasses.replace(make.raw(), path="/")
    yield "path: that of the service", "200", by_header(bare, signed)


def spaces(make: Maker) -> Iterator[Case]:
    """Yields requests with white space, or none, where HTTP and AWS do not care."""
    signed = make.signature()
    for name, sent in (
        ("no value", ""),
        ("spaces around it", "   1   "),
        ("tabs around it", "\t1\t"),
        ("many spaces within", "1     2"),
        ("a comma and a space", "1, 2"),
        ("a quoted text", '"1   2"'),
        ("text beyond ASCII", "ü"),
        ("a colon and an equals sign", "a:b=c"),
    ):
        raw = make.raw().with_header("x-amz-meta-a", sent)
        yield f"header: {name}", "200", by_header(raw, signed)
    folded = by_header(make.raw().with_header("x-amz-meta-a", "1 2"), signed)
    folded = folded.with_changed("x-amz-meta-a", lambda _: "1\r\n 2")
    yield "header: folded", BAD_REQUEST, folded
    names = by_header(make.raw().with_header("X-AMZ-META-A", "1"), signed)
    yield "header: a name in capitals", "200", names
    changes: dict[str, tuple[str, Callable[[str], str]]] = {
        "spaces behind the algorithm": ("200", lambda v: v.replace(" ", "    ", 1)),
        "spaces behind the commas": ("200", lambda v: v.replace(", ", ",    ")),
        "spaces before the commas": ("200", lambda v: v.replace(", ", " , ")),
        "spaces around it": ("200", lambda v: f"   {v}   "),
        "the signature first": ("200", signature_first),
        "spaces around the equals signs": (MALFORMED, lambda v: v.replace("=", " = ", 1)),
        "semicolons for commas": (MALFORMED, lambda v: v.replace(", ", "; ")),
        "no commas": (MALFORMED, lambda v: v.replace(",", "")),
        "a part more": (MALFORMED, lambda v: f"{v}, Region=us-east-1"),
        "an unnamed part more": (MALFORMED, lambda v: f"{v}, x"),
        "names in lower case": (MALFORMED, lambda v: v.replace("Credential", "credential")),
        "the algorithm in lower case": (
            "400 InvalidArgument",
            lambda v: v.replace("AWS4-HMAC-SHA256", "aws4-hmac-sha256"),
        ),
    }
    for name, (expected, change) in changes.items():
        raw = by_header(make.raw(), signed).with_changed("authorization", change)
        yield f"Authorization: {name}", expected, raw


def signature_first(value: str) -> str:
    """Returns the header with its parts in another order."""
    algorithm, _, parts = value.partition(" ")
    return f"{algorithm} {', '.join(reversed(parts.split(', ')))}"


def hosts(make: Maker) -> Iterator[Case]:
    """Yields requests to a host with the port that clients may leave out."""
    for port in ("80", "443"):
        raw = dataclasses.replace(make.raw(), headers=(("Host", f"{make.host}:{port}"),))
        yield f"GET from {make.host}:{port}", "200", by_header(raw, make.signature())
        yield f"presigned GET from {make.host}:{port}", "200", by_query(raw, make.signature())
    raw = dataclasses.replace(make.raw(), headers=(("Host", f"{make.host}:8080"),))
    yield f"GET from {make.host}:8080", INVALID, by_header(raw, make.signature())


def repeated(make: Maker) -> Iterator[Case]:
    """Yields requests that say twice, or in two places, what may be said once."""
    signed, now = by_header(make.raw(), make.signature()), make.signature()
    for name in ("x-amz-date", "x-amz-content-sha256", "host"):
        value = {key.lower(): value for key, value in signed.headers}[name]
        yield f"{name} twice", INVALID, signed.with_header(name, value)
    token = by_header(make.raw(), make.signature(TEMPORARY))
    yield "a token twice", INVALID, token.with_header("x-amz-security-token", "t0ken+/==")
    dated = make.raw().with_header("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
    yield "another Date beside x-amz-date", "200", by_header(dated, now)
    for name, change in (
        ("host twice", lambda v: v.replace("=host;", "=host;host;")),
        ("a name in capitals", lambda v: v.replace("=host;", "=Host;")),
        ("no names", lambda v: re.sub("SignedHeaders=[^,]*", "SignedHeaders=", v)),
        ("a semicolon at the end", lambda v: v.replace("x-amz-date,", "x-amz-date;,")),
        ("a space between names", lambda v: v.replace("host;", "host; ")),
        ("authorization itself", lambda v: v.replace("=host;", "=authorization;host;")),
    ):
        raw = signed.with_changed("authorization", change)
        yield f"SignedHeaders: {name}", MISMATCH, raw
    presigned = by_query(make.raw(), now)
    for name, value in (("x-amz-date", now.amz_date), ("x-amz-security-token", "t0ken+/==")):
        yield f"presigned, and {name} as a header", DENIED, presigned.with_header(name, value)
    digest = presigned.with_header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    yield "presigned, and an unsigned hash as a header", MISMATCH, digest
    lower = dataclasses.replace(
        presigned, query=tuple((name.lower(), value) for name, value in presigned.query)
    )
    yield "presigned by names in lower case", DENIED, lower
    md5 = by_header(make.raw("PUT", body=BODY), now).with_header("Content-MD5", "AAAA")
    yield "an unsigned Content-MD5", DENIED, md5
    nothing = dataclasses.replace(now, unsigned=("host",))
    yield "presigned, SignedHeaders empty", DENIED, by_query(make.raw(), nothing)
    acl = by_query(make.raw("PUT", body=BODY), now).with_header("X-Amz-Acl", "public-read")
    yield "presigned, and an unsigned x-amz-acl", DENIED, acl


def presigned(make: Maker) -> Iterator[Case]:
    """Yields presigned requests of other methods, and with odd values."""
    now = make.signature()
    start = make.raw("POST", "battery/upload").with_pair("uploads", "")
    yield "presigned POST of an upload", "200", by_query(start, now)
    yield (
        "presigned POST sent as PUT",
        MISMATCH,
        dataclasses.replace(by_query(start, now), method="PUT"),
    )
    yield (
        "presigned HEAD sent as GET",
        MISMATCH,
        dataclasses.replace(by_query(make.raw("HEAD"), now), method="GET"),
    )
    deleted = make.raw("DELETE", "battery/nothing")
    yield "presigned DELETE", "204", by_query(deleted, now)
    form = make.raw(
        "POST", "", b"--x\r\nContent-Disposition: form-data; name=key\r\n\r\na\r\n--x--"
    )
    form = form.with_header("Content-Type", "multipart/form-data; boundary=x")
    yield "a form with a policy", DENIED, form
    for expires in ("00060", "60 ", " 60", "%2B60", "6e1", "0x3c", "99999999999999999999"):
        expected = "200" if expires == "00060" else MALFORMED_QUERY
        yield f"presigned for {expires!r} s", expected, by_query(make.raw(), now, expires)
    signed = by_query(make.raw(), now)
    first = dataclasses.replace(signed, query=signed.query[::-1])
    yield "presigned, the signature first", "200", first
    spelled = dataclasses.replace(
        signed,
        query=tuple((name.replace("-", "%2D"), value) for name, value in signed.query),
    )
    yield "presigned, hyphens encoded", "200", spelled
    slashes = signed.with_changed_pair("X-Amz-Credential", now.credential)
    yield "presigned, the credential's slashes as they are", "200", slashes
    token = by_query(make.raw(), make.signature(TEMPORARY))
    plain = token.with_changed_pair("X-Amz-Security-Token", "t0ken+/==")
    yield "presigned, a plus of the token as it is", "400 InvalidToken", plain
    ahead = by_query(make.raw(), make.signature(minutes=14))
    yield "presigned, of 14 minutes later", "200", ahead
    yield (
        "presigned, two seconds too late",
        DENIED,
        by_query(make.raw(), make.signature(minutes=-1 - 2 / 60)),
    )


def bodies(make: Maker) -> Iterator[Case]:
    """Yields puts whose bodies are framed or announced in an unusual way."""
    now = make.signature()
    put = make.raw("PUT", "battery/key", BODY)
    upper = put.with_header("x-amz-content-sha256", EMPTY.upper())
    upper = upper.with_header("x-amz-date", now.amz_date).with_body(b"")
    yield "a hash in capitals", "400 InvalidArgument", authorized(upper, now, EMPTY.upper())
    for name, payload in (("lower case", "unsigned-payload"), ("no letters", "")):
        odd = put.with_header("x-amz-content-sha256", payload)
        odd = odd.with_header("x-amz-date", now.amz_date)
        yield f"a payload of {name}", "400 InvalidArgument", authorized(odd, now, payload)
    raw = make.raw("PUT", "battery/chunks")
    pieces = [BIG, BODY]

    def each(pattern: bytes, to: bytes) -> Callable[[list[bytes]], list[bytes]]:
        return lambda parts: [re.sub(pattern, to, part, count=1) for part in parts]

    changes: dict[str, tuple[str, Callable[[list[bytes]], list[bytes]]]] = {
        "zeros before lengths": ("200", each(b"^(?=[0-9])", b"000")),
        "a length of many digits": (INCOMPLETE, each(b"^4000", b"10000000000004000")),
        "a negative length": (INCOMPLETE, each(b"^4000", b"-4000")),
        "a length with a prefix": (INCOMPLETE, each(b"^4000", b"0x4000")),
        "line feeds alone": (INCOMPLETE, each(b"\r\n", b"\n")),
        "another name of the signature": (INCOMPLETE, each(b"chunk-sig", b"Chunk-Sig")),
        "a greater length": (MISMATCH, each(b"^4000", b"4001")),
        "a smaller length": (MISMATCH, each(b"^4000", b"3fff")),
        "data behind the end": (INCOMPLETE, lambda parts: [*parts, b"more"]),
        "two ends": (INCOMPLETE, lambda parts: [*parts, *parts[-2:]]),
        "the end first": (MISMATCH, lambda parts: [*parts[-2:], *parts[:-2]]),
        "a head without an end": (INCOMPLETE, lambda parts: [b"4" * 5000]),
        "nothing": (INCOMPLETE, lambda parts: []),
    }
    for name, (expected, change) in changes.items():
        yield f"odd chunks: {name}", expected, in_chunks(raw, now, pieces, change=change)
    letters = [BIG[:0x2ABC], BODY]
    capitals = in_chunks(raw, now, letters, change=each(b"^2abc", b"2ABC"))
    yield "odd chunks: a length in capitals", "200", capitals
    for name, encoding in (("no", None), ("another", "gzip"), ("a second", "gzip,aws-chunked")):
        encoded = in_chunks(raw, now, pieces, content_encoding=encoding)
        yield f"odd chunks: {name} content-encoding", "200", encoded


def trailers(make: Maker) -> Iterator[Case]:
    """Yields puts whose trailers are announced or sent in an unusual way."""
    raw, now = make.raw("PUT", "battery/chunks"), make.signature()
    plain = dataclasses.replace(now, payload=UNSIGNED_TRAILER)
    bad = "400 MalformedTrailerError"
    line = f"{CHECKSUM[0]}:{CHECKSUM[1]}\r\n".encode()

    def last(old: bytes, new: bytes) -> Callable[[list[bytes]], list[bytes]]:
        return lambda parts: [*parts[:-1], parts[-1].replace(old, new)]

    for name, expected, change in (
        ("a space behind the colon", "200", last(b":", b": ")),
        ("a name in capitals", "200", last(CHECKSUM[0].encode(), CHECKSUM[0].upper().encode())),
        ("an announced one and another", bad, last(line, line + b"x-amz-meta-a:1\r\n")),
        ("no name", bad, last(CHECKSUM[0].encode(), b"")),
        ("a folded value", bad, last(b":", b":\r\n ")),
    ):
        yield f"odd trailer: {name}", expected, in_chunks(raw, plain, [BIG], CHECKSUM, change)
    for name, payload, none in (
        ("signed", SIGNED_TRAILER, INCOMPLETE),
        ("unsigned", UNSIGNED_TRAILER, "200"),
    ):
        form = dataclasses.replace(now, payload=payload)
        yield f"odd trailer: {name}, none announced or sent", none, in_chunks(raw, form, [BIG])
        sent = in_chunks(raw, form, [BIG], unannounced=CHECKSUM)
        yield f"odd trailer: {name} and not announced", bad, sent
    tagging = make.raw("PUT", "battery/key").with_pair("tagging", "")
    for name, other in (
        ("GET", make.raw()),
        ("HEAD", make.raw("HEAD")),
        ("DELETE", make.raw("DELETE", "battery/nothing")),
        ("tagging", tagging),
    ):
        expected = "400" if name == "HEAD" else INVALID
        yield f"unsigned chunks: {name}", expected, in_chunks(other, plain, [BIG], CHECKSUM)


def lengths(make: Maker) -> Iterator[Case]:
    """Yields puts whose length is not said, or only at their end."""
    now = make.signature()
    unsigned = dataclasses.replace(now, payload="UNSIGNED-PAYLOAD")
    empty = dataclasses.replace(make.raw("PUT", "battery/unknown"), has_length=False)
    for name, raw in (
        ("", by_header(empty, now)),
        (", unsigned", by_header(empty, unsigned)),
        (", presigned", by_query(empty, now)),
    ):
        yield f"PUT without a length{name}", "411 MissingContentLength", raw
    length = len(BODY)
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (length, BODY)
    whole = make.raw("PUT", "battery/unknown", BODY)
    for name, raw in (
        ("", by_header(whole, now)),
        (", unsigned", by_header(whole, unsigned)),
        (", presigned", by_query(whole, now)),
    ):
        framed = dataclasses.replace(raw, has_length=False, body=body)
        framed = framed.with_header("Transfer-Encoding", "chunked")
        yield f"PUT in chunks of HTTP{name}", "501 NotImplemented", framed
    both = in_chunks(make.raw("PUT", "battery/chunks"), now, [BIG, BODY])
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(both.body), both.body)
    both = dataclasses.replace(both, has_length=False, body=body)
    both = both.with_header("Transfer-Encoding", "chunked")
    yield "PUT in chunks of AWS within those of HTTP", "200", both
    copy = make.raw("PUT", "battery/chunks").with_header(
        "x-amz-copy-source", f"/{make.bucket}/battery/key"
    )
    copy = dataclasses.replace(copy, has_length=False)
    yield "PUT of a copy without a length", "200", by_header(copy, now)

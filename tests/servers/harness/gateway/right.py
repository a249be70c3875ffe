"""Requests that Amazon S3 accepts."""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Iterator

from harness.gateway.maker import BIG, BODY, CHECKSUM, MISMATCH, Case, Maker
from harness.gateway.process import TEMPORARY
from harness.gateway.raw import (
    EMPTY,
    UNSIGNED_TRAILER,
    authorized,
    by_header,
    by_query,
    in_chunks,
)


def by_headers(make: Maker) -> Iterator[Case]:
    """Yields requests by header that are accepted."""
    signed = make.signature()
    put = make.raw("PUT", body=BODY)
    yield "PUT with the body's hash", "200", by_header(put, signed)
    unsigned = dataclasses.replace(signed, payload="UNSIGNED-PAYLOAD")
    yield "PUT with an unsigned body", "200", by_header(put, unsigned)
    yield "PUT with a token", "200", by_header(put, make.signature(TEMPORARY))
    upload = make.raw("PUT", "battery/chunks")
    yield "PUT in one chunk", "200", in_chunks(upload, signed, [BIG])
    yield "PUT in three chunks", "200", in_chunks(upload, signed, [BIG, BIG, BODY])
    yield "PUT of nothing in chunks", "200", in_chunks(upload, signed, [])
    token = make.signature(TEMPORARY)
    yield "PUT in chunks with a token", "200", in_chunks(upload, token, [BIG])
    yield "PUT in chunks with a trailer", "200", in_chunks(upload, signed, [BIG], CHECKSUM)
    plain = dataclasses.replace(signed, payload=UNSIGNED_TRAILER)
    yield "PUT in unsigned chunks", "200", in_chunks(upload, plain, [BIG], CHECKSUM)
    yield "GET", "200", by_header(make.raw(), signed)
    yield "GET with a token", "200", by_header(make.raw(), make.signature(TEMPORARY))
    yield "HEAD", "200", by_header(make.raw("HEAD"), signed)
    yield "GET 14 minutes ago", "200", by_header(make.raw(), make.signature(minutes=-14))
    yield "GET in 14 minutes", "200", by_header(make.raw(), make.signature(minutes=14))
    spaced = make.raw().with_header("x-amz-meta-a", "1   2").with_header("X-Amz-Meta-A", "3")
    yield "GET with folded and repeated headers", "200", by_header(spaced, signed)
    later = by_header(make.raw(), signed).with_header("X-Forwarded-For", "192.0.2.1")
    yield "GET with a header of a proxy", "200", later
    whole = dataclasses.replace(by_header(make.raw(), signed), origin=f"http://{make.host}")
    yield "GET of a whole URL", "200", whole
    hop = later.with_header("Connection", "X-Forwarded-For")
    yield "GET whose Connection names an unsigned header", "200", hop
    dated = make.raw().with_header("Date", signed.date.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    dated = dated.with_header("x-amz-content-sha256", EMPTY)
    yield "GET dated by Date", "200", authorized(dated, signed, EMPTY)
    waits = by_header(put, signed).with_header("Expect", "100-continue")
    yield "PUT that expects 100", "200", waits
    close = by_header(make.raw(), signed)
    close = close.with_changed("authorization", lambda value: value.replace(", ", ","))
    yield "GET without spaces in Authorization", "200", close
    listing = dataclasses.replace(make.raw(key=""), path=f"/{make.bucket}")
    listing = listing.with_pair("list-type", "2").with_pair("prefix", "b%20%2B%C3%BC%2f")
    yield "GET of a listing, the query encoded", "200", by_header(listing, signed)
    location = dataclasses.replace(make.raw(), path=f"/{make.bucket}").with_pair("location", "")
    yield "GET of a name without a value", "200", by_header(location, signed)


def odd_keys(make: Maker) -> Iterator[Case]:
    """Yields puts of keys that other services would normalise."""
    for key in (
        "a/../b",
        "./a",
        "a/./b",
        "a//b",
        "//a",
        "a/",
        "a%20b%2Bc",
        "%C3%BC%E2%82%AC",
        "a=b&c@d:e,f;g$h",
        "!*'()~-_.",
        "a%252Fb",
        "a%3Fb%23c",
    ):
        put = make.raw("PUT", f"keys/{key}", BODY)
        yield f"PUT of {key}", "200", by_header(put, make.signature())
        get = make.raw("GET", f"keys/{key}")
        yield f"GET of {key}", "200", by_header(get, make.signature())
        yield f"presigned GET of {key}", "200", by_query(get, make.signature())
        moved = dataclasses.replace(get, path=get.path + "x")
        moved = dataclasses.replace(by_header(moved, make.signature()), path=get.path)
        yield f"GET of {key}, another signed", MISMATCH, moved


def spelled_keys(make: Maker) -> Iterator[Case]:
    """Yields requests for keys that S3 reads in another way than they are spelled."""
    signed, bucket = make.signature(), make.bucket
    for key, read in (("a+b", "a b"), ("%2Bc+d", "+c d"), ("e%2Ff", "e/f"), ("g%2fh", "g/h")):
        spaced = make.raw("PUT", f"keys/{urllib.parse.quote(read)}", BODY)
        yield f"PUT of {read}", "200", by_header(spaced, signed)
        get = make.raw("GET", f"keys/{key}")
        yield f"GET of {key} for {read}", "200", by_header(get, signed)
        yield f"presigned GET of {key} for {read}", "200", by_query(get, signed)
        yield f"HEAD of {key} for {read}", "200", by_header(make.raw("HEAD", f"keys/{key}"), signed)
        put = make.raw("PUT", f"keys/{key}", BODY)
        yield f"PUT of {key} for {read}", "200", by_header(put, signed)
        chunked = in_chunks(make.raw("PUT", f"keys/{key}"), signed, [BIG])
        yield f"PUT of {key} for {read}, in chunks", "200", chunked
        literal = urllib.parse.quote(urllib.parse.unquote(key), safe="")
        wrong = dataclasses.replace(get, signed_path=f"/{bucket}/keys/{literal}")
        yield f"GET of {key}, signed as {literal}", MISMATCH, by_header(wrong, signed)
        yield f"presigned GET of {key}, signed as {literal}", MISMATCH, by_query(wrong, signed)
    whole = dataclasses.replace(make.raw(), path=f"/{bucket}%2Fbattery%2Fkey")
    yield "GET of a path whose slashes are encoded", "200", by_header(whole, signed)


def presigned(make: Maker) -> Iterator[Case]:
    """Yields presigned requests that are accepted."""
    signed = make.signature()
    yield "presigned PUT", "200", by_query(make.raw("PUT", body=BODY), signed)
    typed = make.raw("PUT", body=BODY).with_header("Content-Type", "text/plain")
    yield "presigned PUT with a signed type", "200", by_query(typed, signed)
    yield "presigned GET", "200", by_query(make.raw(), signed)
    yield "presigned GET for seven days", "200", by_query(make.raw(), signed, "604800")
    yield "presigned HEAD", "200", by_query(make.raw("HEAD"), signed)
    token = make.signature(TEMPORARY)
    yield "presigned GET with a token", "200", by_query(make.raw(), token)
    six = make.signature(minutes=-6 * 24 * 60)
    yield "presigned GET on its sixth day", "200", by_query(make.raw(), six, "604800")
    ranged = by_query(make.raw(), signed).with_header("Range", "bytes=0-3")
    yield "presigned GET of a range", "206", ranged
    override = make.raw().with_pair("response-content-type", "text%2Fplain")
    yield "presigned GET with a pair", "200", by_query(override, signed)

"""Requests that two readers could take in two ways: signed twice, without a host, half encoded, or
with a signature of another form; and heads with as many headers and pairs as fit into them.

Source of the rules: "Authenticating Requests", "Error responses" and "Signature Calculations"
(Amazon S3); its error `InvalidArgument`, "Only one auth mechanism allowed"; RFC 9112. Amazon S3 has
no word on malformed signatures of chunks: servers that were compared with it take one of another
length for broken framing, and one of other characters for a wrong one.
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
from harness.gateway.raw import UNSIGNED_TRAILER, Raw, Signature, by_header, by_query, in_chunks

Sign = Callable[[Raw, Signature], Raw]

INVALID_ARGUMENT = "400 InvalidArgument"
INVALID = "400 InvalidRequest"
INCOMPLETE = "400 IncompleteBody"
SIGNERS: tuple[tuple[str, Sign], ...] = (("by header", by_header), ("by query", by_query))
VERSION_2 = (("AWSAccessKeyId", "AKID"), ("Signature", "c2ln"), ("Expires", "2000000000"))


def with_pairs(raw: Raw, pairs: tuple[tuple[str, str], ...]) -> Raw:
    """Returns a request with more pairs."""
    return dataclasses.replace(raw, query=(*raw.query, *pairs))


def many(make: Maker) -> Iterator[Case]:
    """Yields requests with many headers and pairs: Amazon S3 limits their bytes."""
    now = make.signature()
    for count in (65, 90):
        headers = tuple((f"x-many-{count - place}", "1") for place in range(count))
        raw = make.raw()
        raw = dataclasses.replace(raw, headers=(*raw.headers, *headers))
        pairs = tuple((f"a{count - place}", "%2f~") for place in range(3 * count))
        listing = dataclasses.replace(make.raw(key=""), path=f"/{make.bucket}", query=pairs)
        for name, sign in SIGNERS:
            yield f"{count} headers, {name}", "200", sign(raw, now)
            changed = sign(raw, now).with_changed("x-many-1", lambda _: "2")
            yield f"{count} headers, {name}, one changed", MISMATCH, changed
            yield f"{3 * count} pairs, {name}", "200", sign(listing, now)
            yield (
                f"{3 * count} pairs, {name}, one more",
                MISMATCH,
                sign(listing, now).with_pair("b", ""),
            )


def mechanisms(make: Maker) -> Iterator[Case]:
    """Yields requests that are signed in two ways."""
    raw, now = make.raw(), make.signature()
    both = INVALID_ARGUMENT
    for name, sign in SIGNERS:
        for pairs in (VERSION_2, VERSION_2[:2], VERSION_2[1:2]):
            named = ", ".join(pair[0] for pair in pairs)
            yield f"{name}, and signed {named}", both, sign(with_pairs(raw, pairs), now)
            yield f"{name}, and {named}", both, with_pairs(sign(raw, now), pairs)
        for pair in (VERSION_2[0], VERSION_2[2]):
            signed = sign(with_pairs(raw, (pair,)), now)
            yield f"{name}, and signed {pair[0]} alone", "200", signed
    for value in ("AWS AKID:c2ln", "Basic YTpi", "Bearer x", "", "AWS4-HMAC-SHA256 Credential=x"):
        presigned = by_query(raw, now).with_header("Authorization", value)
        yield f"by query, and Authorization: {value}", both, presigned
        twice = by_header(raw, now).with_header("Authorization", value)
        yield f"by header, and Authorization: {value}", both, twice
        older = with_pairs(raw, VERSION_2).with_header("Authorization", value)
        yield f"Signature Version 2 by query, and Authorization: {value}", both, older
    for name in ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"):
        yield f"by header, and {name}", both, by_header(raw, now).with_pair(name, "x")
    yield "Signature, and nothing else", DENIED, with_pairs(raw, VERSION_2[1:2])


def no_hosts(make: Maker) -> Iterator[Case]:
    """Yields requests without a host, or with a malformed one."""
    now = make.signature()
    put = make.raw("PUT", body=BODY)
    for name, raw in (
        ("by header", by_header(make.raw(), now)),
        ("by query", by_query(make.raw(), now)),
        ("PUT", by_header(put, now)),
        ("PUT in chunks", in_chunks(make.raw("PUT"), now, [BIG])),
        ("unsigned", make.raw()),
    ):
        yield f"no host: {name}", INVALID, raw.without_header("host")
    for host in ("", "a b", "/"):
        other = dataclasses.replace(make.raw(), headers=(("Host", host),))
        yield f"the host {host!r}", INVALID, by_header(other, now)


def half_encoded(make: Maker) -> Iterator[Case]:
    """Yields requests whose path or query has half a percent-encoding."""
    now, wrong = make.signature(), "400 InvalidURI"
    listing = dataclasses.replace(make.raw(key=""), path=f"/{make.bucket}")
    for half in ("%", "%2", "%zz", "%2g", "%%", "%u00e9", "%-1"):
        for place, raw in (
            ("path", make.raw(key=f"battery/{half}")),
            ("value", listing.with_pair("prefix", half)),
            ("name", listing.with_pair(half, "1")),
        ):
            yield f"{half} in a {place}", wrong, raw
            for name, sign in SIGNERS:
                yield f"{half} in a {place}, {name}", wrong, sign(raw, now)
    added = by_header(listing, now).with_pair("prefix", "%zz")
    yield "%zz in a pair that was added", wrong, added


def signatures(make: Maker) -> Iterator[Case]:
    """Yields puts in chunks in which a signature is not 64 digits in lower case."""
    raw, now = make.raw("PUT", "battery/chunks"), make.signature()
    forms = {
        "nothing": (INCOMPLETE, b""),
        "a digit less": (INCOMPLETE, b"0" * 63),
        "a digit more": (INCOMPLETE, b"0" * 65),
        "an extension behind it": (INCOMPLETE, b"0" * 64 + b";a=b"),
        "no digits": (MISMATCH, b"x" * 64),
        "capitals": (MISMATCH, b"A" * 64),
        "stars": (MISMATCH, b"*" * 64),
        "zeros": (MISMATCH, b"0" * 64),
    }

    def replaced(place: int, value: bytes) -> Callable[[list[bytes]], list[bytes]]:
        def change(parts: list[bytes]) -> list[bytes]:
            found = re.search(rb"signature[=:]([0-9a-f]{64})", parts[place])
            assert found
            start, end = found.span(1)
            changed = parts[place][:start] + value + parts[place][end:]
            return [*parts[:place], changed, *parts[place + 1 :]]

        return change

    for name, (expected, value) in forms.items():
        for part, place in (("first chunk", 0), ("second chunk", 1), ("last chunk", 2)):
            changed = in_chunks(raw, now, [BIG, BODY], change=replaced(place, value))
            yield f"signature of the {part}: {name}", expected, changed
        changed = in_chunks(raw, now, [BIG], CHECKSUM, replaced(2, value))
        yield f"signature of the trailer: {name}", expected, changed


def chunk_heads(make: Maker) -> Iterator[Case]:
    """Yields puts in chunks whose framing is broken."""
    raw, now = make.raw("PUT", "battery/chunks"), make.signature()
    plain = dataclasses.replace(now, payload=UNSIGNED_TRAILER)

    def length(value: bytes) -> Callable[[list[bytes]], list[bytes]]:
        return lambda parts: [re.sub(b"^4000", value, parts[0]), *parts[1:]]

    for value in (
        b"-1",
        b"f" * 16,
        b"1" + b"0" * 16,
        b"",
        b" 4000",
        b"4000 ",
        b"+4000",
        b"80000000",
    ):
        signed = in_chunks(raw, now, [BIG, BODY], change=length(value))
        yield f"chunk of length {value.decode()!r}", INCOMPLETE, signed
        unsigned = in_chunks(raw, plain, [BIG], CHECKSUM, change=length(value))
        yield f"unsigned chunk of length {value.decode()!r}", INCOMPLETE, unsigned
    for name, change in (
        ("nothing between data and head", lambda p: [p[0][:-2], *p[1:]]),
        ("no line end behind the last head", lambda p: [*p[:2], p[2][:-2], b""]),
        ("no empty line at the end", lambda p: [*p[:3], b""]),
        ("a space before the semicolon", lambda p: [p[0].replace(b";", b" ;", 1), *p[1:]]),
    ):
        changed = in_chunks(raw, now, [BIG, BODY], change=change)
        yield f"chunks: {name}", INCOMPLETE, changed
    for less in (-1, 1):
        decoded = len(BIG) + len(BODY) - less
        yield (
            f"chunks: {less} byte less",
            INCOMPLETE,
            in_chunks(raw, now, [BIG, BODY], decoded=decoded),
        )


def dates(make: Maker) -> Iterator[Case]:
    """Yields requests at the edges of the time in which they hold, and with odd dates."""
    skewed = "403 RequestTimeTooSkewed"
    for minutes, expected in ((-14.5, "200"), (14.5, "200"), (-15.5, skewed), (15.5, skewed)):
        yield f"{minutes} minutes", expected, by_header(make.raw(), make.signature(minutes=minutes))
    now = make.signature()
    date = now.amz_date
    for value in (
        "",
        date[:-1],
        date.lower(),
        date[:8],
        f"{date[:-1]}.000Z",
        "20261332T000000Z",
        "20260230T000000Z",
        "00000000T000000Z",
    ):
        odd = by_header(make.raw(), now).with_changed("x-amz-date", lambda _, value=value: value)
        yield f"x-amz-date: {value!r}", DENIED, odd
        odd = by_query(make.raw(), now).with_changed_pair("X-Amz-Date", value)
        yield f"X-Amz-Date={value}", MALFORMED_QUERY, odd


def credentials(make: Maker) -> Iterator[Case]:
    """Yields requests whose credential or pairs have another form."""
    now = make.signature()
    day = now.amz_date[:8]
    changes: dict[str, Callable[[str], str]] = {
        "capitals at the end": lambda text: text.replace("aws4_request", "AWS4_REQUEST"),
        "a date with its time": lambda text: text.replace(day, now.amz_date),
        "a slash before it": lambda text: f"/{text}",
        "slashes alone": lambda _: "////",
        "nothing": lambda _: "",
        "a key with a slash": lambda text: f"a/{text}",
        "quotes": lambda text: f'"{text}"',
        "a space in the service": lambda text: text.replace("/s3/", "/s 3/"),
    }
    for name, change in changes.items():
        credential = change(now.credential)
        raw = by_header(make.raw(), now).with_changed(
            "authorization", lambda v, changed=credential: v.replace(now.credential, changed)
        )
        yield f"credential: {name}", MALFORMED, raw
        raw = by_query(make.raw(), now).with_changed_pair(
            "X-Amz-Credential", credential.replace(" ", "%20").replace('"', "%22")
        )
        yield f"credential: {name}, by query", MALFORMED_QUERY, raw
    signed = by_query(make.raw(), now)
    for name, value in signed.query:
        lower = tuple((key.lower() if key == name else key, text) for key, text in signed.query)
        yield f"{name.lower()}={value}", MALFORMED_QUERY, dataclasses.replace(signed, query=lower)
        yield f"{name} twice, with two values", MALFORMED_QUERY, signed.with_pair(name, "x")

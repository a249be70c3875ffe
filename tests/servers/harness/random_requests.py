"""Random requests: every legal oddity that has broken a signer, often enough to occur in 10,000."""

from __future__ import annotations

import datetime
import random
import string
import urllib.parse
from collections.abc import Callable

import botocore.auth

from harness.signing import Request

# With host and the three headers of a signer, 64 are signed.
MOST_HEADERS = 60
UNRESERVED = string.ascii_letters + string.digits + "-._~"
TOKEN = string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~"
SERVICES = ("dynamodb", "sts", "execute-api", "iam", "es", "sqs")
REGIONS = (
    "us-east-1",
    "eu-west-1",
    "ap-southeast-2",
    "cn-north-1",
    "us-gov-west-1",
    "eu-isoe-west-1",
    "auto",
)
HOSTS = (
    "s3.amazonaws.com",
    "b.s3.eu-west-1.amazonaws.com",
    "127.0.0.1",
    "[fd00:ec2::254]",
    "Example.ORG",
)
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS", "PROPFIND", "M-SEARCH", "X")
# Words to build text from. No Unicode white space: that is a deliberate difference.
WORDS = (
    "",
    "a",
    "b",
    "ab",
    "acl",
    "key",
    "key-type",
    "prefix",
    "été",
    "e\u0301te\u0301",
    "名前",
    "😀",
    "ß",
    "\u200b",
)
SIGNS = "+=&%?#/:;@,$!*'()[]{}<>|\\^`\"~-._ "
# Names whose order depends on comparing all bytes, and names that are prefixes of one another.
NAMES = (
    "Content-Type",
    "content-md5",
    "Range",
    "If-None-Match",
    "Cache-Control",
    "X-Amz-Target",
    "x-amz-acl",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-context",
    "X-Amz-Server-Side-Encryption-Bucket-Key-Enabled",
    "x-amz-meta-",
    "x-amz-meta-a",
    "x-amz-meta-a-b",
    "x-amz-meta-a_b",
    "x-amz-meta-a.b",
    "X-Amz-Meta-A0",
    "x-amzn-requestid",
    "hosts",
    "hos",
    "dates",
    "x-amz-dat",
    "x-amz-date2",
)
# Headers that the two signers treat differently, or that would contradict the request.
TAKEN = {
    "host",
    "date",
    "authorization",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-content-sha256",
    "content-length",
    "transfer-encoding",
}


def some(rng: random.Random, most: int, rarely: int) -> int:
    """Returns a count: mostly up to `most`, one time in ten up to `rarely`."""
    return rng.randint(0, rarely if rng.random() < 0.1 else most)


def text(rng: random.Random) -> str:
    """Returns a short text of words and signs."""
    return "".join(
        rng.choice(WORDS) if rng.random() < 0.6 else rng.choice(SIGNS)
        for _ in range(rng.randint(0, 5))
    )


def instant(rng: random.Random) -> datetime.datetime:
    """Returns a second between 1970 and 2105, often one at the edge of a day, a year or
    February.
    """
    year = rng.randint(1970, 2105)
    edges = (
        datetime.datetime(year, 12, 31, 23, 59, 59),
        datetime.datetime(year, 1, 1),
        datetime.datetime(rng.choice((1972, 2000, 2024, 2096)), 2, 29, rng.randint(0, 23)),
        datetime.datetime(rng.choice((1999, 2023, 2100)), 2, 28, 23, 59, 59),
        datetime.datetime(rng.choice((1999, 2023, 2100)), 3, 1),
        datetime.datetime(2038, 1, 19, 3, 14, 8),
    )
    if rng.random() < 0.3:
        return rng.choice(edges)
    return datetime.datetime(year, 1, 1) + datetime.timedelta(seconds=rng.randrange(365 * 86400))


def s3_path(rng: random.Random) -> str:
    """Returns a bucket and a key of any bytes, encoded as S3 requires: once, and not normalized."""

    def segment() -> bytes:
        kind = rng.random()
        if kind < 0.15:
            return rng.choice((b"", b".", b"..", b"...", b"~", b"%41", b"%2F", b"a+b", b"a b"))
        if kind < 0.5:
            return rng.randbytes(rng.randint(1, 12))
        return text(rng).encode()

    key = b"/".join(segment() for _ in range(some(rng, 5, 30)))
    return "/" + urllib.parse.quote(key, safe="/~")


def other_path(rng: random.Random) -> str:
    """Returns any legal path: botocore normalizes it and encodes it again, `%XX` included."""

    def character() -> str:
        if rng.random() < 0.3:
            triplet = f"%{rng.randrange(256):02X}"
            return triplet if rng.random() < 0.75 else triplet.lower()
        return rng.choice(UNRESERVED + "!$&'()*+,;=:@")

    def segment() -> str:
        if rng.random() < 0.4:
            return rng.choice(
                ("", "", ".", "..", "...", "%2E", "%2e%2E", "%2F", "a@b", "a+b", ".a", "..a")
            )
        return "".join(character() for _ in range(rng.randint(0, 8)))

    return "/" + "/".join(segment() for _ in range(some(rng, 5, 30)))


def canonical(value: str) -> str:
    """Returns the percent-encoding of AWS."""
    return urllib.parse.quote(value, safe="-_.~")


def lax(rng: random.Random, value: str, legal: str) -> str:
    """Returns a legal encoding that is not canonical: some of `legal` stays raw, some other
    characters are encoded without need.
    """

    def one(character: str) -> str:
        keep = rng.random() < 0.5
        if keep and (character in legal or character in UNRESERVED):
            return character
        case = rng.choice("Xx")
        return "".join(f"%{byte:02{case}}" for byte in character.encode())

    return "".join(one(character) for character in value)


def query_pairs(rng: random.Random) -> list[tuple[str, str]]:
    """Returns decoded names and values; some names occur several times."""
    pairs = [(text(rng), text(rng)) for _ in range(some(rng, 4, 60))]
    pairs += [
        (name, text(rng))
        for name, _ in rng.sample(pairs, rng.randint(0, min(2, len(pairs), 60 - len(pairs))))
    ]
    rng.shuffle(pairs)
    return pairs


def query(rng: random.Random) -> tuple[str, str]:
    """Returns a query as written, and the same in canonical encoding (in the same order: signers
    sort it).
    """
    pairs = query_pairs(rng)
    untidy = rng.random() < 0.3
    written, tidy = [], []
    for name, value in pairs:
        equals = "=" if value or rng.random() < 0.5 else ""
        tidy.append(canonical(name) + equals + canonical(value))
        raw_name, raw_value = lax(rng, name, "!$'()*+,;:@/?"), lax(rng, value, "!$'()*+,;:@/?=")
        written.append(raw_name + equals + raw_value if untidy else tidy[-1])
    return "&".join(written), "&".join(tidy)


def target(rng: random.Random, path: str) -> tuple[str, str | None]:
    """Returns path and query as written, and in canonical encoding if that differs."""
    if rng.random() < 0.4:
        return path, None
    written, tidy = query(rng)
    return f"{path}?{written}", f"{path}?{tidy}" if written != tidy else None


def odd_case(rng: random.Random, name: str) -> str:
    """Returns the name, sometimes in mixed case."""
    if rng.random() < 0.6:
        return name
    return "".join(rng.choice((letter.upper(), letter.lower())) for letter in name)


def any_token(rng: random.Random) -> str:
    """Returns a name of any legal characters."""
    return "".join(rng.choice(TOKEN) for _ in range(rng.randint(1, 20)))


def header_name(rng: random.Random) -> str:
    """Returns a known name, an unsigned one, or any token."""
    kind = rng.random()
    if kind < 0.5:
        name = rng.choice(NAMES)
    elif kind < 0.6:
        name = rng.choice(botocore.auth.SIGNED_HEADERS_BLACKLIST)
    else:
        name = any_token(rng)
    return header_name(rng) if name.lower() in TAKEN else odd_case(rng, name)


def header_value(rng: random.Random) -> bytes:
    """Returns a value with its surroundings: spaces and tabs outside, runs of spaces inside,
    quotes, UTF-8, or nothing.
    """

    def outside() -> str:
        return "".join(rng.choice(" \t") for _ in range(rng.choice((0, 0, 1, 1, 2, 5))))

    words = [text(rng) for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 6)))]
    inside = "".join(word + " " * rng.choice((0, 1, 2, 7)) for word in words)
    if rng.random() < 0.1:
        inside = f'"{inside}"'
    return (outside() + inside + outside()).encode()


def headers(rng: random.Random, body: bytes) -> tuple[tuple[str, bytes], ...]:
    """Returns up to 60 lines, some of the same name; sometimes 60 different names, the greatest
    number.
    """
    if rng.random() < 0.01:
        return tuple(
            (f"{any_token(rng)}-{number}", header_value(rng)) for number in range(MOST_HEADERS)
        )
    lines = [(header_name(rng), header_value(rng)) for _ in range(some(rng, 6, MOST_HEADERS - 5))]
    again = rng.sample(lines, rng.randint(0, min(3, len(lines))))
    lines += [(odd_case(rng, name), header_value(rng)) for name, _ in again]
    if rng.random() < 0.3:
        lines.append(("Content-Length", f" {len(body)}".encode()))
    if rng.random() < 0.05:
        lines.append(("Transfer-Encoding", b" identity"))
    rng.shuffle(lines)
    return tuple(lines)


def host(rng: random.Random) -> str:
    """Returns a name or an address, with or without a port, which is signed as it is."""
    return rng.choice(HOSTS) + rng.choice(("", "", "", ":9000", ":80", ":443", ":1"))


def secret(rng: random.Random, most: int) -> str:
    """Returns Base64 text; `"AWS4" + secret` falls on both sides of SHA-256's block of 64 bytes."""
    return "".join(
        rng.choices(string.ascii_letters + string.digits + "+/=", k=rng.randint(1, most))
    )


def access_key_id(rng: random.Random) -> str:
    """Returns 20 characters, as AWS issues them, or the allowed maximum of 128."""
    return "AKIA" + "".join(
        rng.choices(string.ascii_uppercase + string.digits, k=rng.choice((16, 16, 124)))
    )


def session_token(rng: random.Random) -> str | None:
    """Returns no token, an empty variable (which means none), or a token of any length."""
    return rng.choice((None, None, "", secret(rng, 40), secret(rng, 400), secret(rng, 2000)))


def random_request(service: str, rng: random.Random) -> Request:
    """Returns one request for `s3`, or for another service."""
    body = rng.randbytes(some(rng, 40, 4000)) if rng.random() < 0.5 else b""
    path: Callable[[random.Random], str] = s3_path if service == "s3" else other_path
    written, tidy = target(rng, path(rng))
    return Request(
        service="s3" if service == "s3" else rng.choice(SERVICES),
        region=rng.choice(REGIONS),
        now=instant(rng),
        access_key_id=access_key_id(rng),
        secret_access_key=secret(rng, 100),
        session_token=session_token(rng),
        method=rng.choice(METHODS),
        host=host(rng),
        target=written,
        canonical_target=tidy,
        headers=headers(rng, body),
        body=body,
        newline=rng.choice((b"\r\n", b"\n")),
    )

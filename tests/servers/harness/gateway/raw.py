"""Raw requests and their signatures, written from AWS's documents and from nothing else.

Source: "Create a signed AWS API request"; "Authenticating Requests" (Amazon S3), by header, by
query, in chunks and with trailers.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import hmac
import urllib.parse
from collections.abc import Callable, Sequence

from harness.servers import Keys

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY = hashlib.sha256(b"").hexdigest()
SIGNED_CHUNKS = f"STREAMING-{ALGORITHM}-PAYLOAD"
SIGNED_TRAILER = f"{SIGNED_CHUNKS}-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

Pairs = tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True)
class Raw:
    """A request as it goes over the wire; path and query are encoded as they are sent."""

    path: str
    method: str = "GET"
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""
    # A scheme and a host before the path, as a proxy is sent them.
    origin: str = ""
    # The canonical path that is signed, if it is not that of the path.
    signed_path: str = ""
    # False if nothing says how long the body is.
    has_length: bool = True
    version: str = "HTTP/1.1"
    # Changes the bytes on the wire, for what is not a head of HTTP.
    change: Callable[[bytes], bytes] = bytes

    def with_header(self, name: str, value: str) -> Raw:
        """Returns it with a header more."""
        return dataclasses.replace(self, headers=(*self.headers, (name, value)))

    def without_header(self, name: str) -> Raw:
        """Returns it without all headers of a name."""
        kept = tuple(header for header in self.headers if header[0].lower() != name)
        return dataclasses.replace(self, headers=kept)

    def with_changed(self, name: str, change: Callable[[str], str]) -> Raw:
        """Returns it with the changed value of a header."""
        changed = (
            (key, change(value) if key.lower() == name else value) for key, value in self.headers
        )
        return dataclasses.replace(self, headers=tuple(changed))

    def with_pair(self, name: str, value: str) -> Raw:
        """Returns it with a pair of the query more."""
        return dataclasses.replace(self, query=(*self.query, (name, value)))

    def without_pair(self, name: str) -> Raw:
        """Returns it without a pair of the query."""
        return dataclasses.replace(
            self, query=tuple(pair for pair in self.query if pair[0] != name)
        )

    def with_changed_pair(self, name: str, value: str) -> Raw:
        """Returns it with another value of a pair of the query."""
        changed = ((key, value if key == name else old) for key, old in self.query)
        return dataclasses.replace(self, query=tuple(changed))

    def with_body(self, body: bytes) -> Raw:
        """Returns it with another body."""
        return dataclasses.replace(self, body=body)

    def wire(self) -> bytes:
        """Returns its bytes."""
        query = "&".join(f"{name}={value}" if value else name for name, value in self.query)
        target = self.origin + (f"{self.path}?{query}" if query else self.path)
        lines = [f"{self.method} {target} {self.version}", *(f"{n}: {v}" for n, v in self.headers)]
        if self.has_length and (self.body or self.method == "PUT"):
            lines.append(f"Content-Length: {len(self.body)}")
        head = "\r\n".join([*lines, "Connection: close", "", ""])
        return self.change(head.encode() + self.body)


@dataclasses.dataclass(frozen=True)
class Signature:
    """The inputs of a signature beside the request; those of the scope can be wrong."""

    keys: Keys
    date: datetime.datetime
    region: str = "us-east-1"
    service: str = "s3"
    termination: str = "aws4_request"
    scope_date: str | None = None
    # Names of headers that are left unsigned.
    unsigned: tuple[str, ...] = ()
    payload: str | None = None

    @property
    def amz_date(self) -> str:
        """Returns the date as AWS writes it."""
        return self.date.strftime("%Y%m%dT%H%M%SZ")

    @property
    def scope(self) -> str:
        """Returns the credential scope."""
        day = self.scope_date or self.amz_date[:8]
        return f"{day}/{self.region}/{self.service}/{self.termination}"

    @property
    def credential(self) -> str:
        """Returns access key id and scope."""
        return f"{self.keys.access_key_id}/{self.scope}"

    def sign(self, kind: str, *lines: str) -> str:
        """Returns the signature of a string to sign."""
        key = f"AWS4{self.keys.secret_access_key}".encode()
        for part in self.scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        text = "\n".join([f"{ALGORITHM}{kind}", self.amz_date, self.scope, *lines])
        return hmac.new(key, text.encode(), "sha256").hexdigest()

    def of_request(self, raw: Raw, payload: str) -> tuple[str, str]:
        """Returns the names of the signed headers and the signature."""
        values: dict[str, list[str]] = {}
        for name, value in raw.headers:
            values.setdefault(name.lower(), []).append(" ".join(value.split()))
        names = sorted(name for name in values if name not in self.unsigned)
        headers = [f"{name}:{','.join(values[name])}" for name in names]
        # To Amazon S3 a slash that is sent encoded is a slash, and a plus is a space.
        path = encoded(urllib.parse.unquote_to_bytes(raw.path.replace("+", " ")), "/")
        lines = [
            raw.method,
            raw.signed_path or path,
            canonical_query(raw.query),
            *headers,
            "",
            ";".join(names),
            payload,
        ]
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        return ";".join(names), self.sign("", digest)


def encoded(text: bytes, safe: str) -> str:
    """Percent-encodes as AWS does."""
    return urllib.parse.quote(text, safe=f"{safe}-_.~")


def canonical_query(pairs: Pairs) -> str:
    """Returns the canonical query of pairs as they are sent."""
    # To Amazon S3 a plus is a space.
    spaced = ([part.replace("+", " ") for part in pair] for pair in pairs)
    decoded = ([urllib.parse.unquote_to_bytes(part) for part in pair] for pair in spaced)
    by_name = sorted((encoded(name, ""), encoded(value, "")) for name, value in decoded)
    return "&".join(f"{name}={value}" for name, value in by_name)


def by_header(raw: Raw, signature: Signature) -> Raw:
    """Signs a request by header."""
    payload = signature.payload or hashlib.sha256(raw.body).hexdigest()
    raw = raw.with_header("x-amz-content-sha256", payload)
    raw = raw.with_header("x-amz-date", signature.amz_date)
    if signature.keys.session_token:
        raw = raw.with_header("x-amz-security-token", signature.keys.session_token)
    return authorized(raw, signature, payload)


def authorized(raw: Raw, signature: Signature, payload: str) -> Raw:
    """Adds the `Authorization` header."""
    names, value = signature.of_request(raw, payload)
    parts = f"Credential={signature.credential}, SignedHeaders={names}, Signature={value}"
    return raw.with_header("Authorization", f"{ALGORITHM} {parts}")


def by_query(raw: Raw, signature: Signature, expires: str = "60") -> Raw:
    """Signs a request by query."""
    names = sorted({name.lower() for name, _ in raw.headers} - set(signature.unsigned))
    pairs = [
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", signature.credential),
        ("X-Amz-Date", signature.amz_date),
        ("X-Amz-Expires", expires),
        ("X-Amz-SignedHeaders", ";".join(names)),
    ]
    if signature.keys.session_token:
        pairs.append(("X-Amz-Security-Token", signature.keys.session_token))
    for name, value in pairs:
        raw = raw.with_pair(name, encoded(value.encode(), ""))
    _, value = signature.of_request(raw, signature.payload or "UNSIGNED-PAYLOAD")
    return raw.with_pair("X-Amz-Signature", value)


def in_chunks(
    raw: Raw,
    signature: Signature,
    pieces: Sequence[bytes],
    trailer: tuple[str, str] | None = None,
    change: Callable[[list[bytes]], list[bytes]] = lambda parts: parts,
    decoded: int | None = None,
    content_encoding: str | None = "aws-chunked",
    unannounced: tuple[str, str] | None = None,
) -> Raw:
    """Signs a request whose body is sent in chunks; `change` gets them, and the trailer last."""
    payload = signature.payload or (SIGNED_TRAILER if trailer else SIGNED_CHUNKS)
    length = sum(map(len, pieces)) if decoded is None else decoded
    if content_encoding:
        raw = raw.with_header("content-encoding", content_encoding)
    if length >= 0:
        raw = raw.with_header("x-amz-decoded-content-length", str(length))
    if trailer:
        raw = raw.with_header("x-amz-trailer", trailer[0])
    raw = by_header(raw, dataclasses.replace(signature, payload=payload))
    previous = raw.headers[-1][1].rpartition("=")[2]
    is_signed = payload != UNSIGNED_TRAILER
    trailer = trailer or unannounced
    parts = []
    for piece in [*pieces, b""]:
        head = f"{len(piece):x}"
        if is_signed:
            digest = hashlib.sha256(piece).hexdigest()
            previous = signature.sign("-PAYLOAD", previous, EMPTY, digest)
            head += f";chunk-signature={previous}"
        parts.append(head.encode() + b"\r\n" + piece + (b"\r\n" if piece else b""))
    end = ""
    if trailer:
        end = f"{trailer[0]}:{trailer[1]}"
        if is_signed:
            digest = hashlib.sha256(f"{end}\n".encode()).hexdigest()
            end += f"\r\nx-amz-trailer-signature:{signature.sign('-TRAILER', previous, digest)}"
        end += "\r\n"
    return raw.with_body(b"".join(change([*parts, f"{end}\r\n".encode()])))

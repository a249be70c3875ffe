"""Bodies in chunks as whole requests, and changes of them that a server must notice."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable

CHUNK = 8192
BODY = bytes(range(256)) * 80  # two whole chunks and a part of one
TRAILER = "x-amz-checksum-crc32"
CHECKSUM = base64.b64encode(zlib.crc32(BODY).to_bytes(4)).decode()


def without_header(name: str) -> Callable[[bytes], bytes]:
    """Removes a header from a whole request."""
    return lambda wire: re.sub(rb"(?im)^" + name.encode() + rb":[^\r]*\r\n", b"", wire, count=1)


def body_of(wire: bytes) -> int:
    """Returns the place of the body."""
    return wire.index(b"\r\n\r\n") + 4


def flip_in_data(wire: bytes) -> bytes:
    """Flips one bit of the second chunk's data."""
    at = body_of(wire) + CHUNK + 400
    return wire[:at] + bytes([wire[at] ^ 1]) + wire[at + 1 :]


def wrong_chunk_signature(wire: bytes) -> bytes:
    """Changes a digit of the second chunk's signature."""
    second = [found.end() for found in re.finditer(rb";chunk-signature=", wire)][1]
    return (
        wire[:second] + (b"1" if wire[second : second + 1] == b"0" else b"0") + wire[second + 1 :]
    )


def without_last_chunk(wire: bytes) -> bytes:
    """Cuts the body off before the last chunk, with a matching `Content-Length`."""
    end = list(re.finditer(rb"\r\n0(;chunk-signature=\w+)?\r\n", wire))[-1].start() + 2
    length = str(end - body_of(wire)).encode()
    return re.sub(rb"Content-Length: \d+", b"Content-Length: " + length, wire[:end], count=1)


def wrong_trailer(wire: bytes) -> bytes:
    """Replaces the checksum by another one."""
    other = base64.b64encode(zlib.crc32(b"other").to_bytes(4))
    return wire.replace(f"\n{TRAILER}:{CHECKSUM}".encode(), f"\n{TRAILER}:".encode() + other)


def wrong_trailer_signature(wire: bytes) -> bytes:
    """Changes a digit of the trailer's signature."""
    at = wire.index(b"x-amz-trailer-signature:") + 24
    return wire[:at] + (b"1" if wire[at : at + 1] == b"0" else b"0") + wire[at + 1 :]


def unchanged(wire: bytes) -> bytes:
    """Changes nothing."""
    return wire


CHUNKED = {
    "signed": (
        ("as it is", unchanged),
        ("a byte flipped", flip_in_data),
        ("wrong chunk signature", wrong_chunk_signature),
        ("no last chunk", without_last_chunk),
        ("token removed", without_header("x-amz-security-token")),
    ),
    "signed-trailer": (
        ("as it is", unchanged),
        ("a byte flipped", flip_in_data),
        ("wrong chunk signature", wrong_chunk_signature),
        ("no last chunk", without_last_chunk),
        ("wrong trailer", wrong_trailer),
        ("wrong trailer signature", wrong_trailer_signature),
        ("token removed", without_header("x-amz-security-token")),
    ),
    "unsigned-trailer": (
        ("as it is", unchanged),
        ("a byte flipped", flip_in_data),
        ("no last chunk", without_last_chunk),
        ("wrong trailer", wrong_trailer),
        ("token removed", without_header("x-amz-security-token")),
    ),
}

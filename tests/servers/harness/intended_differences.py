"""The intended differences of `rolefs -sign` from botocore, each with a reason and an example."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from harness import signing
from harness.signing import Request, Signed, sign_with_botocore


@dataclasses.dataclass(frozen=True)
class Difference:
    """An intended difference between rolefs and botocore.

    `ours` is the request for botocore, or the replacement of a rule of botocore, with which it
    agrees with rolefs. With neither, rolefs refuses to sign.
    """

    name: str
    reason: str
    example: Request
    ours: Request | signing.Variation | None = None
    encoding: str = "utf-8"

    def expected(self) -> Signed | None:
        """Returns the expected signature; `None` if rolefs must refuse."""
        if isinstance(self.ours, Request):
            return sign_with_botocore(self.ours)
        if self.ours is None:
            return None
        return sign_with_botocore(self.example, self.ours, self.encoding)

    def theirs(self) -> Signed | str:
        """Returns botocore's signature, or its error."""
        try:
            return sign_with_botocore(self.example)
        except (UnicodeError, AttributeError) as error:
            return f"{type(error).__name__}: {error}"


PLAIN = Request(
    service="s3",
    region="us-east-1",
    now=datetime.datetime(2015, 8, 30, 12, 36),
    access_key_id="AKIDEXAMPLE",
    secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    session_token=None,
    method="GET",
    host="examplebucket.s3.amazonaws.com",
    target="/key",
)


def plain(**changes: Any) -> Request:
    """Returns the plain request with these changes."""
    return dataclasses.replace(PLAIN, **changes)


def with_header(name: str, value: bytes) -> Request:
    """Returns the plain request with one more header."""
    return plain(headers=((name, value),))


def with_target(written: str, canonical: str) -> tuple[Request, Request]:
    """Returns the plain request with a target that rolefs rewrites, and the rewritten target."""
    return plain(target=written), plain(target=canonical)


OWNED = "the signer computes it; to replace the caller's value silently would hide a mistake"
WIRE = (
    "rolefs signs the canonical form and sends that same form, botocore signs its input "
    "unchanged; {}"
)

DIFFERENCES = (
    Difference(
        "tab inside a value",
        (
            "servers do not agree whether it folds to a space; rolefs refuses it as a control "
            "character"
        ),
        with_header("x-amz-meta-a", b"one\ttwo"),
    ),
    Difference(
        "control character in a value",
        (
            "RFC 9110, section 5.5, forbids them in a field value, and servers drop or refuse the "
            "request"
        ),
        with_header("x-amz-meta-a", b"one\x01two\x7f"),
    ),
    Difference(
        "Unicode white space inside a value",
        (
            "botocore folds any white space that Python knows; AWS's rule, and other signers, fold "
            "only spaces"
        ),
        with_header("x-amz-meta-a", "one\u3000\u3000two\u00a0three\u2028four\u0085five".encode()),
        signing.OnlySpacesFold,
    ),
    Difference(
        "Unicode white space around a value",
        (
            "HTTP trims only space and tab (RFC 9110, section 5.6.3); the server sees other white "
            "space"
        ),
        with_header("x-amz-meta-a", "\u00a0one\u3000".encode()),
        signing.OnlySpacesFold,
    ),
    Difference(
        "value that is not UTF-8",
        "HTTP carries bytes; botocore signs text, and does not accept these bytes",
        with_header("x-amz-meta-a", b"\xff\xfe"),
        signing.BytesAreSigned,
        "latin-1",
    ),
    Difference(
        "Date header",
        (
            "botocore rewrites Date and leaves x-amz-date out; rolefs signs Date as given, and "
            "x-amz-date always"
        ),
        with_header("Date", b" Sun, 30 Aug 2015 12:00:00 GMT"),
        signing.DateIsAHeader,
    ),
    Difference("Authorization header", OWNED, with_header("Authorization", b" Basic eDp5")),
    Difference("x-amz-date header", OWNED, with_header("X-Amz-Date", b" 20150830T123600Z")),
    Difference("x-amz-security-token header", OWNED, with_header("X-Amz-Security-Token", b" t")),
    Difference(
        "x-amz-content-sha256 header",
        (
            "the request's own value is signed; botocore computes it again for S3, and for no "
            "other service"
        ),
        with_header("X-Amz-Content-SHA256", b" UNSIGNED-PAYLOAD"),
        signing.ContentSha256IsKept,
    ),
    Difference(
        "second Host header",
        (
            "RFC 9112, section 3.2: a server must answer 400; botocore signs the header instead of "
            "the URL's host"
        ),
        with_header("Host", b" other.example"),
    ),
    Difference(
        "method in lower case",
        "methods are case-sensitive (RFC 9110, section 9.1); botocore signs the upper case of it",
        plain(method="get"),
        signing.MethodIsKept,
    ),
    Difference(
        "lower-case hex in an S3 path",
        WIRE.format("S3 computes upper case"),
        *with_target("/%c3%a9", "/%C3%A9"),
    ),
    Difference(
        "needless encoding in an S3 path",
        WIRE.format("S3 decodes and encodes again"),
        *with_target("/%61%7Eb%2D", "/a~b-"),
    ),
    Difference(
        "encoded slash in an S3 path",
        WIRE.format("S3 decodes the path, and encodes no slash"),
        *with_target("/a%2Fb%2f", "/a/b/"),
    ),
    Difference(
        "raw signs in an S3 path",
        WIRE.format("S3 even takes a raw + for a space"),
        *with_target("/a+b@c(d)!", "/a%2Bb%40c%28d%29%21"),
    ),
    Difference(
        "raw + in the query",
        WIRE.format("a plus stands for itself, while some servers read a space"),
        *with_target("/key?prefix=a+b", "/key?prefix=a%2Bb"),
    ),
    Difference(
        "untidy query",
        WIRE.format("the server computes RFC 3986's form"),
        *with_target("/key?a=%7e%c3%a9/:@&%61b=c=d", "/key?a=~%C3%A9%2F%3A%40&ab=c%3Dd"),
    ),
)

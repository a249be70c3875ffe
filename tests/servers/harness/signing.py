"""A request as input of both signers, and botocore as the reference signer with a fixed clock."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Callable

import botocore.auth
import botocore.awsrequest
import botocore.credentials


@dataclasses.dataclass(frozen=True)
class Request:
    """A request to sign, with its credentials, its time and its region.

    `target` is that of the request line, as rolefs reads it. `canonical_target`, if set, is the
    same target in the form for the wire: rolefs rewrites the target into it, while botocore signs
    its input unchanged, so botocore is given this one. Header values are the bytes between the
    colon and the end of the line.
    """

    service: str
    region: str
    now: datetime.datetime
    access_key_id: str
    secret_access_key: str
    session_token: str | None
    method: str
    host: str
    target: str
    headers: tuple[tuple[str, bytes], ...] = ()
    body: bytes = b""
    canonical_target: str | None = None
    newline: bytes = b"\r\n"

    def raw(self) -> bytes:
        """Returns the HTTP/1.1 request as input of `rolefs -sign`."""
        lines = [f"{self.method} {self.target} HTTP/1.1".encode(), b"Host: " + self.host.encode()]
        lines += [name.encode() + b":" + value for name, value in self.headers]
        return self.newline.join([*lines, b"", self.body])

    def arguments(self) -> list[str]:
        """Returns the arguments of `rolefs -sign`, without `--show`."""
        date = self.now.strftime("%Y%m%dT%H%M%SZ")
        return ["-sign", "--service", self.service, "--region", self.region, "--date", date]

    def environment(self) -> dict[str, str]:
        """Returns the whole environment of rolefs. A token that is `None` is absent."""
        variables = {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        if self.session_token is not None:
            variables["AWS_SESSION_TOKEN"] = self.session_token
        return variables


@dataclasses.dataclass(frozen=True)
class Signed:
    """The stages of a signed request. The names are those of `rolefs -sign --show`."""

    canonical_request: bytes
    string_to_sign: bytes
    signature: bytes
    authorization: bytes

    def stage(self, show: str) -> bytes:
        """Returns a stage by its `--show` name."""
        return bytes(getattr(self, show.replace("-", "_")))


class Recorded(botocore.auth.SigV4Auth):
    """botocore's signer, which also keeps its intermediate results."""

    def canonical_request(self, request: botocore.awsrequest.AWSRequest) -> str:
        """Keeps botocore's canonical request."""
        self.canonical = super().canonical_request(request)
        return self.canonical

    def string_to_sign(
        self, request: botocore.awsrequest.AWSRequest, canonical_request: str
    ) -> str:
        """Keeps botocore's string to sign."""
        self.string = super().string_to_sign(request, canonical_request)
        return self.string

    def signature(self, string_to_sign: str, request: botocore.awsrequest.AWSRequest) -> str:
        """Keeps botocore's signature."""
        self.hex = super().signature(string_to_sign, request)
        return self.hex


class OnlySpacesFold(botocore.auth.SigV4Auth):
    """botocore except for white space: only runs of U+0020 fold, and only space and tab are
    trimmed.
    """

    def _header_value(self, value: str) -> str:
        return re.sub(" +", " ", value.strip(" \t"))


class DateIsAHeader(botocore.auth.SigV4Auth):
    """botocore except for `Date`: it is a header like any other, and `X-Amz-Date` is
    always added.
    """

    def _set_necessary_date_headers(self, request: botocore.awsrequest.AWSRequest) -> None:
        request.headers["X-Amz-Date"] = request.context["timestamp"]


class MethodIsKept(botocore.auth.SigV4Auth):
    """botocore except for the method: RFC 9110, section 9.1, makes it case-sensitive."""

    def canonical_request(self, request: botocore.awsrequest.AWSRequest) -> str:
        """Keeps the method as it was given."""
        _, rest = super().canonical_request(request).split("\n", 1)
        return f"{request.method}\n{rest}"


class ContentSha256IsKept(botocore.auth.SigV4Auth):
    """botocore except for S3, where it computes the payload's hash again: the request's own value
    is signed.
    """

    def _modify_request_before_signing(self, request: botocore.awsrequest.AWSRequest) -> None:
        self.given = request.headers["X-Amz-Content-SHA256"].strip()
        super()._modify_request_before_signing(request)

    def payload(self, request: botocore.awsrequest.AWSRequest) -> str:
        """Returns the payload's hash as it was given."""
        return self.given


class BytesAreSigned(botocore.auth.SigV4Auth):
    """botocore except for the encoding: header values stand for bytes (latin-1), not for text."""

    def string_to_sign(
        self, request: botocore.awsrequest.AWSRequest, canonical_request: str
    ) -> str:
        """Signs the bytes; only the hash in the last line changes."""
        head, _, _ = super().string_to_sign(request, canonical_request).rpartition("\n")
        digest = botocore.auth.sha256(canonical_request.encode("latin-1")).hexdigest()
        return f"{head}\n{digest}"


Variation = type[botocore.auth.SigV4Auth]


def hold_clock(now: datetime.datetime) -> Callable[[bool], datetime.datetime]:
    """Fixes botocore's clock, which it reads by one function of its module, at `now`."""

    def get_current_datetime(remove_tzinfo: bool = True) -> datetime.datetime:
        return now

    return get_current_datetime


def sign_with_botocore(
    request: Request, variation: Variation | None = None, encoding: str = "utf-8"
) -> Signed:
    """Signs the request with botocore. `variation` replaces one of its rules by one of ours."""
    base = botocore.auth.S3SigV4Auth if request.service == "s3" else botocore.auth.SigV4Auth
    signer = type("Reference", (Recorded, *([variation] if variation else []), base), {})(
        botocore.credentials.Credentials(
            request.access_key_id, request.secret_access_key, request.session_token or None
        ),
        request.service,
        request.region,
    )
    # botocore derives `Host` from the URL, as clients do: in lower case, without the default port.
    url = f"https://{request.host}{request.canonical_target or request.target}"
    unsigned = botocore.awsrequest.AWSRequest(method=request.method, url=url, data=request.body)
    for name, value in request.headers:
        unsigned.headers[name] = value.decode(encoding)
    botocore.auth.get_current_datetime = hold_clock(request.now)
    signer.add_auth(unsigned)
    stages = (signer.canonical, signer.string, signer.hex, unsigned.headers["Authorization"])
    return Signed(*(stage.encode(encoding) for stage in stages))

"""Raw requests to one gateway, before they are changed."""

from __future__ import annotations

import dataclasses
import datetime

from harness.gateway.process import PERMANENT
from harness.gateway.raw import Raw, Signature
from harness.servers import Keys

BODY = b"a body of thirty-two bytes......"
BIG = bytes(range(256)) * 64
# The CRC-32 of BIG, in Base64.
CHECKSUM = ("x-amz-checksum-crc32", "6Bci8A==")
MISMATCH = "403 SignatureDoesNotMatch"
DENIED = "403 AccessDenied"
MALFORMED = "400 AuthorizationHeaderMalformed"
MALFORMED_QUERY = "400 AuthorizationQueryParametersError"

# Name, expected response, request.
Case = tuple[str, str, Raw]


@dataclasses.dataclass(frozen=True)
class Maker:
    """The requests to one bucket behind a gateway."""

    host: str
    bucket: str

    def raw(self, method: str = "GET", key: str = "battery/key", body: bytes = b"") -> Raw:
        """Returns a request that is not signed yet."""
        host = (("Host", self.host),)
        return Raw(f"/{self.bucket}/{key}", method, headers=host, body=body)

    def signature(self, keys: Keys = PERMANENT, minutes: float = 0) -> Signature:
        """Returns the inputs of a signature, as of now or of minutes later."""
        now = datetime.datetime.now(datetime.UTC)
        return Signature(keys, now + datetime.timedelta(minutes=minutes))

//! The statement of an accepted signature about the body.

use crate::emit::hex_digest::HexDigest;
use crate::sigv4::payload::PayloadHash;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::v4::V4;

/// The protection that an accepted signature gives the body.
///
/// Source: "Create a signed AWS API request", `HashedPayload`; "Signature Calculations for the
/// Authorization Header" (Amazon S3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedPayload {
    /// The SHA-256 of the body. It is that of the [`ReceivedBody`](crate::ReceivedBody), unless
    /// that was unread.
    Sha256(HexDigest),
    /// `UNSIGNED-PAYLOAD`: the body is not protected by the signature. Only if the verifier
    /// [allows](crate::Verifier::allow_unsigned_payload) it.
    Unsigned,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: each chunk has its own signature.
    Chunks,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`: each chunk and the trailer have.
    ChunksWithTrailer,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: chunks that are not protected. Likewise only if
    /// allowed.
    UnsignedChunksWithTrailer,
    /// `STREAMING-AWS4-HMAC-SHA256-EVENTS`: each event has its own signature.
    Events,
}

impl SignedPayload {
    /// Reads the header's value; returns `None` if it is none of these.
    pub(super) fn read(content_sha256: &[u8]) -> Option<Self> {
        Some(match content_sha256 {
            b"UNSIGNED-PAYLOAD" => Self::Unsigned,
            b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Self::Chunks,
            b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Self::ChunksWithTrailer,
            b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Self::UnsignedChunksWithTrailer,
            b"STREAMING-AWS4-HMAC-SHA256-EVENTS" => Self::Events,
            digits => Self::Sha256(HexDigest::read(digits)?),
        })
    }

    /// Returns whether the parts of the body have their own signatures.
    pub(super) const fn is_signed_in_parts(self) -> bool {
        matches!(self, Self::Chunks | Self::ChunksWithTrailer | Self::Events)
    }

    /// Returns the last line of the canonical request.
    pub(super) const fn hash(self) -> PayloadHash {
        PayloadHash::Literal(match self {
            Self::Sha256(digest) => return PayloadHash::Digest(digest),
            Self::Unsigned => return PayloadHash::UNSIGNED,
            Self::Chunks => ["STREAMING-", V4::ALGORITHM, "-PAYLOAD"],
            Self::ChunksWithTrailer => ["STREAMING-", V4::ALGORITHM, "-PAYLOAD-TRAILER"],
            Self::UnsignedChunksWithTrailer => ["STREAMING-", "UNSIGNED", "-PAYLOAD-TRAILER"],
            Self::Events => ["STREAMING-", V4::ALGORITHM, "-EVENTS"],
        })
    }
}

//! The statement of an accepted signature about the body.

use crate::emit::hex_digest::HexDigest;
use crate::sigv4::payload::{PayloadHash, UNSIGNED_PAYLOAD};
use crate::sigv4::scheme::Scheme;

/// The protection that an accepted signature gives the body.
///
/// Source: "Create a signed AWS API request", `HashedPayload`; "Signature Calculations for the
/// Authorization Header" (Amazon S3).
///
/// ```
/// use rolesig::{SignedPayload, Verified};
///
/// /// Returns whether nobody on the way can have changed the body.
/// fn is_protected(verified: &Verified<'_>) -> bool {
///     let payload = verified.payload();
///     !matches!(payload, SignedPayload::Unsigned | SignedPayload::UnsignedChunksWithTrailer)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SignedPayload {
    /// The SHA-256 of the body. It is that of the [`ReceivedBody`](crate::ReceivedBody), unless
    /// that was unread.
    Sha256(HexDigest),
    /// `UNSIGNED-PAYLOAD`: the body is not protected by the signature. Only if the verifier
    /// [allows](crate::Verifier::allow_unsigned_payload) it.
    Unsigned,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`, or `STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD` of
    /// Signature Version 4a: each chunk has its own signature.
    Chunks,
    /// The same with `-TRAILER`: each chunk and the trailer have.
    ChunksWithTrailer,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: chunks that are not protected. Likewise only if
    /// allowed.
    UnsignedChunksWithTrailer,
    /// `STREAMING-AWS4-HMAC-SHA256-EVENTS`: each event has its own signature.
    Events,
}

impl SignedPayload {
    /// Reads the header's value; returns `None` if it is unknown.
    pub(super) fn read<S: Scheme>(content_sha256: &[u8]) -> Option<Self> {
        let Some(form) = content_sha256.strip_prefix(b"STREAMING-") else {
            let is_unsigned = content_sha256 == UNSIGNED_PAYLOAD.as_bytes();
            let digest = || HexDigest::read(content_sha256).map(Self::Sha256);
            return if is_unsigned { Some(Self::Unsigned) } else { digest() };
        };
        if form == b"UNSIGNED-PAYLOAD-TRAILER" {
            return Some(Self::UnsignedChunksWithTrailer);
        }
        match form.strip_prefix(S::ALGORITHM.as_bytes())? {
            b"-PAYLOAD" => Some(Self::Chunks),
            b"-PAYLOAD-TRAILER" => Some(Self::ChunksWithTrailer),
            // AWS names no such form of Signature Version 4a.
            b"-EVENTS" if S::REGION_IN_SCOPE => Some(Self::Events),
            _ => None,
        }
    }

    /// Returns whether the parts of the body have their own signatures.
    pub(super) const fn is_signed_in_parts(self) -> bool {
        matches!(self, Self::Chunks | Self::ChunksWithTrailer | Self::Events)
    }

    /// Returns the last line of the canonical request.
    pub(super) const fn hash<S: Scheme>(self) -> PayloadHash {
        PayloadHash::Literal(match self {
            Self::Sha256(digest) => return PayloadHash::Digest(digest),
            Self::Unsigned => return PayloadHash::UNSIGNED,
            Self::Chunks => ["STREAMING-", S::ALGORITHM, "-PAYLOAD"],
            Self::ChunksWithTrailer => ["STREAMING-", S::ALGORITHM, "-PAYLOAD-TRAILER"],
            Self::UnsignedChunksWithTrailer => ["STREAMING-", "UNSIGNED", "-PAYLOAD-TRAILER"],
            Self::Events => ["STREAMING-", S::ALGORITHM, "-EVENTS"],
        })
    }
}

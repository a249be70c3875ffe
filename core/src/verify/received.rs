//! The received request to verify.

use core::fmt;

use crate::emit::hex_digest::HexDigest;

/// The head of an HTTP request as it came off the wire, all borrowed.
///
/// `Debug` shows method and path only: the rest has the signature in it, and the session token.
///
/// ```
/// use rolesig::ReceivedRequest;
///
/// // GET /photos/cat%20%281%29.jpg?versionId=1&acl HTTP/1.1
/// let request = ReceivedRequest {
///     method: "GET",
///     path: "/photos/cat%20%281%29.jpg",
///     query: &[(b"versionId", b"1"), (b"acl", b"")],
///     headers: &[("Host", b"amzn-s3-demo-bucket.s3.amazonaws.com")],
/// };
/// # let _ = request;
/// ```
///
/// Source: "Create a signed AWS API request", step 1.
#[derive(Clone, Copy)]
pub struct ReceivedRequest<'a> {
    /// As on the wire: `GET`.
    pub method: &'a str,
    /// The path of the request's target, as on the wire: not decoded, not normalised, without `?`.
    /// Amazon S3 reads an unencoded `+` as a space and `%2F` as a slash, and the verifier does too:
    /// read the key in the same way. In it a `%` that two hexadecimal digits do not follow is
    /// refused, as S3 does (`InvalidURI`); to other services it is a percent sign.
    pub path: &'a str,
    /// All pairs of the query in any order, decoded once; `?acl` is `("acl", "")`. An unencoded `+`
    /// is a space to Amazon S3, and a plus to other services. Refuse a `%` that two hexadecimal
    /// digits do not follow. With the pairs of a presigned URL. Names and values are bytes, since
    /// they need not be UTF-8: `?q=caf%E9` is `(b"q", b"caf\xe9")`.
    pub query: &'a [(&'a [u8], &'a [u8])],
    /// All headers in the order they came in, `host` and `authorization` among them. In HTTP/2
    /// `host` is the pseudo-header `:authority`.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl fmt::Debug for ReceivedRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A received body, as far as it is known.
///
/// ```
/// use rolesig::ReceivedBody;
/// use sha2::{Digest, Sha256};
///
/// let small = ReceivedBody::Bytes(b"hello");
/// // A body that was written to a file, and hashed meanwhile.
/// let large = ReceivedBody::Sha256(Sha256::digest(b"hello").into());
/// # let _ = (small, large);
/// ```
#[derive(Clone, Copy)]
pub enum ReceivedBody<'a> {
    /// The body itself, which the signature must protect. No body is `Bytes(b"")`.
    Bytes(&'a [u8]),
    /// The SHA-256 of the received body.
    Sha256([u8; 32]),
    /// Nothing yet. The caller checks it against
    /// [`Verified::payload`](crate::Verified::payload).
    Unread,
}

/// Shows of a body only its length: a password or a token can be in it.
impl fmt::Debug for ReceivedBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(body) => write!(f, "Bytes({} bytes)", body.len()),
            Self::Sha256(digest) => write!(f, "Sha256({:?})", HexDigest::new(digest)),
            Self::Unread => f.write_str("Unread"),
        }
    }
}

impl ReceivedBody<'_> {
    /// Returns the SHA-256, if there is something to know it by.
    pub(crate) fn sha256(&self) -> Option<HexDigest> {
        match self {
            Self::Bytes(bytes) => Some(HexDigest::of(bytes)),
            Self::Sha256(digest) => Some(HexDigest::new(digest)),
            Self::Unread => None,
        }
    }
}

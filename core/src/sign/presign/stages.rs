//! A presigned request with its stages, and the texts that its URL is made of.

use core::fmt;

use super::UNSIGNED_HEADER;
use crate::emit::sink::{Emit, Stage, display_emitted};
use crate::sigv4::canonical::added::{AddedPairs, QueryToken};
use crate::sigv4::canonical::lower_case::LowerCase;
use crate::sigv4::canonical::{CanonicalRequest, Ordered, Show};
use crate::sigv4::names::{QUERY_SECURITY_TOKEN, QUERY_SIGNATURE};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::string_to_sign::StringToSign;
use crate::sigv4::v4::V4;
use crate::time::timestamp::Timestamp;

/// A presigned request: its URL, and the stages it went through. The parameters are its signer's:
/// the request is kept in order in their slots, since nothing is allocated.
///
/// The example of "Authenticating Requests: Using Query Parameters" (Amazon S3):
///
/// ```
/// use rolesig::{Credentials, Expires, Request, Service, Signer, Timestamp};
///
/// let credentials = Credentials {
///     access_key_id: "AKIAIOSFODNN7EXAMPLE",
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
///     session_token: None,
/// };
/// let request = Request {
///     method: "GET",
///     host: "examplebucket.s3.amazonaws.com",
///     path: "/test.txt",
///     query: &[],
///     headers: &[],
///     payload: None,
/// };
/// let now: Timestamp = "2013-05-24T00:00:00Z".parse()?;
/// let mut signer = Signer::new(credentials, "us-east-1", Service::S3)?;
/// let day = Expires::seconds(86_400).ok_or("1 s to 7 days")?;
/// assert_eq!(
///     signer.presign(&request, day, now)?.url("https").to_string(),
///     "https://examplebucket.s3.amazonaws.com/test.txt\
///      ?X-Amz-Algorithm=AWS4-HMAC-SHA256\
///      &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
///      &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
///      &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: "Authenticating Requests: Using Query Parameters" (Amazon S3).
pub struct Presigned<'r, S: Scheme = V4, const SLOTS: usize = 16> {
    pub(super) host: &'r str,
    pub(super) appended_token: Option<QueryToken<'r>>,
    pub(super) expires_at: Timestamp,
    pub(super) request: Ordered<'r, AddedPairs<'r>, SLOTS>,
    pub(super) string_to_sign: StringToSign<'r>,
    pub(super) signature: S::Signature,
}

impl<'r, S: Scheme, const SLOTS: usize> Presigned<'r, S, SLOTS> {
    /// Returns the URL. The scheme is not signed: `https`, or `wss` for IoT.
    ///
    /// It is a secret: anyone who has it can use it, and it contains the session token.
    pub const fn url<'s>(&'s self, scheme: &'s str) -> Url<'s> {
        Url {
            start: UrlStart { scheme, host: LowerCase(self.host.as_bytes()) },
            target: self.target(),
        }
    }

    /// Returns path and query for the request line, exactly as signed, and the signature.
    pub const fn target(&self) -> PresignedTarget<'_> {
        PresignedTarget {
            request: &self.request,
            end: UrlEnd { signature: &self.signature, appended_token: self.appended_token },
        }
    }

    /// Returns the header that must be sent beside the request's own, if there is one: VPC Lattice
    /// requires `x-amz-content-sha256` with every request.
    pub fn header(&self) -> Option<(&'static str, &'static [u8])> {
        self.request.added.unsigned_header.then_some(UNSIGNED_HEADER)
    }

    /// Returns when the URL stops working: at the end of its own time, or when the credentials that
    /// signed it expire, if that is sooner. Role credentials live for 15 minutes to 12 hours, and
    /// the URL cannot outlive them.
    pub fn expires_at(&self, credentials_expire_at: Option<Timestamp>) -> Timestamp {
        credentials_expire_at.map_or(self.expires_at, |theirs| theirs.min(self.expires_at))
    }

    /// Returns the signature: 64 hexadecimal digits; in Signature Version 4a up to 144.
    pub const fn signature(&self) -> &S::Signature {
        &self.signature
    }

    /// Returns the text that was hashed.
    pub const fn canonical_request(&self) -> CanonicalRequest<'_> {
        CanonicalRequest(&self.request)
    }

    /// Returns the text that the signing key authenticates.
    pub const fn string_to_sign(&self) -> &StringToSign<'r> {
        &self.string_to_sign
    }
}

/// `https://example.com`: the start of a URL, before the target.
pub(super) struct UrlStart<'s> {
    pub(super) scheme: &'s str,
    pub(super) host: LowerCase<'s>,
}

impl Emit for UrlStart<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(self.scheme.as_bytes());
        out.put(b"://");
        self.host.emit(out);
    }
}

/// The end of a URL, which is not signed: the signature, and the token that is appended.
pub(super) struct UrlEnd<'s> {
    pub(super) signature: &'s dyn Emit,
    pub(super) appended_token: Option<QueryToken<'s>>,
}

impl Emit for UrlEnd<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        emit_pair(QUERY_SIGNATURE, self.signature, out);
        if let Some(token) = &self.appended_token {
            emit_pair(QUERY_SECURITY_TOKEN, token, out);
        }
    }
}

fn emit_pair(name: &str, value: &dyn Emit, out: &mut Stage<'_>) {
    out.put_byte(b'&');
    out.put(name.as_bytes());
    out.put_byte(b'=');
    value.emit(out);
}

/// Writes a presigned URL.
///
/// ```
/// # fn share(presigned: &rolesig::Presigned<'_>) -> String {
/// presigned.url("https").to_string()
/// # }
/// ```
///
/// Source: "Authenticating Requests: Using Query Parameters" (Amazon S3).
pub struct Url<'s> {
    start: UrlStart<'s>,
    target: PresignedTarget<'s>,
}

impl Emit for Url<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        self.start.emit(out);
        self.target.emit(out);
    }
}

/// Path and query of a presigned request, in their form on the wire.
///
/// ```
/// # fn request_line(presigned: &rolesig::Presigned<'_>) -> String {
/// format!("GET {} HTTP/1.1\r\n", presigned.target())
/// # }
/// ```
///
/// Source: "Authenticating Requests: Using Query Parameters" (Amazon S3).
pub struct PresignedTarget<'s> {
    request: &'s dyn Show,
    end: UrlEnd<'s>,
}

impl Emit for PresignedTarget<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        self.request.show_to(&mut |parts| {
            parts.emit_path(out);
            parts.emit_query(out);
        });
        self.end.emit(out);
    }
}

display_emitted!(Url<'_>, PresignedTarget<'_>);

impl<S: Scheme, const SLOTS: usize> fmt::Debug for Presigned<'_, S, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presigned")
            .field("host", &self.host)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Url(..)")
    }
}

impl fmt::Debug for PresignedTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresignedTarget(..)")
    }
}

//! Signing a request by query: a URL that anyone may use until it expires.

use core::fmt;
use core::marker::PhantomData;

use crate::emit::percent::Encoded;
use crate::emit::sink::{self, Emit, Sink};
use crate::sign::signer::Signer;
use crate::sigv4::canonical::CanonicalRequest;
use crate::sigv4::canonical::added::{
    AddedQuery, CONTENT_SHA256, QUERY_CONTENT_SHA256, QUERY_S3SESSION_TOKEN, QUERY_SECURITY_TOKEN,
    QUERY_SIGNATURE,
};
use crate::sigv4::canonical::lower_case::LowerCase;
use crate::sigv4::error::SignError;
use crate::sigv4::payload::{Form, Payload, PayloadHash, UNSIGNED_PAYLOAD};
use crate::sigv4::request::Request;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::service::PayloadRule;
use crate::sigv4::string_to_sign::StringToSign;
use crate::sigv4::v4::V4;
use crate::time::expires::Expires;
use crate::time::timestamp::Timestamp;

impl<'a, S: Scheme, const SLOTS: usize> Signer<'a, S, SLOTS> {
    /// Signs a request by query as of `now`: anyone who has the URL can send it until it expires,
    /// with all of the request's headers.
    ///
    /// S3 and VPC Lattice protect no body in this form, whatever the payload is; all other services
    /// do: give an empty body as `Payload::Bytes(b"")`. A header `x-amz-content-sha256` of the
    /// request's own is signed, if it says the same of the body as the payload; then S3 protects
    /// the body, too, and every other service but VPC Lattice takes [`Payload::Unsigned`]. The host
    /// is signed, and stands in the URL, in lower case, as clients send it. Give its port only if
    /// it is not the default one of the URL's scheme, since clients leave that out.
    ///
    /// # Errors
    /// As [`Signer::sign`]; also if a pair of the query is the signer's to add (`X-Amz-…`), and for
    /// [`Payload::Unsigned`] with a service that could not know, and for an `x-amz-content-sha256`
    /// that says something else than the payload.
    pub fn presign<'r>(
        &mut self,
        request: &Request<'r, Payload<'r>, S::QueryText>,
        expires: Expires,
        now: Timestamp,
    ) -> Result<Presigned<'r, S, SLOTS>, SignError>
    where
        'a: 'r,
    {
        let payload_hash = self.presigned_payload_hash(request)?;
        let date = now.amz_date();
        let (session_token, appended_token) =
            self.session_token(QUERY_SECURITY_TOKEN, QUERY_S3SESSION_TOKEN);
        let added = AddedQuery {
            host: LowerCase(request.host),
            access_key_id: self.credentials.access_key_id,
            scope: self.scope(date),
            date,
            expires,
            region: self.region,
            session_token,
            payload_hash,
            scheme: PhantomData,
        };
        let mut canonical_request = self.canonical_request(request, added)?;
        let is_unsigned = self.service.payload_rule == PayloadRule::Unsigned;
        let header = if is_unsigned { UNSIGNED_HEADER } else { &[] };
        canonical_request.fill(request.query.iter(), request.headers.iter(), header)?;
        let string_to_sign = self.string_to_sign(&canonical_request, date);
        Ok(Presigned {
            host: LowerCase(request.host),
            header,
            appended_token,
            expires_at: now.checked_add(expires.as_seconds().into()).unwrap_or(Timestamp::MAX),
            signature: self.authenticate(&string_to_sign),
            canonical_request,
            string_to_sign,
        })
    }

    /// Returns what the signature says of the body, and checks that the request says nothing else.
    fn presigned_payload_hash(
        &self,
        request: &Request<'_, Payload<'_>, S::QueryText>,
    ) -> Result<PayloadHash, SignError> {
        let mut headers = request.headers.iter();
        let given = headers.find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_SHA256));
        let is_protected = match self.service.payload_rule {
            PayloadRule::Signed => true,
            PayloadRule::SignedByHeader => given.is_some(),
            PayloadRule::Unsigned => false,
        };
        let says_otherwise = |(name, value): &(&S::QueryText, &S::QueryText)| {
            says_otherwise(name.as_ref(), value.as_ref())
        };
        if !is_protected && request.query.iter().any(says_otherwise) {
            return Err(SignError::OwnedPair { name: QUERY_CONTENT_SHA256 });
        }
        let payload_hash = match request.payload {
            _ if !is_protected => PayloadHash::UNSIGNED,
            Payload::Unsigned if given.is_none() => return Err(SignError::UnsignedPayload),
            payload => payload.hash(S::ALGORITHM),
        };
        // To a service that takes no protected bodies, the signer gives the header.
        let is_other = |(_, value): &(&str, &[u8])| !is_protected || !payload_hash.is(value);
        if given.is_some_and(is_other) {
            return Err(SignError::OwnedHeader { name: CONTENT_SHA256 });
        }
        Ok(payload_hash)
    }
}

/// The header that VPC Lattice wants of every request. It takes a slot.
const UNSIGNED_HEADER: &[(&str, &[u8])] = &[(CONTENT_SHA256, UNSIGNED_PAYLOAD.as_bytes())];

/// A presigned request: its URL, and the stages it went through.
///
/// The example of "Authenticating Requests: Using Query Parameters" (Amazon S3):
///
/// ```
/// use rolesig::{Credentials, Expires, Payload, Request, Service, Signer, Timestamp};
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
///     payload: Payload::Unsigned,
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
pub struct Presigned<'r, S: Scheme = V4, const SLOTS: usize = 16> {
    host: LowerCase<'r>,
    header: &'static [(&'static str, &'static [u8])],
    appended_token: Option<&'r str>,
    expires_at: Timestamp,
    canonical_request: CanonicalRequest<'r, AddedQuery<'r, S>, SLOTS>,
    string_to_sign: StringToSign<'r>,
    signature: S::Signature,
}

impl<'r, S: Scheme, const SLOTS: usize> Presigned<'r, S, SLOTS> {
    /// Returns the URL. The scheme is not signed: `https`, or `wss` for IoT.
    ///
    /// It is a secret: anyone who has it can use it, and it contains the session token.
    pub const fn url<'s>(&'s self, scheme: &'s str) -> Url<'s, 'r, S, SLOTS> {
        Url { presigned: self, scheme }
    }

    /// Returns path and query for the request line, exactly as signed, and the signature.
    pub const fn target(&self) -> PresignedTarget<'_, 'r, S, SLOTS> {
        PresignedTarget(self)
    }

    /// Returns the header that must be sent beside the request's own, if there is one: VPC Lattice
    /// wants `x-amz-content-sha256` with every request.
    pub const fn header(&self) -> Option<&(&'static str, &'static [u8])> {
        self.header.first()
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

    /// Returns what was hashed.
    pub const fn canonical_request(&self) -> &CanonicalRequest<'r, AddedQuery<'r, S>, SLOTS> {
        &self.canonical_request
    }

    /// Returns what was authenticated with the signing key.
    pub const fn string_to_sign(&self) -> &StringToSign<'r> {
        &self.string_to_sign
    }
}

/// Writes a presigned URL.
pub struct Url<'s, 'r, S: Scheme, const SLOTS: usize> {
    presigned: &'s Presigned<'r, S, SLOTS>,
    scheme: &'s str,
}

impl<S: Scheme, const SLOTS: usize> Emit for Url<'_, '_, S, SLOTS> {
    fn emit(&self, out: &mut impl Sink) {
        out.put(self.scheme.as_bytes());
        out.put(b"://");
        self.presigned.host.emit(out);
        self.presigned.target().emit(out);
    }
}

/// Path and query of a presigned request as they go on the wire.
pub struct PresignedTarget<'s, 'r, S: Scheme, const SLOTS: usize>(&'s Presigned<'r, S, SLOTS>);

impl<S: Scheme, const SLOTS: usize> Emit for PresignedTarget<'_, '_, S, SLOTS> {
    fn emit(&self, out: &mut impl Sink) {
        self.0.canonical_request.emit_target(out);
        emit_pair(QUERY_SIGNATURE, &self.0.signature, out);
        if let Some(session_token) = self.0.appended_token {
            emit_pair(QUERY_SECURITY_TOKEN, &Encoded::value(session_token), out);
        }
    }
}

/// Returns whether a pair says that the body is protected.
fn says_otherwise(name: &[u8], value: &[u8]) -> bool {
    name.eq_ignore_ascii_case(QUERY_CONTENT_SHA256.as_bytes())
        && value != UNSIGNED_PAYLOAD.as_bytes()
}

fn emit_pair(name: &str, value: &impl Emit, out: &mut impl Sink) {
    out.put(b"&");
    out.put(name.as_bytes());
    out.put(b"=");
    value.emit(out);
}

impl<S: Scheme, const SLOTS: usize> fmt::Debug for Presigned<'_, S, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presigned")
            .field("host", &self.host.0)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl<S: Scheme, const SLOTS: usize> fmt::Display for Url<'_, '_, S, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

impl<S: Scheme, const SLOTS: usize> fmt::Display for PresignedTarget<'_, '_, S, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

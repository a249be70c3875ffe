//! Signing a request by query: a URL that anyone may use until it expires.

use core::fmt;

use crate::emit::hex_digest::HexDigest;
use crate::emit::percent::EncodedValue;
use crate::emit::sink::{Count, Emit, Stage, display_emitted};
use crate::sign::head::{Authenticate, check_room};
use crate::sign::signer::{Authenticating, Signer};
use crate::sigv4::canonical::added::{
    AddedPairs, CONTENT_SHA256, OWNED_PAIRS, OWNED_PRESIGNING, QUERY_CONTENT_SHA256,
    QUERY_S3SESSION_TOKEN, QUERY_SECURITY_TOKEN, QUERY_SIGNATURE, QueryToken,
};
use crate::sigv4::canonical::headers::Canonical;
use crate::sigv4::canonical::lower_case::LowerCase;
use crate::sigv4::canonical::merged::{Items, Order};
use crate::sigv4::canonical::{CanonicalRequest, Ordered, Parts, Rules, Show};
use crate::sigv4::error::SignError;
use crate::sigv4::payload::{Form, Payload, PayloadHash, UNSIGNED_PAYLOAD};
use crate::sigv4::request::Request;
use crate::sigv4::scheme::{QueryText as _, Scheme};
use crate::sigv4::service::PayloadRule;
use crate::sigv4::string_to_sign::StringToSign;
use crate::sigv4::v4::V4;
use crate::time::expires::Expires;
use crate::time::timestamp::{AmzDate, Timestamp};

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
        let date = now.amz_date();
        let (_, appended_token) = self.session_token(QUERY_SECURITY_TOKEN, QUERY_S3SESSION_TOKEN);
        let ordered = self.ordered_pairs(request, expires, date)?;
        let canonical_request = HexDigest::of(&CanonicalRequest(&ordered));
        let string_to_sign = self.string_to_sign(canonical_request, date);
        Ok(Presigned {
            host: request.host,
            appended_token: appended_token.map(|token| self.query_token(token)),
            expires_at: now.checked_add(expires.as_seconds().into()).unwrap_or(Timestamp::MAX),
            signature: self.authenticate(&string_to_sign),
            request: ordered,
            string_to_sign,
        })
    }

    /// Signs a request by query, as [`presign`](Self::presign) does, and writes its URL into a
    /// buffer.
    ///
    /// # Errors
    /// As [`presign`](Self::presign), and [`SignError::BufferTooSmall`].
    pub fn presign_into<'b>(
        &mut self,
        request: &Request<'_, Payload<'_>, S::QueryText>,
        expires: Expires,
        now: Timestamp,
        scheme: &str,
        buffer: &'b mut [u8],
    ) -> Result<PresignedUrl<'b>, SignError> {
        let date = now.amz_date();
        let (_, appended_token) = self.session_token(QUERY_SECURITY_TOKEN, QUERY_S3SESSION_TOKEN);
        let appended_token = appended_token.map(|token| self.query_token(token));
        // Looked at where it is: moving it takes a second place on the stack.
        let ordered = self.ordered_pairs(request, expires, date);
        let ordered = match &ordered {
            Ok(ordered) => ordered,
            Err(error) => return Err(*error),
        };
        let start = UrlStart { scheme, host: LowerCase(request.host.as_bytes()) };
        let key = &mut Authenticating { signer: self, date, signature: &mut None };
        let (url, target) = ordered.show(|parts| {
            write_url(parts, &start, appended_token, S::SIGNATURE_LEN, buffer, key)
        })?;
        Ok(PresignedUrl {
            url,
            target,
            has_header: ordered.added.unsigned_header,
            expires_at: now.checked_add(expires.as_seconds().into()).unwrap_or(Timestamp::MAX),
        })
    }

    /// Checks a request, and puts it in order with what is added to it.
    #[inline(never)]
    fn ordered_pairs<'r>(
        &self,
        request: &Request<'r, Payload<'r>, S::QueryText>,
        expires: Expires,
        date: AmzDate,
    ) -> Result<Ordered<'r, AddedPairs<'r>, SLOTS>, SignError>
    where
        'a: 'r,
    {
        let payload_hash = self.presigned_payload_hash(request)?;
        let path = self.check_line(request.method, request.host, request.path)?;
        let (session_token, _) = self.session_token(QUERY_SECURITY_TOKEN, QUERY_S3SESSION_TOKEN);
        let mut ordered = Ordered {
            method: request.method,
            path,
            query: Order::new(S::QueryText::items(request.query)),
            headers: Order::new(Items::Headers(request.headers)),
            canonical: Canonical::ALL,
            added: AddedPairs {
                host: LowerCase(request.host.as_bytes()),
                unsigned_header: self.service.payload_rule == PayloadRule::Unsigned,
                algorithm: S::ALGORITHM,
                credential: EncodedValue(self.credential(date)),
                date,
                expires,
                region_set: (!S::REGION_IN_SCOPE).then_some(EncodedValue(self.region)),
                session_token: session_token.map(|(name, token)| (name, self.query_token(token))),
                payload_hash,
            },
        };
        ordered.fill(&RULES)?;
        Ok(ordered)
    }

    /// Returns the session token as a query has it.
    fn query_token(&self, token: &'a str) -> QueryToken<'a> {
        self.encoded_token.map_or(QueryToken::Plain(token), QueryToken::Encoded)
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

/// The header that VPC Lattice wants of every request.
const UNSIGNED_HEADER: (&str, &[u8]) = (CONTENT_SHA256, UNSIGNED_PAYLOAD.as_bytes());

/// The rules for a request that is signed by query.
const RULES: Rules<'_> = Rules {
    owned_headers: [&OWNED_PRESIGNING, &[]],
    owned_pairs: &OWNED_PAIRS,
    is_signed_header: &|_| true,
    is_signed_pair: &|_| true,
};

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
    host: &'r str,
    appended_token: Option<QueryToken<'r>>,
    expires_at: Timestamp,
    request: Ordered<'r, AddedPairs<'r>, SLOTS>,
    string_to_sign: StringToSign<'r>,
    signature: S::Signature,
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
    /// wants `x-amz-content-sha256` with every request.
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

    /// Returns what was hashed.
    pub const fn canonical_request(&self) -> CanonicalRequest<'_> {
        CanonicalRequest(&self.request)
    }

    /// Returns what was authenticated with the signing key.
    pub const fn string_to_sign(&self) -> &StringToSign<'r> {
        &self.string_to_sign
    }
}

/// `https://example.com`: what comes before the target.
struct UrlStart<'s> {
    scheme: &'s str,
    host: LowerCase<'s>,
}

impl Emit for UrlStart<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(self.scheme.as_bytes());
        out.put(b"://");
        self.host.emit(out);
    }
}

/// What comes behind what is signed: the signature, and the token that is appended.
struct UrlEnd<'s> {
    signature: &'s dyn Emit,
    appended_token: Option<QueryToken<'s>>,
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
    out.put(b"&");
    out.put(name.as_bytes());
    out.put(b"=");
    value.emit(out);
}

/// Writes a presigned URL.
///
/// ```
/// # fn share(presigned: &rolesig::Presigned<'_>) -> String {
/// presigned.url("https").to_string()
/// # }
/// ```
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

/// Path and query of a presigned request as they go on the wire.
///
/// ```
/// # fn request_line(presigned: &rolesig::Presigned<'_>) -> String {
/// format!("GET {} HTTP/1.1\r\n", presigned.target())
/// # }
/// ```
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

/// Writes the URL once, hashes the canonical request with what was written of it, and appends the
/// signature. Returns the URL and its target.
#[inline(never)]
fn write_url<'b>(
    parts: &Parts<'_>,
    start: &UrlStart<'_>,
    appended_token: Option<QueryToken<'_>>,
    signature_len: usize,
    buffer: &'b mut [u8],
    key: &mut dyn Authenticate,
) -> Result<(&'b [u8], &'b [u8]), SignError> {
    let mut beyond = Count(0);
    let mut stage = Stage::new(buffer, &mut beyond);
    start.emit(&mut stage);
    let target = stage.len();
    parts.emit_path(&mut stage);
    let path = stage.len();
    parts.emit_query(&mut stage);
    let end = stage.len();
    let more = UrlEnd { signature: &"", appended_token }.emitted_len();
    let more = more.saturating_add(signature_len).saturating_add(beyond.0);
    check_room(end.saturating_add(more), buffer)?;

    let text = |from: usize, to: usize| buffer.get(from..to).unwrap_or_default();
    let (path, query) = (text(target, path), text(path.saturating_add(1), end));
    let six = parts.six_written(&path, &query, &parts.header_names);
    let signature = key.authenticate(HexDigest::of(&six));
    let mut stage = Stage::resumed(buffer, end, &mut beyond);
    UrlEnd { signature, appended_token }.emit(&mut stage);
    let len = stage.len();
    let url = buffer.get(..len).unwrap_or_default();
    Ok((url, url.get(target..).unwrap_or_default()))
}

/// A presigned URL, as slices of the buffer that it was written to.
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
/// let mut buffer = [0; 512];
/// let presigned = signer.presign_into(&request, Expires::MAX, now, "https", &mut buffer)?;
/// let start = b"https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&";
/// assert!(presigned.url().starts_with(start));
/// assert!(presigned.target().starts_with(b"/test.txt?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PresignedUrl<'b> {
    url: &'b [u8],
    target: &'b [u8],
    has_header: bool,
    expires_at: Timestamp,
}

impl<'b> PresignedUrl<'b> {
    /// Returns the URL. It is a secret: anyone who has it can use it, and it contains the session
    /// token.
    pub const fn url(&self) -> &'b [u8] {
        self.url
    }

    /// Returns path and query for the request line.
    pub const fn target(&self) -> &'b [u8] {
        self.target
    }

    /// Returns what [`Presigned::header`] does.
    pub fn header(&self) -> Option<(&'static str, &'static [u8])> {
        self.has_header.then_some(UNSIGNED_HEADER)
    }

    /// Returns what [`Presigned::expires_at`] does.
    pub fn expires_at(&self, credentials_expire_at: Option<Timestamp>) -> Timestamp {
        credentials_expire_at.map_or(self.expires_at, |theirs| theirs.min(self.expires_at))
    }
}

/// Shows when it expires only.
impl fmt::Debug for PresignedUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresignedUrl").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Returns whether a pair says that the body is protected.
fn says_otherwise(name: &[u8], value: &[u8]) -> bool {
    name.eq_ignore_ascii_case(QUERY_CONTENT_SHA256.as_bytes())
        && value != UNSIGNED_PAYLOAD.as_bytes()
}

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

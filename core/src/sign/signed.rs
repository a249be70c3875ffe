//! A request signed by header: the parts to send, and its stages. For tools and tests, and for
//! sinks of any kind; [`Signer::sign_into`](crate::Signer::sign_into) writes it at once.

use core::fmt;
use core::iter::once;

use crate::emit::sink::{Emit, Stage, display_emitted};
use crate::sigv4::canonical::added::AddedHeaders;
use crate::sigv4::canonical::{CanonicalRequest, Ordered, Show};
use crate::sigv4::names::{AUTHORIZATION, HEADER_NAMES, HOST, SECURITY_TOKEN, has};
use crate::sigv4::payload::{Payload, PayloadForm};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::Credential;
use crate::sigv4::string_to_sign::StringToSign;
use crate::sigv4::v4::V4;

/// A signed request: what to send, and the stages it went through.
///
/// Send [`target`](Self::target) as the request's target, [`headers`](Self::headers) beside the
/// request's own, and `Host` with the request's host.
///
/// `P` is the payload's form: it says whether there are chunks or events to sign. The request is
/// kept in order in the `SLOTS` of its signer, of the scheme `S`, since nothing is allocated.
///
/// ```
/// use rolesig::{Credentials, Payload, Request, Service, Signer, Timestamp};
///
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let request = Request {
///     method: "GET",
///     host: "example.s3.amazonaws.com",
///     path: "/a b",
///     query: &[],
///     headers: &[("range", b"bytes=0-9")],
///     payload: Payload::Bytes(b""),
/// };
/// let mut s3 = Signer::new(credentials, "us-east-1", Service::S3)?;
/// let signed = s3.sign(&request, Timestamp::from(1_440_938_160))?;
/// let mut head = format!("{} {} HTTP/1.1\r\n", request.method, signed.target());
/// head += &format!("host: {}\r\nrange: bytes=0-9\r\n", request.host);
/// for (name, value) in signed.headers() {
///     head += &format!("{name}: {value}\r\n");
/// }
/// assert!(head.starts_with("GET /a%20b HTTP/1.1\r\nhost: example.s3.amazonaws.com\r\n"));
/// # Ok::<(), rolesig::SignError>(())
/// ```
///
/// Source: "Create a signed AWS API request".
pub struct Signed<'r, P: PayloadForm<S> = Payload<'r>, S: Scheme = V4, const SLOTS: usize = 16> {
    pub(crate) request: Ordered<'r, AddedHeaders<'r, P::Headers>, SLOTS>,
    pub(crate) payload: P,
    pub(crate) access_key_id: &'r str,
    pub(crate) appended_token: Option<&'r str>,
    pub(crate) string_to_sign: StringToSign<'r>,
    pub(crate) signature: S::Signature,
}

impl<'r, P: PayloadForm<S>, S: Scheme, const SLOTS: usize> Signed<'r, P, S, SLOTS> {
    /// Returns the headers to add, in lower case; `host` is not among them.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, HeaderValue<'_>)> {
        let mut is_added = 0_u16;
        self.request.show(|parts| {
            for (place, added) in parts.added().iter().enumerate() {
                is_added |= u16::from(added.is_some()) << place;
            }
        });
        let added = HEADER_NAMES.iter().enumerate().filter_map(move |(place, name)| {
            let is_header = has(is_added, place) && *name != HOST;
            is_header.then_some((*name, HeaderValue(Value::Added(&self.request, place))))
        });
        let appended = self.appended_token.map(|token| HeaderValue(Value::Token(token)));
        let authorization = HeaderValue(Value::Authorization(self.authorization()));
        added
            .chain(appended.map(|value| (SECURITY_TOKEN, value)))
            .chain(once((AUTHORIZATION, authorization)))
    }

    /// Returns the value of the `Authorization` header.
    pub const fn authorization(&self) -> Authorization<'_> {
        let StringToSign { algorithm, scope, .. } = self.string_to_sign;
        Authorization {
            claim: AuthorizationStart {
                algorithm,
                credential: Credential { access_key_id: self.access_key_id, scope },
            },
            request: &self.request,
            signature: &self.signature,
        }
    }

    /// Returns path and query for the request line, exactly as signed.
    pub const fn target(&self) -> Target<'_> {
        Target(&self.request)
    }

    /// Returns the signature: 64 hexadecimal digits; in Signature Version 4a up to 144.
    pub const fn signature(&self) -> &S::Signature {
        &self.signature
    }

    /// Returns what the signature says of the body.
    pub(crate) const fn payload(&self) -> &P {
        &self.payload
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

/// The value of a header that the signer adds. One of them is the session token: `Display` shows
/// it, `Debug` shows none.
///
/// ```
/// # fn print(signed: &rolesig::Signed<'_>) {
/// for (name, value) in signed.headers() {
///     println!("{name}: {value}");
/// }
/// # }
/// ```
///
/// Source: "Create a signed AWS API request", steps 1 and 6.
pub struct HeaderValue<'s>(Value<'s>);

enum Value<'s> {
    /// The added header at this place.
    Added(&'s dyn Show, usize),
    Token(&'s str),
    Authorization(Authorization<'s>),
}

impl Emit for HeaderValue<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        match &self.0 {
            Value::Added(request, place) => request.show_to(&mut |parts| {
                if let Some(Some(value)) = parts.added().get(*place) {
                    value.emit(out);
                }
            }),
            Value::Token(session_token) => session_token.emit(out),
            Value::Authorization(authorization) => authorization.emit(out),
        }
    }
}

/// The start of an `Authorization` header: `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=`.
#[derive(Clone, Copy)]
pub(crate) struct AuthorizationStart<'a> {
    pub(crate) algorithm: &'static str,
    pub(crate) credential: Credential<'a>,
}

/// The text before the names of the signed headers.
pub(crate) const SIGNED_HEADERS: &str = ", SignedHeaders=";
/// The text before the signature.
pub(crate) const SIGNATURE: &str = ", Signature=";

impl Emit for AuthorizationStart<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(self.algorithm.as_bytes());
        out.put(b" Credential=");
        self.credential.emit(out);
        out.put(SIGNED_HEADERS.as_bytes());
    }
}

/// `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
///
/// Source: "Create a signed AWS API request", step 6.
///
/// ```
/// # fn send(signed: &rolesig::Signed<'_>) -> String {
/// let authorization = signed.authorization().to_string();
/// assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential="));
/// # authorization
/// # }
/// ```
pub struct Authorization<'s> {
    claim: AuthorizationStart<'s>,
    request: &'s dyn Show,
    signature: &'s dyn Emit,
}

impl Emit for Authorization<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        self.claim.emit(out);
        self.request.show_to(&mut |parts| parts.header_names().emit(out));
        out.put(SIGNATURE.as_bytes());
        self.signature.emit(out);
    }
}

/// Path and query, in their form on the wire.
///
/// ```
/// # fn request_line(signed: &rolesig::Signed<'_>) -> String {
/// format!("GET {} HTTP/1.1\r\n", signed.target())
/// # }
/// ```
///
/// Source: "Create a signed AWS API request", step 1.
pub struct Target<'s>(&'s dyn Show);

impl Emit for Target<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        self.0.show_to(&mut |parts| {
            parts.emit_path(out);
            parts.emit_query(out);
        });
    }
}

display_emitted!(HeaderValue<'_>, Authorization<'_>, Target<'_>);

impl<P: PayloadForm<S>, S: Scheme, const SLOTS: usize> fmt::Debug for Signed<'_, P, S, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("access_key_id", &self.access_key_id)
            .field("string_to_sign", &self.string_to_sign)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HeaderValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeaderValue(..)")
    }
}

impl fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorization(..)")
    }
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Target(..)")
    }
}

//! Signing an [`http::Request`], so that what is sent is what was signed.

use std::borrow::Cow;

use http::header::HOST;
use http::uri::InvalidUri;
use http::{HeaderMap, HeaderValue, Request};
use rolesig::{Credentials, Payload, Service, SignError, Timestamp};
use thiserror::Error;

mod key_cache;
mod presigned;
mod request_signer;

pub use key_cache::SigningKeyCache;
pub use presigned::PresignedUrl;
pub use request_signer::RequestSigner;

/// Headers that are sent but never signed, since proxies and clients add or change them on the
/// way. The list of AWS's own SDKs (botocore 1.44).
pub const NEVER_SIGNED: [&str; 14] = [
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// Returns whether a header, in any case, is sent but not signed in requests to a service: one of
/// [`NEVER_SIGNED`], and `Content-Length` to `aoss`, which refuses a signature with it.
///
/// Source: the pages on `OpenSearch` Serverless, on signing requests with other clients.
pub fn is_never_signed(service: &str, header: &str) -> bool {
    NEVER_SIGNED.iter().any(|never| never.eq_ignore_ascii_case(header))
        || (service == "aoss" && header.eq_ignore_ascii_case("content-length"))
}

/// The signer's own headers: an earlier signature's are replaced, so that a retry is signed again.
const OWNED: [&str; 6] = [
    "authorization",
    "host",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-s3session-token",
    "x-amz-security-token",
];
/// The signer's headers that are secret, or would be if they were whole.
const SENSITIVE: [&str; 3] = ["authorization", "x-amz-s3session-token", "x-amz-security-token"];

/// The number of headers, and of query pairs, that a request may have. More than any server takes:
/// a head of so many is ten times as long as S3 accepts.
pub const SLOTS: usize = 4096;
/// The number of slots that suffices for most requests; they take less of the stack.
const FEW: usize = 64;

/// Signs a request as of `now`, in place: adds the signer's headers and `Host`, and puts the
/// request's target into the form that was signed.
///
/// All headers are signed but those that [never are](is_never_signed). A tab within a header's
/// value becomes a space, as AWS's signers do not agree on tabs. The URI must have a host; a `Host`
/// header that is there is kept and signed, unless it is that of an earlier signature: then the URI
/// may have changed since.
///
/// # Errors
/// If the request cannot be signed as it is; it is then unchanged, except for tabs.
///
/// ```
/// use rolesig::{Credentials, Payload, Service, Timestamp};
///
/// let mut request = http::Request::get("https://bucket.s3.amazonaws.com/a+b?acl").body(())?;
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let now = Timestamp::from(1_440_938_160);
/// rolesig_std::sign::sign_request(
///     &mut request, Payload::Bytes(b""), credentials, "us-east-1", Service::S3, now,
/// )?;
/// assert_eq!(request.uri(), "https://bucket.s3.amazonaws.com/a%2Bb?acl=");
/// assert_eq!(request.headers()["x-amz-date"], "20150830T123600Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sign_request<B>(
    request: &mut Request<B>,
    payload: Payload<'_>,
    credentials: Credentials<'_>,
    region: &str,
    service: Service<'_>,
    now: Timestamp,
) -> Result<(), SignRequestError> {
    RequestSigner::new(credentials, region, service).sign(request, payload, now)
}

/// A request extension that holds the `Host` header derived from its URI.
#[derive(Clone)]
struct HostOfUri(HeaderValue);

/// Returns the `Host` header, unless it was made here and can be made again.
fn given_host<B>(request: &Request<B>) -> Option<&HeaderValue> {
    let made = request.extensions().get::<HostOfUri>().filter(|_| request.uri().host().is_some());
    request.headers().get(HOST).filter(|host| made.is_none_or(|made| made.0 != *host))
}

/// The parts of a request that a signer takes.
struct Parts<'r> {
    method: &'r str,
    host: String,
    path: &'r str,
    query: Vec<QueryBytes<'r>>,
    headers: Vec<(&'r str, &'r [u8])>,
}

impl<'r> Parts<'r> {
    /// Takes a request apart.
    fn of<B>(request: &'r Request<B>, service: &str) -> Result<Self, SignRequestError> {
        let headers = request.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .filter(|(name, _)| !is_never_signed(service, name) && !OWNED.contains(name))
            .collect();
        Ok(Self {
            method: request.method().as_str(),
            host: host(request)?,
            path: request.uri().path(),
            query: decode_query_bytes(request.uri().query().unwrap_or_default()),
            headers,
        })
    }

    /// Returns the query as [`request`](Self::request) takes it.
    fn query(&self) -> Vec<(&[u8], &[u8])> {
        self.query.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect()
    }

    /// Returns the request that core signs.
    fn request<'p>(
        &'p self,
        query: &'p [(&'p [u8], &'p [u8])],
        payload: Payload<'p>,
    ) -> rolesig::Request<'p, Payload<'p>, [u8]> {
        let Self { method, host, path, headers, .. } = self;
        rolesig::Request { method, host, path, query, headers, payload }
    }

    /// Returns whether [`FEW`] slots suffice.
    const fn are_few(&self) -> bool {
        self.headers.len() <= FEW && self.query.len() <= FEW
    }
}

fn tabs_to_spaces(headers: &mut HeaderMap) {
    for value in headers.values_mut().filter(|value| value.as_bytes().contains(&b'\t')) {
        let spaced: Vec<u8> =
            value.as_bytes().iter().map(|byte| if *byte == b'\t' { b' ' } else { *byte }).collect();
        if let Ok(mut spaced) = HeaderValue::from_bytes(&spaced) {
            spaced.set_sensitive(value.is_sensitive());
            *value = spaced;
        }
    }
}

/// Returns the value of `Host`: as given, or from the URI; lower case, and without the default
/// port.
fn host<B>(request: &Request<B>) -> Result<String, SignRequestError> {
    if let Some(host) = given_host(request) {
        return Ok(host.to_str().map_err(|_| SignError::InvalidHost)?.trim().to_owned());
    }
    let uri = request.uri();
    let host = uri.host().ok_or(SignRequestError::NoHost)?.to_ascii_lowercase();
    Ok(match (uri.port_u16(), uri.scheme_str()) {
        (None, _) | (Some(80), Some("http" | "ws")) | (Some(443), Some("https" | "wss")) => host,
        (Some(port), _) => format!("{host}:{port}"),
    })
}

/// A name and a value of a query, decoded.
pub type QueryPair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// A name and a value of a query, decoded, that need not be UTF-8.
pub type QueryBytes<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// Returns the pairs of a query as a signer by [`ByteQuery`] wants them: `?q=caf%E9` is signed as
/// any other query. A `+` is a plus: this is a URL, not a form.
pub fn decode_query_bytes(query: &str) -> Vec<QueryBytes<'_>> {
    let decode = |text| Cow::from(percent_encoding::percent_decode_str(text));
    pairs(query).map(|(name, value)| (decode(name), decode(value))).collect()
}

/// Splits a query into its pairs: one of `a` has an empty value, an empty query has none.
fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|_| !query.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Returns the pairs of a query as [`rolesig::Request`] and [`rolesig::ReceivedRequest`] want them.
/// A `+` is a plus: this is a URL, not a form.
///
/// # Errors
/// If a name or a value is not UTF-8.
pub fn decode_query(query: &str) -> Result<Vec<QueryPair<'_>>, SignRequestError> {
    let decode = |text| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .map_err(|_| SignRequestError::QueryNotUtf8)
    };
    pairs(query).map(|(name, value)| Ok((decode(name)?, decode(value)?))).collect()
}

/// The reason why a request could not be signed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignRequestError {
    /// The signer refuses it.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Neither the URI nor a header has a host.
    #[error("the request has no host: give an absolute URI or a Host header")]
    NoHost,
    /// Percent-encoded bytes in the query are not UTF-8, so no service knows what they mean.
    #[error("the query is not UTF-8 once it is percent-decoded")]
    QueryNotUtf8,
    /// The target cannot be sent by this HTTP client.
    #[error("the path cannot be sent: percent-encode it")]
    Target(#[from] InvalidUri),
}

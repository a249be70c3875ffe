//! Signing an [`http::Request`], so that what is sent is what was signed.

use http::header::{HOST, HeaderName};
use http::uri::{InvalidUri, PathAndQuery};
use http::{HeaderMap, HeaderValue, Request, Uri};
use rolesig::{
    ByteQuery, Credentials, Emit, Payload, PayloadForm, Service, SignError, Signed, Sink,
    Timestamp, V4,
};
use thiserror::Error;

#[cfg(feature = "http-body")]
mod chunked;
#[cfg(feature = "http-body")]
pub(crate) mod frames;
mod key_cache;
mod presign;
mod presigned;
mod query;
mod request_signer;

#[cfg(feature = "http-body")]
pub use chunked::{ChunkedBody, ChunkedBodyError, sign_chunked_request};
pub use key_cache::SigningKeyCache;
pub use presign::presign_request;
pub use presigned::PresignedUrl;
pub use query::{QueryPair, decode_query};
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
/// a head of that many is ten times as long as S3 accepts.
pub const SLOTS: usize = 4096;
/// The number of slots that suffices for most requests; they take less of the stack.
const FEW: usize = 64;
/// The bytes of a usual `Authorization` header.
const USUAL: usize = 320;

/// Signs a request as of `now`, in place: adds the signer's headers and `Host`, and puts the
/// request's target into the form that was signed.
///
/// All headers are signed but those that [never are](is_never_signed). A tab within a header's
/// value becomes a space, as AWS's signers do not agree on tabs. An earlier signature, by header or
/// by query, is replaced. The URI must have a host; a `Host` header that is there is kept and
/// signed, unless it is that of an earlier signature: then the URI may have changed since.
///
/// # Errors
/// If the request cannot be signed as it is; it is then unchanged, except for tabs.
///
/// ```
/// use rolesig::{ByteQuery, Credentials, Payload, Service, Timestamp};
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

/// Puts a target and its headers into a request, in place of an earlier signature's.
fn replace_signature<B>(
    request: &mut Request<B>,
    target: PathAndQuery,
    added: Vec<(HeaderName, HeaderValue)>,
) -> Result<(), SignRequestError> {
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(target);
    // The other parts are those of a URI already.
    *request.uri_mut() = Uri::from_parts(parts).map_err(|_| SignError::InvalidPath)?;
    let is_of_uri = given_host(request).is_none();
    for name in OWNED {
        request.headers_mut().remove(name);
    }
    request.headers_mut().extend(added);
    if let Some(host) = request.headers().get(HOST).filter(|_| is_of_uri).cloned() {
        request.extensions_mut().insert(HostOfUri(host));
    }
    Ok(())
}

/// A request extension that holds the `Host` header derived from its URI.
#[derive(Clone)]
struct HostOfUri(HeaderValue);

/// Returns the `Host` header, unless it was made here and can be made again.
fn given_host<B>(request: &Request<B>) -> Option<&HeaderValue> {
    let made = request.extensions().get::<HostOfUri>().filter(|_| request.uri().host().is_some());
    request.headers().get(HOST).filter(|host| made.is_none_or(|made| made.0 != *host))
}

/// Returns whether a header of the caller's is signed by header.
fn is_signed_by_header(service: Service<'_>, name: &str) -> bool {
    !is_never_signed(service.name, name) && !OWNED.contains(&name)
}

/// Gives a request's parts to `sign`: with its host, and whether few slots suffice.
fn with_parts<B, P, T>(
    request: &Request<B>,
    payload: P,
    is_signed: impl Fn(&str) -> bool,
    sign: impl FnOnce(&rolesig::Request<'_, P, [u8]>, &str, bool) -> Result<T, SignRequestError>,
) -> Result<T, SignRequestError> {
    let host = host(request)?;
    let query = query::without_signature(request.uri().query().unwrap_or_default());
    let query: Vec<(&[u8], &[u8])> =
        query.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    let headers: Vec<(&str, &[u8])> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .filter(|(name, _)| is_signed(name))
        .collect();
    let parts = rolesig::Request {
        method: request.method().as_str(),
        host: &host,
        path: request.uri().path(),
        query: &query,
        headers: &headers,
        payload,
    };
    sign(&parts, &host, headers.len().max(query.len()) < FEW)
}

/// Returns the headers that a signature adds, and `Host`.
fn added_headers<P: PayloadForm<ByteQuery<V4>>, const N: usize>(
    signed: &Signed<'_, P, ByteQuery<V4>, N>,
    host: &str,
) -> Result<Vec<(HeaderName, HeaderValue)>, SignRequestError> {
    let mut added = Vec::with_capacity(OWNED.len());
    for (name, value) in signed.headers() {
        let mut value = HeaderValue::try_from(collected(&value))
            .map_err(|_| SignError::InvalidHeaderValue { index: 0 })?;
        value.set_sensitive(SENSITIVE.contains(&name));
        added.push((HeaderName::from_static(name), value));
    }
    added.push((HOST, HeaderValue::try_from(host).map_err(|_| SignError::InvalidHost)?));
    Ok(added)
}

/// Collects a part of a signature in one pass. It can be copied on the way, as headers are.
fn collected(part: &impl Emit) -> Vec<u8> {
    struct Collector(Vec<u8>);

    impl Sink for Collector {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }

    let mut collector = Collector(Vec::with_capacity(USUAL));
    part.emit_to(&mut collector);
    collector.0
}

/// Writes a part of a signature into memory of the right length, so that no copy is left behind.
fn written(part: &impl Emit) -> Vec<u8> {
    let mut bytes = vec![0; part.emitted_len()];
    // It is as long as it says.
    let _ = part.write_to(&mut bytes);
    bytes
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

/// The reason why a request could not be signed.
///
/// ```
/// use rolesig::{Credentials, Payload, Service, Timestamp};
/// use rolesig_std::sign::{SignRequestError, sign_request};
///
/// let mut request = http::Request::get("/key").body(())?;
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let now = Timestamp::from(1_440_938_160);
/// let signed = sign_request(
///     &mut request, Payload::Bytes(b""), credentials, "us-east-1", Service::S3, now,
/// );
/// assert!(matches!(signed, Err(SignRequestError::NoHost)));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignRequestError {
    /// The signer refuses it.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Neither the URI nor a header has a host.
    #[error("the request has no host: give an absolute URI or a Host header")]
    NoHost,
    /// The target cannot be sent by this HTTP client.
    #[error("the path cannot be sent: percent-encode it")]
    Target(#[from] InvalidUri),
}

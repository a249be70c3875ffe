//! Verifying an [`http::Request`]: the inverse of [`sign`](crate::sign).
//!
//! [`verify_request`] does it where the secret is available. [`ReceivedHead`] is for a lookup that
//! must be waited for, and for bodies in signed chunks. With the feature `tower`, a [`VerifyLayer`]
//! does it all in front of a service.

use http::header::HOST;
use http::request::Parts;
use http::{HeaderValue, Uri};
use rolesig::percent::encoded_order;
use rolesig::{ReceivedBody, ReceivedRequest, Timestamp, V4, Verifier, VerifyError};

#[cfg(feature = "tower")]
mod body;
#[cfg(feature = "tower")]
mod chunks;
#[cfg(feature = "tower")]
mod kept_keys;
#[cfg(feature = "tower")]
mod key;
#[cfg(feature = "tower")]
mod layer;
mod received_query;
#[cfg(feature = "tower")]
mod response;
#[cfg(all(feature = "client", feature = "tower"))]
mod timed_body;
mod verified;

#[cfg(feature = "tower")]
pub use body::{VerifiedBody, VerifiedBodyError};
#[cfg(feature = "tower")]
pub use key::{Claim, LookUpError, LookUpKeys, VerifyingKey};
#[cfg(feature = "tower")]
pub use layer::{VerifyLayer, VerifyService};
pub use received_query::ReceivedQuery;
#[cfg(feature = "tower")]
pub use response::VerifyLayerBody;
pub use verified::VerifiedRequest;

/// Verifies a request as of `now`, where the secret is available: who signed it, or why it is
/// refused. [`VerifyError::code`] and [`VerifyError::status`] are those of AWS's response.
///
/// To Amazon S3 an unencoded `+` in the path or in the query is a space, and `%2F` in the path a
/// slash: read the key and the query in the same way. `verifier` bounds the headers and query pairs
/// of a request by its slots: with those of [`SLOTS`](crate::sign::SLOTS), the bytes of a head
/// alone do.
///
/// `secret_of` is given the access key id, and the session token if there is one, which it must
/// check. See [`Verifier::verify`] for what it gives.
///
/// # Errors
/// As [`Verifier::verify`].
///
/// ```
/// use rolesig::{Credentials, Payload, ReceivedBody, Service, Timestamp, Verifier, VerifyError};
/// use rolesig_std::{sign::sign_request, verify::verify_request};
///
/// let now = Timestamp::from(1_440_938_160);
/// let mut request = http::Request::get("https://bucket.s3.amazonaws.com/key").body(())?;
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// sign_request(&mut request, Payload::Bytes(b""), credentials, "us-east-1", Service::S3, now)?;
///
/// let (parts, ()) = request.into_parts();
/// let verifier = Verifier::new("us-east-1", Service::S3);
/// let secret_of = |access_key_id: &str, token: Option<&str>| match (access_key_id, token) {
///     ("AKID", None) => Ok("secret"),
///     ("AKID", Some(_)) => Err(VerifyError::InvalidToken),
///     _ => Err(VerifyError::InvalidAccessKeyId),
/// };
/// let verified = verify_request(&parts, ReceivedBody::Bytes(b""), &verifier, now, secret_of)?;
/// assert_eq!(verified.access_key_id(), "AKID");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify_request<K: AsRef<str>, const SLOTS: usize>(
    parts: &Parts,
    body: ReceivedBody<'_>,
    verifier: &Verifier<'_, V4, SLOTS>,
    now: Timestamp,
    secret_of: impl FnOnce(&str, Option<&str>) -> Result<K, VerifyError>,
) -> Result<VerifiedRequest, VerifyError> {
    let query = ReceivedQuery::decode(parts, verifier.service())?;
    let head = ReceivedHead::new(parts, &query);
    let claimed = verifier.begin(&head.as_request(), now)?;
    let secret = secret_of(claimed.access_key_id(), claimed.session_token())?;
    Ok(VerifiedRequest::of(&claimed.finish(secret.as_ref(), body)?))
}

/// The head of a received request, as a [`Verifier`] reads it.
///
/// ```
/// use rolesig::{ReceivedBody, Timestamp, Verifier, VerifyError};
/// use rolesig_std::verify::{ReceivedHead, ReceivedQuery};
///
/// # async fn secret_of(access_key_id: &str, token: Option<&str>) -> Result<String, VerifyError> {
/// #     Err(VerifyError::InvalidAccessKeyId)
/// # }
/// async fn verify(
///     parts: &http::request::Parts,
///     body: &[u8],
///     verifier: &Verifier<'_>,
///     now: Timestamp,
/// ) -> Result<String, VerifyError> {
///     let query = ReceivedQuery::decode(parts, verifier.service())?;
///     let head = ReceivedHead::new(parts, &query);
///     let claimed = verifier.begin(&head.as_request(), now)?;
///     let secret = secret_of(claimed.access_key_id(), claimed.session_token()).await?;
///     let verified = claimed.finish(&secret, ReceivedBody::Bytes(body))?;
///     Ok(verified.access_key_id().to_owned())
/// }
/// ```
pub struct ReceivedHead<'p> {
    method: &'p str,
    path: &'p str,
    query: Vec<(&'p [u8], &'p [u8])>,
    headers: Vec<(&'p str, &'p [u8])>,
}

impl<'p> ReceivedHead<'p> {
    /// Takes a request's parts, and its decoded query. A host in the URI, as in HTTP/2, becomes a
    /// `host` header. A second `host` is refused, so both are kept unless they are the same: the
    /// service may read either. Headers and pairs are put in the order in which they are signed, so
    /// that many of them are verified in linear time.
    ///
    /// Source: RFC 9113 §8.3.1; RFC 9112 §3.2.2.
    pub fn new(parts: &'p Parts, query: &'p ReceivedQuery<'_>) -> Self {
        let mut headers: Vec<(&str, &[u8])> =
            parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let mut hosts = parts.headers.get_all(HOST).iter().peekable();
        let is_known = hosts.peek().is_some() && hosts.all(|host| is_host_of(host, &parts.uri));
        if let Some(authority) = parts.uri.authority().filter(|_| !is_known) {
            headers.push((HOST.as_str(), authority.as_str().as_bytes()));
        }
        headers.sort_by_key(|(name, _)| *name);
        let mut query: Vec<(&[u8], &[u8])> =
            query.pairs().iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        query.sort_by(|(name, value), (other_name, other_value)| {
            encoded_order(name, other_name).then_with(|| encoded_order(value, other_value))
        });
        Self { method: parts.method.as_str(), path: parts.uri.path(), query, headers }
    }

    /// Returns it as a [`Verifier`] takes it.
    pub fn as_request(&self) -> ReceivedRequest<'_> {
        let Self { method, path, query, headers } = self;
        ReceivedRequest { method, path, query, headers }
    }
}

/// Returns whether a `Host` header is the host of a URI. Case and a default port make no
/// difference.
fn is_host_of(host: &HeaderValue, uri: &Uri) -> bool {
    let default_port: &[u8] = match uri.scheme_str() {
        Some("http" | "ws") => b":80",
        Some("https" | "wss") => b":443",
        _ => b"",
    };
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let of_uri = authority.rsplit('@').next().unwrap_or_default().as_bytes();
    let [host, of_uri] =
        [host.as_bytes(), of_uri].map(|name| name.strip_suffix(default_port).unwrap_or(name));
    host.eq_ignore_ascii_case(of_uri)
}

/// Shows method and path only: the rest has the signature in it, and the session token.
impl core::fmt::Debug for ReceivedHead<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_request().fmt(f)
    }
}

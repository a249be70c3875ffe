//! Signing an [`http::Request`] by query.

use http::header::{HOST, HeaderName};
use http::uri::PathAndQuery;
use http::{HeaderValue, Request};
use rolesig::{
    ByteQuery, Credentials, Expires, Payload, Service, SignError, Signer, Timestamp, V4,
};

use crate::sign::{
    FEW, OWNED, SLOTS, SignRequestError, host, is_never_signed, query, replace_signature,
};

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// Signs a request by query as of `now`, in place: anyone who has its URI can send it, with all of
/// its headers, until it expires or its credentials do. The URI is a secret.
///
/// All headers are signed but those that [never are](is_never_signed), and the host is that of the
/// URI, or of a `Host` header. The signature of an earlier call is replaced. S3 protects no body in
/// this form, and all other services but VPC Lattice do: see
/// [`Signer::presign`](rolesig::Signer::presign).
///
/// # Errors
/// If the request cannot be signed as it is; it is then unchanged.
///
/// ```
/// use rolesig::{Credentials, Expires, Payload, Service, Timestamp};
///
/// let mut request = http::Request::get("https://bucket.s3.amazonaws.com/key").body(())?;
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// rolesig_std::sign::presign_request(
///     &mut request,
///     Payload::Unsigned,
///     credentials,
///     "us-east-1",
///     Service::S3,
///     Expires::MAX,
///     Timestamp::from(1_440_938_160),
/// )?;
/// let url = request.uri().to_string();
/// assert!(url.starts_with("https://bucket.s3.amazonaws.com/key?X-Amz-Algorithm=AWS4-HMAC-SHA256"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
/// Source: "Authenticating Requests: Using Query Parameters" (Amazon S3).
pub fn presign_request<B>(
    request: &mut Request<B>,
    payload: Payload<'_>,
    credentials: Credentials<'_>,
    region: &str,
    service: Service<'_>,
    expires: Expires,
    now: Timestamp,
) -> Result<(), SignRequestError> {
    let host = host(request)?;
    let query = query::without_signature(request.uri().query().unwrap_or_default());
    let query: Vec<(&[u8], &[u8])> =
        query.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    let content_sha256 = request.headers().get(CONTENT_SHA256).cloned();
    let is_signed = |name: &str| {
        name == CONTENT_SHA256 || !is_never_signed(service.name, name) && !OWNED.contains(&name)
    };
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
    let presign =
        if headers.len().max(query.len()) < FEW { presigned::<FEW> } else { presigned::<SLOTS> };
    let (target, mut added) = presign(&parts, credentials, region, service, expires, now)?;

    added.extend(content_sha256.map(|value| (CONTENT_SHA256, value)));
    added.push((HOST, HeaderValue::try_from(host).map_err(|_| SignError::InvalidHost)?));
    replace_signature(request, target, added)
}

/// Presigns with so many slots, which must not be part of the caller's frame.
#[inline(never)]
fn presigned<const N: usize>(
    request: &rolesig::Request<'_, Payload<'_>, [u8]>,
    credentials: Credentials<'_>,
    region: &str,
    service: Service<'_>,
    expires: Expires,
    now: Timestamp,
) -> Result<(PathAndQuery, Vec<(HeaderName, HeaderValue)>), SignRequestError> {
    let mut signer = Signer::<ByteQuery<V4>, N>::with_slots(credentials, region, service)?;
    let presigned = signer.presign(request, expires, now)?;
    let mut added = Vec::new();
    if let Some((name, value)) = presigned.header() {
        let value = HeaderValue::from_bytes(value);
        let value = value.map_err(|_| SignError::InvalidHeaderValue { index: 0 })?;
        added.push((HeaderName::from_static(name), value));
    }
    Ok((presigned.target().to_string().parse()?, added))
}

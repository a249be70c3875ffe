//! The head of a signed request: what replaces an earlier signature.

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, HeaderName};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Request, Uri};
use rolesig::{SignError, SignedHead};
use zeroize::Zeroizing;

use super::SignRequestError;
use super::parts::{Host, HostOfUri};

const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
pub(super) const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const S3SESSION_TOKEN: HeaderName = HeaderName::from_static("x-amz-s3session-token");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The bytes of the values that a usual signature adds, without the session token.
const USUAL_VALUES: usize = 512;

/// Returns whether a header is the signer's own: an earlier signature's are replaced, so that a
/// retry is signed again. Takes a name in lower case.
pub(super) fn is_owned(name: &str) -> bool {
    matches!(
        name,
        "authorization"
            | "host"
            | "x-amz-content-sha256"
            | "x-amz-date"
            | "x-amz-s3session-token"
            | "x-amz-security-token"
    )
}

/// Returns a session token as a header. It is wiped when the last copy of the header is dropped.
pub(super) fn token_header(session_token: &str) -> Result<HeaderValue, SignRequestError> {
    let wiped = Zeroizing::new(session_token.as_bytes().to_vec());
    let value = HeaderValue::from_maybe_shared(Bytes::from_owner(Wiped(wiped)));
    let mut value = value.map_err(|_| SignError::InvalidHeaderValue { index: 0 })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Bytes that are wiped when they are dropped.
struct Wiped(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The texts of a signed head, which borrow nothing of the request.
pub(super) struct NewHead {
    /// The target, if it is another than the request's.
    target: Option<PathAndQuery>,
    /// The values of the headers that a signature adds, one behind the other, and then that of
    /// `Host`: in one piece of memory, since they are added and dropped together.
    values: Bytes,
    is_host_of_uri: bool,
    is_signed_already: bool,
}

impl NewHead {
    /// Copies the texts of a head.
    pub(super) fn new(
        head: &SignedHead<'_>,
        host: Host<'_>,
        uri: &Uri,
    ) -> Result<Self, SignRequestError> {
        let mut text = Vec::with_capacity(USUAL_VALUES);
        let values = head.headers().filter(|(name, _)| !is_token(name));
        values.for_each(|(_, value)| text.extend_from_slice(value));
        text.extend_from_slice(host.name.as_bytes());
        let target = changed_target(uri, head.target())?;
        let Host { is_of_uri: is_host_of_uri, is_signed_already, .. } = host;
        Ok(Self { target, values: text.into(), is_host_of_uri, is_signed_already })
    }

    /// Puts target and headers into a request, in place of an earlier signature's.
    pub(super) fn replace<B>(
        self,
        head: &SignedHead<'_>,
        session_token: Option<&HeaderValue>,
        request: &mut Request<B>,
    ) -> Result<(), SignRequestError> {
        let Self { target, mut values, is_host_of_uri, is_signed_already } = self;
        put_target(request, target)?;
        if is_signed_already {
            remove_signature(request.headers_mut());
        }
        let headers = request.headers_mut();
        headers.reserve(head.headers().count() + 1);
        for (name, value) in head.headers() {
            let value = match session_token {
                Some(token) if is_token(name) => token.clone(),
                _ => {
                    let mut value = header_value(values.split_to(value.len()))?;
                    value.set_sensitive(name == "authorization");
                    value
                }
            };
            headers.insert(header_name(name), value);
        }
        put_host(request, header_value(values)?, is_host_of_uri);
        Ok(())
    }
}

/// Puts a `Host` header into a request, and notes whether it is derived from the URI.
pub(super) fn put_host<B>(request: &mut Request<B>, host: HeaderValue, is_of_uri: bool) {
    if is_of_uri {
        request.extensions_mut().insert(HostOfUri(host.clone()));
    }
    request.headers_mut().insert(HOST, host);
}

/// Puts a target into a request.
pub(super) fn put_target<B>(
    request: &mut Request<B>,
    target: Option<PathAndQuery>,
) -> Result<(), SignRequestError> {
    if target.is_some() {
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = target;
        // The other parts are those of a URI already.
        *request.uri_mut() = Uri::from_parts(parts).map_err(|_| SignError::InvalidPath)?;
    }
    Ok(())
}

/// Returns a target, unless it is the one that a URI has.
pub(super) fn changed_target(
    uri: &Uri,
    target: &[u8],
) -> Result<Option<PathAndQuery>, SignRequestError> {
    let is_same = uri.path_and_query().is_some_and(|own| own.as_str().as_bytes() == target);
    Ok(if is_same { None } else { Some(PathAndQuery::try_from(target)?) })
}

/// Removes the headers of an earlier signature, and `Host`.
pub(super) fn remove_signature(headers: &mut HeaderMap) {
    for name in [AUTHORIZATION, HOST, AMZ_DATE, CONTENT_SHA256, S3SESSION_TOKEN, SECURITY_TOKEN] {
        headers.remove(name);
    }
}

fn is_token(name: &str) -> bool {
    matches!(name, "x-amz-security-token" | "x-amz-s3session-token")
}

fn header_name(name: &'static str) -> HeaderName {
    match name {
        "authorization" => AUTHORIZATION,
        "x-amz-content-sha256" => CONTENT_SHA256,
        "x-amz-date" => AMZ_DATE,
        "x-amz-s3session-token" => S3SESSION_TOKEN,
        "x-amz-security-token" => SECURITY_TOKEN,
        other => HeaderName::from_static(other),
    }
}

/// Returns a text as a header. The signer has checked it.
fn header_value(text: Bytes) -> Result<HeaderValue, SignRequestError> {
    let value = HeaderValue::from_maybe_shared(text);
    Ok(value.map_err(|_| SignError::InvalidHeaderValue { index: 0 })?)
}

//! The head of a signed request: what replaces an earlier signature.

use bytes::{Buf as _, Bytes};
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

/// The headers that a signature adds at most, beside the session token and `Host`.
const MOST_ADDED: usize = 8;

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

/// The parts of a signed head, one behind the other in a text: target, headers, and `Host`.
pub(super) struct NewHead {
    target_len: usize,
    /// The target, if it is another than the request's.
    target: Option<PathAndQuery>,
    /// Names, and lengths of values.
    headers: heapless::Vec<(&'static str, usize), MOST_ADDED>,
    session_token: Option<HeaderName>,
    is_host_of_uri: bool,
    is_signed_already: bool,
}

impl NewHead {
    /// Returns the parts of a head.
    pub(super) fn new(
        head: &SignedHead<'_>,
        host: Host<'_>,
        uri: &Uri,
    ) -> Result<Self, SignRequestError> {
        let (mut headers, mut session_token) = (heapless::Vec::new(), None);
        for (name, value) in head.headers() {
            if is_token(name) {
                session_token = Some(header_name(name));
            } else {
                let added = headers.push((name, value.len()));
                added.map_err(|_| SignError::TooManyHeaders { slots: MOST_ADDED })?;
            }
        }
        Ok(Self {
            target_len: head.target().len(),
            target: changed_target(uri, head.target())?,
            headers,
            session_token,
            is_host_of_uri: host.is_of_uri,
            is_signed_already: host.is_signed_already,
        })
    }

    /// Ends the text behind the head, and appends the host.
    pub(super) fn append_host(&self, host: Host<'_>, text: &mut Vec<u8>) {
        let values: usize = self.headers.iter().map(|(_, len)| *len).sum();
        text.truncate(self.target_len.saturating_add(values));
        text.extend_from_slice(host.name.as_bytes());
    }

    /// Puts target and headers into a request, in place of an earlier signature's. The headers
    /// share the text: they live and die together.
    pub(super) fn replace<B>(
        self,
        text: Vec<u8>,
        session_token: Option<&HeaderValue>,
        request: &mut Request<B>,
    ) -> Result<(), SignRequestError> {
        let mut values = Bytes::from(text);
        values.advance(self.target_len);
        put_target(request, self.target)?;
        if self.is_signed_already {
            remove_signature(request.headers_mut());
        }
        let headers = request.headers_mut();
        headers.reserve(self.headers.len() + 2);
        if let (Some(name), Some(token)) = (self.session_token, session_token) {
            headers.insert(name, token.clone());
        }
        for (name, len) in self.headers {
            let mut value = header_value(values.split_to(len))?;
            value.set_sensitive(name == "authorization");
            headers.insert(header_name(name), value);
        }
        put_host(request, header_value(values)?, self.is_host_of_uri);
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

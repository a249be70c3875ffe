//! The head of a signed request: what replaces an earlier signature.

use bytes::{Buf as _, Bytes};
use http::header::{AUTHORIZATION, HOST, HeaderName};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Request, Uri};
use rolesig::{SignError, SignedHead};

use super::SignRequestError;
use super::parts::Host;

const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
pub(super) const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const S3SESSION_TOKEN: HeaderName = HeaderName::from_static("x-amz-s3session-token");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The headers that a signature adds at most, beside the session token and `Host`.
const MOST_ADDED: usize = 8;

/// The parts of a signed head, one behind the other in a text: target, headers, and `Host`.
#[derive(Default)]
pub(super) struct NewHead {
    target_len: usize,
    /// The target, if it differs from the request's.
    target: Option<PathAndQuery>,
    /// Names, and lengths of values.
    headers: heapless::Vec<(&'static str, usize), MOST_ADDED>,
    session_token: Option<&'static str>,
    is_host_of_uri: bool,
    is_signed_already: bool,
}

impl NewHead {
    /// Takes the parts of a head.
    pub(super) fn set(&mut self, head: &SignedHead<'_>) -> Result<(), SignRequestError> {
        for (name, value) in head.headers() {
            if is_token(name) {
                self.session_token = Some(name);
            } else {
                let added = self.headers.push((name, value.len()));
                added.map_err(|_| SignError::TooManyHeaders { slots: MOST_ADDED })?;
            }
        }
        self.target_len = head.target().len();
        Ok(())
    }

    /// Ends the text behind the head, and appends the host. One that is derived from the URI
    /// follows the signature, by which it is known; a given one does not.
    pub(super) fn append_host(
        &mut self,
        host: Host<'_>,
        uri: &Uri,
        text: &mut Vec<u8>,
    ) -> Result<(), SignRequestError> {
        self.target = changed_target(uri, text.get(..self.target_len).unwrap_or_default())?;
        self.is_host_of_uri = host.is_of_uri;
        self.is_signed_already = host.is_signed_already;
        let values: usize = self.headers.iter().map(|(_, len)| *len).sum();
        text.truncate(self.target_len.saturating_add(values));
        if !host.is_of_uri {
            text.push(b' ');
        }
        text.extend_from_slice(host.name.as_bytes());
        Ok(())
    }

    /// Puts target and headers into a request, in place of an earlier signature's. The headers
    /// share the text: they live and die together.
    pub(super) fn replace<B>(
        &mut self,
        text: Vec<u8>,
        session_token: Option<&HeaderValue>,
        request: &mut Request<B>,
    ) -> Result<(), SignRequestError> {
        let mut values = Bytes::from(text);
        values.advance(self.target_len);
        put_target(request, self.target.take())?;
        if self.is_signed_already {
            remove_signature(request.headers_mut());
        }
        let headers = request.headers_mut();
        headers.reserve(self.headers.len() + 2);
        if let (Some(name), Some(token)) = (self.session_token, session_token) {
            headers.insert(header_name(name), token.clone());
        }
        for (name, len) in &self.headers {
            let mut value = header_value(values.split_to(*len))?;
            value.set_sensitive(*name == "authorization");
            headers.insert(header_name(name), value);
        }
        if !self.is_host_of_uri {
            values.advance(1);
        }
        headers.insert(HOST, header_value(values)?);
        Ok(())
    }
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

//! A request's parts, as a signer sees them.

use std::borrow::Cow;

use http::header::{AUTHORIZATION, HOST};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Request, Uri};
use rolesig::{Scheme as _, SignError, V4};

use super::{FEW, SignRequestError, query};

/// A request extension that holds the `Host` header derived from the URI of a presigned request.
#[derive(Clone)]
pub(super) struct HostOfUri(pub(super) HeaderValue);

/// The host that a request is signed for.
#[derive(Clone, Copy)]
pub(super) struct Host<'r> {
    /// The value of `Host`.
    pub(super) name: &'r str,
    /// True if it is derived from the URI, or from an earlier one.
    pub(super) is_of_uri: bool,
    /// True if the request has headers of the signer's: those of an earlier signature, or `Host`.
    pub(super) is_signed_already: bool,
}

/// Gives a request's parts to `sign`: with its host, and whether few slots suffice.
pub(super) fn with_parts<B, P, T>(
    request: &Request<B>,
    payload: P,
    is_signed: impl Fn(&str, bool) -> bool,
    sign: impl FnOnce(&rolesig::Request<'_, P, [u8]>, Host<'_>, bool) -> Result<T, SignRequestError>,
) -> Result<T, SignRequestError> {
    let header = request.headers().get(HOST);
    let is_of_uri = header.is_none_or(|host| is_made_here(host, request));
    let name = match header {
        Some(host) if !is_of_uri || request.uri().host().is_none() => {
            host.to_str().map_err(|_| SignError::InvalidHost)?.trim().into()
        }
        _ => host_of_uri(request.uri())?,
    };
    let query = query::without_signature(request.uri().query().unwrap_or_default());
    let query: Vec<(&[u8], &[u8])> =
        query.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    // A few headers are gathered on the stack.
    let (mut few, mut many) = (heapless::Vec::<_, FEW>::new(), Vec::new());
    let is_few = request.headers().len() < FEW;
    let mut is_signed_already = false;
    for (name, value) in request.headers() {
        let name = name.as_str();
        let is_owned = is_owned(name);
        is_signed_already |= is_owned;
        if is_signed(name, is_owned) {
            let header = (name, value.as_bytes());
            if is_few {
                few.push(header).map_err(|_| SignError::TooManyHeaders { slots: FEW })?;
            } else {
                many.push(header);
            }
        }
    }
    let headers: &[(&str, &[u8])] = if is_few { &few } else { &many };
    let host = Host { name: &name, is_of_uri, is_signed_already };
    let parts = rolesig::Request {
        method: request.method().as_str(),
        host: host.name,
        path: request.uri().path(),
        query: &query,
        headers,
        payload,
    };
    sign(&parts, host, headers.len().max(query.len()) < FEW)
}

/// Returns whether a header is the signer's own: an earlier signature's are replaced, so that a
/// retry is signed again. Takes a name in lower case.
fn is_owned(name: &str) -> bool {
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

/// Returns whether a `Host` header was derived from a URI, which may have changed since. Only
/// a derived one follows its signature in memory. By chance a header can follow another one there,
/// so the other one must be a signature.
fn is_made_here<B>(host: &HeaderValue, request: &Request<B>) -> bool {
    let follows = |signature: &HeaderValue| {
        let signature = signature.as_bytes();
        signature.starts_with(V4::ALGORITHM.as_bytes())
            && signature.as_ptr_range().end == host.as_bytes().as_ptr()
    };
    request.headers().get(AUTHORIZATION).is_some_and(follows)
        || request.extensions().get().is_some_and(|HostOfUri(made)| made == host)
}

/// Returns the value of `Host` for a URI: lower case, and without the default port.
fn host_of_uri(uri: &Uri) -> Result<Cow<'_, str>, SignRequestError> {
    let authority = uri.authority().map_or("", Authority::as_str);
    // Many bytes at a time.
    let all_plain = authority.bytes().fold(true, |all, byte| all & is_plain(byte));
    if all_plain && !authority.is_empty() {
        return Ok(authority.into());
    }
    let host = uri.host().ok_or(SignRequestError::NoHost)?.to_ascii_lowercase();
    Ok(match (uri.port_u16(), uri.scheme_str()) {
        (None, _) | (Some(80), Some("http" | "ws")) | (Some(443), Some("https" | "wss")) => host,
        (Some(port), _) => format!("{host}:{port}"),
    }
    .into())
}

/// Returns whether an authority of such bytes is a host in lower case, and nothing else: it has
/// no upper case, and none of the `@` and `:` of user and port (`@` and `[` are beside `A` to `Z`).
const fn is_plain(byte: u8) -> bool {
    !matches!(byte, b':' | b'@'..=b'[')
}

/// Replaces tabs within the values of headers by spaces.
pub(super) fn tabs_to_spaces(headers: &mut HeaderMap) {
    // Many bytes at a time.
    let is_tab = |byte: &u8| *byte == b'\t';
    let has_tab =
        |value: &HeaderValue| value.as_bytes().iter().fold(false, |any, byte| any | is_tab(byte));
    for value in headers.values_mut().filter(|value| has_tab(value)) {
        let spaced: Vec<u8> =
            value.as_bytes().iter().map(|byte| if *byte == b'\t' { b' ' } else { *byte }).collect();
        if let Ok(mut spaced) = HeaderValue::from_bytes(&spaced) {
            spaced.set_sensitive(value.is_sensitive());
            *value = spaced;
        }
    }
}

//! The canonical request: six parts, in order, hashed as they are written.
//!
//! Source: "Create a signed AWS API request", step 1; for S3 "Signature Calculations for the
//! Authorization Header: Transferring Payload in a Single Chunk".

use core::fmt;

use crate::byte_class::{HOST, TOKEN, some_and_all};
use crate::request::{Payload, Request};
use crate::service::Service;
use crate::sign_error::SignError;
use crate::sink::{self, Emit, Sink};
use crate::timestamp::AmzDate;

pub(crate) mod headers;
mod path;
mod query;

use crate::hex_digest::HexDigest;
use headers::{OwnHeaders, PayloadHash, SignedHeaders};
use path::CanonicalPath;
use query::CanonicalQuery;

/// Method, canonical URI, canonical query string, canonical headers, signed headers and payload
/// hash, as `sha256` takes them; `Display` shows what a service compares with.
///
/// It has the session token among its headers: `Display` shows it, `Debug` does not.
pub struct CanonicalRequest<'a, const SLOTS: usize> {
    method: &'a str,
    path: CanonicalPath<'a>,
    query: CanonicalQuery<'a, SLOTS>,
    headers: SignedHeaders<'a, SLOTS>,
}

impl<'a, const SLOTS: usize> CanonicalRequest<'a, SLOTS> {
    pub(crate) fn new(
        request: &'a Request<'a>,
        service: Service<'_>,
        date: AmzDate,
        session_token: Option<&'a str>,
    ) -> Result<Self, SignError> {
        check(request)?;
        let path =
            CanonicalPath::new(request.path, service.path_rule()).ok_or(SignError::InvalidPath)?;
        let payload_hash = match request.payload {
            Payload::Bytes(bytes) => PayloadHash::Digest(HexDigest::of(bytes)),
            Payload::Sha256(digest) => PayloadHash::Digest(HexDigest::new(&digest)),
            Payload::Unsigned => PayloadHash::Literal("UNSIGNED-PAYLOAD"),
        };
        // A service can only know that the payload is not signed if it is told.
        let payload_hash_header =
            service.payload_hash_header() || matches!(payload_hash, PayloadHash::Literal(_));
        let own = OwnHeaders {
            host: request.host,
            date,
            session_token,
            payload_hash,
            payload_hash_header,
        };
        Ok(Self {
            method: request.method,
            path,
            query: CanonicalQuery::new(request.query)
                .map_err(|_| SignError::TooManyQueryPairs { slots: SLOTS })?,
            headers: SignedHeaders::new(request.headers, own)?,
        })
    }

    pub(crate) const fn headers(&self) -> &SignedHeaders<'a, SLOTS> {
        &self.headers
    }

    /// Path and query as they go on the wire.
    pub(crate) fn emit_target(&self, out: &mut impl Sink) {
        if self.path.is_wire_form() {
            self.path.emit(out);
        } else {
            let path = self.path.as_str();
            out.put(if path.is_empty() { b"/" } else { path.as_bytes() });
        }
        if !self.query.is_empty() {
            out.put(b"?");
            self.query.emit(out);
        }
    }
}

impl<const SLOTS: usize> Emit for CanonicalRequest<'_, SLOTS> {
    fn emit(&self, out: &mut impl Sink) {
        out.put(self.method.as_bytes());
        out.put(b"\n");
        self.path.emit(out);
        out.put(b"\n");
        self.query.emit(out);
        out.put(b"\n");
        self.headers.emit_lines(out);
        out.put(b"\n");
        self.headers.emit_names(out);
        out.put(b"\n");
        self.headers.own().payload_hash.emit(out);
    }
}

impl<const SLOTS: usize> fmt::Debug for CanonicalRequest<'_, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CanonicalRequest")
            .field("method", &self.method)
            .field("path", &self.path.as_str())
            .finish_non_exhaustive()
    }
}

impl<const SLOTS: usize> fmt::Display for CanonicalRequest<'_, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

/// Refuses what could not be sent, or would be read differently by others.
fn check(request: &Request<'_>) -> Result<(), SignError> {
    if !some_and_all(request.method.as_bytes(), TOKEN) {
        return Err(SignError::InvalidMethod);
    }
    if !some_and_all(request.host.as_bytes(), HOST) {
        return Err(SignError::InvalidHost);
    }
    Ok(())
}

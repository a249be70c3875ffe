//! The canonical request: six parts, in order, hashed as they are written.
//!
//! Source: "Create a signed AWS API request", step 1; for S3 "Signature Calculations for the
//! Authorization Header: Transferring Payload in a Single Chunk".

use core::fmt;

use crate::emit::byte_class::{HOST, TOKEN, some_and_all};
use crate::emit::sink::{self, Emit, Sink};
use crate::sigv4::error::SignError;

pub(crate) mod added;
pub(crate) mod headers;
pub(crate) mod lower_case;
mod merged;
pub(crate) mod path;
mod query;

use added::Added;
use headers::SignedHeaders;
use path::CanonicalPath;
use query::CanonicalQuery;

/// Method, canonical URI, canonical query string, canonical headers, signed headers and payload
/// hash, as `sha256` takes them; `Display` shows what a service compares with.
///
/// It has the session token in it: `Display` shows it, `Debug` does not.
pub struct CanonicalRequest<'a, A: Added, const SLOTS: usize> {
    method: &'a str,
    path: CanonicalPath<'a>,
    query: CanonicalQuery<'a, A, SLOTS>,
    headers: SignedHeaders<'a, A, SLOTS>,
    added: A,
}

impl<'a, A: Added, const SLOTS: usize> CanonicalRequest<'a, A, SLOTS> {
    /// Creates one with no query and no headers but those that are added.
    pub(crate) fn new(method: &'a str, path: CanonicalPath<'a>, added: A) -> Self {
        Self { method, path, query: CanonicalQuery::new(), headers: SignedHeaders::new(), added }
    }

    /// Adds the caller's query and headers, and the rest of the signer's headers. It works in
    /// place, since moving a value of this size in each `Result` is expensive.
    #[inline]
    pub(crate) fn fill<Q, H>(
        &mut self,
        query: Q,
        headers: H,
        more: &'a [(&'a str, &'a [u8])],
    ) -> Result<(), SignError>
    where
        Q: Iterator<Item = &'a (&'a A::QueryText, &'a A::QueryText)> + Clone,
        H: Iterator<Item = &'a (&'a str, &'a [u8])> + Clone,
    {
        self.query.fill(query, &self.added)?;
        self.headers.fill(headers, more, &self.added)
    }

    pub(crate) const fn added(&self) -> &A {
        &self.added
    }

    /// Writes the names of the signed headers.
    pub(crate) fn emit_names(&self, out: &mut impl Sink) {
        self.headers.emit_names(&self.added, out);
    }

    /// Writes path and query as they go on the wire.
    pub(crate) fn emit_target(&self, out: &mut impl Sink) {
        if self.path.is_wire_form() {
            self.path.emit(out);
        } else {
            let path = self.path.as_str();
            out.put(if path.is_empty() { b"/" } else { path.as_bytes() });
        }
        self.query.emit(b"?", &self.headers, &self.added, out);
    }
}

impl<A: Added, const SLOTS: usize> Emit for CanonicalRequest<'_, A, SLOTS> {
    fn emit(&self, out: &mut impl Sink) {
        let Self { method, path, query, headers, added } = self;
        out.put(method.as_bytes());
        out.put(b"\n");
        path.emit(out);
        out.put(b"\n");
        query.emit(b"", headers, added, out);
        out.put(b"\n");
        headers.emit_lines(added, out);
        out.put(b"\n");
        headers.emit_names(added, out);
        out.put(b"\n");
        if let Some(payload_hash) = added.payload_hash() {
            payload_hash.emit(out);
        }
    }
}

impl<A: Added, const SLOTS: usize> fmt::Debug for CanonicalRequest<'_, A, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CanonicalRequest")
            .field("method", &self.method)
            .field("path", &self.path.as_str())
            .finish_non_exhaustive()
    }
}

impl<A: Added, const SLOTS: usize> fmt::Display for CanonicalRequest<'_, A, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

/// Returns whether a method can be sent.
pub(crate) fn is_method(method: &str) -> bool {
    some_and_all(method.as_bytes(), TOKEN)
}

/// Returns whether a host can be sent, and is read by all in one way.
pub(crate) fn is_host(host: &str) -> bool {
    some_and_all(host.as_bytes(), HOST)
}

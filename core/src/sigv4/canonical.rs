//! The canonical request: six parts, in order, hashed as they are written.
//!
//! Source: "Create a signed AWS API request", step 1; for S3 "Signature Calculations for the
//! Authorization Header: Transferring Payload in a Single Chunk".

use core::fmt;

use crate::emit::byte_class::{HOST, TOKEN, some_and_all};
use crate::emit::percent::EncodedValue;
use crate::emit::sink::{Emit, Stage, display_emitted};
use crate::sigv4::error::SignError;
use crate::sigv4::items::Items;

pub(crate) mod added;
pub(crate) mod headers;
pub(crate) mod lower_case;
pub(crate) mod merged;
pub(crate) mod path;
pub(crate) mod query;

use added::Added;
use headers::{Canonical, HeaderLines, HeaderNames};
use merged::{Addition, Order};
use path::CanonicalPath;
use query::CanonicalQuery;

/// The six parts. Each writes itself: from the request, or as the text that it was written as
/// before.
pub(crate) struct SixParts<'v> {
    pub(crate) method: &'v str,
    pub(crate) path: &'v dyn Emit,
    pub(crate) query: &'v dyn Emit,
    pub(crate) header_lines: &'v dyn Emit,
    pub(crate) header_names: &'v dyn Emit,
    pub(crate) payload_hash: &'v dyn Emit,
}

impl Emit for SixParts<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        let method: &dyn Emit = &self.method;
        for part in [method, self.path, self.query, self.header_lines, self.header_names] {
            part.emit(out);
            out.put(b"\n");
        }
        self.payload_hash.emit(out);
    }
}

/// A request that can be signed: checked, its headers and pairs in order.
///
/// `A` is what is added to it.
pub(crate) struct Ordered<'r, A, const SLOTS: usize> {
    method: &'r str,
    path: CanonicalPath<'r>,
    query: Order<'r, SLOTS>,
    headers: Order<'r, SLOTS>,
    canonical: Canonical,
    pub(crate) added: A,
}

/// The rules for what a request may have.
pub(crate) struct Rules<'c> {
    /// The names of headers that are the signer's: in every form, and in the payload's.
    pub(crate) owned_headers: [&'c [&'static str]; 2],
    pub(crate) owned_pairs: &'c [&'static str],
    /// Of the places in the caller's list.
    pub(crate) is_signed_header: &'c dyn Fn(usize) -> bool,
    pub(crate) is_signed_pair: &'c dyn Fn(usize) -> bool,
}

impl<'r, A: Added, const SLOTS: usize> Ordered<'r, A, SLOTS> {
    /// Takes a request, whose headers and pairs are still to be checked.
    #[inline]
    pub(crate) fn new(
        method: &'r str,
        path: CanonicalPath<'r>,
        query: Items<'r>,
        headers: Items<'r>,
        added: A,
    ) -> Self {
        let (query, headers) = (Order::new(query), Order::new(headers));
        Self { method, path, query, headers, canonical: Canonical::ALL, added }
    }

    /// Checks headers and pairs, and puts them in order. It works in place, since moving a value of
    /// this size in each `Result` is expensive.
    #[inline(never)]
    pub(crate) fn fill(&mut self, rules: &Rules<'_>) -> Result<(), SignError> {
        let Self { query, headers, added, .. } = self;
        query::check(query.items(), rules.owned_pairs)?;
        query
            .keep(rules.is_signed_pair)
            .map_err(|_| SignError::TooManyQueryPairs { slots: SLOTS })?;
        headers
            .keep(rules.is_signed_header)
            .map_err(|_| SignError::TooManyHeaders { slots: SLOTS })?;
        self.canonical = headers::check(headers.items(), headers.places(), rules.owned_headers)?;
        headers.sort(added.headers().as_ref(), headers::order);
        query.sort(added.pairs(&"").as_ref(), query::order);
        Ok(())
    }

    /// Shows the parts.
    pub(crate) fn show<R>(&self, see: impl FnOnce(&Parts<'_>) -> R) -> R {
        let added = self.added.headers();
        let merged = self.headers.merged(added.as_ref());
        let header_lines = HeaderLines { headers: merged, canonical: self.canonical };
        let encoded_names = EncodedValue(HeaderNames(&header_lines));
        let pairs = self.added.pairs(&encoded_names);
        see(&Parts {
            method: self.method,
            path: &self.path,
            query: CanonicalQuery(self.query.merged(pairs.as_ref())),
            added: added.as_ref(),
            header_lines: &header_lines,
            header_names: HeaderNames(&header_lines),
            payload_hash: self.added.payload_hash(),
        })
    }
}

/// A request's parts, and what of them goes on the wire.
pub(crate) struct Parts<'v> {
    method: &'v str,
    path: &'v CanonicalPath<'v>,
    query: CanonicalQuery<'v>,
    pub(crate) added: &'v [Addition<'v>],
    header_lines: &'v HeaderLines<'v>,
    pub(crate) header_names: HeaderNames<'v>,
    payload_hash: &'v dyn Emit,
}

impl Parts<'_> {
    /// Returns the six parts that are hashed.
    pub(crate) fn six(&self) -> SixParts<'_> {
        SixParts {
            method: self.method,
            path: self.path,
            query: &self.query,
            header_lines: self.header_lines,
            header_names: &self.header_names,
            payload_hash: self.payload_hash,
        }
    }

    /// Returns the six parts, of which three were written before: the path as it goes on the wire,
    /// the query behind its `?`, and the names.
    pub(crate) fn six_written<'s>(
        &'s self,
        path: &'s &'s [u8],
        query: &'s &'s [u8],
        header_names: &'s dyn Emit,
    ) -> SixParts<'s> {
        let is_canonical = self.path.wire_form().is_none();
        let path: &dyn Emit = if is_canonical { path } else { self.path };
        SixParts { path, query, header_names, ..self.six() }
    }

    /// Writes the path as it goes on the wire.
    pub(crate) fn emit_path(&self, out: &mut Stage<'_>) {
        match self.path.wire_form() {
            Some(path) => out.put(path.as_bytes()),
            None => self.path.emit(out),
        }
    }

    /// Writes the query as it goes on the wire: behind a `?`, if there is one.
    pub(crate) fn emit_query(&self, out: &mut Stage<'_>) {
        self.query.emit_behind(b"?", out);
    }
}

/// A request whose parts can be shown, whatever is added to it, and however many slots it has.
pub(crate) trait Show {
    fn show_to(&self, see: &mut dyn FnMut(&Parts<'_>));
}

impl<A: Added, const SLOTS: usize> Show for Ordered<'_, A, SLOTS> {
    fn show_to(&self, see: &mut dyn FnMut(&Parts<'_>)) {
        self.show(see);
    }
}

/// Method, canonical URI, canonical query string, canonical headers, signed headers and payload
/// hash, as `sha256` takes them; `Display` shows what a service compares with.
///
/// It has the session token in it: `Display` shows it, `Debug` does not.
///
/// ```
/// use rolesig::{Credentials, Payload, Request, Service, Signer, Timestamp};
///
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let request = Request {
///     method: "GET",
///     host: "example.com",
///     path: "/a b",
///     query: &[("list", "")],
///     headers: &[("Accept", b"text/plain")],
///     payload: Payload::Bytes(b""),
/// };
/// let mut signer = Signer::new(credentials, "us-east-1", Service::new("service"))?;
/// let signed = signer.sign(&request, Timestamp::from(1_440_938_160))?;
/// assert_eq!(
///     signed.canonical_request().to_string(),
///     "GET\n/a%20b\nlist=\naccept:text/plain\nhost:example.com\nx-amz-date:20150830T123600Z\n\n\
///      accept;host;x-amz-date\n\
///      e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
/// );
/// # Ok::<(), rolesig::SignError>(())
/// ```
///
/// Source: "Create a signed AWS API request", step 1.
#[derive(Clone, Copy)]
pub struct CanonicalRequest<'s>(pub(crate) &'s dyn Show);

impl Emit for CanonicalRequest<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        self.0.show_to(&mut |parts| parts.six().emit(out));
    }
}

impl fmt::Debug for CanonicalRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut result = Ok(());
        self.0.show_to(&mut |parts| {
            result = f
                .debug_struct("CanonicalRequest")
                .field("method", &parts.method)
                .field("path", &parts.path.as_str())
                .finish_non_exhaustive();
        });
        result
    }
}

display_emitted!(CanonicalRequest<'_>);

/// Returns whether a method can be sent.
pub(crate) fn is_method(method: &str) -> bool {
    some_and_all(method.as_bytes(), TOKEN)
}

/// Returns whether a host can be sent, and is read by all in one way.
pub(crate) fn is_host(host: &str) -> bool {
    some_and_all(host.as_bytes(), HOST)
}

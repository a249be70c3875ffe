//! The canonical request: six parts, in order, hashed as they are written.
//!
//! Source: "Create a signed AWS API request", step 1; for S3 "Signature Calculations for the
//! Authorization Header: Transferring Payload in a Single Chunk".

use core::fmt;

use heapless::{Vec, VecView};

use crate::emit::byte_class::{HOST, TOKEN, some_and_all};
use crate::emit::hex_digest::HexDigest;
use crate::emit::percent::EncodedValue;
use crate::emit::sink::{Emit, Stage, display_emitted};
use crate::sigv4::error::SignError;
use crate::sigv4::items::Items;
use crate::sigv4::names::HEADER_NAMES;

pub(crate) mod added;
pub(crate) mod header;
pub(crate) mod headers;
pub(crate) mod lower_case;
pub(crate) mod merged;
pub(crate) mod path;
pub(crate) mod query;

use added::{Added, Addition};
use header::Canonical;
use headers::{HeaderLines, HeaderNames};
use merged::{Additions, List, Merged, Rules};
use path::CanonicalPath;
use query::CanonicalQuery;

/// A request that can be signed: checked, its headers and pairs in order.
///
/// `A` is what is added to it.
pub(crate) struct Ordered<'r, A, const SLOTS: usize> {
    given: Given<'r>,
    /// The places of pairs and of headers, in order.
    pairs: Vec<u16, SLOTS>,
    headers: Vec<u16, SLOTS>,
    pub(crate) added: A,
}

/// The parts of a request as its sender gave them.
pub(crate) struct Given<'r> {
    method: &'r str,
    path: CanonicalPath<'r>,
    query: Items<'r>,
    headers: Items<'r>,
    canonical: Canonical,
}

/// The rules for the parts of a request.
pub(crate) struct RequestRules<'c> {
    pub(crate) pairs: Rules<'c>,
    pub(crate) headers: Rules<'c>,
}

impl<'r> Given<'r> {
    /// Takes a request that is still to be checked.
    #[inline]
    pub(crate) const fn new(
        method: &'r str,
        path: CanonicalPath<'r>,
        query: Items<'r>,
        headers: Items<'r>,
    ) -> Self {
        Self { method, path, query, headers, canonical: Canonical::ALL }
    }

    /// Returns the headers, and those that are added by the places of their names.
    pub(crate) const fn lines<'v>(
        &'v self,
        places: &'v [u16],
        values: &'v [Addition<'v>],
    ) -> HeaderLines<'v> {
        let Self { headers: items, canonical, .. } = self;
        let added = Additions { names: &HEADER_NAMES, values };
        let headers = Merged { items, places, added };
        HeaderLines { headers, canonical: *canonical }
    }

    /// Returns the parts, with the pairs that are added.
    pub(crate) const fn parts<'v>(
        &'v self,
        places: &'v [u16],
        added: Additions<'v>,
        headers: &'v HeaderLines<'v>,
        payload_hash: &'v dyn Emit,
    ) -> Parts<'v> {
        let Self { method, path, query: items, .. } = self;
        let query = CanonicalQuery(Merged { items, places, added });
        Parts { method, path, query, headers, payload_hash }
    }

    /// Checks all but the payload, and puts the places of pairs and headers in order. A received
    /// request has its host among its headers.
    #[cfg_attr(
        target_pointer_width = "64",
        expect(clippy::inline_always, reason = "its callers know the rules that it is given"),
        inline(always)
    )]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn order(
        &mut self,
        host: Option<&str>,
        rules: &RequestRules<'_>,
        pairs: &mut VecView<u16>,
        headers: &mut VecView<u16>,
    ) -> Result<(), SignError> {
        let Self { method, path, canonical, .. } = self;
        if !is_method(method) {
            return Err(SignError::InvalidMethod);
        }
        if !host.is_none_or(is_host) {
            return Err(SignError::InvalidHost);
        }
        if !path.check() {
            return Err(SignError::InvalidPath);
        }
        merged::fill(List::Pairs, &self.query, &rules.pairs, canonical, pairs)?;
        merged::fill(List::Headers, &self.headers, &rules.headers, canonical, headers)
    }
}

impl<'r, A: Added, const SLOTS: usize> Ordered<'r, A, SLOTS> {
    /// Takes a request that is still to be checked.
    #[inline]
    pub(crate) const fn new(given: Given<'r>, added: A) -> Self {
        Self { given, pairs: Vec::new(), headers: Vec::new(), added }
    }

    /// Checks all but the payload, and puts headers and pairs in order. It works in place, since
    /// moving a value of this size in each `Result` is expensive.
    pub(crate) fn fill(
        &mut self,
        host: Option<&str>,
        rules: &RequestRules<'_>,
    ) -> Result<(), SignError> {
        let (pairs, headers) = (self.pairs.as_mut_view(), self.headers.as_mut_view());
        self.given.order(host, rules, pairs, headers)
    }

    /// Shows the parts.
    #[inline]
    pub(crate) fn show<R>(&self, see: impl FnOnce(&Parts<'_>) -> R) -> R {
        let Self { given, pairs, headers, added } = self;
        let values = added.headers();
        let headers = given.lines(headers, values.as_ref());
        let encoded_names = EncodedValue(HeaderNames(&headers));
        let values = added.pairs(&encoded_names);
        let pairs_added = Additions { names: A::PAIR_NAMES, values: values.as_ref() };
        see(&given.parts(pairs, pairs_added, &headers, added.payload_hash()))
    }
}

/// A request's parts, and their form on the wire.
pub(crate) struct Parts<'v> {
    method: &'v str,
    path: &'v CanonicalPath<'v>,
    query: CanonicalQuery<'v>,
    headers: &'v HeaderLines<'v>,
    payload_hash: &'v dyn Emit,
}

/// The path and query that are already written for the wire.
#[derive(Clone, Copy)]
pub(crate) struct WrittenTarget<'t> {
    pub(crate) target: &'t [u8],
    /// The length of the path.
    pub(crate) path: usize,
}

/// The names of the signed headers: a value, or a place that they are written to.
pub(crate) enum Names<'n, 's> {
    Known(&'n dyn Emit),
    Written(&'n mut Stage<'s>),
}

impl<'v> Parts<'v> {
    /// Writes the six parts, in order, with line ends between them. Those that were written before
    /// are not made again.
    #[inline(never)]
    pub(crate) fn emit(
        &self,
        written: Option<&WrittenTarget<'_>>,
        names: &mut Names<'_, '_>,
        out: &mut Stage<'_>,
    ) {
        let written = written.map(|WrittenTarget { target, path }| target.split_at_checked(*path));
        let written = written.flatten();
        out.put(self.method.as_bytes());
        out.put_byte(b'\n');
        match written {
            Some((path, _)) if self.path.wire_form().is_none() => out.put(path),
            _ => self.path.emit(out),
        }
        out.put_byte(b'\n');
        match written {
            // Behind its question mark.
            Some((_, query)) => out.put(query.get(1..).unwrap_or_default()),
            None => self.query.emit(out),
        }
        self.headers.emit(out, names);
        out.put(b"\n\n");
        match names {
            Names::Known(names) => names.emit(out),
            Names::Written(names) => out.put(names.waiting()),
        }
        out.put_byte(b'\n');
        self.payload_hash.emit(out);
    }

    /// Returns the hash of the six parts.
    pub(crate) fn digest(
        &self,
        written: &WrittenTarget<'_>,
        mut names: Names<'_, '_>,
    ) -> HexDigest {
        HexDigest::of_written(&mut |out| self.emit(Some(written), &mut names, out))
    }

    /// Returns the headers that are added, by the places of their names.
    pub(crate) const fn added(&self) -> &'v [Addition<'v>] {
        self.headers.headers.added.values
    }

    /// Returns the names of the signed headers, which write themselves.
    pub(crate) const fn header_names(&self) -> HeaderNames<'v> {
        HeaderNames(self.headers)
    }

    /// Writes the path in its form on the wire.
    pub(crate) fn emit_path(&self, out: &mut Stage<'_>) {
        match self.path.wire_form() {
            Some(path) => out.put(path.as_bytes()),
            None => self.path.emit(out),
        }
    }

    /// Writes the query in its form on the wire: after a `?`, if there is one.
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
        self.0.show_to(&mut |parts| {
            parts.emit(None, &mut Names::Known(&parts.header_names()), out);
        });
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
fn is_method(method: &str) -> bool {
    some_and_all(method.as_bytes(), TOKEN)
}

/// Returns whether a host can be sent, and is read by all in one way.
pub(crate) fn is_host(host: &str) -> bool {
    some_and_all(host.as_bytes(), HOST)
}

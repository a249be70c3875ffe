//! The canonical headers and the list of their names.

use core::cmp::Ordering;

use crate::byte_class::{self, LOWER, TOKEN, UNBROKEN, VALUE};
use crate::hex_digest::HexDigest;
use crate::sign_error::SignError;
use crate::sink::{Emit, Sink};
use crate::slots::Slots;
use crate::timestamp::AmzDate;

/// The names that the signer owns: refused in a caller's list, so that what is signed cannot
/// disagree with what is sent.
pub(crate) const OWNED: [&str; 5] = [AUTHORIZATION, HOST, CONTENT_SHA256, AMZ_DATE, SECURITY_TOKEN];
/// Those of them that are signed, in order.
pub(crate) const OWN_ORDER: [&str; 4] = [HOST, CONTENT_SHA256, AMZ_DATE, SECURITY_TOKEN];
pub(crate) const AUTHORIZATION: &str = "authorization";
pub(crate) const HOST: &str = "host";
pub(crate) const CONTENT_SHA256: &str = "x-amz-content-sha256";
pub(crate) const AMZ_DATE: &str = "x-amz-date";
pub(crate) const SECURITY_TOKEN: &str = "x-amz-security-token";

type Header<'a> = (&'a str, &'a [u8]);

/// The last line of the canonical request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PayloadHash {
    Digest(HexDigest),
    Literal(&'static str),
}

impl Emit for PayloadHash {
    fn emit(&self, out: &mut impl Sink) {
        match self {
            Self::Digest(digest) => digest.emit(out),
            Self::Literal(literal) => out.put(literal.as_bytes()),
        }
    }
}

/// All headers that are signed: the caller's, and the signer's own among them.
pub(crate) struct SignedHeaders<'a, const SLOTS: usize> {
    callers: Slots<'a, Header<'a>, SLOTS>,
    canonical: Canonical,
    own: OwnHeaders<'a>,
    /// How many of the caller's come before each of [`OWN_ORDER`], and how many last.
    runs: [usize; OWN_ORDER.len() + 1],
}

/// What of the caller's headers is in canonical form as it stands.
struct Canonical {
    names: bool,
    values: bool,
}

/// The headers of the signer that are signed, as what they are made of.
pub(crate) struct OwnHeaders<'a> {
    pub(crate) host: &'a str,
    pub(crate) date: AmzDate,
    pub(crate) session_token: Option<&'a str>,
    pub(crate) payload_hash: PayloadHash,
    pub(crate) payload_hash_header: bool,
}

/// The value of one of the signer's own headers.
pub(crate) enum OwnValue<'s> {
    Text(&'s str),
    Date(AmzDate),
    PayloadHash(&'s PayloadHash),
}

impl Emit for OwnValue<'_> {
    fn emit(&self, out: &mut impl Sink) {
        match self {
            Self::Text(text) => text.emit(out),
            Self::Date(date) => date.emit(out),
            Self::PayloadHash(hash) => hash.emit(out),
        }
    }
}

impl OwnHeaders<'_> {
    /// The values of [`OWN_ORDER`]; not every request has every one.
    pub(crate) fn values(&self) -> [Option<OwnValue<'_>>; OWN_ORDER.len()] {
        [
            Some(OwnValue::Text(self.host)),
            self.payload_hash_header.then_some(OwnValue::PayloadHash(&self.payload_hash)),
            Some(OwnValue::Date(self.date)),
            self.session_token.map(OwnValue::Text),
        ]
    }
}

impl<'a, const SLOTS: usize> SignedHeaders<'a, SLOTS> {
    pub(crate) fn new(callers: &'a [Header<'a>], own: OwnHeaders<'a>) -> Result<Self, SignError> {
        let canonical = check(callers)?;
        let order = |a: &str, b: &str| {
            if canonical.names { a.cmp(b) } else { name_order(a, b) }
        };
        let callers = Slots::sorted(callers, |a, b| order(a.0, b.0))
            .map_err(|_| SignError::TooManyHeaders { slots: SLOTS })?;
        let mut rest = callers.as_slice();
        let [to_host, to_hash, to_date, to_token] = OWN_ORDER.map(|own| {
            let count = rest.iter().take_while(|(name, _)| order(name, own).is_lt()).count();
            rest = rest.get(count..).unwrap_or_default();
            count
        });
        let runs = [to_host, to_hash, to_date, to_token, rest.len()];
        Ok(Self { callers, canonical, own, runs })
    }

    pub(crate) const fn own(&self) -> &OwnHeaders<'a> {
        &self.own
    }

    /// `name:value` lines, each with its line end.
    pub(crate) fn emit_lines(&self, out: &mut impl Sink) {
        let [to_host, to_hash, to_date, to_token, rest] = self.runs();
        let own = &self.own;
        self.emit_run(to_host, out);
        emit_line(HOST, own.host, out);
        self.emit_run(to_hash, out);
        if own.payload_hash_header {
            emit_line(CONTENT_SHA256, &own.payload_hash, out);
        }
        self.emit_run(to_date, out);
        emit_line(AMZ_DATE, &own.date, out);
        self.emit_run(to_token, out);
        if let Some(session_token) = own.session_token {
            emit_line(SECURITY_TOKEN, session_token, out);
        }
        self.emit_run(rest, out);
    }

    /// Headers of one name become one line, their values joined by commas in the order they came in.
    fn emit_run(&self, run: &[&Header<'_>], out: &mut impl Sink) {
        let mut previous = "";
        for (name, value) in run {
            if name.eq_ignore_ascii_case(previous) {
                out.put(b",");
            } else {
                if !previous.is_empty() {
                    out.put(b"\n");
                }
                self.emit_name(name, out);
                out.put(b":");
            }
            if self.canonical.values {
                out.put(value);
            } else {
                emit_folded(value, out);
            }
            previous = name;
        }
        if !previous.is_empty() {
            out.put(b"\n");
        }
    }

    /// The names, joined by semicolons, each once. `host` is always among them.
    pub(crate) fn emit_names(&self, out: &mut impl Sink) {
        let [to_host, to_hash, to_date, to_token, rest] = self.runs();
        for name in names(to_host) {
            self.emit_name(name, out);
            out.put(b";");
        }
        out.put(HOST.as_bytes());
        self.emit_more_names(to_hash, out);
        if self.own.payload_hash_header {
            emit_more(CONTENT_SHA256, out);
        }
        self.emit_more_names(to_date, out);
        emit_more(AMZ_DATE, out);
        self.emit_more_names(to_token, out);
        if self.own.session_token.is_some() {
            emit_more(SECURITY_TOKEN, out);
        }
        self.emit_more_names(rest, out);
    }

    fn emit_more_names(&self, run: &[&Header<'_>], out: &mut impl Sink) {
        for name in names(run) {
            out.put(b";");
            self.emit_name(name, out);
        }
    }

    fn emit_name(&self, name: &str, out: &mut impl Sink) {
        if self.canonical.names {
            out.put(name.as_bytes());
        } else {
            emit_lower(name, out);
        }
    }

    /// The caller's headers in order, cut where one of [`OWN_ORDER`] comes in between. The two
    /// share no name, so headers of one name are of one run.
    fn runs(&self) -> [&[&'a Header<'a>]; OWN_ORDER.len() + 1] {
        let mut rest = self.callers.as_slice();
        self.runs.map(|count| {
            let (run, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            rest = after;
            run
        })
    }
}

#[inline]
fn emit_line(name: &str, value: &(impl Emit + ?Sized), out: &mut impl Sink) {
    out.put(name.as_bytes());
    out.put(b":");
    value.emit(out);
    out.put(b"\n");
}

#[inline]
fn emit_more(name: &str, out: &mut impl Sink) {
    out.put(b";");
    out.put(name.as_bytes());
}

/// The names of headers in order, each once.
fn names<'h>(run: &[&'h Header<'_>]) -> impl Iterator<Item = &'h str> {
    let mut previous = "";
    run.iter().filter_map(move |(name, _)| {
        let new = !name.eq_ignore_ascii_case(previous);
        previous = name;
        new.then_some(*name)
    })
}

/// Refuses what could not be sent, and tells what can go as it is.
fn check(callers: &[Header<'_>]) -> Result<Canonical, SignError> {
    let mut canonical = Canonical { names: true, values: true };
    for (index, (name, value)) in callers.iter().enumerate() {
        if let Some(name) = OWNED.into_iter().find(|owned| owned.eq_ignore_ascii_case(name)) {
            return Err(SignError::OwnedHeader { name });
        }
        let name_classes = byte_class::common(name.as_bytes());
        if name.is_empty() || name_classes & TOKEN == 0 {
            return Err(SignError::InvalidHeaderName { index });
        }
        canonical.names &= name_classes & LOWER != 0;
        if !byte_class::all(value, UNBROKEN) {
            if !byte_class::all(trim(value), VALUE) {
                return Err(SignError::InvalidHeaderValue { index });
            }
            canonical.values = false;
        }
    }
    Ok(canonical)
}

/// The order of the lower-case names.
fn name_order(a: &str, b: &str) -> Ordering {
    for (a, b) in a.bytes().zip(b.bytes()) {
        if a != b {
            let order = a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase());
            if order.is_ne() {
                return order;
            }
        }
    }
    a.len().cmp(&b.len())
}

fn emit_lower(name: &str, out: &mut impl Sink) {
    for chunk in name.as_bytes().chunks(32) {
        let mut lower = [0; 32];
        let Some(text) = lower.get_mut(..chunk.len()) else { return };
        text.copy_from_slice(chunk);
        // All 32, whatever the name's length: two vectors, and no loop.
        lower.make_ascii_lowercase();
        out.put(lower.get(..chunk.len()).unwrap_or_default());
    }
}

/// White space off both ends, and each run of spaces within as one.
fn emit_folded(value: &[u8], out: &mut impl Sink) {
    let value = trim(value);
    if !value.windows(2).any(|pair| pair == b"  ") {
        return out.put(value);
    }
    let mut separator = &b""[..];
    for word in value.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        out.put(separator);
        out.put(word);
        separator = b" ";
    }
}

/// Without the white space around a value (RFC 9110 §5.5). What is left has no tabs within, since
/// AWS's own signers disagree on those.
pub(crate) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;

    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    struct Text(Vec<u8>);

    impl Sink for Text {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }

    fn emitted(emit: impl Fn(&mut Text)) -> String {
        let mut text = Text(Vec::new());
        emit(&mut text);
        String::from_utf8(text.0).unwrap()
    }

    fn own(session_token: Option<&str>) -> OwnHeaders<'_> {
        OwnHeaders {
            host: "examplebucket.s3.amazonaws.com",
            date: Timestamp::from(1_369_353_600).amz_date(),
            session_token,
            payload_hash: PayloadHash::Literal("UNSIGNED-PAYLOAD"),
            payload_hash_header: true,
        }
    }

    #[test]
    fn own_and_callers_are_merged_in_order() {
        let callers: [Header<'_>; 4] =
            [("X-Amz-Meta-B", b"2"), ("range", b"bytes=0-9"), ("x-amz-meta-a", b"1"), ("Zz", b"")];
        let headers = SignedHeaders::<4>::new(&callers, own(Some("token"))).ok().unwrap();
        assert_eq!(
            emitted(|out| headers.emit_lines(out)),
            "host:examplebucket.s3.amazonaws.com\n\
             range:bytes=0-9\n\
             x-amz-content-sha256:UNSIGNED-PAYLOAD\n\
             x-amz-date:20130524T000000Z\n\
             x-amz-meta-a:1\n\
             x-amz-meta-b:2\n\
             x-amz-security-token:token\n\
             zz:\n"
        );
        assert_eq!(
            emitted(|out| headers.emit_names(out)),
            "host;range;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b;\
             x-amz-security-token;zz"
        );
    }

    #[test]
    fn one_name_is_one_line() {
        let callers: [Header<'_>; 3] = [("My", b"b"), ("mY", b" a  b "), ("my", b"")];
        let headers = SignedHeaders::<3>::new(&callers, own(None)).ok().unwrap();
        assert!(emitted(|out| headers.emit_lines(out)).contains("\nmy:b,a b,\n"));
        assert!(emitted(|out| headers.emit_names(out)).contains("host;my;x-amz"));
    }

    #[test]
    fn a_name_that_begins_another_comes_first() {
        let long = "x-amz-server-side-encryption-aws-kms-key-id";
        let callers: [Header<'_>; 2] = [(long, b"k"), ("X-Amz-Server-Side-Encryption", b"aws")];
        let headers = SignedHeaders::<2>::new(&callers, own(None)).ok().unwrap();
        let names = emitted(|out| headers.emit_names(out));
        assert!(
            names.ends_with(
                "x-amz-server-side-encryption;x-amz-server-side-encryption-aws-kms-key-id"
            )
        );
    }

    #[test]
    fn values_that_cannot_be_sent() {
        let is_value = |value| byte_class::all(trim(value), VALUE);
        for bad in [&b"a\rb"[..], b"a\n", b"\0", b"a\tb", b"\x7f", b"a\x0b"] {
            assert!(!is_value(bad), "{bad:?}");
        }
        for good in [&b""[..], b" ", b"\ta b \t", b"caf\xc3\xa9", b"\xff", b"\"a   b\""] {
            assert!(is_value(good), "{good:?}");
        }
    }
}

//! The canonical headers and the list of their names.

use core::cmp::Ordering;

use crate::emit::byte_class::{self, LOWER, TOKEN, UNBROKEN, VALUE};
use crate::emit::sink::{Emit, Sink};
use crate::emit::work;
use crate::sigv4::canonical::added::{Added, Visit};
use crate::sigv4::canonical::lower_case::LowerCase;
use crate::sigv4::canonical::merged::{Merged, Remaining};
use crate::sigv4::error::SignError;

type Header<'a> = (&'a str, &'a [u8]);

/// All headers that are signed: the caller's, and among them those that are added.
pub(crate) struct SignedHeaders<'a, A: Added, const SLOTS: usize> {
    merged: Merged<'a, Header<'a>, A::HeaderRuns, SLOTS>,
    canonical: Canonical,
}

/// The parts of the caller's headers that are in canonical form as they stand.
#[derive(Clone, Copy)]
struct Canonical {
    names: bool,
    values: bool,
}

impl<'a, A: Added, const SLOTS: usize> SignedHeaders<'a, A, SLOTS> {
    pub(crate) fn new() -> Self {
        Self { merged: Merged::new(), canonical: Canonical { names: true, values: true } }
    }

    #[inline]
    pub(crate) fn fill(
        &mut self,
        callers: impl Iterator<Item = &'a Header<'a>> + Clone,
        more: &'a [Header<'a>],
        added: &A,
    ) -> Result<(), SignError> {
        let canonical = check::<A>(callers.clone())?;
        let order = |a: &str, b: &str| {
            if canonical.names { a.cmp(b) } else { name_order(a, b) }
        };
        self.canonical = canonical;
        self.merged
            .fill(callers.chain(more), |a, b| order(a.0, b.0))
            .map_err(|_| SignError::TooManyHeaders { slots: SLOTS })?;
        let mut places = self.merged.placing(|(name, _), added| order(name, added).is_lt());
        added.each_header(&mut places);
        Ok(())
    }

    /// Writes `name:value` lines, each with its line end.
    pub(crate) fn emit_lines(&self, added: &A, out: &mut impl Sink) {
        let mut lines = Lines { headers: self, callers: self.merged.runs(), out };
        added.each_header(&mut lines);
        self.emit_run(lines.callers.rest, lines.out);
    }

    /// Writes headers of one name as one line, their values joined by commas in the order they came
    /// in.
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

    /// Writes the names, joined by semicolons, each once.
    pub(crate) fn emit_names(&self, added: &A, out: &mut impl Sink) {
        let mut names = Names { headers: self, callers: self.merged.runs(), is_first: true, out };
        added.each_header(&mut names);
        names.emit_run(names.callers.rest);
    }

    fn emit_name(&self, name: &str, out: &mut impl Sink) {
        if self.canonical.names {
            out.put(name.as_bytes());
        } else {
            LowerCase(name).emit(out);
        }
    }
}

/// Writes lines as the added headers are shown.
struct Lines<'h, 'm, 'a, A: Added, S, const SLOTS: usize> {
    headers: &'h SignedHeaders<'a, A, SLOTS>,
    callers: Remaining<'m, 'a, Header<'a>>,
    out: &'h mut S,
}

impl<A: Added, S: Sink, const SLOTS: usize> Visit for Lines<'_, '_, '_, A, S, SLOTS> {
    #[expect(clippy::inline_always, reason = "a tenth of the time outside the hash")]
    #[inline(always)]
    fn visit(&mut self, name: &'static str, value: &(impl Emit + ?Sized)) {
        let run = self.callers.run();
        if !run.is_empty() {
            self.headers.emit_run(run, self.out);
        }
        self.out.put(name.as_bytes());
        self.out.put(b":");
        value.emit(self.out);
        self.out.put(b"\n");
    }
}

/// Writes names as the added headers are shown.
struct Names<'h, 'm, 'a, A: Added, S, const SLOTS: usize> {
    headers: &'h SignedHeaders<'a, A, SLOTS>,
    callers: Remaining<'m, 'a, Header<'a>>,
    is_first: bool,
    out: &'h mut S,
}

impl<A: Added, S: Sink, const SLOTS: usize> Names<'_, '_, '_, A, S, SLOTS> {
    fn emit_run(&mut self, run: &[&Header<'_>]) {
        for name in names(run) {
            self.emit_separator();
            self.headers.emit_name(name, self.out);
        }
    }

    #[inline]
    fn emit_separator(&mut self) {
        if !self.is_first {
            self.out.put(b";");
        }
        self.is_first = false;
    }
}

impl<A: Added, S: Sink, const SLOTS: usize> Visit for Names<'_, '_, '_, A, S, SLOTS> {
    #[expect(clippy::inline_always, reason = "a tenth of the time outside the hash")]
    #[inline(always)]
    fn visit(&mut self, name: &'static str, _: &(impl Emit + ?Sized)) {
        let run = self.callers.run();
        if !run.is_empty() {
            self.emit_run(run);
        }
        self.emit_separator();
        self.out.put(name.as_bytes());
    }
}

/// Returns the names of headers in order, each once.
fn names<'h>(run: &[&'h Header<'_>]) -> impl Iterator<Item = &'h str> {
    let mut previous = "";
    run.iter().filter_map(move |(name, _)| {
        let new = !name.eq_ignore_ascii_case(previous);
        previous = name;
        new.then_some(*name)
    })
}

/// Refuses what could not be sent, and tells what can go as it is.
fn check<'h, A: Added>(
    callers: impl Iterator<Item = &'h Header<'h>>,
) -> Result<Canonical, SignError> {
    let mut canonical = Canonical { names: true, values: true };
    for (index, (name, value)) in callers.enumerate() {
        if let Some(name) = A::owned_header(name) {
            return Err(SignError::OwnedHeader { name });
        }
        work::add(name.len() + value.len());
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

/// Compares names by their lower-case form.
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

/// Writes a value without white space at both ends, and with each run of spaces within as one.
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

/// Removes the white space around a value (RFC 9110 §5.5). The rest has no tabs within, since
/// AWS's own signers disagree on those.
pub(crate) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        work::add(1);
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use core::marker::PhantomData;

    use super::*;
    use crate::sigv4::canonical::added::{AddedHeaders, SECURITY_TOKEN};
    use crate::sigv4::payload::{Payload, PayloadHash};
    use crate::sigv4::v4::V4;
    use crate::time::timestamp::Timestamp;

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

    fn added(session_token: Option<&str>) -> AddedHeaders<'_, Payload<'_>, V4> {
        AddedHeaders {
            host: "examplebucket.s3.amazonaws.com",
            date: Timestamp::from(1_369_353_600).amz_date(),
            region: "us-east-1",
            session_token: session_token.map(|token| (SECURITY_TOKEN, token)),
            payload: Payload::Unsigned,
            payload_hash: PayloadHash::UNSIGNED,
            payload_hash_header: true,
            scheme: PhantomData,
        }
    }

    /// Returns the lines and the names.
    fn written<const SLOTS: usize>(
        callers: &[Header<'_>],
        session_token: Option<&str>,
    ) -> (String, String) {
        let added = added(session_token);
        let mut headers = SignedHeaders::<_, SLOTS>::new();
        headers.fill(callers.iter(), &[], &added).unwrap();
        let lines = emitted(|out| headers.emit_lines(&added, out));
        (lines, emitted(|out| headers.emit_names(&added, out)))
    }

    #[test]
    fn added_and_callers_are_merged_in_order() {
        let callers: [Header<'_>; 4] =
            [("X-Amz-Meta-B", b"2"), ("range", b"bytes=0-9"), ("x-amz-meta-a", b"1"), ("Zz", b"")];
        let (lines, names) = written::<4>(&callers, Some("token"));
        assert_eq!(
            lines,
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
            names,
            "host;range;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b;\
             x-amz-security-token;zz"
        );
    }

    #[test]
    fn one_name_is_one_line() {
        let callers: [Header<'_>; 3] = [("My", b"b"), ("mY", b" a  b "), ("my", b"")];
        let (lines, names) = written::<3>(&callers, None);
        assert!(lines.contains("\nmy:b,a b,\n"));
        assert!(names.contains("host;my;x-amz"));
    }

    #[test]
    fn a_name_that_begins_another_comes_first() {
        let long = "x-amz-server-side-encryption-aws-kms-key-id";
        let callers: [Header<'_>; 2] = [(long, b"k"), ("X-Amz-Server-Side-Encryption", b"aws")];
        let (_, names) = written::<2>(&callers, None);
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

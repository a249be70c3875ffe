//! The canonical headers and the list of their names.

use core::cmp::Ordering;

use crate::emit::byte_class::{self, LOWER, TOKEN, UNBROKEN, VALUE};
use crate::emit::sink::{Emit, Stage};
use crate::emit::work;
use crate::sigv4::canonical::added::find;
use crate::sigv4::canonical::lower_case::LowerCase;
use crate::sigv4::canonical::merged::{Merged, Value};
use crate::sigv4::error::SignError;
use crate::sigv4::items::Item;

/// The parts of the caller's headers that are in canonical form as they stand.
#[derive(Clone, Copy)]
pub(crate) struct Canonical {
    names: bool,
    values: bool,
}

/// The headers that are signed, in order: a line for each name.
pub(crate) struct HeaderLines<'v> {
    pub(crate) headers: Merged<'v>,
    pub(crate) canonical: Canonical,
}

impl HeaderLines<'_> {
    /// Writes headers of one name as one line, their values joined by commas in the order they came
    /// in. Each line has its line end. Writes the names, too, as [`HeaderNames`] does, if there is
    /// a place for them.
    pub(crate) fn emit(&self, out: &mut Stage<'_>, mut names: Option<&mut Stage<'_>>) {
        let mut previous = &b""[..];
        for (name, value) in self.headers.clone() {
            if name.eq_ignore_ascii_case(previous) {
                out.put_byte(b',');
            } else {
                if let Some(names) = &mut names {
                    self.emit_name(name, previous, b";", names);
                }
                self.emit_name(name, previous, b"\n", out);
                out.put_byte(b':');
            }
            match value {
                Value::Added(value) => value.emit(out),
                Value::Callers(value) if self.canonical.values => out.put(value),
                Value::Callers(value) => emit_folded(value, out),
            }
            previous = name;
        }
        if !previous.is_empty() {
            out.put_byte(b'\n');
        }
    }

    /// Writes a name in lower case, and before it what separates it from one before.
    fn emit_name(&self, name: &[u8], previous: &[u8], separator: &[u8], out: &mut Stage<'_>) {
        if !previous.is_empty() {
            out.put(separator);
        }
        if self.canonical.names {
            out.put(name);
        } else {
            LowerCase(name).emit(out);
        }
    }
}

/// Their names, joined by semicolons, each once.
#[derive(Clone, Copy)]
pub(crate) struct HeaderNames<'v>(pub(crate) &'v HeaderLines<'v>);

impl Emit for HeaderNames<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        let mut previous = &b""[..];
        for (name, _) in self.0.headers.clone() {
            if !name.eq_ignore_ascii_case(previous) {
                self.0.emit_name(name, previous, b";", out);
            }
            previous = name;
        }
    }
}

impl Canonical {
    pub(crate) const ALL: Self = Self { names: true, values: true };

    /// Refuses a header that is the signer's or could not be sent, and notes if it cannot go as it
    /// is. `index` is its place in the caller's list.
    #[inline(never)]
    pub(crate) fn check(
        &mut self,
        index: usize,
        (name, value): Item<'_>,
        owned: [&[&'static str]; 2],
    ) -> Result<(), SignError> {
        if let Some(name) = owned.iter().find_map(|owned| find(owned, name)) {
            return Err(SignError::OwnedHeader { name });
        }
        work::add(name.len() + value.len());
        let name_classes = byte_class::common(name);
        if name.is_empty() || name_classes & TOKEN == 0 {
            return Err(SignError::InvalidHeaderName { index });
        }
        self.names &= name_classes & LOWER != 0;
        if !byte_class::all(value, UNBROKEN) {
            if !byte_class::all(trim(value), VALUE) {
                return Err(SignError::InvalidHeaderValue { index });
            }
            self.values = false;
        }
        Ok(())
    }
}

/// Compares headers by their names in lower case.
pub(crate) fn order((a, _): Item<'_>, (b, _): Item<'_>) -> Ordering {
    byte_class::order_by(a, b, |byte| (false, byte.to_ascii_lowercase()))
}

/// Writes a value without white space at both ends, and with each run of spaces within as one.
fn emit_folded(value: &[u8], out: &mut Stage<'_>) {
    let mut separator = &b""[..];
    for word in trim(value).split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
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
    use super::*;
    use crate::emit::sink::Count;
    use crate::sigv4::canonical::added::{Added as _, AddedHeaders, OWNED, SECURITY_TOKEN};
    use crate::sigv4::canonical::merged::Order;
    use crate::sigv4::items::Items;
    use crate::sigv4::payload::PayloadHash;
    use crate::time::timestamp::Timestamp;

    extern crate std;
    use std::string::String;

    type Header<'a> = (&'a str, &'a [u8]);

    fn emitted(value: &impl Emit) -> String {
        let mut buffer = [0; 1024];
        String::from_utf8(value.write_to(&mut buffer).unwrap().to_vec()).unwrap()
    }

    fn added(session_token: Option<&str>) -> AddedHeaders<'_, ()> {
        AddedHeaders {
            host: "examplebucket.s3.amazonaws.com",
            date: Timestamp::from(1_369_353_600).amz_date(),
            region_set: None,
            session_token: session_token.map(|token| (SECURITY_TOKEN, token)),
            form: (),
            payload_hash: PayloadHash::UNSIGNED,
            payload_hash_header: true,
        }
    }

    /// Returns the lines and the names.
    fn written<const SLOTS: usize>(
        callers: &[Header<'_>],
        session_token: Option<&str>,
    ) -> (String, String) {
        let (added, mut canonical) = (added(session_token), Canonical::ALL);
        let mut sorted = Order::<SLOTS>::new(Items::Headers(callers), order);
        let mut check =
            |index, header: Item<'_>| canonical.check(index, header, [&OWNED, &[]]).map(|()| true);
        sorted.fill(&mut check, SignError::TooManyHeaders { slots: SLOTS }).unwrap();
        let list = added.headers();
        let lines = HeaderLines { headers: sorted.merged(&list), canonical };
        let names = emitted(&HeaderNames(&lines));
        let mut room = [[0; 1024]; 2];
        let [text, other] = &mut room;
        let (mut one, mut two) = (Count(0), Count(0));
        let (mut out, mut written) = (Stage::new(text, &mut one), Stage::new(other, &mut two));
        lines.emit(&mut out, Some(&mut written));
        assert_eq!(written.waiting(), names.as_bytes());
        (String::from_utf8(out.waiting().to_vec()).unwrap(), names)
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

//! The canonical headers and the list of their names.

use core::cmp::Ordering;

use crate::emit::byte_class::{self, LOWER, TOKEN, UNBROKEN, VALUE};
use crate::emit::sink::{Emit, Stage};
use crate::emit::work;
use crate::sigv4::canonical::added::find;
use crate::sigv4::canonical::lower_case::LowerCase;
use crate::sigv4::canonical::merged::{Merged, Value};
use crate::sigv4::error::SignError;
use crate::sigv4::items::{Item, Items};

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

impl Emit for HeaderLines<'_> {
    /// Writes headers of one name as one line, their values joined by commas in the order they came
    /// in. Each line has its line end.
    fn emit(&self, out: &mut Stage<'_>) {
        let mut previous = &b""[..];
        for (name, value) in self.headers.clone() {
            if name.eq_ignore_ascii_case(previous) {
                out.put(b",");
            } else {
                if !previous.is_empty() {
                    out.put(b"\n");
                }
                self.canonical.emit_name(name, out);
                out.put(b":");
            }
            match value {
                Value::Added(value) => value.emit(out),
                Value::Callers(value) if self.canonical.values => out.put(value),
                Value::Callers(value) => emit_folded(value, out),
            }
            previous = name;
        }
        if !previous.is_empty() {
            out.put(b"\n");
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
                if !previous.is_empty() {
                    out.put(b";");
                }
                self.0.canonical.emit_name(name, out);
            }
            previous = name;
        }
    }
}

impl Canonical {
    pub(crate) const ALL: Self = Self { names: true, values: true };

    fn emit_name(self, name: &[u8], out: &mut Stage<'_>) {
        if self.names {
            out.put(name);
        } else {
            LowerCase(name).emit(out);
        }
    }
}

/// Refuses what is the signer's or could not be sent, and tells what can go as it is.
#[inline(never)]
pub(crate) fn check(
    callers: Items<'_>,
    places: &[u16],
    owned: [&[&'static str]; 2],
) -> Result<Canonical, SignError> {
    let mut canonical = Canonical::ALL;
    for (index, (name, value)) in places.iter().zip(callers.at(places)) {
        let index = usize::from(*index);
        if let Some(name) = owned.iter().find_map(|owned| find(owned, name)) {
            return Err(SignError::OwnedHeader { name });
        }
        work::add(name.len() + value.len());
        let name_classes = byte_class::common(name);
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

/// Compares headers by their names in lower case.
pub(crate) fn order((a, _): Item<'_>, (b, _): Item<'_>) -> Ordering {
    let lower = |byte: &u8| byte.to_ascii_lowercase();
    let different = a.iter().zip(b).find(|(a, b)| a != b && lower(a) != lower(b));
    different.map_or_else(|| a.len().cmp(&b.len()), |(a, b)| lower(a).cmp(&lower(b)))
}

/// Writes a value without white space at both ends, and with each run of spaces within as one.
fn emit_folded(value: &[u8], out: &mut Stage<'_>) {
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
    use super::*;
    use crate::sigv4::canonical::added::{Added as _, AddedHeaders, OWNED, SECURITY_TOKEN};
    use crate::sigv4::canonical::merged::Order;
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
        let (added, callers) = (added(session_token), Items::Headers(callers));
        let (list, mut order) = (added.headers(), Order::<SLOTS>::new(callers));
        order.keep(&|_| true).unwrap();
        let canonical = check(callers, order.places(), [&OWNED, &[]]).unwrap();
        order.sort(list.as_ref(), super::order);
        let lines = HeaderLines { headers: order.merged(list.as_ref()), canonical };
        (emitted(&lines), emitted(&HeaderNames(&lines)))
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

//! The canonical headers and the list of their names.

use crate::emit::byte_class::{self, lower_case_rank};
use crate::emit::sink::{Emit, Stage};
use crate::sigv4::canonical::Names;
use crate::sigv4::canonical::header::{Canonical, trim};
use crate::sigv4::canonical::lower_case::LowerCase;
use crate::sigv4::canonical::merged::{Merged, Value};

/// The headers that are signed, in order: a line for each name.
pub(crate) struct HeaderLines<'v> {
    pub(crate) headers: Merged<'v>,
    pub(crate) canonical: Canonical,
}

impl HeaderLines<'_> {
    /// Writes headers of one name as one line, their values joined by commas in the order they came
    /// in. Each line is behind a line end. Writes the names, too, as [`HeaderNames`] does, if there
    /// is a place for them.
    pub(crate) fn emit(&self, out: &mut Stage<'_>, names: &mut Names<'_, '_>) {
        let mut previous = &b""[..];
        self.headers.each(lower_case_rank, &mut |name, value| {
            if byte_class::is_same_name(name, previous) {
                out.put_byte(b',');
            } else {
                if let Names::Written(names) = names {
                    self.emit_next_name(name, previous, names);
                }
                if cfg!(target_pointer_width = "64") && self.canonical.names {
                    out.put_between(b'\n', name, b':');
                } else {
                    out.put_byte(b'\n');
                    self.emit_name(name, out);
                    out.put_byte(b':');
                }
            }
            match value {
                Value::Added(value) => value.emit(out),
                Value::Callers(value) if self.canonical.values => out.put(value),
                Value::Callers(value) => emit_folded(value, out),
            }
            previous = name;
        });
    }

    /// Writes a name of a list, and before it what separates it from one before.
    fn emit_next_name(&self, name: &[u8], previous: &[u8], out: &mut Stage<'_>) {
        if !previous.is_empty() {
            out.put_byte(b';');
        }
        self.emit_name(name, out);
    }

    /// Writes a name in lower case.
    fn emit_name(&self, name: &[u8], out: &mut Stage<'_>) {
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
        self.0.headers.each(lower_case_rank, &mut |name, _| {
            if !byte_class::is_same_name(name, previous) {
                self.0.emit_next_name(name, previous, out);
            }
            previous = name;
        });
    }
}

/// Writes a value without white space at both ends, and with each run of spaces within as one.
#[inline(never)]
fn emit_folded(value: &[u8], out: &mut Stage<'_>) {
    let mut previous = 0;
    for byte in trim(value) {
        if *byte != b' ' || previous != b' ' {
            out.put_byte(*byte);
        }
        previous = *byte;
    }
}

#[cfg(test)]
mod tests {
    use heapless::Vec;

    use super::*;
    use crate::emit::byte_class::VALUE;
    use crate::emit::sink::Count;
    use crate::sigv4::canonical::added::{Added as _, AddedHeaders, Token};
    use crate::sigv4::canonical::merged::{Additions, List, Owned, Rules, fill};
    use crate::sigv4::items::Items;
    use crate::sigv4::names::{HEADER_NAMES, OWNED};
    use crate::sigv4::payload::PayloadHash;
    use crate::sigv4::service::SessionTokenPlace;
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
            session_token: Token { token: session_token, place: SessionTokenPlace::Signed },
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
        let (items, mut places) = (Items::Headers(callers), Vec::<u16, SLOTS>::new());
        let rules = Rules { owned: Owned { names: &HEADER_NAMES, places: OWNED }, is_signed: None };
        fill(List::Headers, &items, &rules, &mut canonical, places.as_mut_view()).unwrap();
        let values = added.headers();
        let added = Additions { names: &HEADER_NAMES, values: values.as_ref() };
        let headers = Merged { items: &items, places: &places, added };
        let lines = HeaderLines { headers, canonical };
        let names = emitted(&HeaderNames(&lines));
        let mut room = [[0; 1024]; 2];
        let [text, other] = &mut room;
        let (mut one, mut two) = (Count(0), Count(0));
        let (mut out, mut written) = (Stage::new(text, &mut one), Stage::new(other, &mut two));
        lines.emit(&mut out, &mut Names::Written(&mut written));
        assert_eq!(written.waiting(), names.as_bytes());
        (String::from_utf8(out.waiting().to_vec()).unwrap(), names)
    }

    #[test]
    fn merges_added_and_given_headers_in_order() {
        let callers: [Header<'_>; 4] =
            [("X-Amz-Meta-B", b"2"), ("range", b"bytes=0-9"), ("x-amz-meta-a", b"1"), ("Zz", b"")];
        let (lines, names) = written::<4>(&callers, Some("token"));
        assert_eq!(
            lines,
            "\nhost:examplebucket.s3.amazonaws.com\n\
             range:bytes=0-9\n\
             x-amz-content-sha256:UNSIGNED-PAYLOAD\n\
             x-amz-date:20130524T000000Z\n\
             x-amz-meta-a:1\n\
             x-amz-meta-b:2\n\
             x-amz-security-token:token\n\
             zz:"
        );
        assert_eq!(
            names,
            "host;range;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b;\
             x-amz-security-token;zz"
        );
    }

    #[test]
    fn joins_values_of_one_name_in_one_line() {
        let callers: [Header<'_>; 3] = [("My", b"b"), ("mY", b" a  b "), ("my", b"")];
        let (lines, names) = written::<3>(&callers, None);
        assert!(lines.contains("\nmy:b,a b,\n"));
        assert!(names.contains("host;my;x-amz"));
    }

    #[test]
    fn sorts_a_prefix_before_longer_names() {
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
    fn refuses_values_that_cannot_be_sent() {
        let is_value = |value| byte_class::all(trim(value), VALUE);
        for bad in [&b"a\rb"[..], b"a\n", b"\0", b"a\tb", b"\x7f", b"a\x0b"] {
            assert!(!is_value(bad), "{bad:?}");
        }
        for good in [&b""[..], b" ", b"\ta b \t", b"caf\xc3\xa9", b"\xff", b"\"a   b\""] {
            assert!(is_value(good), "{good:?}");
        }
    }
}

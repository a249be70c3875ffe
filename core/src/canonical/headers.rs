//! The canonical headers and the list of their names.

use core::cmp::Ordering;

use crate::hex_digest::HexDigest;
use crate::sink::{Emit, Sink};
use crate::slots::{Full, Slots};
use crate::timestamp::AmzDate;

/// The names that the signer owns: refused in a caller's list, so that what is signed cannot
/// disagree with what is sent. In order.
pub(crate) const OWNED: [&str; 5] = [AUTHORIZATION, HOST, CONTENT_SHA256, AMZ_DATE, SECURITY_TOKEN];
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
    own: OwnHeaders<'a>,
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
    /// In the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, OwnValue<'_>)> {
        let hash = self.payload_hash_header.then_some(OwnValue::PayloadHash(&self.payload_hash));
        [
            Some((HOST, OwnValue::Text(self.host))),
            hash.map(|hash| (CONTENT_SHA256, hash)),
            Some((AMZ_DATE, OwnValue::Date(self.date))),
            self.session_token.map(|value| (SECURITY_TOKEN, OwnValue::Text(value))),
        ]
        .into_iter()
        .flatten()
    }
}

/// A header's value, in its canonical form once it is emitted.
enum CanonicalValue<'s> {
    Callers(&'s [u8]),
    Own(OwnValue<'s>),
}

impl<'a, const SLOTS: usize> SignedHeaders<'a, SLOTS> {
    pub(crate) fn new(callers: &'a [Header<'a>], own: OwnHeaders<'a>) -> Result<Self, Full> {
        Ok(Self { callers: Slots::sorted(callers, |a, b| name_order(a.0, b.0))?, own })
    }

    pub(crate) const fn own(&self) -> &OwnHeaders<'a> {
        &self.own
    }

    /// `name:value` lines, each with its line end. Headers of one name become one line, their
    /// values joined by commas in the order they came in.
    pub(crate) fn emit_lines(&self, out: &mut impl Sink) {
        let mut previous: Option<&str> = None;
        self.for_each(|name, value| {
            if previous.is_some_and(|previous| previous.eq_ignore_ascii_case(name)) {
                out.put(b",");
            } else {
                if previous.is_some() {
                    out.put(b"\n");
                }
                emit_lower(name, out);
                out.put(b":");
            }
            match value {
                CanonicalValue::Callers(value) => emit_folded(value, out),
                CanonicalValue::Own(value) => value.emit(out),
            }
            previous = Some(name);
        });
        out.put(b"\n");
    }

    /// The names, joined by semicolons, each once.
    pub(crate) fn emit_names(&self, out: &mut impl Sink) {
        let mut previous: Option<&str> = None;
        self.for_each(|name, _| {
            if previous.is_some_and(|previous| previous.eq_ignore_ascii_case(name)) {
                return;
            }
            if previous.is_some() {
                out.put(b";");
            }
            emit_lower(name, out);
            previous = Some(name);
        });
    }

    /// In the order of the names: two sorted lists, merged. They share no name.
    fn for_each<'s>(&'s self, mut each: impl FnMut(&'s str, CanonicalValue<'s>)) {
        let mut callers = self.callers.as_slice().iter().peekable();
        for (own_name, own_value) in self.own.iter() {
            while let Some((name, value)) =
                callers.next_if(|(name, _)| name_order(name, own_name).is_lt())
            {
                each(name, CanonicalValue::Callers(value));
            }
            each(own_name, CanonicalValue::Own(own_value));
        }
        for (name, value) in callers {
            each(name, CanonicalValue::Callers(value));
        }
    }
}

/// The order of the lower-case names.
fn name_order(a: &str, b: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(lower).cmp(b.bytes().map(lower))
}

fn emit_lower(name: &str, out: &mut impl Sink) {
    for chunk in name.as_bytes().chunks(32) {
        let mut lower = [0; 32];
        for (to, from) in lower.iter_mut().zip(chunk) {
            *to = from.to_ascii_lowercase();
        }
        out.put(lower.get(..chunk.len()).unwrap_or_default());
    }
}

/// White space off both ends, and each run of spaces within as one.
fn emit_folded(value: &[u8], out: &mut impl Sink) {
    let mut separator = &b""[..];
    for word in value.trim_ascii().split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        out.put(separator);
        out.put(word);
        separator = b" ";
    }
}

/// RFC 9110 §5.6.2, `token`.
pub(crate) fn is_token(name: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_tchar)
}

/// Whether a value can be sent (RFC 9110 §5.5) and is read the same way by everyone: no control
/// characters, tabs at the ends only. AWS's own signers disagree on tabs within a value.
pub(crate) fn is_value(value: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    !value.iter().any(is_control) && !value.trim_ascii().contains(&b'\t')
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
        for bad in [&b"a\rb"[..], b"a\n", b"\0", b"a\tb", b"\x7f", b"a\x0b"] {
            assert!(!is_value(bad), "{bad:?}");
        }
        for good in [&b""[..], b" ", b"\ta b \t", b"caf\xc3\xa9", b"\xff", b"\"a   b\""] {
            assert!(is_value(good), "{good:?}");
        }
    }

    #[test]
    fn names_that_cannot_be_sent() {
        for bad in ["", "a b", "a:", "a\n", "é", "(x)"] {
            assert!(!is_token(bad), "{bad:?}");
        }
        assert!(is_token("X-Amz-Meta_1.~"));
    }
}

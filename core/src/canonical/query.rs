//! The canonical query string: names and values encoded, in the order of the encoded pairs.

use core::cmp::Ordering;

use crate::percent::{Encoded, encoded_order};
use crate::sink::{Emit, Sink};
use crate::slots::{Full, Slots};

type Pair<'a> = (&'a str, &'a str);

/// Emits `name=value` pairs joined by `&`: the same on the wire and in the canonical request.
pub(crate) struct CanonicalQuery<'a, const SLOTS: usize>(Slots<'a, Pair<'a>, SLOTS>);

impl<'a, const SLOTS: usize> CanonicalQuery<'a, SLOTS> {
    pub(crate) fn new(query: &'a [Pair<'a>]) -> Result<Self, Full> {
        Slots::sorted(query, order).map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.as_slice().is_empty()
    }
}

/// By encoded name, **then** by encoded value: `a=` comes before `a-b=`, though `=` comes after `-`.
fn order(a: &Pair<'_>, b: &Pair<'_>) -> Ordering {
    encoded_order(a.0, b.0).then_with(|| encoded_order(a.1, b.1))
}

impl<const SLOTS: usize> Emit for CanonicalQuery<'_, SLOTS> {
    fn emit(&self, out: &mut impl Sink) {
        let mut separator = &b""[..];
        for (name, value) in self.0.as_slice() {
            out.put(separator);
            Encoded::value(name).emit(out);
            out.put(b"=");
            Encoded::value(value).emit(out);
            separator = b"&";
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_canonical(query: &[Pair<'_>], expected: &str) {
        let mut buffer = [0; 256];
        let query = CanonicalQuery::<16>::new(query).ok().unwrap();
        let written = query.write_to(&mut buffer).unwrap();
        assert_eq!(core::str::from_utf8(written), Ok(expected));
    }

    #[test]
    fn the_worked_example_of_list_objects() {
        // "Signature Calculations for the Authorization Header", example "GET Bucket".
        assert_canonical(&[("prefix", "J"), ("max-keys", "2")], "max-keys=2&prefix=J");
        assert_canonical(&[("lifecycle", "")], "lifecycle=");
    }

    #[test]
    fn names_sort_before_values_and_encoded() {
        assert_canonical(&[("key-type", "s3"), ("key", "")], "key=&key-type=s3");
        assert_canonical(&[("a", "2"), ("a", "10"), ("a", "")], "a=&a=10&a=2");
        assert_canonical(&[("a", "b"), ("ሴ", "c"), ("B", "+")], "%E1%88%B4=c&B=%2B&a=b");
        assert_canonical(&[("q", "a=b&c d~/")], "q=a%3Db%26c%20d~%2F");
        assert_canonical(&[], "");
    }
}

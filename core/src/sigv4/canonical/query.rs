//! The canonical query string: names and values encoded, in the order of the encoded pairs.

use core::cmp::Ordering;

use crate::emit::percent::{Encoded, encoded_order};
use crate::emit::sink::{Emit, Stage};
use crate::sigv4::canonical::added::find;
use crate::sigv4::canonical::merged::{Merged, Value};
use crate::sigv4::error::SignError;
use crate::sigv4::items::Item;

/// `name=value` pairs joined by `&`: the same on the wire and in the canonical request.
pub(crate) struct CanonicalQuery<'v>(pub(crate) Merged<'v>);

impl Emit for CanonicalQuery<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        self.emit_behind(b"", out);
    }
}

impl CanonicalQuery<'_> {
    /// Writes `first` before the first pair; nothing, if there is no pair.
    pub(crate) fn emit_behind(&self, first: &'static [u8], out: &mut Stage<'_>) {
        let mut separator = first;
        for (name, value) in self.0.clone() {
            out.put(separator);
            separator = b"&";
            match value {
                Value::Callers(value) => {
                    Encoded::value_bytes(name).emit(out);
                    out.put_byte(b'=');
                    Encoded::value_bytes(value).emit(out);
                }
                Value::Added(encoded) => {
                    out.put(name);
                    out.put_byte(b'=');
                    encoded.emit(out);
                }
            }
        }
    }
}

/// Refuses a pair that is the signer's.
pub(crate) fn check(name: &[u8], owned: &[&'static str]) -> Result<(), SignError> {
    find(owned, name).map_or(Ok(()), |name| Err(SignError::OwnedPair { name }))
}

/// Compares by encoded name, **then** by encoded value: `a=` comes before `a-b=`, though `=` comes
/// after `-`.
pub(crate) fn order(a: Item<'_>, b: Item<'_>) -> Ordering {
    encoded_order(a.0, b.0).then_with(|| encoded_order(a.1, b.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::canonical::merged::Order;
    use crate::sigv4::items::Items;

    extern crate std;
    use std::string::String;

    fn assert_canonical(query: &[(&str, &str)], expected: &str) {
        let mut pairs = Order::<16>::new(Items::Texts(query), order);
        let full = SignError::TooManyQueryPairs { slots: 16 };
        pairs.fill(&mut |_, _| Ok(true), full).unwrap();
        let canonical = CanonicalQuery(pairs.merged(&[]));
        let mut buffer = [0; 256];
        let text = canonical.write_to(&mut buffer).unwrap();
        assert_eq!(String::from_utf8(text.to_vec()).unwrap(), expected);
    }

    #[test]
    fn reproduces_the_worked_example_of_list_objects() {
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

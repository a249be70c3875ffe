//! The canonical query string: names and values encoded, in the order of the encoded pairs.

use crate::emit::percent::{Encoded, encoded_rank};
use crate::emit::sink::{Emit, Stage};
use crate::sigv4::canonical::merged::{Merged, Value};

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
        self.0.each(encoded_rank, &mut |name, value| {
            if let (Value::Added(_), [one]) = (value, separator)
                && cfg!(target_pointer_width = "64")
            {
                out.put_between(*one, name, b'=');
            } else {
                out.put(separator);
                match value {
                    Value::Callers(_) => Encoded::value_bytes(name).emit(out),
                    Value::Added(_) => out.put(name),
                }
                out.put_byte(b'=');
            }
            match value {
                Value::Callers(value) => Encoded::value_bytes(value).emit(out),
                Value::Added(encoded) => encoded.emit(out),
            }
            separator = b"&";
        });
    }
}

#[cfg(test)]
mod tests {
    use heapless::Vec;

    use super::*;
    use crate::sigv4::canonical::header::Canonical;
    use crate::sigv4::canonical::merged::{Additions, List, Owned, Rules, fill};
    use crate::sigv4::items::Items;

    extern crate std;
    use std::string::String;

    fn assert_canonical(query: &[(&str, &str)], expected: &str) {
        let (items, mut places) = (Items::Texts(query), Vec::<u16, 16>::new());
        let rules = Rules { owned: Owned::NONE, is_signed: None };
        fill(List::Pairs, &items, &rules, &mut { Canonical::ALL }, places.as_mut_view()).unwrap();
        let added = Additions::NONE;
        let canonical = CanonicalQuery(Merged { items: &items, places: &places, added });
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

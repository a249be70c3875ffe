//! The canonical query string: names and values encoded, in the order of the encoded pairs.

use core::cmp::Ordering;

use crate::emit::percent::{Encoded, Encoding, encoded_order};
use crate::emit::sink::{Emit, Sink};
use crate::sigv4::canonical::added::{Added, Visit};
use crate::sigv4::canonical::headers::SignedHeaders;
use crate::sigv4::canonical::merged::{Merged, Remaining};
use crate::sigv4::error::SignError;

type Pair<'a, T> = (&'a T, &'a T);

/// `name=value` pairs joined by `&`: the same on the wire and in the canonical request.
pub(crate) struct CanonicalQuery<'a, A: Added, const SLOTS: usize>(
    Merged<'a, Pair<'a, A::QueryText>, A::PairRuns, SLOTS>,
);

impl<'a, A: Added, const SLOTS: usize> CanonicalQuery<'a, A, SLOTS> {
    pub(crate) fn new() -> Self {
        Self(Merged::new())
    }

    #[inline]
    pub(crate) fn fill(
        &mut self,
        callers: impl Iterator<Item = &'a Pair<'a, A::QueryText>> + Clone,
        added: &A,
    ) -> Result<(), SignError> {
        if let Some(name) = callers.clone().find_map(|(name, _)| A::owned_pair(name.as_ref())) {
            return Err(SignError::OwnedPair { name });
        }
        self.0.fill(callers, order).map_err(|_| SignError::TooManyQueryPairs { slots: SLOTS })?;
        let mut places = self
            .0
            .placing(|(name, _), added| encoded_order(name.as_ref(), added.as_bytes()).is_lt());
        added.each_pair("", &mut places);
        Ok(())
    }

    /// Writes `first` before the first pair; nothing, if there is no pair.
    pub(crate) fn emit(
        &self,
        first: &'static [u8],
        headers: &SignedHeaders<'_, A, SLOTS>,
        added: &A,
        out: &mut impl Sink,
    ) {
        let callers = self.0.runs();
        let mut pairs = Pairs { callers, separator: first, out };
        added.each_pair(&SignedNames { headers, added }, &mut pairs);
        pairs.emit_run(pairs.callers.rest);
    }
}

/// Writes pairs as the added ones are shown.
struct Pairs<'q, 'm, 'a, T: ?Sized, S> {
    callers: Remaining<'m, 'a, Pair<'a, T>>,
    separator: &'static [u8],
    out: &'q mut S,
}

impl<T: AsRef<[u8]> + ?Sized, S: Sink> Pairs<'_, '_, '_, T, S> {
    fn emit_run(&mut self, run: &[&Pair<'_, T>]) {
        for (name, value) in run {
            self.emit_separator();
            Encoded::value_bytes(name.as_ref()).emit(self.out);
            self.out.put(b"=");
            Encoded::value_bytes(value.as_ref()).emit(self.out);
        }
    }

    fn emit_separator(&mut self) {
        self.out.put(self.separator);
        self.separator = b"&";
    }
}

impl<T: AsRef<[u8]> + ?Sized, S: Sink> Visit for Pairs<'_, '_, '_, T, S> {
    fn visit(&mut self, name: &'static str, value: &(impl Emit + ?Sized)) {
        let run = self.callers.run();
        self.emit_run(run);
        self.emit_separator();
        self.out.put(name.as_bytes());
        self.out.put(b"=");
        value.emit(&mut Encoding::value(self.out));
    }
}

/// The names of the signed headers.
struct SignedNames<'q, 'a, A: Added, const SLOTS: usize> {
    headers: &'q SignedHeaders<'a, A, SLOTS>,
    added: &'q A,
}

impl<A: Added, const SLOTS: usize> Emit for SignedNames<'_, '_, A, SLOTS> {
    fn emit(&self, out: &mut impl Sink) {
        self.headers.emit_names(self.added, out);
    }
}

/// Compares by encoded name, **then** by encoded value: `a=` comes before `a-b=`, though `=` comes
/// after `-`.
fn order<T: AsRef<[u8]> + ?Sized>(a: &Pair<'_, T>, b: &Pair<'_, T>) -> Ordering {
    let order = |a: &T, b: &T| encoded_order(a.as_ref(), b.as_ref());
    order(a.0, b.0).then_with(|| order(a.1, b.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::sink::SliceSink;
    use crate::sigv4::canonical::added::Received;

    extern crate std;
    use std::vec::Vec;

    fn assert_canonical(query: &[Pair<'_, str>], expected: &str) {
        let added = Received;
        let query: Vec<_> = query.iter().map(|(a, b)| (a.as_bytes(), b.as_bytes())).collect();
        let mut canonical = CanonicalQuery::<_, 16>::new();
        canonical.fill(query.iter(), &added).unwrap();
        let mut buffer = [0; 256];
        let mut text = SliceSink::new(&mut buffer);
        canonical.emit(b"", &SignedHeaders::new(), &added, &mut text);
        assert_eq!(core::str::from_utf8(text.finish().unwrap()), Ok(expected));
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

//! The caller's items and the signer's, in one order.
//!
//! Nothing is moved: the caller's items are sorted by their places, and the signer's, which come in
//! order, are merged in as they are read.

use core::cell::Cell;
use core::cmp::Ordering;

use heapless::{Vec, VecView};

use crate::emit::sink::Emit;
use crate::emit::work;
use crate::sigv4::error::SignError;
use crate::sigv4::items::{Item, Items};

/// The most headers, or pairs, that a signer adds.
pub(crate) const MAX_ADDED: usize = 8;

/// One of the signer's names, with its value.
pub(crate) type Addition<'v> = (&'static str, &'v dyn Emit);

/// A comparison of two items.
pub(crate) type Compare = fn(Item<'_>, Item<'_>) -> Ordering;

/// A check of an item, by its place, which returns whether it is signed.
pub(crate) type Check<'c> = dyn FnMut(usize, Item<'_>) -> Result<bool, SignError> + 'c;

/// A caller's items: their places in order.
#[derive(Clone, Debug)]
pub(crate) struct Order<'r, const SLOTS: usize> {
    items: Items<'r>,
    places: Vec<u16, SLOTS>,
    compare: Compare,
}

impl<'r, const SLOTS: usize> Order<'r, SLOTS> {
    pub(crate) const fn new(items: Items<'r>, compare: Compare) -> Self {
        Self { items, places: Vec::new(), compare }
    }

    /// Checks the items, and puts the places of those that are signed in order.
    pub(crate) fn fill(&mut self, check: &mut Check<'_>, full: SignError) -> Result<(), SignError> {
        fill(self.places.as_mut_view(), self.items, self.compare, check, full)
    }

    /// Returns the items in order, and the added ones among them.
    pub(crate) fn merged<'v>(&'v self, added: &'v [Option<Addition<'v>>]) -> Merged<'v> {
        let Self { items, places, compare } = self;
        Merged { items: *items, places, added, compare: *compare }
    }
}

#[inline(never)]
fn fill(
    places: &mut VecView<u16>,
    items: Items<'_>,
    compare: Compare,
    check: &mut Check<'_>,
    full: SignError,
) -> Result<(), SignError> {
    let mut next = 0;
    while let Some(item) = items.get(next) {
        if check(next, item)? {
            places.push(u16::try_from(next).map_err(|_| full)?).map_err(|_| full)?;
            sink(places, item, items, compare);
        }
        next += 1;
    }
    Ok(())
}

/// Moves the last place to where its item belongs, from the end, so that items that come in order
/// cost one comparison each. Stable.
fn sink(places: &mut [u16], item: Item<'_>, items: Items<'_>, compare: Compare) {
    // Cells let neighbours be swapped without an index that could be out of bounds.
    let places = Cell::from_mut(places).as_slice_of_cells();
    for pair in places.windows(2).rev() {
        let [before, last] = pair else { return };
        work::add(1);
        if items.get(before.get().into()).is_none_or(|before| compare(before, item).is_le()) {
            return;
        }
        // Not `swap`, which panics should the two overlap.
        let place = last.replace(before.get());
        before.set(place);
    }
}

/// The caller's items and the added ones, in order. The two share no name.
#[derive(Clone)]
pub(crate) struct Merged<'v> {
    items: Items<'v>,
    places: &'v [u16],
    added: &'v [Option<Addition<'v>>],
    compare: Compare,
}

/// The value of an item.
#[derive(Clone, Copy)]
pub(crate) enum Value<'v> {
    Callers(&'v [u8]),
    Added(&'v dyn Emit),
}

/// Returns names and values in order. On small processors one copy of this is enough.
impl<'v> Iterator for Merged<'v> {
    type Item = (&'v [u8], Value<'v>);

    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn next(&mut self) -> Option<(&'v [u8], Value<'v>)> {
        while let [None, more @ ..] = self.added {
            self.added = more;
        }
        let callers = self.places.first().and_then(|place| self.items.get((*place).into()));
        if let [Some((name, value)), more @ ..] = self.added {
            let name = name.as_bytes();
            if callers.is_none_or(|item| (self.compare)(item, (name, &[])).is_gt()) {
                self.added = more;
                return Some((name, Value::Added(*value)));
            }
        }
        self.places = self.places.get(1..).unwrap_or_default();
        let (name, value) = callers?;
        Some((name, Value::Callers(value)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;

    const FULL: SignError = SignError::TooManyHeaders { slots: 2 };

    proptest! {
        #[test]
        fn sorts_like_a_stable_sort(names in proptest::collection::vec("[a-d]", 0..=8)) {
            let added: [Option<Addition<'_>>; 3] = [Some(("b+", &"")), None, Some(("c+", &""))];
            let items: std::vec::Vec<_> = names
                .iter()
                .zip(["0", "1", "2", "3", "4", "5", "6", "7"])
                .map(|(name, value)| (&**name, value.as_bytes()))
                .collect();
            let compare: Compare = |a, b| a.0.cmp(b.0);
            let mut order = Order::<8>::new(Items::Headers(&items), compare);
            order.fill(&mut |_, (name, _)| Ok(name != b"d"), FULL).unwrap();
            let merged: std::vec::Vec<_> = order
                .merged(&added)
                .map(|(name, value)| match value {
                    Value::Callers(value) => (name, value),
                    Value::Added(_) => (name, &b""[..]),
                })
                .collect();
            let mut expected: std::vec::Vec<_> = items
                .iter()
                .filter(|(name, _)| *name != "d")
                .map(|(name, value)| (name.as_bytes(), *value))
                .chain([(&b"b+"[..], &b""[..]), (b"c+", b"")])
                .collect();
            expected.sort_by_key(|(name, _)| *name);
            prop_assert_eq!(merged, expected);
        }
    }

    #[test]
    fn one_too_many_is_an_error() {
        let items: [(&str, &[u8]); 3] = [("a", b""), ("b", b""), ("c", b"")];
        let keep = |items| {
            let compare: Compare = |a, b| a.0.cmp(b.0);
            let mut order = Order::<2>::new(Items::Headers(items), compare);
            order.fill(&mut |_, _| Ok(true), FULL)
        };
        assert_eq!(keep(&items[..2]), Ok(()));
        assert_eq!(keep(&items), Err(FULL));
    }
}

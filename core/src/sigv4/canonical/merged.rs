//! The caller's items and the signer's, in one order.
//!
//! Nothing is moved: the caller's items are sorted by their places, and for each of the signer's,
//! which come in order, the caller's before it are counted.

use core::cell::Cell;
use core::cmp::Ordering;

use heapless::{Vec, VecView};

use crate::emit::sink::Emit;
use crate::sigv4::items::{Item, Items};

/// The most headers, or pairs, that a signer adds.
pub(crate) const MAX_ADDED: usize = 8;

/// One of the signer's names, with its value.
pub(crate) type Addition<'v> = (&'static str, &'v dyn Emit);

/// A comparison of two items.
pub(crate) type Compare = fn(Item<'_>, Item<'_>) -> Ordering;

/// More items than slots.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// A caller's items: their places in order, and the number of them before each added one.
#[derive(Clone, Debug)]
pub(crate) struct Order<'r, const SLOTS: usize> {
    items: Items<'r>,
    places: Vec<u16, SLOTS>,
    before: [u16; MAX_ADDED],
}

impl<'r, const SLOTS: usize> Order<'r, SLOTS> {
    pub(crate) const fn new(items: Items<'r>) -> Self {
        Self { items, places: Vec::new(), before: [0; MAX_ADDED] }
    }

    pub(crate) const fn items(&self) -> Items<'r> {
        self.items
    }

    /// Keeps the items that are signed, by their places.
    pub(crate) fn keep(&mut self, is_signed: &dyn Fn(usize) -> bool) -> Result<(), Full> {
        keep(self.places.as_mut_view(), self.items, is_signed)
    }

    /// Returns the places of the kept items: in the caller's order, before they are sorted.
    pub(crate) fn places(&self) -> &[u16] {
        &self.places
    }

    /// Puts the kept items in order, and the added ones among them.
    pub(crate) fn sort(&mut self, added: &[Addition<'_>], compare: Compare) {
        sort(&mut self.places, self.items, compare);
        place(&self.places, &mut self.before, self.items, added, compare);
    }

    /// Returns the items in order.
    pub(crate) fn merged<'v>(&'v self, added: &'v [Addition<'v>]) -> Merged<'v> {
        let Self { items, places, before } = self;
        Merged { items: *items, places, before, added, taken: 0 }
    }
}

#[inline(never)]
fn keep(
    places: &mut VecView<u16>,
    items: Items<'_>,
    is_signed: &dyn Fn(usize) -> bool,
) -> Result<(), Full> {
    for place in (0..items.len()).filter(|place| is_signed(*place)) {
        places.push(u16::try_from(place).map_err(|_| Full)?).map_err(|_| Full)?;
    }
    Ok(())
}

/// Sorts by insertion from the end, so that items that come in order cost one comparison each.
/// Stable.
#[inline(never)]
fn sort(places: &mut [u16], items: Items<'_>, compare: Compare) {
    // Cells let neighbours be swapped without an index that could be out of bounds.
    let places = Cell::from_mut(places).as_slice_of_cells();
    for sorted in 2..=places.len() {
        let sorted = places.get(..sorted).unwrap_or_default();
        for pair in sorted.windows(2).rev() {
            let [first, second] = pair else { break };
            // Not `swap`, which panics should the two overlap.
            let (left, right) = (first.get(), second.get());
            let both = items.get(left.into()).zip(items.get(right.into()));
            if both.is_none_or(|(left, right)| compare(left, right) != Ordering::Greater) {
                break;
            }
            first.set(right);
            second.set(left);
        }
    }
}

/// Counts for each added item the caller's that come before it. The two share no name.
#[inline(never)]
fn place(
    places: &[u16],
    before: &mut [u16; MAX_ADDED],
    items: Items<'_>,
    added: &[Addition<'_>],
    compare: Compare,
) {
    let (mut rest, mut count) = (places, 0);
    for (before, (name, _)) in before.iter_mut().zip(added) {
        while let [first, others @ ..] = rest
            && let Some(item) = items.get((*first).into())
            && compare(item, (name.as_bytes(), &[])).is_lt()
        {
            rest = others;
            count += 1;
        }
        *before = count;
    }
}

/// The caller's items and the added ones, in order.
#[derive(Clone)]
pub(crate) struct Merged<'v> {
    items: Items<'v>,
    places: &'v [u16],
    before: &'v [u16],
    added: &'v [Addition<'v>],
    /// The number of the caller's items that were returned.
    taken: u16,
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
        if let ([before, more_before @ ..], [(name, value), more @ ..]) = (self.before, self.added)
            && *before == self.taken
        {
            (self.before, self.added) = (more_before, more);
            return Some((name.as_bytes(), Value::Added(*value)));
        }
        let [place, places @ ..] = self.places else { return None };
        self.places = places;
        self.taken = self.taken.wrapping_add(1);
        let (name, value) = self.items.get((*place).into())?;
        Some((name, Value::Callers(value)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;

    proptest! {
        #[test]
        fn sorts_like_a_stable_sort(names in proptest::collection::vec("[a-d]", 0..=8)) {
            let added: [Addition<'_>; 2] = [("b+", &""), ("c+", &"")];
            let items: std::vec::Vec<_> = names
                .iter()
                .zip(["0", "1", "2", "3", "4", "5", "6", "7"])
                .map(|(name, value)| (&**name, value.as_bytes()))
                .collect();
            let mut order = Order::<8>::new(Items::Headers(&items));
            let compare: Compare = |a, b| a.0.cmp(b.0);
            let is_signed = |place: usize| items[place].0 != "d";
            order.keep(&is_signed).unwrap();
            order.sort(&added, compare);
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
        let keep = |items| Order::<2>::new(Items::Headers(items)).keep(&|_| true);
        assert_eq!(keep(&items[..2]), Ok(()));
        assert_eq!(keep(&items), Err(Full));
    }
}

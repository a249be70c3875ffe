//! The caller's items and the signer's, in one order.
//!
//! Nothing is moved: the caller's items are sorted by their places, and for each of the signer's,
//! which come in order, the caller's before it are counted.

use core::cell::Cell;
use core::cmp::Ordering;

use heapless::{Vec, VecView};

use crate::emit::sink::Emit;

/// The most headers, or pairs, that a signer adds.
pub(crate) const MAX_ADDED: usize = 8;

/// The signer's names, in order, with their values.
pub(crate) type AddedList<'v> = Vec<(&'static str, &'v dyn Emit), MAX_ADDED>;

/// A name and a value.
pub(crate) type Item<'a> = (&'a [u8], &'a [u8]);

/// A caller's list: of headers, or of query pairs, which are texts or bytes.
#[expect(unnameable_types, reason = "only the sealed `QueryText` shows it")]
#[derive(Clone, Copy, Debug)]
pub enum Items<'a> {
    Headers(&'a [(&'a str, &'a [u8])]),
    Texts(&'a [(&'a str, &'a str)]),
    Bytes(&'a [(&'a [u8], &'a [u8])]),
}

impl<'a> Items<'a> {
    /// Returns the item at a place.
    pub(crate) fn get(self, place: usize) -> Option<Item<'a>> {
        match self {
            Self::Headers(items) => items.get(place).map(|(name, value)| (name.as_bytes(), *value)),
            Self::Texts(items) => {
                items.get(place).map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            }
            Self::Bytes(items) => items.get(place).copied(),
        }
    }

    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Headers(items) => items.len(),
            Self::Texts(items) => items.len(),
            Self::Bytes(items) => items.len(),
        }
    }

    /// Returns all items.
    pub(crate) fn iter(self) -> impl Iterator<Item = Item<'a>> {
        (0..).map_while(move |place| self.get(place))
    }

    /// Returns the items at places.
    pub(crate) fn at<'p>(self, places: &'p [u16]) -> impl Iterator<Item = Item<'a>> + use<'a, 'p> {
        places.iter().map_while(move |place| self.get((*place).into()))
    }
}

/// A comparison of two items.
pub(crate) type Compare = fn(Item<'_>, Item<'_>) -> Ordering;

/// More items than slots.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// The places of the caller's items in order, and the number of them before each added one.
#[derive(Clone, Debug)]
pub(crate) struct Order<const SLOTS: usize> {
    places: Vec<u16, SLOTS>,
    before: [u16; MAX_ADDED],
}

impl<const SLOTS: usize> Order<SLOTS> {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new(), before: [0; MAX_ADDED] }
    }

    /// Keeps the items that are signed, by their places.
    pub(crate) fn keep(
        &mut self,
        items: Items<'_>,
        is_signed: &dyn Fn(usize) -> bool,
    ) -> Result<(), Full> {
        keep(self.places.as_mut_view(), items, is_signed)
    }

    /// Returns the places of the kept items: in the caller's order, before they are sorted.
    pub(crate) fn places(&self) -> &[u16] {
        &self.places
    }

    /// Puts the kept items in order, and the added ones among them.
    pub(crate) fn sort(&mut self, items: Items<'_>, added: &AddedList<'_>, compare: Compare) {
        sort(&mut self.places, items, compare);
        place(&self.places, &mut self.before, items, added, compare);
    }

    /// Returns the items in order.
    pub(crate) fn merged<'v>(&'v self, items: Items<'v>, added: &'v AddedList<'v>) -> Merged<'v> {
        Merged { items, places: &self.places, before: &self.before, added }
    }
}

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
fn place(
    places: &[u16],
    before: &mut [u16; MAX_ADDED],
    items: Items<'_>,
    added: &AddedList<'_>,
    compare: Compare,
) {
    let mut rest = items.at(places).peekable();
    let mut count = 0;
    for (before, (name, _)) in before.iter_mut().zip(added) {
        while rest.next_if(|item| compare(*item, (name.as_bytes(), &[])).is_lt()).is_some() {
            count += 1;
        }
        *before = count;
    }
}

/// The caller's items and the added ones, in order.
#[derive(Clone, Copy)]
pub(crate) struct Merged<'v> {
    items: Items<'v>,
    places: &'v [u16],
    before: &'v [u16; MAX_ADDED],
    added: &'v AddedList<'v>,
}

/// The value of an item.
#[derive(Clone, Copy)]
pub(crate) enum Value<'v> {
    Callers(&'v [u8]),
    Added(&'v dyn Emit),
}

impl<'v> Merged<'v> {
    /// Returns names and values in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'v [u8], Value<'v>)> + use<'v> {
        let Self { items, mut places, before, added } = *self;
        let mut taken = 0;
        let mut added = before.iter().zip(added).peekable();
        core::iter::from_fn(move || {
            let is_added = |(before, _): &(&u16, _)| **before == taken;
            if let Some((_, (name, value))) = added.next_if(is_added) {
                return Some((name.as_bytes(), Value::Added(*value)));
            }
            let (place, rest) = places.split_first()?;
            places = rest;
            taken = taken.wrapping_add(1);
            items.get((*place).into()).map(|(name, value)| (name, Value::Callers(value)))
        })
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
            let added: AddedList<'_> = [("b+", &"" as &dyn Emit), ("c+", &"")].into_iter().collect();
            let items: std::vec::Vec<_> = names
                .iter()
                .zip(["0", "1", "2", "3", "4", "5", "6", "7"])
                .map(|(name, value)| (&**name, value.as_bytes()))
                .collect();
            let mut order = Order::<8>::new();
            let compare: Compare = |a, b| a.0.cmp(b.0);
            let is_signed = |place: usize| items[place].0 != "d";
            order.keep(Items::Headers(&items), &is_signed).unwrap();
            order.sort(Items::Headers(&items), &added, compare);
            let merged: std::vec::Vec<_> = order
                .merged(Items::Headers(&items), &added)
                .iter()
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
        let keep = |items| Order::<2>::new().keep(Items::Headers(items), &|_| true);
        assert_eq!(keep(&items[..2]), Ok(()));
        assert_eq!(keep(&items), Err(Full));
    }
}

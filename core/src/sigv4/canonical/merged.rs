//! The caller's items and the signer's, in one order.
//!
//! Nothing is moved: the caller's items are sorted by their places, and the signer's, which come in
//! order, are merged in as they are read.

use core::cell::Cell;

use heapless::VecView;

use crate::emit::byte_class::{Rank, lower_case_rank, order_by};
use crate::emit::percent::encoded_rank;
use crate::emit::sink::Emit;
use crate::emit::work;
use crate::sigv4::canonical::added::{Addition, find};
use crate::sigv4::canonical::header::Canonical;
use crate::sigv4::error::SignError;
use crate::sigv4::items::{Item, Items};

/// The signer's names in order, and the value of each that is there.
#[derive(Clone, Copy)]
pub(crate) struct Additions<'v> {
    pub(crate) names: &'static [&'static str],
    pub(crate) values: &'v [Addition<'v>],
}

impl Additions<'_> {
    pub(crate) const NONE: Self = Self { names: &[], values: &[] };
}

/// A list of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// In order by encoded name, **then** by encoded value: `a=` comes before `a-b=`, though `=`
    /// comes after `-`.
    Pairs,
    /// In order by name in lower case; headers of one name as they came in.
    Headers,
}

impl List {
    pub(crate) const fn rank(self) -> Rank {
        match self {
            Self::Pairs => encoded_rank,
            Self::Headers => lower_case_rank,
        }
    }

    fn is_ordered(self, before: Item<'_>, after: Item<'_>) -> bool {
        let order = order_by(before.0, after.0, self.rank());
        order.is_lt()
            || (order.is_eq()
                && (self == Self::Headers || order_by(before.1, after.1, self.rank()).is_le()))
    }

    /// Refuses a name that is the signer's: at one of some places of its list.
    fn check_owner(self, owned: &Owned, name: &[u8]) -> Result<(), SignError> {
        match (find(owned.names, owned.places, name), self) {
            (None, _) => Ok(()),
            (Some(name), Self::Pairs) => Err(SignError::OwnedPair { name }),
            (Some(name), Self::Headers) => Err(SignError::OwnedHeader { name }),
        }
    }
}

/// Names that are the signer's.
#[derive(Clone, Copy)]
pub(crate) struct Owned {
    pub(crate) names: &'static [&'static str],
    /// The places of those that are refused in a caller's list, a bit each.
    pub(crate) places: u16,
}

impl Owned {
    pub(crate) const NONE: Self = Self { names: &[], places: 0 };
}

/// The rules for the items of a list.
pub(crate) struct Rules<'c> {
    pub(crate) owned: Owned,
    /// Returns whether the item at a place of the caller's list is signed: all are, if there is
    /// no such function.
    pub(crate) is_signed: Option<&'c dyn Fn(usize) -> bool>,
}

/// Checks the items of a caller's list, and puts the places of those that are signed in order.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::inline_always, reason = "its callers know the functions that it is given"),
    inline(always)
)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn fill(
    list: List,
    items: &Items<'_>,
    rules: &Rules<'_>,
    canonical: &mut Canonical,
    places: &mut VecView<u16>,
) -> Result<(), SignError> {
    let mut next = 0;
    while let Some(item) = items.get(next) {
        if rules.is_signed.is_none_or(|is_signed| is_signed(next)) {
            if rules.owned.places != 0 {
                list.check_owner(&rules.owned, item.0)?;
            }
            if list == List::Headers {
                canonical.check(next, item)?;
            }
            let place = u16::try_from(next).ok();
            if place.is_none_or(|place| places.push(place).is_err()) {
                let slots = places.capacity();
                return Err(match list {
                    List::Pairs => SignError::TooManyQueryPairs { slots },
                    List::Headers => SignError::TooManyHeaders { slots },
                });
            }
            sink(places, item, items, list);
        }
        next += 1;
    }
    Ok(())
}

/// Moves the last place to where its item belongs, from the end, so that items that come in order
/// cost one comparison each. Stable.
fn sink(places: &mut [u16], item: Item<'_>, items: &Items<'_>, list: List) {
    // Cells let neighbours be swapped without an index that could be out of bounds.
    let places = Cell::from_mut(places).as_slice_of_cells();
    for pair in places.windows(2).rev() {
        let [before, last] = pair else { return };
        work::add(1);
        if items.get(before.get().into()).is_none_or(|before| list.is_ordered(before, item)) {
            return;
        }
        // Not `swap`, which panics should the two overlap.
        let place = last.replace(before.get());
        before.set(place);
    }
}

/// The caller's items and the added ones, in order. The two share no name.
#[derive(Clone, Copy)]
pub(crate) struct Merged<'v> {
    pub(crate) items: &'v Items<'v>,
    /// The places of the caller's items, in order.
    pub(crate) places: &'v [u16],
    pub(crate) added: Additions<'v>,
}

/// The value of an item.
#[derive(Clone, Copy)]
pub(crate) enum Value<'v> {
    Callers(&'v [u8]),
    Added(&'v dyn Emit),
}

impl<'v> Merged<'v> {
    /// Passes names and values on, in order. On small processors one copy of this is enough.
    #[cfg_attr(
        target_pointer_width = "64",
        expect(clippy::inline_always, reason = "its callers know the functions that it is given"),
        inline(always)
    )]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn each(&self, rank: Rank, take: &mut dyn FnMut(&'v [u8], Value<'v>)) {
        let Additions { names, values } = self.added;
        let (mut added, mut places) = (names.iter().zip(values), self.places);
        let (mut next, mut is_taken) = (None, true);
        loop {
            if is_taken {
                next = added.find_map(|(name, value)| Some((name.as_bytes(), (*value)?)));
            }
            is_taken = false;
            let (name, value) = if let [place, more @ ..] = places
                && let Some((name, value)) = self.items.get((*place).into())
                && next.is_none_or(|(next, _)| order_by(name, next, rank).is_lt())
            {
                places = more;
                (name, Value::Callers(value))
            } else {
                let Some((name, value)) = next else { return };
                is_taken = true;
                (name, Value::Added(value))
            };
            take(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use heapless::Vec;
    use proptest::prelude::*;

    use super::*;

    extern crate std;

    /// Takes all headers but those of the name `d`.
    fn filled<const SLOTS: usize>(headers: &[(&str, &[u8])]) -> Result<Vec<u16, SLOTS>, SignError> {
        let mut places = Vec::new();
        let is_signed = |place: usize| headers[place].0 != "d";
        let rules = Rules { owned: Owned::NONE, is_signed: Some(&is_signed) };
        let items = Items::Headers(headers);
        fill(List::Headers, &items, &rules, &mut { Canonical::ALL }, places.as_mut_view())?;
        Ok(places)
    }

    proptest! {
        #[test]
        fn sorts_like_a_stable_sort(names in proptest::collection::vec("[a-d]", 0..=8)) {
            let added = Additions { names: &["b+", "bb", "c+"], values: &[Some(&""), None, Some(&"")] };
            let callers: std::vec::Vec<_> = names
                .iter()
                .zip(["0", "1", "2", "3", "4", "5", "6", "7"])
                .map(|(name, value)| (&**name, value.as_bytes()))
                .collect();
            let (items, places) = (Items::Headers(&callers), filled::<8>(&callers).unwrap());
            let mut merged = std::vec::Vec::new();
            let all = Merged { items: &items, places: &places, added };
            all.each(List::Headers.rank(), &mut |name, value| {
                merged.push(match value {
                    Value::Callers(value) => (name, value),
                    Value::Added(_) => (name, &b""[..]),
                });
            });
            let mut expected: std::vec::Vec<_> = callers
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
    fn refuses_one_item_too_many() {
        let items: [(&str, &[u8]); 3] = [("a", b""), ("b", b""), ("c", b"")];
        assert!(filled::<2>(&items[..2]).is_ok());
        assert_eq!(filled::<2>(&items), Err(SignError::TooManyHeaders { slots: 2 }));
    }
}

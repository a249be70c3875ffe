//! A fixed number of slots that put a caller's items in order without moving them.

use core::cell::Cell;
use core::cmp::Ordering;

use heapless::Vec;

/// More items than slots.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// References to the items of a slice, in stable order. `N` pointers on the stack.
pub(crate) struct Slots<'a, T, const N: usize>(Vec<&'a T, N>);

impl<'a, T, const N: usize> Slots<'a, T, N> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sorts by insertion from the end, so that items that come in order cost one comparison each.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        items: impl IntoIterator<Item = &'a T>,
        order: impl Fn(&T, &T) -> Ordering,
    ) -> Result<(), Full> {
        let Self(slots) = self;
        for item in items {
            slots.push(item).map_err(|_| Full)?;
            // Cells let neighbours be swapped without an index that could be out of bounds.
            for pair in Cell::from_mut(slots.as_mut_slice()).as_slice_of_cells().windows(2).rev() {
                let [first, second] = pair else { break };
                let (left, right) = (first.get(), second.get());
                if order(left, right) != Ordering::Greater {
                    break;
                }
                // Not `swap`, which panics should the two overlap.
                first.set(right);
                second.set(left);
            }
        }
        Ok(())
    }

    pub(crate) fn as_slice(&self) -> &[&'a T] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;

    proptest! {
        #[test]
        fn sorts_like_a_stable_sort(items in proptest::collection::vec((0..4_u8, 0..4_u8), 0..=8)) {
            let mut slots = Slots::<_, 8>::new();
            slots.fill(&items, |a, b| a.0.cmp(&b.0)).unwrap();
            let mut expected: std::vec::Vec<_> = items.iter().collect();
            expected.sort_by_key(|item| item.0);
            prop_assert_eq!(slots.as_slice(), expected);
        }
    }

    #[test]
    fn one_too_many_is_an_error() {
        assert_eq!(Slots::<_, 2>::new().fill(&[1, 2], Ord::cmp), Ok(()));
        assert_eq!(Slots::<_, 2>::new().fill(&[1, 2, 3], Ord::cmp), Err(Full));
    }
}

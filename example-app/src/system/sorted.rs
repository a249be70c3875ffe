//! Sorting short lists.

use core::cmp::Ordering;

/// Sorts a list; items that compare as equal keep their order. Their numbers are sorted, so that
/// the code that sorts, which is large, is compiled once for all types.
pub(crate) fn sorted<T>(items: Vec<T>, compare: &dyn Fn(&T, &T) -> Ordering) -> Vec<T> {
    let places = places(items.len(), &|one, other| {
        let items = items.get(one).zip(items.get(other));
        items.map_or(Ordering::Equal, |(one, other)| compare(one, other))
    });
    let mut items: Vec<_> = items.into_iter().map(Some).collect();
    places.into_iter().filter_map(|place| items.get_mut(place)?.take()).collect()
}

/// Returns the numbers below `len` in order.
fn places(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<_> = (0..len).collect();
    places.sort_unstable_by(|one, other| compare(*one, *other).then(one.cmp(other)));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_and_keeps_the_order_of_equal_items() {
        let items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd')];
        let by_number = sorted(items, &|one, other| one.0.cmp(&other.0));
        assert_eq!(by_number, [(0, 'd'), (1, 'b'), (2, 'a'), (2, 'c')]);
        assert!(sorted(Vec::<u8>::new(), &Ord::cmp).is_empty());
    }
}

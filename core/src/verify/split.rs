//! Texts that are cut apart at a byte.

use core::iter;

use crate::emit::byte_class::place_of;
use crate::emit::work;

/// Cuts a text at the first such byte, which is ASCII. The library's search for a `char` is not
/// seen to be free of panics.
pub(super) fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = place_of(at, text.as_bytes());
    work::add(place.unwrap_or(text.len()) + 1);
    let place = place?;
    let (before, rest) = text.split_at_checked(place)?;
    Some((before, rest.get(1..)?))
}

/// Splits a text at such bytes, into at least one part.
pub(super) fn split(text: &str, at: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest?;
        let (part, after) = cut(text, at).map_or((text, None), |(part, after)| (part, Some(after)));
        rest = after;
        Some(part)
    })
}

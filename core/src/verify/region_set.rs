//! The regions that a signature of Version 4a is valid for.

use crate::verify::split::split;

/// Returns whether a region is in a set: names with commas between them, in which `*` stands for
/// any characters, as in `us-west-*`.
///
/// Source: "Making requests through a Multi-Region Access Point" (Amazon S3 User Guide).
pub(super) fn is_in_region_set(region: &str, region_set: &str) -> bool {
    split(region_set, b',').any(|pattern| matches_pattern(region.as_bytes(), pattern.trim_ascii()))
}

/// Returns whether a text is a pattern's beginning, its other parts in order, and its end.
fn matches_pattern(text: &[u8], pattern: &str) -> bool {
    let mut parts = split(pattern, b'*');
    let beginning = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(beginning.as_bytes()) else { return false };
    let Some(mut part) = parts.next() else { return rest.is_empty() };
    for next in parts {
        let place = (0..=rest.len())
            .find(|place| rest.get(*place..).is_some_and(|rest| rest.starts_with(part.as_bytes())));
        let behind = place.and_then(|place| rest.get(place..)?.strip_prefix(part.as_bytes()));
        let Some(behind) = behind else { return false };
        (rest, part) = (behind, next);
    }
    rest.ends_with(part.as_bytes())
}

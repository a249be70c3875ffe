//! The canonical URI: the path, by the rule of the service.

use crate::emit::byte_class::{self, PATH, SEGMENTS};
use crate::emit::percent::{Encoded, is_unreserved, take_triplet, triplet};
use crate::emit::sink::{Emit, Stage};
use crate::emit::work;
use crate::sigv4::service::PathRule;

/// The most segments, beginning with the empty one before the first slash, of a path with `..`.
const MAX_SEGMENTS: usize = 512;

/// Emits the canonical URI of a path that is on the wire as `path`.
#[derive(Clone, Copy)]
pub(crate) struct CanonicalPath<'a> {
    path: &'a str,
    rule: PathRule,
    /// True if encoding it once changes nothing.
    encoded: bool,
}

impl<'a> CanonicalPath<'a> {
    /// Takes a path that is still to be checked.
    pub(crate) const fn new(path: &'a str, rule: PathRule) -> Self {
        Self { path, rule, encoded: false }
    }

    /// Returns whether the path can be sent, and notes if encoding it once changes nothing.
    #[inline(never)]
    pub(crate) fn check(&mut self) -> bool {
        let path = self.path.as_bytes();
        // A path in canonical form can be sent; only the rest must be checked.
        let (_, rest) = split_canonical(path);
        self.encoded = rest.is_empty();
        matches!(path, [] | [b'/', ..])
            && byte_class::all(rest, PATH)
            && (matches!(self.rule, PathRule::Once) || can_be_normalized(path))
    }

    /// Returns the path as it was given.
    pub(crate) const fn as_str(&self) -> &'a str {
        self.path
    }

    /// Returns what goes on the wire, if that is not the canonical URI.
    pub(crate) const fn wire_form(&self) -> Option<&'a str> {
        match self.rule {
            PathRule::Once => None,
            _ if self.path.is_empty() => Some("/"),
            _ => Some(self.path),
        }
    }
}

impl Emit for CanonicalPath<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        match self.rule {
            PathRule::Once if self.path.is_empty() => out.put_byte(b'/'),
            PathRule::Once if self.encoded => out.put(self.path.as_bytes()),
            PathRule::Once => emit_once(self.path.as_bytes(), out),
            PathRule::NormalizedOnce => emit_normalized(self.path.as_bytes(), out, emit_once),
            PathRule::NormalizedTwice => emit_normalized(self.path.as_bytes(), out, emit_again),
        }
    }
}

/// Encodes each byte exactly once: a triplet that is there already stays (in upper case, and as the
/// character itself if that is unreserved), all else becomes one. Doing it twice changes nothing.
/// It is what S3 arrives at by decoding the path and encoding the key.
#[inline(never)]
fn emit_once(path: &[u8], out: &mut Stage<'_>) {
    let mut rest = path;
    while !rest.is_empty() {
        let (canonical, tail) = split_canonical(rest);
        out.put(canonical);
        let [first, after_first @ ..] = tail else { return };
        let (byte, after) = take_triplet(tail).unwrap_or((*first, after_first));
        if is_unreserved(byte) {
            out.put_byte(byte);
        } else {
            out.put(&triplet(byte));
        }
        rest = after;
    }
}

/// Cuts a path behind the longest beginning that is canonical as it stands.
fn split_canonical(path: &[u8]) -> (&[u8], &[u8]) {
    let mut rest = path;
    loop {
        (_, rest) = byte_class::split_leading(rest, SEGMENTS);
        match rest {
            [b'%', high, low, tail @ ..]
                if take_triplet(rest).is_some_and(|(byte, _)| !is_unreserved(byte))
                    && !high.is_ascii_lowercase()
                    && !low.is_ascii_lowercase() =>
            {
                rest = tail;
            }
            _ => break,
        }
    }
    path.split_at_checked(path.len() - rest.len()).unwrap_or((path, &[]))
}

/// Writes the bytes as on the wire, encoded once more: a `%` that is there becomes `%25`.
fn emit_again(segment: &[u8], out: &mut Stage<'_>) {
    Encoded::path_bytes(segment).emit(out);
}

/// Returns whether the number of segments where a `..` stands is within its bound: one bit says of
/// each whether it is removed.
fn can_be_normalized(path: &[u8]) -> bool {
    let (mut count, mut has_parents) = (0, false);
    for segment in segments(path) {
        count += 1;
        has_parents |= segment == b"..";
    }
    count <= MAX_SEGMENTS || !has_parents
}

/// Removes empty segments, `.` and `..` (RFC 3986 §5.2.4), and emits each that is left.
#[inline(never)]
fn emit_normalized(path: &[u8], out: &mut Stage<'_>, emit_segment: fn(&[u8], &mut Stage<'_>)) {
    let mut any = false;
    let removed = Removed::from(path);
    let mut place = removed.segments;
    for segment in segments(path) {
        place = place.saturating_sub(1);
        if !is_dots(segment) && !removed.contains(place) {
            any = true;
            out.put_byte(b'/');
            emit_segment(segment, out);
        }
    }
    if !any || path.ends_with(b"/") {
        out.put_byte(b'/');
    }
}

/// Returns the segments of a path, the first of them before its first slash.
fn segments(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').inspect(|segment| work::add(segment.len() + 1))
}

fn is_dots(segment: &[u8]) -> bool {
    matches!(segment, b"" | b"." | b"..")
}

/// The segments that a `..` removes, counted from the end of the path. Read from its end, where
/// each `..` removes the next segment that is not removed yet: once, so that the time is linear,
/// and without the stack that reading from the front would need.
struct Removed {
    /// The number of all segments.
    segments: usize,
    places: [u32; MAX_SEGMENTS / 32],
}

impl From<&[u8]> for Removed {
    fn from(path: &[u8]) -> Self {
        let mut removed = Self { segments: 0, places: [0; MAX_SEGMENTS / 32] };
        let mut parents = 0_usize;
        for segment in segments(path).rev() {
            if segment == b".." {
                parents += 1;
            } else if parents > 0 && !is_dots(segment) {
                parents -= 1;
                if let Some(word) = removed.places.get_mut(removed.segments / 32) {
                    *word |= 1 << (removed.segments % 32);
                }
            }
            removed.segments += 1;
        }
        removed
    }
}

impl Removed {
    fn contains(&self, place: usize) -> bool {
        let word = self.places.get(place / 32).copied().unwrap_or_default();
        word >> (place % 32) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    fn canonical(path: &str, rule: PathRule) -> String {
        let mut text = std::vec![0; 4 * path.len() + 8];
        let mut path = CanonicalPath::new(path, rule);
        assert!(path.check());
        let text = path.write_to(&mut text).unwrap();
        String::from_utf8(text.to_vec()).unwrap()
    }

    #[test]
    fn s3_keeps_what_belongs_to_the_key() {
        for (path, expected) in [
            ("", "/"),
            ("/", "/"),
            ("//a/./../b//", "//a/./../b//"),
            ("/a%20b", "/a%20b"),
            ("/a b+c", "/a%20b%2Bc"),
            ("/%2f%7e%41%e2%82%ac", "/%2F~A%E2%82%AC"),
            ("/100%", "/100%25"),
            ("/%zz%4", "/%25zz%254"),
            ("/%2541", "/%2541"),
            ("/ünï@!'()*;=", "/%C3%BCn%C3%AF%40%21%27%28%29%2A%3B%3D"),
        ] {
            assert_eq!(canonical(path, PathRule::Once), expected);
        }
    }

    #[test]
    fn the_others_normalise_and_encode_again() {
        for (path, expected) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/.", "/"),
            ("/./", "/"),
            ("/..", "/"),
            ("/../..", "/"),
            ("/a/..", "/"),
            ("/a/../", "/"),
            ("/a/b/../..", "/"),
            ("/a/../b", "/b"),
            ("/../a", "/a"),
            ("/a/./b//c/", "/a/b/c/"),
            ("/a/b/../../c/../d", "/d"),
            ("/a/.", "/a"),
            ("/arn%3Aaws/x", "/arn%253Aaws/x"),
            ("/test/@connections", "/test/%40connections"),
        ] {
            assert_eq!(canonical(path, PathRule::NormalizedTwice), expected);
        }
    }

    /// Normalizes by RFC 3986 §5.2.4 with a stack, and without regard for memory.
    fn normalize(path: &str) -> String {
        let mut stack = Vec::new();
        for segment in path.split('/') {
            match segment {
                "" | "." => {}
                ".." => drop(stack.pop()),
                _ => stack.push(segment),
            }
        }
        let last = if path.ends_with('/') && !stack.is_empty() { "/" } else { "" };
        std::format!("/{}{last}", stack.join("/"))
    }

    /// Creates a path of so many segments that all begin with two dots.
    fn dotted(segments: usize, segment: &str) -> String {
        ["/", segment].concat().repeat(segments - 1)
    }

    #[test]
    fn bounds_the_segments_of_a_path_with_parents_only() {
        let is_path = |path: &str, rule| CanonicalPath::new(path, rule).check();
        for rule in [PathRule::NormalizedOnce, PathRule::NormalizedTwice] {
            assert!(is_path(&dotted(MAX_SEGMENTS, ".."), rule));
            assert!(!is_path(&dotted(MAX_SEGMENTS + 1, ".."), rule));
            assert!(!is_path(&[&dotted(MAX_SEGMENTS, "a"), "/.."].concat(), rule));
            assert!(is_path(&dotted(100 * MAX_SEGMENTS, "..."), rule));
            assert!(is_path(&["/..", &dotted(MAX_SEGMENTS - 1, "a")].concat(), rule));
        }
        assert!(is_path(&dotted(100 * MAX_SEGMENTS, ".."), PathRule::Once));
        let path = [&dotted(257, "a"), &dotted(256, "..")[..]].concat();
        assert_eq!(canonical(&path, PathRule::NormalizedOnce), "/a");
        let path = [&dotted(256, "a"), "/b", &dotted(256, "..")[..]].concat();
        assert_eq!(canonical(&path, PathRule::NormalizedOnce), "/a");
    }

    #[test]
    fn normalizing_is_linear() {
        let work = |path: &str, rule| work::of(|| drop(canonical(path, rule)));
        for (first, segment) in
            [("/...", "/a"), ("/...", "/.."), ("/..a", "//"), ("/.../..", ""), ("", "/...")]
        {
            for rule in [PathRule::NormalizedOnce, PathRule::NormalizedTwice] {
                let path = |segments| [first, &segment.repeat(segments)].concat();
                let (short, long) = (work(&path(250), rule), work(&path(500), rule));
                assert!(long <= 2 * short + 64, "{first}{segment}: {short}, {long}");
                if segment != "/.." {
                    let longer = work(&path(50_000), rule);
                    assert!(longer <= 200 * short + 64, "{first}{segment}: {short}, {longer}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn normalising_agrees_with_a_stack(path in "/(/|\\.|a|/\\.\\./|/b){0,160}") {
            prop_assert_eq!(canonical(&path, PathRule::NormalizedOnce), normalize(&path));
        }

        #[test]
        fn encoding_once_twice_changes_nothing(path in "/[\\PC&&[^?#]]*") {
            let once = canonical(&path, PathRule::Once);
            prop_assert_eq!(canonical(&once, PathRule::Once), once);
        }
    }
}

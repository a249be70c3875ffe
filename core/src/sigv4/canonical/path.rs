//! The canonical URI: the path, by the rule of the service.

use crate::emit::byte_class::{self, PATH, SEGMENTS};
use crate::emit::percent::{Encoded, take_triplet, upper_digit_value};
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
    /// The byte of a key that an unencoded `+` stands for.
    plus: u8,
}

impl<'a> CanonicalPath<'a> {
    /// Takes a path that is still to be checked.
    pub(crate) const fn new(path: &'a str, rule: PathRule) -> Self {
        Self { path, rule, encoded: false, plus: b'+' }
    }

    /// Takes a path that was received. Amazon S3 reads an unencoded `+` as a space, and refuses a
    /// percent sign that two hexadecimal digits do not follow.
    pub(crate) fn received(path: &'a str, rule: PathRule) -> Option<Self> {
        match rule {
            PathRule::Once if has_lone_percent(path.as_bytes()) => None,
            PathRule::Once => Some(Self { plus: b' ', ..Self::new(path, rule) }),
            _ => Some(Self::new(path, rule)),
        }
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
            && (matches!(self.rule, PathRule::Once) || Removed::from(path).is_known())
    }

    /// Returns the path as it was given.
    pub(crate) const fn as_str(&self) -> &'a str {
        self.path
    }

    /// Returns the form on the wire, if that is not the canonical URI.
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
            PathRule::Once => emit_key(self.path.as_bytes(), self.plus, out),
            PathRule::NormalizedOnce => emit_normalized(self.path.as_bytes(), out, emit_once),
            PathRule::NormalizedTwice => emit_normalized(self.path.as_bytes(), out, emit_again),
        }
    }
}

/// Encodes each byte exactly once: an existing triplet stays (in upper case, and as the
/// character itself if that is unreserved or a slash), all else becomes one. Doing it twice changes
/// nothing. It is what S3 arrives at by decoding the path and encoding the key.
#[inline(never)]
fn emit_key(path: &[u8], plus: u8, out: &mut Stage<'_>) {
    let mut rest = path;
    while !rest.is_empty() {
        let (canonical, tail) = split_canonical(rest);
        out.put(canonical);
        let [first, after_first @ ..] = tail else { return };
        let unencoded = if *first == b'+' { plus } else { *first };
        let (byte, after) = take_triplet(tail).unwrap_or((unencoded, after_first));
        Encoded::path_bytes(&[byte]).emit(out);
        rest = after;
    }
}

/// Returns whether a path has a percent sign that two hexadecimal digits do not follow.
fn has_lone_percent(path: &[u8]) -> bool {
    let mut places = path.iter().enumerate().filter(|(_, byte)| **byte == b'%');
    places.any(|(place, _)| path.get(place..).and_then(take_triplet).is_none())
}

/// Cuts a path after its longest prefix that is already canonical.
fn split_canonical(path: &[u8]) -> (&[u8], &[u8]) {
    let mut rest = path;
    loop {
        rest = match rest {
            [byte, tail @ ..] if byte_class::is(*byte, SEGMENTS) => tail,
            [b'%', high, low, tail @ ..] if is_canonical(*high, *low) => tail,
            _ => break,
        };
    }
    path.split_at_checked(path.len() - rest.len()).unwrap_or((path, &[]))
}

/// Returns whether a triplet has upper-case digits, and its byte must be encoded.
fn is_canonical(high: u8, low: u8) -> bool {
    let (high, low) = (upper_digit_value(high), upper_digit_value(low));
    high | low < 16 && !byte_class::is(high << 4 | low, SEGMENTS)
}

fn emit_once(segment: &[u8], out: &mut Stage<'_>) {
    emit_key(segment, b'+', out);
}

/// Writes the bytes as on the wire, encoded once more: an existing `%` becomes `%25`.
fn emit_again(segment: &[u8], out: &mut Stage<'_>) {
    Encoded::path_bytes(segment).emit(out);
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
    has_parents: bool,
    places: [u32; MAX_SEGMENTS / 32],
}

impl From<&[u8]> for Removed {
    #[inline(never)]
    fn from(path: &[u8]) -> Self {
        let mut removed = Self { segments: 0, has_parents: false, places: [0; MAX_SEGMENTS / 32] };
        let mut parents = 0_usize;
        for segment in segments(path).rev() {
            if segment == b".." {
                parents += 1;
                removed.has_parents = true;
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
    /// Returns whether one bit says of each segment whether it is removed: their number is within
    /// its bound, or there is no `..`.
    const fn is_known(&self) -> bool {
        self.segments <= MAX_SEGMENTS || !self.has_parents
    }

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
    fn keeps_the_whole_key_for_s3() {
        for (path, expected) in [
            ("", "/"),
            ("/", "/"),
            ("//a/./../b//", "//a/./../b//"),
            ("/a%20b", "/a%20b"),
            ("/a b+c", "/a%20b%2Bc"),
            ("/a%2fb%7e%41%e2%82%ac", "/a/b~A%E2%82%AC"),
            ("/a%2F%2E%2E%2Fb%2F", "/a/../b/"),
            ("/a%252Fb", "/a%252Fb"),
            ("/100%", "/100%25"),
            ("/%zz%4", "/%25zz%254"),
            ("/%2541", "/%2541"),
            ("/ünï@!'()*;=", "/%C3%BCn%C3%AF%40%21%27%28%29%2A%3B%3D"),
        ] {
            assert_eq!(canonical(path, PathRule::Once), expected);
        }
    }

    #[test]
    fn reads_a_plus_as_a_space_in_a_received_key() {
        for (path, expected) in [
            ("/a+b", "/a%20b"),
            ("/a%2Bb%20c", "/a%2Bb%20c"),
            ("/+%2b+", "/%20%2B%20"),
            ("/a%252Bb", "/a%252Bb"),
        ] {
            let mut text = [0; 64];
            let mut received = CanonicalPath::received(path, PathRule::Once).unwrap();
            assert!(received.check());
            assert_eq!(received.write_to(&mut text).unwrap(), expected.as_bytes());
        }
        let mut received = CanonicalPath::received("/a+b", PathRule::NormalizedTwice).unwrap();
        assert!(received.check());
        let mut text = [0; 64];
        assert_eq!(received.write_to(&mut text).unwrap(), b"/a%2Bb");
    }

    #[test]
    fn normalizes_and_encodes_again_for_other_services() {
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

    /// Creates a path of `count` segments that all begin with two dots.
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
    fn normalizes_in_linear_time() {
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
        fn normalizes_as_a_stack_does(path in "/(/|\\.|a|/\\.\\./|/b){0,160}") {
            prop_assert_eq!(canonical(&path, PathRule::NormalizedOnce), normalize(&path));
        }

        #[test]
        fn keeps_an_encoded_path_when_encoding_once_again(path in "/[\\PC&&[^?#]]*") {
            let once = canonical(&path, PathRule::Once);
            prop_assert_eq!(canonical(&once, PathRule::Once), once);
        }
    }
}

//! The canonical URI: the path, by the rule of the service.

use crate::byte_class::{self, PATH, SEGMENTS};
use crate::percent::{Encoded, is_unreserved, take_triplet, triplet};
use crate::service::PathRule;
use crate::sink::{Emit, Sink};

/// The most segments, beginning with the empty one before the first slash, of a path with `..`.
const MAX_SEGMENTS: usize = 512;

/// Emits the canonical URI of a path that is on the wire as `path`.
pub(crate) struct CanonicalPath<'a> {
    path: &'a str,
    rule: PathRule,
    /// Whether encoding it once changes nothing.
    encoded: bool,
}

impl<'a> CanonicalPath<'a> {
    /// `None` for a path that could not be sent.
    pub(crate) fn new(path: &'a str, rule: PathRule) -> Option<Self> {
        // What is in canonical form can be sent; only what follows is left to check.
        let (_, rest) = split_canonical(path.as_bytes());
        let valid = matches!(path.as_bytes(), [] | [b'/', ..])
            && byte_class::all(rest, PATH)
            && (matches!(rule, PathRule::Once) || can_be_normalized(path.as_bytes()));
        valid.then_some(Self { path, rule, encoded: rest.is_empty() })
    }

    /// The path as it was given.
    pub(crate) const fn as_str(&self) -> &'a str {
        self.path
    }

    /// Whether the canonical URI is also what goes on the wire.
    pub(crate) const fn is_wire_form(&self) -> bool {
        matches!(self.rule, PathRule::Once)
    }
}

impl Emit for CanonicalPath<'_> {
    fn emit(&self, out: &mut impl Sink) {
        match self.rule {
            PathRule::Once if self.path.is_empty() => out.put(b"/"),
            PathRule::Once if self.encoded => out.put(self.path.as_bytes()),
            PathRule::Once => emit_once(self.path.as_bytes(), out),
            PathRule::NormalizedOnce => emit_normalized(self.path.as_bytes(), out, emit_once),
            PathRule::NormalizedTwice => emit_normalized(self.path.as_bytes(), out, emit_again),
        }
    }
}

/// Each byte encoded exactly once: a triplet that is there already stays (in upper case, and as
/// the character itself if that is unreserved), all else becomes one. Doing it twice changes
/// nothing. It is what S3 arrives at by decoding the path and encoding the key.
fn emit_once<S: Sink>(path: &[u8], out: &mut S) {
    let mut rest = path;
    while !rest.is_empty() {
        let (canonical, tail) = split_canonical(rest);
        out.put(canonical);
        let [first, after_first @ ..] = tail else { return };
        let (byte, after) = take_triplet(tail).unwrap_or((*first, after_first));
        if is_unreserved(byte) {
            out.put(&[byte]);
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

/// The bytes as on the wire, encoded once more: a `%` that is there becomes `%25`.
fn emit_again<S: Sink>(segment: &[u8], out: &mut S) {
    Encoded::path_bytes(segment).emit(out);
}

/// Looking ahead for `..` is quadratic in the number of segments, so they have a bound where there
/// is one.
fn can_be_normalized(path: &[u8]) -> bool {
    let mut segments = path.split(|byte| *byte == b'/');
    !segments.clone().any(|segment| segment == b"..") || segments.nth(MAX_SEGMENTS).is_none()
}

/// Removes empty segments, `.` and `..` (RFC 3986 §5.2.4), and emits each that is left.
fn emit_normalized<S: Sink>(path: &[u8], out: &mut S, emit_segment: impl Fn(&[u8], &mut S)) {
    let mut any = false;
    let looks_ahead = path.windows(3).any(|window| window == b"/..");
    let mut segments = path.split(|byte| *byte == b'/');
    while let Some(segment) = segments.next() {
        let is_dropped = is_dots(segment) || (looks_ahead && is_undone(segments.clone()));
        if !is_dropped {
            any = true;
            out.put(b"/");
            emit_segment(segment, out);
        }
    }
    if !any || path.ends_with(b"/") {
        out.put(b"/");
    }
}

fn is_dots(segment: &[u8]) -> bool {
    matches!(segment, b"" | b"." | b"..")
}

/// Whether a `..` among the segments that follow removes the segment before them. Looking ahead
/// takes the place of a stack, which would need a bound.
fn is_undone<'s>(following: impl Iterator<Item = &'s [u8]>) -> bool {
    let mut depth = 0_usize;
    for segment in following {
        match segment {
            b"" | b"." => {}
            b".." if depth == 0 => return true,
            b".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
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
        let text = CanonicalPath::new(path, rule).unwrap().write_to(&mut text).unwrap();
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

    /// RFC 3986 §5.2.4 with a stack, and without regard for memory.
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

    proptest! {
        #[test]
        fn normalising_agrees_with_a_stack(path in "/(/|\\.|a){0,24}") {
            prop_assert_eq!(canonical(&path, PathRule::NormalizedOnce), normalize(&path));
        }

        #[test]
        fn encoding_once_twice_changes_nothing(path in "/[\\PC&&[^?#]]*") {
            let once = canonical(&path, PathRule::Once);
            prop_assert_eq!(canonical(&once, PathRule::Once), once);
        }
    }
}

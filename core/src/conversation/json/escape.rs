//! The escapes of JSON's strings, resolved in place.
//!
//! Source: RFC 8259, §7.

use crate::emit::percent::digit_value;

/// Resolves the escapes of a JSON string (RFC 8259 §7) and returns the length of what is left.
/// Returns `None` if an escape is malformed.
pub(super) fn unescape(text: &mut [u8]) -> Option<usize> {
    let (mut read, mut write) = (0, 0);
    while let Some(byte) = text.get(read).copied() {
        if byte != b'\\' {
            *text.get_mut(write)? = byte;
            (read, write) = (read + 1, write + 1);
            continue;
        }
        let (character, taken) = escape(text.get(read..)?)?;
        let mut utf8 = [0; 4];
        let utf8 = character.encode_utf8(&mut utf8).as_bytes();
        // No escape is shorter than its character.
        text.get_mut(write..)?.get_mut(..utf8.len())?.copy_from_slice(utf8);
        (read, write) = (read + taken, write + utf8.len());
    }
    Some(write)
}

/// Returns the character that the escape at the front of a text stands for, and the escape's
/// length.
pub(super) fn escape(text: &[u8]) -> Option<(char, usize)> {
    let simple = match text.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(text),
        _ => return None,
    };
    Some((simple, 2))
}

/// Reads `\u00e9`, or a pair of surrogates. Half a pair is not a character: it becomes U+FFFD,
/// which no credential has.
fn unicode_escape(text: &[u8]) -> Option<(char, usize)> {
    let first = code_unit(text)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 6));
    }
    match text.get(6..).and_then(code_unit) {
        Some(second @ 0xdc00..0xe000) if first < 0xdc00 => {
            let pair = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            char::from_u32(pair).map(|character| (character, 12))
        }
        _ => Some((char::REPLACEMENT_CHARACTER, 6)),
    }
}

fn code_unit(text: &[u8]) -> Option<u32> {
    let [b'\\', b'u', digits @ ..] = text else { return None };
    digits
        .get(..4)?
        .iter()
        .try_fold(0, |unit, digit| Some((unit << 4) | u32::from(digit_value(*digit)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;
    use std::string::String;

    fn unescaped(text: &str) -> Option<String> {
        let mut text = text.as_bytes().to_vec();
        let len = unescape(&mut text)?;
        text.truncate(len);
        String::from_utf8(text).ok()
    }

    #[test]
    fn escapes_of_the_standard() {
        assert_eq!(unescaped(r"a\/b\u003d\u00e9\n").as_deref(), Some("a/b=é\n"));
        assert_eq!(unescaped(r#"\"\\\b\f\r\t"#).as_deref(), Some("\"\\\u{8}\u{c}\r\t"));
        assert_eq!(unescaped(r"\uD834\uDD1E").as_deref(), Some("𝄞"));
        for bad in [r"\", r"\x", r"\u", r"\u12", r"\u12g4", r"\ud834\u12"] {
            assert_eq!(unescaped(bad), None, "{bad}");
        }
    }

    /// Python writes and reads them.
    #[test]
    fn replaces_half_a_surrogate_pair() {
        for (text, expected) in [
            (r"\ud834", "\u{fffd}"),
            (r"\ud834\n", "\u{fffd}\n"),
            (r"\udd1e", "\u{fffd}"),
            (r"\udc00\udc00", "\u{fffd}\u{fffd}"),
            (r"\udd1e\udd1e", "\u{fffd}\u{fffd}"),
            (r"\ud834\u0041", "\u{fffd}A"),
            (r"\ud834\ud834\udd1e", "\u{fffd}\u{1d11e}"),
        ] {
            assert_eq!(unescaped(text).as_deref(), Some(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn restores_escapes_of_serde_json(text: String) {
            let escaped = serde_json::to_string(&text).unwrap();
            let escaped = escaped.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
            prop_assert_eq!(unescaped(escaped), Some(text));
        }
    }
}

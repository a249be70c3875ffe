//! Classes of bytes, by one table of 256 bytes: what may stand where.

/// RFC 3986 §2.3: letters, digits, `-`, `.`, `_`, `~`.
pub(crate) const UNRESERVED: u8 = 1;
/// The bytes that stay as they are in a canonical path: [`UNRESERVED`] and `/`.
pub(crate) const SEGMENTS: u8 = 1 << 1;
/// RFC 9110 §5.6.2, `tchar`: names of headers, methods.
pub(crate) const TOKEN: u8 = 1 << 2;
/// [`TOKEN`] without upper-case letters: a header's name in canonical form.
pub(crate) const LOWER: u8 = 1 << 6;
/// RFC 9110 §5.5, `field-vchar` and the space: a header's value, except tabs at its ends.
pub(crate) const VALUE: u8 = 1 << 3;
/// [`VALUE`] without the space: a value with nothing to trim or fold.
pub(crate) const UNBROKEN: u8 = 1 << 7;
/// The bytes of a host with its port: visible, and none of `/@,?#\`.
pub(crate) const HOST: u8 = 1 << 4;
/// The bytes of a path on the wire: no control characters, no `?` or `#`.
pub(crate) const PATH: u8 = 1 << 5;

#[expect(clippy::indexing_slicing, reason = "runs when it is compiled")]
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        let (visible, control) = (byte.is_ascii_graphic(), byte.is_ascii_control());
        let unreserved = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        let token = byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        let mut class = 0;
        if unreserved {
            class |= UNRESERVED;
        }
        if unreserved || byte == b'/' {
            class |= SEGMENTS;
        }
        if token {
            class |= TOKEN;
        }
        if token && !byte.is_ascii_uppercase() {
            class |= LOWER;
        }
        if !control {
            class |= VALUE;
        }
        if !control && byte != b' ' {
            class |= UNBROKEN;
        }
        if visible && !matches!(byte, b'/' | b'@' | b',' | b'?' | b'#' | b'\\') {
            class |= HOST;
        }
        if !control && !matches!(byte, b'?' | b'#') {
            class |= PATH;
        }
        classes[to_usize(byte)] = class;
        match byte.checked_add(1) {
            Some(next) => byte = next,
            None => break classes,
        }
    }
};

#[expect(clippy::as_conversions, reason = "no const From")]
const fn to_usize(byte: u8) -> usize {
    byte as usize
}

#[expect(clippy::indexing_slicing, reason = "256 classes, so that there is one for every byte")]
const fn of(byte: u8) -> u8 {
    CLASSES[to_usize(byte)]
}

/// Returns whether a byte is of a class.
pub(crate) const fn is(byte: u8, class: u8) -> bool {
    of(byte) & class != 0
}

/// Returns the classes that all bytes of a text are of; all classes, if there is no byte.
pub(crate) fn common(text: &[u8]) -> u8 {
    let (eights, rest) = text.as_chunks::<8>();
    let classes =
        |common, bytes: &[u8]| bytes.iter().fold(common, |common, byte| common & of(*byte));
    classes(eights.iter().fold(u8::MAX, |common, eight| classes(common, eight)), rest)
}

/// Returns whether all bytes of a text are of a class.
pub(crate) fn all(text: &[u8], class: u8) -> bool {
    common(text) & class != 0
}

/// Returns whether [`all`] holds and there is at least one byte.
pub(crate) fn some_and_all(text: &[u8], class: u8) -> bool {
    !text.is_empty() && all(text, class)
}

/// Cuts a text behind the longest beginning that is all of a class.
pub(crate) fn split_leading(text: &[u8], class: u8) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !is(*byte, class)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

/// Returns whether `text` can be a part of a credential scope: visible ASCII, without what
/// separates its parts, or the scope from what follows.
#[inline(never)]
pub(crate) fn is_scope_part(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b',');
    !text.is_empty() && text.bytes().fold(true, |all, byte| all & is_part(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_their_sources() {
        for byte in 0..=u8::MAX {
            let text = &[byte][..];
            let alphanumeric = byte.is_ascii_alphanumeric();
            assert_eq!(all(text, UNRESERVED), alphanumeric || b"-._~".contains(&byte));
            assert_eq!(all(text, SEGMENTS), alphanumeric || b"-._~/".contains(&byte));
            assert_eq!(all(text, TOKEN), alphanumeric || b"!#$%&'*+-.^_`|~".contains(&byte));
            assert_eq!(all(text, VALUE), byte >= 0x20 && byte != 0x7f);
            assert_eq!(all(text, PATH), byte >= 0x20 && !b"\x7f?#".contains(&byte));
            assert_eq!(all(text, LOWER), all(text, TOKEN) && !byte.is_ascii_uppercase());
            assert_eq!(all(text, UNBROKEN), all(text, VALUE) && byte != b' ');
            assert_eq!(
                all(text, HOST),
                (0x21..0x7f).contains(&byte) && !b"/,@?#\\".contains(&byte)
            );
        }
        assert!(all(b"", TOKEN) && !some_and_all(b"", TOKEN));
        assert!(!all(b"ab cd", TOKEN));
        assert_eq!(split_leading(b"ab cd", TOKEN), (&b"ab"[..], &b" cd"[..]));
    }
}

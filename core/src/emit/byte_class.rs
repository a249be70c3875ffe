//! Classes of bytes, in one table of 256 bytes: which bytes are valid where.

use core::cmp::Ordering;

use crate::emit::work;

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
pub(crate) const fn to_usize(byte: u8) -> usize {
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
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn common(text: &[u8]) -> u8 {
    let classes =
        |common, bytes: &[u8]| bytes.iter().fold(common, |common, byte| common & of(*byte));
    // Eight at a time, where flash is plenty.
    let (eights, rest) =
        if cfg!(target_pointer_width = "64") { text.as_chunks::<8>() } else { (&[][..], text) };
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

/// Returns whether all bytes of a header's value are of a class, [`VALUE`] or [`UNBROKEN`]: many at
/// a time where flash is plenty, since a session token is long.
#[expect(clippy::needless_bitwise_bool, reason = "branches would keep the compiler from that")]
pub(crate) fn is_value(value: &[u8], class: u8) -> bool {
    if cfg!(not(target_pointer_width = "64")) || value.len() < 64 {
        return all(value, class);
    }
    let lowest = if class == VALUE { b' ' } else { b'!' };
    let is_bad = |byte: u8| (byte < lowest) | (byte == 0x7f);
    !value.iter().fold(false, |any, byte| any | is_bad(*byte))
}

/// Returns the index of the first `wanted` in a text: sixteen at a time, where flash is plenty.
#[expect(clippy::needless_bitwise_bool, reason = "branches would keep the compiler from that")]
pub(crate) fn place_of(wanted: u8, text: &[u8]) -> Option<usize> {
    let mut before = 0;
    if cfg!(target_pointer_width = "64") {
        let has_none =
            |bytes: &&[u8; 16]| !bytes.iter().fold(false, |any, byte| any | (*byte == wanted));
        before = 16 * text.as_chunks().0.iter().take_while(has_none).count();
    }
    let place = text.get(before..)?.iter().position(|byte| *byte == wanted)?;
    Some(before + place)
}

/// Cuts a text behind the longest beginning that is all of a class.
pub(crate) fn split_leading(text: &[u8], class: u8) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !is(*byte, class)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

/// Returns which of the first 64 bytes are not [`UNRESERVED`]: a bit for each, the first one in the
/// lowest.
pub(crate) fn reserved_bits(text: &[u8]) -> u64 {
    // Moves the lowest bits of eight bytes together into the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (mut block, mut flags) = ([b'0'; 64], [0; 64]);
    if let Some(start) = block.get_mut(..text.len()) {
        start.copy_from_slice(text);
    }
    mark_reserved(text.first_chunk().unwrap_or(&block), &mut flags);
    let (eights, _) = flags.as_chunks();
    eights
        .iter()
        .rev()
        .fold(0, |bits, eight| bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56)
}

/// Sets the flags of those bytes of a text that are not [`UNRESERVED`]. Arithmetic instead of the
/// table, in a separate function, lets the compiler do many at once.
#[expect(clippy::needless_bitwise_bool, reason = "branches would keep it from that")]
#[inline(never)]
fn mark_reserved(text: &[u8; 64], flags: &mut [u8; 64]) {
    for (flag, byte) in flags.iter_mut().zip(text) {
        let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let is_digit = byte.wrapping_sub(b'0') < 10;
        let is_other = (*byte == b'-') | (*byte == b'.') | (*byte == b'_') | (*byte == b'~');
        *flag = u8::from(!(is_letter | is_digit | is_other));
    }
}

/// Returns whether two names are the same, in any case. Small processors have the comparison.
#[inline]
pub(crate) fn is_same_name(a: &[u8], b: &[u8]) -> bool {
    if cfg!(target_pointer_width = "64") {
        a.eq_ignore_ascii_case(b)
    } else {
        a.len() == b.len() && order_by(a, b, lower_case_rank).is_eq()
    }
}

/// Returns the rank of a byte in names, which are in order by their lower case.
pub(crate) fn lower_case_rank(byte: u8) -> u16 {
    byte.to_ascii_lowercase().into()
}

/// The rank of a byte: texts are in order by those of their bytes.
pub(crate) type Rank = fn(u8) -> u16;

/// Compares two texts by the ranks of their bytes.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn order_by(a: &[u8], b: &[u8], rank: Rank) -> Ordering {
    if let ([first, ..], [other, ..]) = (a, b)
        && cfg!(target_pointer_width = "64")
        && first != other
        && rank(*first) != rank(*other)
    {
        return rank(*first).cmp(&rank(*other));
    }
    let (a, b) = behind_equal(a, b);
    for (a, b) in a.iter().zip(b) {
        work::add(1);
        if a != b {
            let order = rank(*a).cmp(&rank(*b));
            if order.is_ne() {
                return order;
            }
        }
    }
    a.len().cmp(&b.len())
}

/// Cuts off what two texts begin with alike, eight bytes at a time, where flash is plenty.
fn behind_equal<'a, 'b>(mut a: &'a [u8], mut b: &'b [u8]) -> (&'a [u8], &'b [u8]) {
    while cfg!(target_pointer_width = "64")
        && let (Some((one, after_one)), Some((other, after_other))) =
            (a.split_first_chunk::<8>(), b.split_first_chunk::<8>())
    {
        work::add(8);
        let different = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
        if different != 0 {
            let alike = usize::try_from(different.trailing_zeros() / 8).unwrap_or_default();
            return (a.get(alike..).unwrap_or_default(), b.get(alike..).unwrap_or_default());
        }
        (a, b) = (after_one, after_other);
    }
    (a, b)
}

/// Returns whether `text` can be a part of a credential scope: visible ASCII, without what
/// separates its parts, or the scope from what follows.
pub(crate) fn is_scope_part(text: &str) -> bool {
    is_visible(text, [b'/', b','])
}

/// Returns whether `text` is visible ASCII without two characters, and not empty: many bytes at a
/// time, since a session token is long, and each signer checks it.
#[inline(never)]
pub(crate) fn is_visible(text: &str, [one, other]: [u8; 2]) -> bool {
    let is_visible = |byte: u8| byte.is_ascii_graphic() && byte != one && byte != other;
    !text.is_empty() && text.bytes().fold(true, |all, byte| all & is_visible(byte))
}

/// Removes ASCII white space at both ends.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn trim_ascii(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_classes_of_the_sources() {
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
        for byte in 0..=u8::MAX {
            // One such byte, and two of them.
            let mut text = [b'a'; 100];
            for place in [70, 80] {
                text[place] = byte;
                assert_eq!(is_value(&text, VALUE), all(&text, VALUE));
                assert_eq!(is_value(&text, UNBROKEN), all(&text, UNBROKEN));
            }
        }
        assert!(all(b"", TOKEN) && !some_and_all(b"", TOKEN));
        assert!(!all(b"ab cd", TOKEN));
        assert_eq!(split_leading(b"ab cd", TOKEN), (&b"ab"[..], &b" cd"[..]));
    }

    #[test]
    fn finds_the_first_of_a_byte() {
        for len in 0..50 {
            let mut text = [b'a'; 50];
            assert_eq!(place_of(b';', &text[..len]), None);
            for place in (0..len).rev() {
                text[place] = b';';
                assert_eq!(place_of(b';', &text[..len]), Some(place));
            }
        }
    }

    #[test]
    fn classifies_64_bytes_together_as_one_by_one() {
        for byte in 0..=u8::MAX {
            let reserved = u64::from(!is(byte, UNRESERVED));
            for place in 0..64 {
                let mut text = [b'a'; 64];
                text[place] = byte;
                assert_eq!(reserved_bits(&text), reserved << place);
                assert_eq!(reserved_bits(&text[..=place]), reserved << place);
                text = [b'/'; 64];
                text[place] = byte;
                assert_eq!(!reserved_bits(&text), (1 - reserved) << place);
            }
        }
    }
}

//! Percent-encoding as AWS specifies it: RFC 3986 unreserved characters stay, all others become
//! `%XX` with upper-case digits; and the order of strings as if they were encoded.
//!
//! | in | out |
//! |---|---|
//! | `A`–`Z` `a`–`z` `0`–`9` `-` `.` `_` `~` | itself |
//! | space | `%20`, never `+` |
//! | `+` | `%2B` |
//! | `é` | `%C3%A9` |
//!
//! Source: "Create a signed AWS API request", step 1, `UriEncode()`; RFC 3986 §2.3.

use core::cmp::Ordering;

use crate::emit::byte_class::{self, SEGMENTS, UNRESERVED};
use crate::emit::sink::{Emit, Sink, Stage, display_emitted};

/// A text that emits itself percent-encoded.
///
/// ```
/// use rolesig::percent::Encoded;
///
/// assert_eq!(Encoded::value("a b/c").to_string(), "a%20b%2Fc");
/// assert_eq!(Encoded::path("dir/a b+c").to_string(), "dir/a%20b%2Bc");
/// ```
///
/// Source: "Create a signed AWS API request", step 1, `UriEncode()`; RFC 3986 §2.3.
#[derive(Clone, Copy, Debug)]
pub struct Encoded<'a> {
    bytes: &'a [u8],
    /// The class of the bytes that stay as they are.
    stays: u8,
}

impl<'a> Encoded<'a> {
    /// Encodes a name or a value of a query: `/` becomes `%2F`.
    pub const fn value(text: &'a str) -> Self {
        Self::value_bytes(text.as_bytes())
    }

    pub(crate) const fn value_bytes(bytes: &'a [u8]) -> Self {
        Self { bytes, stays: UNRESERVED }
    }

    /// Encodes a path, such as an object's key: `/` stays.
    pub const fn path(text: &'a str) -> Self {
        Self::path_bytes(text.as_bytes())
    }

    pub(crate) const fn path_bytes(bytes: &'a [u8]) -> Self {
        Self { bytes, stays: SEGMENTS }
    }
}

impl Emit for Encoded<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        encode(self.bytes, self.stays, out);
    }
}

/// The output of a value, encoded as [`Encoded::value`] does.
#[derive(Clone, Copy)]
pub(crate) struct EncodedValue<E>(pub(crate) E);

/// The bytes that are encoded together, where stack is plenty: a value comes in small pieces.
const TOGETHER: usize = if cfg!(target_pointer_width = "64") { 64 } else { 0 };

impl<E: Emit> Emit for EncodedValue<E> {
    fn emit(&self, out: &mut Stage<'_>) {
        emit_encoded(&self.0, out);
    }
}

#[inline(never)]
fn emit_encoded(value: &dyn Emit, out: &mut Stage<'_>) {
    let (mut buffer, mut encoding) = ([0; TOGETHER], Encoding { out });
    let mut stage = Stage::new(&mut buffer, &mut encoding);
    value.emit(&mut stage);
    if TOGETHER > 0 {
        stage.flush();
    }
}

/// A sink that encodes what is put, and hands it on.
struct Encoding<'s, 'o> {
    out: &'s mut Stage<'o>,
}

impl Sink for Encoding<'_, '_> {
    fn put(&mut self, bytes: &[u8]) {
        encode(bytes, UNRESERVED, self.out);
    }
}

/// Writes runs of bytes that stay unchanged, and the bytes between them as triplets.
#[inline(never)]
fn encode(bytes: &[u8], stays: u8, out: &mut Stage<'_>) {
    let mut rest = bytes;
    // Session tokens are long.
    while cfg!(target_pointer_width = "64") && stays == UNRESERVED && rest.len() > SHORT {
        let (block, after) = rest.split_at_checked(64).unwrap_or((rest, &[]));
        encode_block(block, out);
        rest = after;
    }
    loop {
        let (run, tail) = byte_class::split_leading(rest, stays);
        if !run.is_empty() {
            out.put(run);
        }
        let [first, after @ ..] = tail else { return };
        out.put(&triplet(*first));
        rest = after;
    }
}

/// The most bytes of a value that are looked at one by one.
const SHORT: usize = 16;

/// Writes up to 64 bytes of a value. All of them are looked at together, since a processor cannot
/// predict which bytes of a session token are reserved.
fn encode_block(block: &[u8], out: &mut Stage<'_>) {
    let (mut rest, mut at) = (block, 0);
    let mut reserved = byte_class::reserved_bits(block);
    while reserved != 0 {
        let next = usize::try_from(reserved.trailing_zeros()).unwrap_or_default();
        reserved &= reserved - 1;
        let run = next - at;
        match rest.first_chunk::<16>() {
            Some(sixteen) if run <= sixteen.len() => out.put_start(sixteen, run),
            _ => out.put(rest.get(..run).unwrap_or_default()),
        }
        if let Some([first, after @ ..]) = rest.get(run..) {
            out.put_start(triplet_and_zero(*first), 3);
            rest = after;
        }
        at = next + 1;
    }
    out.put(rest);
}

/// Returns `%XX` and a zero, from a table: a processor waits if it reads bytes as a word right
/// after it wrote them singly.
#[expect(clippy::indexing_slicing, reason = "256 triplets, so that there is one for every byte")]
fn triplet_and_zero(byte: u8) -> &'static [u8; 4] {
    static TRIPLETS: [[u8; 4]; 256] = {
        let mut triplets = [[0; 4]; 256];
        let mut byte = 0_u8;
        loop {
            let [percent, high, low] = triplet(byte);
            triplets[byte_class::to_usize(byte)] = [percent, high, low, 0];
            match byte.checked_add(1) {
                Some(next) => byte = next,
                None => break triplets,
            }
        }
    };
    &TRIPLETS[usize::from(byte)]
}

display_emitted!(Encoded<'_>);

/// Returns whether a byte is unreserved (RFC 3986 §2.3).
pub(crate) const fn is_unreserved(byte: u8) -> bool {
    byte_class::is(byte, UNRESERVED)
}

/// Returns `%XX`.
#[expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "no const From; four bits, and a digit for each"
)]
pub(crate) const fn triplet(byte: u8) -> [u8; 3] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    [b'%', DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

/// Takes `%XX` (either case) from the front of `text`: the byte it stands for, and the rest.
pub(crate) fn take_triplet(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, rest @ ..] = text else { return None };
    Some(((digit_value(*high)? << 4) | digit_value(*low)?, rest))
}

/// Returns the value of one hexadecimal digit.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn digit_value(digit: u8) -> Option<u8> {
    let value = upper_digit_value(if digit.is_ascii_lowercase() { digit - 0x20 } else { digit });
    if value < 16 { Some(value) } else { None }
}

/// Returns the value of one hexadecimal digit in upper case, and 16 or more for any other byte.
pub(crate) const fn upper_digit_value(digit: u8) -> u8 {
    let value = digit.wrapping_sub(b'0');
    if value < 10 { value } else { digit.wrapping_sub(b'A').saturating_add(10) }
}

/// Returns the rank of a byte in texts that are compared as [`Encoded::value`] would write them,
/// without writing them.
///
/// The encoding is prefix-free, so the first raw byte that differs decides. `%` sorts before
/// every unreserved character, and the digits of two triplets sort as their bytes do.
pub(crate) fn encoded_rank(byte: u8) -> u16 {
    u16::from(is_unreserved(byte)) << 8 | u16::from(byte)
}

/// Returns the order of two texts as if [`Encoded::value`] had written them: that of the names, and
/// of the values, of the query pairs in a signature.
///
/// ```
/// use rolesig::percent::encoded_order;
///
/// let mut names: [&[u8]; 4] = [b"a", b"/", b"-", b"a/"];
/// names.sort_by(|one, other| encoded_order(one, other));
/// assert_eq!(names, [&b"/"[..], b"-", b"a", b"a/"]);
/// ```
///
/// Source: "Create a signed AWS API request", step 1 (the query string is sorted once encoded).
pub fn encoded_order(one: &[u8], other: &[u8]) -> Ordering {
    byte_class::order_by(one, other, encoded_rank)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;
    use std::string::{String, ToString};
    use std::vec::Vec;

    struct Wire(Vec<u8>);

    impl Sink for Wire {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }

    fn byte_by_byte(byte: u8, is_path: bool) -> Vec<u8> {
        let stays = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if stays || (is_path && byte == b'/') {
            std::vec![byte]
        } else {
            std::format!("%{byte:02X}").into_bytes()
        }
    }

    #[test]
    fn encodes_every_byte_as_aws_specifies() {
        for byte in 0..=0x7f_u8 {
            let text = String::from(char::from(byte));
            let expected = if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                text.clone()
            } else {
                std::format!("%{byte:02X}")
            };
            assert_eq!(Encoded::value(&text).to_string(), expected);
        }
        assert_eq!(Encoded::value("é/漢").to_string(), "%C3%A9%2F%E6%BC%A2");
        assert_eq!(Encoded::path("é/漢").to_string(), "%C3%A9/%E6%BC%A2");
    }

    #[test]
    fn reads_triplets_in_either_case() {
        assert_eq!(take_triplet(b"%2fx"), Some((b'/', &b"x"[..])));
        assert_eq!(take_triplet(b"%C3"), Some((0xc3, &b""[..])));
        for bad in [&b"%"[..], b"%2", b"%g0", b"%0g", b"2F", b""] {
            assert_eq!(take_triplet(bad), None);
        }
    }

    proptest! {
        #[test]
        fn orders_by_the_encoded_texts(a: String, b: String) {
            let encoded = Encoded::value(&a).to_string().cmp(&Encoded::value(&b).to_string());
            prop_assert_eq!(encoded_order(a.as_bytes(), b.as_bytes()), encoded);
        }

        #[test]
        fn encodes_texts_of_any_length_as_byte_by_byte(
            text in prop::collection::vec(any::<u8>(), 0..300),
            room in 0_usize..400,
        ) {
            for (encoded, is_path) in
                [(Encoded::value_bytes(&text), false), (Encoded::path_bytes(&text), true)]
            {
                let (mut buffer, mut wire) = (std::vec![0; room], Wire(Vec::new()));
                let mut stage = Stage::new(&mut buffer, &mut wire);
                encoded.emit(&mut stage);
                stage.flush();
                let expected: Vec<_> =
                    text.iter().flat_map(|byte| byte_by_byte(*byte, is_path)).collect();
                prop_assert_eq!(wire.0, expected);
            }
        }

        #[test]
        fn predicts_the_encoded_length(a: String) {
            let encoded = Encoded::value(&a);
            prop_assert_eq!(encoded.emitted_len(), encoded.to_string().len());
        }
    }
}

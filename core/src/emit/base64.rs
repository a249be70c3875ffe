//! Base64, as it is written piece by piece.
//!
//! Source: RFC 4648 §4 and §5.

use crate::emit::sink::{Emit, Sink, Stage};

/// The two characters that the alphabets differ in, for 62 and 63.
type LastTwo = [u8; 2];

/// The output of a value, in Base64 with padding.
pub(crate) struct Base64<'e>(pub(crate) &'e dyn Emit);

impl Emit for Base64<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        let mut encoding = Encoding::new(out, *b"+/");
        self.0.emit(&mut Stage::new(&mut [], &mut encoding));
        let missing = encoding.emit_rest();
        out.put(b"==".get(..missing).unwrap_or_default());
    }
}

/// The output of a value, in the alphabet for URLs and without padding.
pub(crate) struct Base64Url<'e>(pub(crate) &'e dyn Emit);

impl Emit for Base64Url<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        let mut encoding = Encoding::new(out, *b"-_");
        self.0.emit(&mut Stage::new(&mut [], &mut encoding));
        encoding.emit_rest();
    }
}

/// A sink that encodes what is put, and hands it on in groups of four characters.
struct Encoding<'s, 'o> {
    out: &'s mut Stage<'o>,
    last_two: LastTwo,
    /// The bits of up to two bytes that wait for a third, and how many bytes they are.
    waiting: (u32, u8),
}

impl<'s, 'o> Encoding<'s, 'o> {
    const fn new(out: &'s mut Stage<'o>, last_two: LastTwo) -> Self {
        Self { out, last_two, waiting: (0, 0) }
    }

    /// Encodes three bytes as four characters, of which the last may not be wanted.
    fn group(&self, bits: u32) -> [u8; 4] {
        [bits >> 18, bits >> 12, bits >> 6, bits].map(|bits| self.character(bits))
    }

    /// Returns the character for the lowest six bits.
    fn character(&self, bits: u32) -> u8 {
        let [plus, slash] = self.last_two;
        match u8::try_from(bits & 63).unwrap_or_default() {
            upper @ 0..26 => b'A' + upper,
            lower @ 26..52 => b'a' + (lower - 26),
            digit @ 52..62 => b'0' + (digit - 52),
            62 => plus,
            _ => slash,
        }
    }

    /// Writes the characters of the last one or two bytes, and returns how many are missing to a
    /// group.
    fn emit_rest(self) -> usize {
        let (bits, count) = self.waiting;
        let (bits, characters, missing) = match count {
            1 => (bits << 16, 2, 2),
            2 => (bits << 8, 3, 1),
            _ => return 0,
        };
        self.out.put(self.group(bits).get(..characters).unwrap_or_default());
        missing
    }
}

impl Sink for Encoding<'_, '_> {
    fn put(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let (bits, count) = self.waiting;
            let bits = bits << 8 | u32::from(*byte);
            self.waiting = if count == 2 {
                self.out.put(&self.group(bits));
                (0, 0)
            } else {
                (bits, count + 1)
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use base64ct::Encoding as _;
    use proptest::prelude::*;

    use super::*;

    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    /// Emits its pieces one by one.
    struct Pieces<'p>(&'p [Vec<u8>]);

    impl Emit for Pieces<'_> {
        fn emit(&self, out: &mut Stage<'_>) {
            self.0.iter().for_each(|piece| out.put(piece));
        }
    }

    fn text(value: &impl Emit) -> String {
        let mut buffer = [0; 1024];
        String::from_utf8(value.write_to(&mut buffer).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn reproduces_the_test_vectors() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(text(&Base64(&plain)), encoded);
            assert_eq!(text(&Base64Url(&plain)), encoded.trim_end_matches('='));
        }
    }

    proptest! {
        #[test]
        fn encodes_split_pieces_as_one(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..10),
        ) {
            let whole = pieces.concat();
            let pieces = Pieces(&pieces);
            prop_assert_eq!(text(&Base64(&pieces)), base64ct::Base64::encode_string(&whole));
            prop_assert_eq!(
                text(&Base64Url(&pieces)),
                base64ct::Base64UrlUnpadded::encode_string(&whole)
            );
        }
    }
}

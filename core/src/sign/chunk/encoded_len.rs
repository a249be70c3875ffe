//! The length of a body in chunks, on the wire.

use super::{CHUNK_SIGNATURE, LINE_END, TRAILER_SIGNATURE, wide};
use crate::sigv4::payload::{ChunkForm, Chunked};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::trailer::Trailer;

impl Chunked<'_> {
    /// Returns the value of `Content-Length`: the body with all that frames it, in bytes;
    /// `u64::MAX` if it were more.
    pub const fn encoded_len<S: Scheme>(&self) -> u64 {
        let (is_signed, trailer) = match self.form {
            ChunkForm::Signed => (true, None),
            ChunkForm::SignedWithTrailer(trailer) => (true, Some(trailer)),
            ChunkForm::UnsignedWithTrailer(trailer) => (false, Some(trailer)),
        };
        let signature = if is_signed { CHUNK_SIGNATURE.len() + S::SIGNATURE_LEN } else { 0 };
        let mut len = chunk_len(0, signature);
        if let Some(Trailer { name, value_len }) = trailer {
            let line = wide(name.as_str().len()).saturating_add(wide(value_len));
            len = len.saturating_add(line).saturating_add(wide(1 + LINE_END.len()));
            if is_signed {
                let line = TRAILER_SIGNATURE.len() + S::SIGNATURE_LEN + LINE_END.len();
                len = len.saturating_add(wide(line));
            }
        }
        let full = wide(self.chunk_len);
        if full == 0 {
            // Such a body cannot be signed.
            return len;
        }
        let (chunks, rest) = divide(self.len, full);
        if rest > 0 {
            len = len.saturating_add(chunk_len(rest, signature));
        }
        len.saturating_add(chunks.saturating_mul(chunk_len(full, signature)))
    }
}

/// Returns quotient and rest. A bit at a time, which keeps the 64-bit division routine out of
/// firmware.
const fn divide(number: u64, by: u64) -> (u64, u64) {
    let (mut quotient, mut rest) = (number, 0_u64);
    let mut bits = u64::BITS;
    while bits > 0 {
        // A bit that the shift cuts off makes it larger than any divisor.
        let is_long = rest > u64::MAX >> 1;
        rest = rest << 1 | quotient >> (u64::BITS - 1);
        quotient <<= 1;
        if is_long || rest >= by {
            rest = rest.wrapping_sub(by);
            quotient |= 1;
        }
        bits -= 1;
    }
    (quotient, rest)
}

/// Returns the length of a chunk: its digits, signature, two line ends and data.
const fn chunk_len(data: u64, signature: usize) -> u64 {
    let mut digits = 1;
    let mut rest = data >> 4;
    while rest > 0 {
        digits += 1;
        rest >>= 4;
    }
    data.saturating_add(digits + wide(signature + 2 * LINE_END.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn divides_as_the_operators_do(number: u64, by: u64, shift in 0..u64::BITS) {
            let by = (by >> shift).max(1);
            prop_assert_eq!(divide(number, by), (number / by, number % by));
        }
    }
}

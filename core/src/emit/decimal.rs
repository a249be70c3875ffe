//! Numbers in decimal, and in hexadecimal as the lengths of chunks have them.

use crate::emit::hex_digest::write_hex;
use crate::emit::sink::{Emit, Stage};

/// A number in decimal digits, without leading zeros.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal(pub(crate) u64);

impl Emit for Decimal {
    /// Divides sixteen bits at a time, which keeps the 64-bit division routine out of firmware.
    fn emit(&self, out: &mut Stage<'_>) {
        let bytes = self.0.to_be_bytes();
        let mut words = [0_u32; 4];
        let (pairs, _) = bytes.as_chunks();
        for (word, pair) in words.iter_mut().zip(pairs) {
            *word = u16::from_be_bytes(*pair).into();
        }
        // 2^64 has 20 decimal digits.
        let (mut digits, mut first) = ([0; 20], 0);
        for (place, digit) in digits.iter_mut().enumerate().rev() {
            let mut rest = 0;
            for word in &mut words {
                let part = rest << 16 | *word;
                (*word, rest) = (part / 10, part % 10);
            }
            let [low, ..] = rest.to_le_bytes();
            *digit = b'0' + low;
            first = place;
            if words == [0; 4] {
                break;
            }
        }
        out.put(digits.get(first..).unwrap_or_default());
    }
}

/// A number in lower-case hexadecimal digits, without leading zeros.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hexadecimal(pub(crate) u64);

impl Emit for Hexadecimal {
    fn emit(&self, out: &mut Stage<'_>) {
        let mut digits = [0; 16];
        write_hex(&self.0.to_be_bytes(), &mut digits);
        out.put(without_zeros(&digits));
    }
}

/// Returns the quotient and the rest. On small processors a call is shorter than what compilers
/// make of a constant divisor.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn divide(number: u32, by: u32) -> (u32, u32) {
    match number.checked_div(by) {
        Some(quotient) => (quotient, number - quotient * by),
        None => (0, number),
    }
}

/// Returns the last eight decimal digits of a number, with leading zeros.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "no const TryFrom")]
pub(crate) const fn eight_digits(mut number: u32) -> [u8; 8] {
    let mut digits = [0; 8];
    let mut rest: &mut [u8] = &mut digits;
    while let [before @ .., last] = rest {
        let (tens, ones) = divide(number, 10);
        *last = b'0' + ones as u8;
        (number, rest) = (tens, before);
    }
    digits
}

/// Removes leading zeros, except for the last digit.
pub(crate) fn without_zeros(mut digits: &[u8]) -> &[u8] {
    while let [b'0', rest @ ..] = digits
        && !rest.is_empty()
    {
        digits = rest;
    }
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;
    use std::format;

    proptest! {
        #[test]
        fn writes_digits_as_std_does(number: u64, shift in 0..64_u32) {
            let number = number >> shift;
            let mut buffer = [0; 20];
            let decimal = Decimal(number).write_to(&mut buffer).unwrap();
            prop_assert_eq!(decimal, &*format!("{number}").into_bytes());
            let hexadecimal = Hexadecimal(number).write_to(&mut buffer).unwrap();
            prop_assert_eq!(hexadecimal, &*format!("{number:x}").into_bytes());
        }
    }
}

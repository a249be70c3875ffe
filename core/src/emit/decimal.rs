//! Numbers in decimal, and in hexadecimal as the lengths of chunks have them.

use crate::emit::sink::{Emit, Stage};

/// A number in decimal digits, without leading zeros.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal(pub(crate) u64);

impl Emit for Decimal {
    fn emit(&self, out: &mut Stage<'_>) {
        digits(self.0, 10, out);
    }
}

/// A number in lower-case hexadecimal digits, without leading zeros.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hexadecimal(pub(crate) u64);

impl Emit for Hexadecimal {
    fn emit(&self, out: &mut Stage<'_>) {
        digits(self.0, 16, out);
    }
}

fn digits(mut number: u64, base: u8, out: &mut Stage<'_>) {
    // 2^64 has 20 decimal digits.
    let mut digits = [b'0'; 20];
    let mut len = 0;
    for place in digits.iter_mut().rev() {
        *place = digit(number, base);
        number /= u64::from(base);
        len += 1;
        if number == 0 {
            break;
        }
    }
    out.put(digits.split_at_checked(digits.len() - len).map_or(&[], |(_, digits)| digits));
}

fn digit(number: u64, base: u8) -> u8 {
    match u8::try_from(number % u64::from(base)).unwrap_or_default() {
        low @ 0..=9 => b'0' + low,
        high => b'a' - 10 + high,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;
    use std::format;

    proptest! {
        #[test]
        fn digits_are_those_of_std(number: u64, shift in 0..64_u32) {
            let number = number >> shift;
            let mut buffer = [0; 20];
            let decimal = Decimal(number).write_to(&mut buffer).unwrap();
            prop_assert_eq!(decimal, &*format!("{number}").into_bytes());
            let hexadecimal = Hexadecimal(number).write_to(&mut buffer).unwrap();
            prop_assert_eq!(hexadecimal, &*format!("{number:x}").into_bytes());
        }
    }
}

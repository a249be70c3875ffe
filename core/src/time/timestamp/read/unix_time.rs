//! Reading a time that is a number of seconds.

use crate::time::timestamp::{BEFORE_1970, Timestamp};

/// Reads a number as JSON writes it (RFC 8259 §6), in seconds; fractions are cut off. Without
/// arithmetic on fractions, and without 64-bit divisions. Short ones are refused: they may be a
/// date.
pub(super) fn seconds_since_1970(text: &[u8]) -> Option<Timestamp> {
    let (is_negative, text) = text.strip_prefix(b"-").map_or((false, text), |text| (true, text));
    let (whole, after) = leading_digits(text);
    let rest = match after {
        [b'.', fraction @ ..] if matches!(fraction, [b'0'..=b'9', ..]) => {
            leading_digits(fraction).1
        }
        _ => after,
    };
    let has_fraction = rest.len() < after.len();
    let exponent = match rest {
        [b'e' | b'E', exponent @ ..] => signed(exponent)?,
        [] if has_fraction || is_negative || whole.len() >= 9 => 0,
        _ => return None,
    };
    if whole.is_empty() {
        return None;
    }
    let places = exponent.checked_add_unsigned(whole.len())?;
    // Leading zeros may be many, and more than 20 places are not a time.
    if places > 40 {
        return None;
    }
    let mantissa = text.get(..text.len() - rest.len())?;
    let mut digits = mantissa.iter().filter(|byte| **byte != b'.');
    let mut seconds = 0_u64;
    for _ in 0..places {
        let digit = digits.next().map_or(0, |digit| digit & 0x0f);
        seconds = seconds * 10 + u64::from(digit);
        if seconds > Timestamp::MAX.0 {
            return None;
        }
    }
    if is_negative {
        return BEFORE_1970.checked_sub(seconds).map(Timestamp);
    }
    Timestamp::from_unix(seconds)
}

/// Cuts a text behind its leading digits.
#[inline(never)]
pub(super) fn leading_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

/// Reads a small number with or without its sign.
fn signed(text: &[u8]) -> Option<isize> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    let mut number = 0;
    for digit in digits {
        let digit = digit.is_ascii_digit().then_some(isize::from(digit & 0x0f))?;
        number = number * 10 + digit;
        // Far from any overflow, and from any exponent of a time.
        if number > 32_768 {
            return None;
        }
    }
    (!digits.is_empty()).then_some(if is_negative { -number } else { number })
}

//! Sizes and rates, as people write them.

use core::num::NonZeroU64;

/// Reads a number of bytes, or one with Hadoop's suffixes.
pub(super) fn size(text: &str) -> Result<u64, &'static str> {
    let wrong = "write a number of bytes, or one with K, M, G or T behind it";
    let upper = text.trim().to_ascii_uppercase();
    let shift = match upper.chars().last() {
        Some('K') => 10,
        Some('M') => 20,
        Some('G') => 30,
        Some('T') => 40,
        _ => 0,
    };
    let number =
        if shift == 0 { upper.as_str() } else { upper.trim_end_matches(char::is_alphabetic) };
    let number = number.parse::<u64>().map_err(|_| wrong)?;
    number.checked_mul(1 << shift).ok_or(wrong)
}

/// Reads a number of bytes per second, written as a size; zero is refused.
pub(super) fn rate(text: &str) -> Result<NonZeroU64, &'static str> {
    NonZeroU64::new(size(text)?).ok_or("nothing would ever move: leave the option out for no limit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_sizes_as_hadoop_does() {
        for (text, expected) in [("0", 0), ("5242880", 5 << 20), ("5M", 5 << 20), ("1g", 1 << 30)] {
            assert_eq!(size(text), Ok(expected), "{text}");
        }
        for bad in ["", "M", "-1", "1.5M", "99999999999T", "5X"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn refuses_a_rate_of_zero() {
        assert_eq!(rate("10m").map(NonZeroU64::get), Ok(10 << 20));
        for bad in ["0", "0M", "10M/s"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }
}

//! Parsers of values: sizes, durations, booleans, numbers, lists.
//!
//! Source: `getLongBytes`, `getTimeDuration`, `getBoolean`, `getInt` and `getTrimmedStrings` of
//! `org.apache.hadoop.conf.Configuration` (Hadoop 3.4 API).

use core::time::Duration;

/// Parses a size in bytes: a number, or one with K, M, G, T, P or E for powers of 1,024.
///
/// ```
/// use rolefs::configuration::value::bytes;
///
/// assert_eq!(bytes("64M"), Some(64 << 20));
/// assert_eq!(bytes("64MB"), None);
/// ```
pub fn bytes(text: &str) -> Option<u64> {
    let (number, power) = match text.char_indices().last()? {
        (at, unit) if !unit.is_ascii_digit() => {
            let power = "KMGTPE".find(unit.to_ascii_uppercase())?;
            (text.get(..at)?, u32::try_from(power).ok()? + 1)
        }
        _ => (text, 0),
    };
    whole(number)?.checked_mul(1024_u64.checked_pow(power)?)
}

/// Parses a duration: a number with ns, us, ms, s, m, h or d. Without a unit it is in `unit`s.
pub fn duration(text: &str, unit: Duration) -> Option<Duration> {
    const UNITS: [(&str, u64); 7] = [
        ("ns", 1),
        ("us", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60 * 1_000_000_000),
        ("h", 3_600 * 1_000_000_000),
        ("d", 86_400 * 1_000_000_000),
    ];
    let text = text.to_ascii_lowercase();
    let with_unit = UNITS.iter().find_map(|(suffix, nanoseconds)| {
        Some((text.strip_suffix(suffix)?, Duration::from_nanos(*nanoseconds)))
    });
    let (number, unit) = with_unit.unwrap_or((&text, unit));
    let number = u32::try_from(whole(number)?).ok()?;
    unit.checked_mul(number)
}

/// Parses `true` or `false`, in any case. Hadoop takes the default for everything else.
pub fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Parses a number that is not negative, in decimal or after `0x` in hexadecimal digits.
pub fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => u32::try_from(whole(text)?).ok(),
    }
}

/// Splits a list at commas and line ends. Its items have no space around them and are not empty.
pub fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty())
}

/// Parses digits only: `parse` would take a sign.
fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn parses_sizes() {
        for (text, expected) in [
            ("0", Some(0)),
            ("5242880", Some(5 << 20)),
            ("1k", Some(1 << 10)),
            ("64M", Some(64 << 20)),
            ("2G", Some(2 << 30)),
            ("1T", Some(1 << 40)),
            ("1p", Some(1 << 50)),
            ("1E", Some(1 << 60)),
            ("16E", None),
            ("64MB", None),
            ("1.5G", None),
            ("-1", None),
            ("+1", None),
            ("M", None),
            ("", None),
            ("6ü", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn parses_durations() {
        for (text, expected) in [
            ("5", Some(SECOND * 5)),
            ("5ns", Some(Duration::from_nanos(5))),
            ("5us", Some(Duration::from_micros(5))),
            ("500ms", Some(Duration::from_millis(500))),
            ("15M", Some(SECOND * 900)),
            ("1h", Some(SECOND * 3600)),
            ("2d", Some(SECOND * 172_800)),
            ("5 s", None),
            ("s", None),
            ("", None),
            ("99999999999d", None),
        ] {
            assert_eq!(duration(text, SECOND), expected, "{text}");
        }
    }

    #[test]
    fn parses_booleans_numbers_and_lists() {
        assert_eq!(["true", "FALSE", "yes"].map(boolean), [Some(true), Some(false), None]);
        assert_eq!(["7", "0x1F", "-1", ""].map(number), [Some(7), Some(31), None, None]);
        assert_eq!(list(" a,\n b ,,c\n").collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}

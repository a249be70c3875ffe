//! Numbers with a point, as Java writes them.
//!
//! Source: `Double.toString` of Java 19, which writes the shortest number that is read as the same.

/// Returns a number as Java writes it, from its scientific notation by Rust (`1.25e-7`).
pub(super) fn java_number(scientific: &str) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        // Not a number, or infinite.
        return scientific.replace("inf", "Infinity");
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits.replace('.', "")),
        None => ("", mantissa.replace('.', "")),
    };
    match exponent.parse().unwrap_or(0_i32) {
        exponent @ -3..=-1 => {
            let zeros = usize::try_from(-1 - exponent).unwrap_or_default();
            format!("{sign}0.{}{digits}", "0".repeat(zeros))
        }
        exponent @ 0..=6 => {
            let before = usize::try_from(exponent + 1).unwrap_or_default();
            let padded = format!("{digits:0<before$}");
            let (whole, fraction) = padded.split_at_checked(before).unwrap_or((&padded, ""));
            format!("{sign}{whole}.{}", or_zero(fraction))
        }
        exponent => {
            let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
            format!("{sign}{first}.{}E{exponent}", or_zero(rest))
        }
    }
}

fn or_zero(digits: &str) -> &str {
    if digits.is_empty() { "0" } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `hadoop fs -text` of a SequenceFile of DoubleWritable.
    #[test]
    fn writes_numbers_as_java_does() {
        for (number, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (1.5, "1.5"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (1e7, "1.0E7"),
            (9_999_999.0, "9999999.0"),
            (1.2345e10, "1.2345E10"),
            (-3.25e-9, "-3.25E-9"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
            (1e300, "1.0E300"),
            (123_456.789, "123456.789"),
            (100.0, "100.0"),
            (12_345_678.9, "1.23456789E7"),
            (-0.0125, "-0.0125"),
        ] {
            assert_eq!(java_number(&format!("{number:e}")), expected);
        }
        assert_eq!(java_number(&format!("{:e}", 123_456.79_f32)), "123456.79");
    }
}

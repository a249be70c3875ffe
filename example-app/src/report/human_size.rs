//! Sizes, as people read them.

const UNITS: [(char, u32); 6] = [('K', 10), ('M', 20), ('G', 30), ('T', 40), ('P', 50), ('E', 60)];

/// Returns `1.5 K`, or a plain number of bytes, as Hadoop's `TraditionalBinaryPrefix` does.
pub(crate) fn human(bytes: u64) -> String {
    let unit = UNITS.iter().rposition(|(_, shift)| bytes >> shift > 0);
    let Some(unit) = unit else { return bytes.to_string() };
    let tenths = |shift: u32| (u128::from(bytes) * 10 + (1 << (shift - 1))) >> shift;
    let next = |unit: usize| UNITS.get(unit).copied();
    let Some((symbol, shift)) = next(unit) else { return bytes.to_string() };
    if bytes.trailing_zeros() >= shift {
        return format!("{} {symbol}", bytes >> shift);
    }
    let rounded = tenths(shift);
    let (symbol, rounded) = match next(unit + 1) {
        // 1023.96 M is 1.0 G.
        Some((symbol, shift)) if rounded >= 10_240 => (symbol, tenths(shift)),
        _ => (symbol, rounded),
    };
    format!("{}.{} {symbol}", rounded / 10, rounded % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with `StringUtils.TraditionalBinaryPrefix.long2String(n, "", 1)` of Hadoop 3.3.4.
    #[test]
    fn formats_sizes_as_hadoop_does() {
        for (bytes, expected) in [
            (0, "0"),
            (1023, "1023"),
            (1024, "1 K"),
            (1025, "1.0 K"),
            (1536, "1.5 K"),
            (1_048_575, "1.0 M"),
            (1_048_576, "1 M"),
            (134_217_728, "128 M"),
            (5 << 40, "5 T"),
            (u64::MAX, "16.0 E"),
        ] {
            assert_eq!(human(bytes), expected);
        }
    }
}

//! A point in time, as people read it.

use rolesig::Timestamp;

/// `2015-08-30 12:36:00`, in UTC.
pub(crate) fn readable(time: Timestamp) -> String {
    let date = time.amz_date().to_string();
    let part = |from, to| date.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{} {}:{}:{}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(9, 11),
        part(11, 13),
        part(13, 15)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_in_its_place() {
        assert_eq!(readable(1_440_938_167.into()), "2015-08-30 12:36:07");
    }
}

//! A point in time, as people read it.

use rolesig::Timestamp;

/// `2015-08-30 12:36:00`, in UTC.
pub(crate) fn readable(time: Timestamp) -> String {
    time.to_string().replace('T', " ").trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_in_its_place() {
        assert_eq!(readable(1_440_938_167.into()), "2015-08-30 12:36:07");
    }
}

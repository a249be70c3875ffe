//! Points in time, as people read them.

use chrono::{DateTime, Local, TimeZone, Utc};
use rolesig::Timestamp;

/// Reads a point in time as stores write them: RFC 3339, or a date of HTTP's.
pub(crate) fn stored(text: &str) -> Option<Timestamp> {
    text.parse().or_else(|_| Timestamp::from_http_date(text)).ok()
}

/// Returns `2015-08-30 12:36:00`, in UTC.
pub(crate) fn readable(time: Timestamp) -> String {
    time.to_string().replace('T', " ").trim_end_matches('Z').to_owned()
}

/// Returns `2015-08-30 12:36`, in the time zone of `TZ` or `/etc/localtime`; in UTC if there is
/// none, or it is not known here.
pub(crate) fn local_minute(time: Timestamp) -> String {
    minute_in(time, &Local)
}

fn minute_in<Z: TimeZone>(time: Timestamp, zone: &Z) -> String
where
    Z::Offset: core::fmt::Display,
{
    let utc = DateTime::<Utc>::from_timestamp(time.as_unix_signed(), 0).unwrap_or_default();
    utc.with_timezone(zone).format("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    #[test]
    fn every_part_is_in_its_place() {
        assert_eq!(readable(1_440_938_167.into()), "2015-08-30 12:36:07");
    }

    #[test]
    fn every_form_of_a_store_is_read() {
        for text in [
            "2015-08-30T12:36:00.000Z",
            "Sun, 30 Aug 2015 12:36:00 GMT",
            "Sunday, 30-Aug-15 12:36:00 GMT",
            "Sun Aug 30 12:36:00 2015",
        ] {
            assert_eq!(stored(text), Some(1_440_938_160.into()), "{text}");
        }
        assert_eq!(stored("yesterday"), None);
    }

    #[test]
    fn minutes_are_those_of_a_zone() {
        let in_zone = |seconds: u64, offset: i32| {
            let zone = FixedOffset::east_opt(offset).unwrap();
            minute_in(Timestamp::from_unix(seconds).unwrap(), &zone)
        };
        assert_eq!(in_zone(1_440_938_167, 7200), "2015-08-30 14:36");
        assert_eq!(in_zone(0, -5 * 3600), "1969-12-31 19:00");
        assert_eq!(in_zone(Timestamp::MAX.as_unix(), 0), "9999-12-31 23:59");
        let before: Timestamp = "1969-12-31T22:05:00Z".parse().unwrap();
        assert_eq!(minute_in(before, &Utc), "1969-12-31 22:05");
        assert_eq!(in_zone(4_294_967_296, 37_800), "2106-02-07 16:58");
    }
}

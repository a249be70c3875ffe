//! Points in time, as people read them.

use jiff::tz::TimeZone;
use rolesig::Timestamp;

use crate::system::time_zone::of_process;

/// Reads a point in time as stores write them: RFC 3339, without an offset in UTC, or a date of
/// HTTP's.
pub(crate) fn stored(text: &str) -> Option<Timestamp> {
    let in_utc = |_| format!("{}Z", text.trim()).parse();
    let read = text.parse().or_else(in_utc);
    read.or_else(|_| Timestamp::from_http_date(text)).ok()
}

/// When something was stored, as a store reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum StoredTime {
    /// The store does not report it.
    #[default]
    Unreported,
    /// At this point in time.
    At(Timestamp),
    /// A time that cannot be read.
    Unreadable(String),
}

impl StoredTime {
    /// Reads what a store wrote.
    pub(crate) fn read(text: &str) -> Self {
        match stored(text) {
            Some(time) => Self::At(time),
            None if text.trim().is_empty() => Self::Unreported,
            None => Self::Unreadable(text.chars().take(LONGEST_SHOWN).collect()),
        }
    }

    /// Returns the point in time; as in Hadoop, 1970 where there is none.
    pub(crate) fn or_epoch(&self) -> Timestamp {
        if let Self::At(time) = self { *time } else { Timestamp::EPOCH }
    }

    /// Returns the error in it.
    pub(crate) fn error(&self) -> Option<String> {
        let Self::Unreadable(text) = self else { return None };
        Some(format!("the time of it cannot be read: `{}'", text.escape_debug()))
    }
}

/// The length of the shown beginning of an unreadable time.
const LONGEST_SHOWN: usize = 64;

/// Returns `2015-08-30 12:36:00`, in UTC.
pub(crate) fn readable(time: Timestamp) -> String {
    time.to_string().replace('T', " ").trim_end_matches('Z').to_owned()
}

/// Returns `2015-08-30 12:36`, in the time zone of this process.
pub(crate) fn local_minute(time: Timestamp) -> String {
    minute_in(time, of_process())
}

/// Returns `2015-08-30 12:36`, in a time zone.
pub(super) fn minute_in(time: Timestamp, zone: &TimeZone) -> String {
    let Ok(in_utc) = jiff::Timestamp::from_second(time.as_unix_signed()) else {
        // The last days of the year 9999.
        return readable(time).chars().take(LENGTH_OF_MINUTE).collect();
    };
    let local = zone.to_datetime(in_utc);
    let (year, month, day) = (local.year(), local.month(), local.day());
    let (hour, minute) = (local.hour(), local.minute());
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}

/// Of `2015-08-30 12:36`.
const LENGTH_OF_MINUTE: usize = 16;

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;

    use super::*;

    #[test]
    fn formats_every_part_in_its_place() {
        assert_eq!(readable(1_440_938_167.into()), "2015-08-30 12:36:07");
    }

    #[test]
    fn reads_every_form_that_stores_send() {
        for text in [
            "2015-08-30T12:36:00.000Z",
            "2015-08-30T12:36:00",
            "2015-08-30 12:36:00.123",
            "Sun, 30 Aug 2015 12:36:00 GMT",
            "Sunday, 30-Aug-15 12:36:00 GMT",
            "Sun Aug 30 12:36:00 2015",
        ] {
            assert_eq!(stored(text), Some(1_440_938_160.into()), "{text}");
        }
        for text in ["yesterday", "", "7", "2015-08-30"] {
            assert_eq!(stored(text), None, "{text}");
        }
        assert_eq!(StoredTime::read(" "), StoredTime::Unreported);
        let unreadable = StoredTime::read("yesterday");
        let message = unreadable.error();
        assert_eq!(message.as_deref(), Some("the time of it cannot be read: `yesterday'"));
    }

    #[test]
    fn shows_minutes_in_the_time_zone() {
        let in_zone = |seconds: u64, offset: i32| {
            let zone = TimeZone::fixed(Offset::from_seconds(offset).unwrap());
            minute_in(Timestamp::from_unix(seconds).unwrap(), &zone)
        };
        assert_eq!(in_zone(1_440_938_167, 7200), "2015-08-30 14:36");
        assert_eq!(in_zone(0, -5 * 3600), "1969-12-31 19:00");
        assert_eq!(in_zone(Timestamp::MAX.as_unix(), 0), "9999-12-31 23:59");
        let before: Timestamp = "1969-12-31T22:05:00Z".parse().unwrap();
        assert_eq!(minute_in(before, &TimeZone::UTC), "1969-12-31 22:05");
        assert_eq!(in_zone(4_294_967_296, 37_800), "2106-02-07 16:58");
    }
}

//! Points in time as the sources of credentials write them.

use rolesig::{Timestamp, TimestampError};

/// Parses a point in time with its offset, seconds since 1970, a date of HTTP's, or what `date`
/// and mail write.
pub(crate) fn point_in_time(text: &str) -> Result<Timestamp, TimestampError> {
    let read = text.parse().or_else(|error| without_zone_name(text).ok_or(error)?.parse());
    let read = read.or_else(|_| Timestamp::from_http_date(text));
    read.or_else(|error| Timestamp::from_http_date(&as_http_date(text).ok_or(error)?))
}

/// Returns what precedes the name of a zone behind an offset, as Go prints times:
/// `2035-01-01 01:00:00 +0100 CET`, perhaps with ` m=+0.000012` at its end.
fn without_zone_name(text: &str) -> Option<&str> {
    let text = text.split_once(" m=").map_or(text, |(text, _)| text);
    let (before, name) = text.trim().rsplit_once(' ')?;
    let (_, offset) = before.rsplit_once(' ')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '+' || c == '-');
    (is_name && offset.starts_with(['+', '-'])).then_some(before)
}

/// Writes a date in words as HTTP does: `Mon Jan  1 12:00:00 AM UTC 2035`, as `date -u` prints it
/// where clocks have 12 hours, or `1 Jan 2035 00:00 +0000` (RFC 5322 §3.3). `None` if a part is
/// missing, repeated, or unknown; a date without a zone is of an unknown one.
fn as_http_date(text: &str) -> Option<String> {
    let mut found = Words::default();
    let words = text.split([' ', ',', '\t']).filter(|word| !word.is_empty());
    words.map(|word| found.take(word)).collect::<Option<()>>()?;
    let Words { day, month, year, clock, zone, half } = found;
    let (day, month, year, zone) = (day?, month?, year?, zone?);
    let mut parts = clock?.split(':');
    let (hour, minute) = (parts.next()?.parse::<u8>().ok()?, parts.next()?);
    let (second, rest) = (parts.next().unwrap_or("00"), parts.next());
    let hour = match half {
        None => hour,
        Some(is_afternoon) if (1..=12).contains(&hour) => hour % 12 + 12 * u8::from(is_afternoon),
        Some(_) => return None,
    };
    rest.is_none().then(|| format!("Mon, {day} {month} {year} {hour:02}:{minute}:{second} {zone}"))
}

/// The words of a date, by their form.
#[derive(Default)]
struct Words<'w> {
    day: Option<&'w str>,
    month: Option<&'w str>,
    year: Option<&'w str>,
    clock: Option<&'w str>,
    zone: Option<&'w str>,
    /// True in the afternoon.
    half: Option<bool>,
}

impl<'w> Words<'w> {
    fn take(&mut self, word: &'w str) -> Option<()> {
        const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let is_month = word.len() == 3 && MONTHS.find(word).is_some_and(|at| at % 3 == 0);
        match word {
            _ if is_number && word.len() <= 2 && self.day.is_none() => put(&mut self.day, word),
            _ if is_number && (2..=4).contains(&word.len()) => put(&mut self.year, word),
            _ if is_month => put(&mut self.month, word),
            _ if DAYS.contains(&word) => Some(()),
            "AM" | "am" => put(&mut self.half, false),
            "PM" | "pm" => put(&mut self.half, true),
            "UTC" | "GMT" | "Z" => put(&mut self.zone, word),
            _ if word.starts_with(['+', '-']) => put(&mut self.zone, word),
            _ if word.contains(':') => put(&mut self.clock, word),
            _ => None,
        }
    }
}

/// Notes a part that is not there yet.
fn put<T>(part: &mut Option<T>, value: T) -> Option<()> {
    part.replace(value).is_none().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_date_and_mail_write() {
        let expected: Timestamp = "2035-01-01T00:00:00Z".parse().unwrap();
        for text in [
            "Mon Jan  1 12:00:00 AM UTC 2035",
            "Mon Jan  1 00:00:00 UTC 2035",
            "Mon Jan  1 00:00:00 +0000 2035",
            "Mon 01 Jan 2035 12:00:00 AM UTC",
            "Mon  1 Jan 00:00:00 UTC 2035",
            "Mon, 1 Jan 2035 00:00:00 GMT",
            "Mon, 01 Jan 2035 00:00:00 +0000",
            "1 Jan 2035 00:00 +0000",
            "1 Jan 35 00:00 +0000",
            "Mon, 01 Jan 135 00:00:00 GMT",
            "Monday, 01-Jan-35 00:00:00 GMT",
            "Mon, 1 Jan 2035 02:00:00 +0200",
            "Sun Dec 31 07:00:00 PM -0500 2034",
            "2035-01-01T00Z",
            "2035-01-01 00:00:00 +0000",
            "2035-01-01 00:00:00 +0000 UTC",
            "2035-01-01 01:00:00.123456789 +0100 CET",
            "2034-12-31 21:00:00 -0300 -03",
            "2035-01-01 00:00:00.5 +0000 UTC m=+0.000012",
        ] {
            assert_eq!(point_in_time(text), Ok(expected), "{text}");
        }
        for text in [
            "Mon Jan  1 12:00:00 AM 2035",
            "Mon Jan  1 13:00:00 PM UTC 2035",
            "Mon Jan  1 00:00:00 CET 2035",
            "Mon Jan  1 2 00:00:00 UTC 2035",
            "Mon Jan 32 00:00:00 UTC 2035",
            "Jan 1 2035",
            "2035-01-01 00:00:00 CET",
            "2035-01-01 00:00:00 +0000 later",
            "tomorrow",
            "",
        ] {
            assert!(point_in_time(text).is_err(), "{text}");
        }
    }
}

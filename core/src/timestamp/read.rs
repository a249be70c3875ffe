//! Reading the written forms of a point in time.

use super::{BEFORE_1970, Timestamp};

/// What is left of a text that is read from its front.
struct Reader<'t>(&'t [u8]);

impl<'t> Reader<'t> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next byte, if it is one of `wanted`.
    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        self.byte().filter(|byte| wanted.contains(byte))
    }

    fn literal(&mut self, wanted: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(wanted)?;
        Some(())
    }

    /// Drops these bytes, if they are next.
    fn skip(&mut self, unwanted: &[u8]) {
        self.0 = self.0.strip_prefix(unwanted).unwrap_or(self.0);
    }

    fn digit(&mut self) -> Option<u32> {
        self.byte().filter(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0'))
    }

    fn two(&mut self) -> Option<u32> {
        Some(self.digit()? * 10 + self.digit()?)
    }

    fn four(&mut self) -> Option<u32> {
        Some(self.two()? * 100 + self.two()?)
    }

    /// `12:36:00`.
    fn clock(&mut self) -> Option<u32> {
        let hour = self.two()?;
        self.literal(b":")?;
        let minute = self.two()?;
        self.literal(b":")?;
        second_of_day(hour, minute, self.two()?)
    }

    /// `12:36:00`, `12:36`, `123600`, each with a fraction of a second if it has seconds; `24:00` is
    /// the end of the day.
    fn clock_or_midnight(&mut self) -> Option<u32> {
        let hour = self.two()?;
        self.skip(b":");
        let minute = self.two()?;
        let has_seconds = matches!(self.0, [b':' | b'0'..=b'9', ..]);
        self.skip(b":");
        let second = if has_seconds { self.two()? } else { 0 };
        if has_seconds && let [b'.' | b',', b'0'..=b'9', fraction @ ..] = self.0 {
            self.0 = fraction;
            while let [b'0'..=b'9', rest @ ..] = self.0 {
                self.0 = rest;
            }
        }
        if (hour, minute, second) == (24, 0, 0) {
            return Some(86_400);
        }
        second_of_day(hour, minute, second)
    }

    /// The zone of a clock that shows `local`: `Z`, `UTC` or `GMT` in any case, or an offset in hours
    /// and perhaps minutes. What lies past the year 9999 is its end.
    fn offset(&mut self, local: Timestamp) -> Option<Timestamp> {
        self.skip(b" ");
        let sign = self.0.first().copied()?;
        if !matches!(sign, b'+' | b'-') {
            let names = [&b"z"[..], b"utc", b"gmt"];
            let is_utc = names.iter().any(|name| self.0.eq_ignore_ascii_case(name));
            self.0 = &[];
            return is_utc.then_some(local);
        }
        self.byte()?;
        let hour = self.two()?;
        self.skip(b":");
        let minute = if self.0.is_empty() { 0 } else { self.two()? };
        let offset = u64::from(second_of_day(hour, minute, 0)?);
        // East of Greenwich the clock shows more than UTC.
        if sign == b'+' {
            return local.0.checked_sub(offset).map(Timestamp);
        }
        Some(local.checked_add(offset).unwrap_or(Timestamp::MAX))
    }

    fn month_name(&mut self) -> Option<u32> {
        let (name, rest) = self.0.split_at_checked(3)?;
        let names = b"JanFebMarAprMayJunJulAugSepOctNovDec";
        let index = names.chunks(3).position(|month| month == name)?;
        self.0 = rest;
        u32::try_from(index).ok()?.checked_add(1)
    }

    /// The value, if nothing is left.
    fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }

    /// Drops a leading name of a weekday: everything before the first byte that is no letter.
    fn weekday(&mut self) -> Option<&'t [u8]> {
        let letters = self.0.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (name, rest) = self.0.split_at_checked(letters)?;
        self.0 = rest;
        (name.len() >= 3).then_some(name)
    }
}

pub(super) fn amz_date(text: &[u8]) -> Option<Timestamp> {
    let mut text = Reader(text);
    let day = days(text.four()?, text.two()?, text.two()?)?;
    text.literal(b"T")?;
    let second = second_of_day(text.two()?, text.two()?, text.two()?)?;
    text.literal(b"Z")?;
    text.end(at(day, second)?)
}

/// RFC 3339 §5.6 and what ISO 8601 has beside it, with white space around it; else a number.
pub(super) fn iso8601(text: &[u8]) -> Option<Timestamp> {
    let text = text.trim_ascii();
    date_and_time(Reader(text)).or_else(|| seconds_since_1970(text))
}

fn date_and_time(mut text: Reader<'_>) -> Option<Timestamp> {
    let year = text.four().filter(|year| *year > 0)?;
    text.skip(b"-");
    let month = text.two()?;
    text.skip(b"-");
    let day = days(year, month, text.two()?)?;
    text.one_of(b"Tt ")?;
    let local = at(day, text.clock_or_midnight()?)?;
    let utc = text.offset(local)?;
    text.end(utc)
}

/// A number as JSON writes it (RFC 8259 §6), in seconds; fractions are cut off. Without arithmetic
/// on fractions, and without 64-bit divisions. Short ones are refused: they may be a date.
fn seconds_since_1970(text: &[u8]) -> Option<Timestamp> {
    let (is_negative, text) = text.strip_prefix(b"-").map_or((false, text), |text| (true, text));
    let mut parts = text.split(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = (parts.next()?, parts.next());
    let mut halves = mantissa.split(|byte| *byte == b'.');
    let (whole, fraction) = (halves.next()?, halves.next());
    let are_digits = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if parts.next().is_some()
        || halves.next().is_some()
        || !are_digits(whole)
        || !fraction.is_none_or(are_digits)
    {
        return None;
    }
    let exponent = match exponent {
        Some(exponent) => core::str::from_utf8(exponent).ok()?.parse::<i16>().ok()?,
        None if fraction.is_none() && !is_negative && whole.len() < 9 => return None,
        None => 0,
    };
    let places = isize::from(exponent).checked_add_unsigned(whole.len())?;
    let digits = whole.iter().chain(fraction.unwrap_or_default()).chain(core::iter::repeat(&b'0'));
    let mut seconds = 0_u64;
    // Leading zeros may be many, and more than 20 places are no time.
    for digit in digits.take(usize::try_from(places).unwrap_or(0).min(40)) {
        seconds = seconds.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    if places > 40 {
        return None;
    }
    if is_negative {
        return BEFORE_1970.checked_sub(seconds).map(Timestamp);
    }
    Timestamp::from_unix(seconds)
}

/// RFC 9110 §5.6.7: told apart by what follows the name of the weekday.
pub(super) fn http_date(text: &[u8]) -> Option<Timestamp> {
    let mut text = Reader(text);
    let weekday = text.weekday()?;
    match text.byte()? {
        b',' if weekday.len() == 3 => imf_fixdate(text),
        b',' => rfc850_date(text),
        b' ' if weekday.len() == 3 => asctime_date(text),
        _ => None,
    }
}

/// ` 30 Aug 2015 12:36:00 GMT`.
fn imf_fixdate(mut text: Reader<'_>) -> Option<Timestamp> {
    text.literal(b" ")?;
    let date = text.two()?;
    text.literal(b" ")?;
    let month = text.month_name()?;
    text.literal(b" ")?;
    let day = days(text.four()?, month, date)?;
    text.literal(b" ")?;
    let second = text.clock()?;
    text.literal(b" ")?;
    let utc = text.offset(at(day, second)?)?;
    text.end(utc)
}

/// ` 30-Aug-15 12:36:00 GMT`.
fn rfc850_date(mut text: Reader<'_>) -> Option<Timestamp> {
    text.literal(b" ")?;
    let date = text.two()?;
    text.literal(b"-")?;
    let month = text.month_name()?;
    text.literal(b"-")?;
    let year = text.two()?;
    let century = if year < 70 { 2000 } else { 1900 };
    let day = days(century + year, month, date)?;
    text.literal(b" ")?;
    let second = text.clock()?;
    text.literal(b" GMT")?;
    text.end(at(day, second)?)
}

/// `Aug 30 12:36:00 2015`; a day below 10 is filled with a space. `date -u` has the zone as well.
fn asctime_date(mut text: Reader<'_>) -> Option<Timestamp> {
    let month = text.month_name()?;
    text.literal(b" ")?;
    let tens = text.one_of(b" 0123")?;
    let tens = if tens == b' ' { 0 } else { u32::from(tens - b'0') };
    let date = tens * 10 + text.digit()?;
    text.literal(b" ")?;
    let second = text.clock()?;
    text.skip(b" UTC");
    text.literal(b" ")?;
    let day = days(text.four()?, month, date)?;
    text.end(at(day, second)?)
}

/// A leap second (`23:59:60`) is the first second of the next minute.
fn second_of_day(hour: u32, minute: u32, second: u32) -> Option<u32> {
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

fn at(day: u32, second: u32) -> Option<Timestamp> {
    let at = Timestamp(u64::from(day) * 86_400 + u64::from(second));
    Some(if at > Timestamp::MAX { Timestamp::MAX } else { at })
}

/// Days from 0000-03-01 to a date; `None` if there is no such date, or it lies in the year 0.
fn days(year: u32, month: u32, date: u32) -> Option<u32> {
    if year == 0
        || !(1..=12).contains(&month)
        || !(1..=days_in_month(year, month)).contains(&date)
    {
        return None;
    }
    // The inverse of `civil`: years begin on 1 March, so that the leap day comes last.
    let (year, shifted) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let day_of_year = (153 * shifted + 2) / 5 + date - 1;
    Some(365 * year + year / 4 - year / 100 + year / 400 + day_of_year)
}

pub(super) const fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;
    use std::string::ToString;

    const INSTANT: u32 = 1_440_938_160;

    fn unix(read: Option<Timestamp>) -> Option<u64> {
        read.map(Timestamp::as_unix)
    }

    #[test]
    fn rfc3339_forms_of_one_instant() {
        for text in [
            "2015-08-30T12:36:00Z",
            "2015-08-30t12:36:00z",
            "2015-08-30 12:36:00Z",
            "2015-08-30T12:36:00.1Z",
            "2015-08-30T12:36:00.999999999Z",
            "2015-08-30T12:36:00+00:00",
            "2015-08-30T12:36:00-00:00",
            "2015-08-30T14:06:00+01:30",
            "2015-08-29T22:36:00-14:00",
            "2015-08-30T12:35:60Z",
            "2015-08-30T12:36Z",
            "2015-08-30T14:36+02",
            "2015-08-30T14:36:00+0200",
            "2015-08-30T07:36:00-0500",
            "2015-08-30T18:06:00 +05:30",
            "2015-08-30T12:36:00,123456789012345678901Z",
            "2015-08-30T12:36:00UTC",
            "2015-08-30 12:36:00 utc",
            "2015-08-30T12:36:00.0gmt",
            "20150830T123600Z",
            "20150830T1236+0000",
            " 2015-08-30T12:36:00Z\r\n",
            "1440938160",
            "1440938160.999",
            "1.44093816e9",
            "1440938160000000E-6",
            "01440938160",
        ] {
            assert_eq!(unix(iso8601(text.as_bytes())), Some(INSTANT.into()), "{text}");
        }
    }

    #[test]
    fn what_is_not_rfc3339() {
        for text in [
            "",
            "2015",
            "2015-08-30",
            "2015-08-30T12:36:00",
            "2015-08-30T12:36:00.Z",
            "2015-08-30T12:36:00.5",
            "2015-08-30T12:36:00ZZ",
            "2015-08-30  12:36:00Z",
            "2015-08-30T12:36:00 CEST",
            "2015-08-30T12:36.5Z",
            "2015-08-30T12Z",
            "30/08/2015 12:36:00Z",
            "15-08-30T12:36:00Z",
            "20150830",
            "7",
            "2015",
            "1440938160000",
            "1e400",
            "1e20",
            "0x55E2F870",
            "1.e9",
            ".5",
            "--1",
            "+1440938160",
            "NaN",
            "0000-12-31T00:00:00Z",
            "2015-02-29T12:36:00Z",
            "2015-13-01T12:36:00Z",
            "2015-00-01T12:36:00Z",
            "2015-08-00T12:36:00Z",
            "2015-08-32T12:36:00Z",
            "2015-08-30T24:00:01Z",
            "2015-08-30T25:00:00Z",
            "2015-08-30T12:60:00Z",
            "2015-08-30T12:36:61Z",
            "2015-08-30T12:36:00+24:00",
            "2015-08-30T12:36:00+1",
            "2015-08-30T12:36:00+010",
            "-015-08-30T12:36:00Z",
            "２015-08-30T12:36:00Z",
        ] {
            assert_eq!(iso8601(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn times_of_all_ages_are_read() {
        for (text, seconds) in [
            ("1969-12-31T23:59:59Z", -1),
            ("1970-01-01T00:00:00+00:01", -60),
            ("-1.5", -1),
            ("0.0", 0),
            ("-1", -1),
            ("1900-02-28T24:00Z", -2_203_891_200),
            ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("2038-01-19T03:14:08Z", 2_147_483_648),
            ("2106-02-07T06:28:16Z", 4_294_967_296),
            ("4294967296", 4_294_967_296),
            ("9999-12-31T23:59:59.9999999Z", 253_402_300_799),
            ("9999-12-31T23:59:59-00:01", 253_402_300_799),
            ("9999-12-31T24:00:00Z", 253_402_300_799),
        ] {
            let read = iso8601(text.as_bytes()).map(Timestamp::as_unix_signed);
            assert_eq!(read, Some(seconds), "{text}");
        }
    }

    #[test]
    fn http_date_forms_of_one_instant() {
        for text in [
            "Sun, 30 Aug 2015 12:36:00 GMT",
            "Sunday, 30-Aug-15 12:36:00 GMT",
            "Sun Aug 30 12:36:00 2015",
            "Sun Aug 30 12:36:00 UTC 2015",
            "Sun, 30 Aug 2015 12:36:00 UTC",
            "Sun, 30 Aug 2015 14:36:00 +0200",
        ] {
            assert_eq!(unix(http_date(text.as_bytes())), Some(INSTANT.into()), "{text}");
        }
        assert_eq!(unix(http_date(b"Sun Nov  6 08:49:37 1994")), Some(784_111_777));
        assert_eq!(unix(http_date(b"Sunday, 06-Nov-94 08:49:37 GMT")), Some(784_111_777));
    }

    #[test]
    fn what_is_no_http_date() {
        for text in [
            "",
            "Sun",
            "Sun,",
            "Sun, 30 Aug 2015 12:36:00",
            "Sun, 30 Aug 2015 12:36:00 CEST",
            "Sun, 30 aug 2015 12:36:00 GMT",
            "Sun, 31 Jun 2015 12:36:00 GMT",
            "Su, 30 Aug 2015 12:36:00 GMT",
            "30 Aug 2015 12:36:00 GMT",
            "Sun, 30 Aug 2015 12:36:00 GMT ",
            "Sun Aug 40 12:36:00 2015",
            "Sunday, 30 Aug 2015 12:36:00 GMT",
            "0",
        ] {
            assert_eq!(http_date(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in 0..=Timestamp::MAX.as_unix()) {
            let written = Timestamp::from_unix(seconds).unwrap().amz_date().to_string();
            prop_assert_eq!(unix(amz_date(written.as_bytes())), Some(seconds));
            let (date, time) = written.split_at(8);
            let rfc3339_text = std::format!(
                "{}-{}-{}T{}:{}:{}Z", &date[..4], &date[4..6], &date[6..], &time[1..3], &time[3..5],
                &time[5..7]
            );
            prop_assert_eq!(unix(iso8601(rfc3339_text.as_bytes())), Some(seconds));
        }

        #[test]
        fn any_bytes_are_read_or_refused(text: std::vec::Vec<u8>) {
            let _ = (iso8601(&text), http_date(&text), amz_date(&text));
        }
    }
}

//! Reading the written forms of a point in time.

use super::Timestamp;
use crate::emit::byte_class::{is_same_name, trim_ascii};

mod unix_time;

use unix_time::{leading_digits, seconds_since_1970};

/// The rest of a text that is read from its front. A step notes if it does not find what it must
/// find, and the end asks once. Short steps are not inlined: there are many of them, and times are
/// read rarely.
struct Reader<'t> {
    rest: &'t [u8],
    is_bad: bool,
}

impl<'t> Reader<'t> {
    const fn new(text: &'t [u8]) -> Self {
        Self { rest: text, is_bad: false }
    }

    /// Takes the next byte; 0 at the end.
    #[inline(never)]
    fn byte(&mut self) -> u8 {
        let [first, rest @ ..] = self.rest else {
            self.is_bad = true;
            return 0;
        };
        self.rest = rest;
        *first
    }

    /// Takes the next byte, which must be one of `wanted`.
    #[inline(never)]
    fn one_of(&mut self, wanted: &[u8]) -> u8 {
        let byte = self.byte();
        self.is_bad |= wanted.iter().all(|wanted| *wanted != byte);
        byte
    }

    /// Takes the next byte, which must be this one.
    #[inline(never)]
    fn exactly(&mut self, wanted: u8) {
        self.is_bad |= self.byte() != wanted;
    }

    /// Drops this byte, if it is next.
    #[inline(never)]
    fn skip(&mut self, unwanted: u8) {
        if let [first, rest @ ..] = self.rest
            && *first == unwanted
        {
            self.rest = rest;
        }
    }

    #[inline(never)]
    fn digit(&mut self) -> u32 {
        let digit = self.byte();
        self.is_bad |= !digit.is_ascii_digit();
        u32::from(digit & 0x0f)
    }

    #[inline(never)]
    fn two(&mut self) -> u32 {
        self.digit() * 10 + self.digit()
    }

    /// Reads a number of one or two digits.
    fn one_or_two(&mut self) -> u32 {
        let first = self.digit();
        if self.has_digit() { first * 10 + self.digit() } else { first }
    }

    const fn has_digit(&self) -> bool {
        matches!(self.rest, [b'0'..=b'9', ..])
    }

    #[inline(never)]
    fn four(&mut self) -> u32 {
        self.two() * 100 + self.two()
    }

    /// Reads a year of four digits, or of two or three as old dates have them (RFC 5322 §4.3).
    fn year(&mut self, last_of_2000: u32) -> u32 {
        let two = self.two();
        if !self.has_digit() {
            return if two > last_of_2000 { 1900 + two } else { 2000 + two };
        }
        let three = two * 10 + self.digit();
        if self.has_digit() { three * 10 + self.digit() } else { 1900 + three }
    }

    /// Reads `12:36:00`.
    fn clock(&mut self) -> u32 {
        let hour = self.two();
        self.exactly(b':');
        let minute = self.two();
        self.exactly(b':');
        let second = self.two();
        self.second_of_day(hour, minute, second)
    }

    /// Reads `:36` or `36`; 0 if neither is next.
    fn minute_or_second(&mut self) -> u32 {
        let is_next = self.has_digit() || self.rest.first() == Some(&b':');
        self.skip(b':');
        if is_next { self.two() } else { 0 }
    }

    /// Reads `12:36:00`, `12:36`, `123600`, `12`, each with a fraction of a second if it has
    /// seconds; `24:00` is the end of the day.
    fn clock_or_midnight(&mut self) -> u32 {
        let hour = self.two();
        let minute = self.minute_or_second();
        let before = self.rest.len();
        let second = self.minute_or_second();
        if self.rest.len() < before
            && let [b'.' | b',', fraction @ ..] = self.rest
            && let [b'0'..=b'9', ..] = fraction
        {
            self.rest = leading_digits(fraction).1;
        }
        if (hour, minute, second) == (24, 0, 0) {
            return 86_400;
        }
        self.second_of_day(hour, minute, second)
    }

    /// Returns the second of the day. A leap second (`23:59:60`) is the first second of the next
    /// minute.
    #[inline(never)]
    fn second_of_day(&mut self, hour: u32, minute: u32, second: u32) -> u32 {
        self.is_bad |= hour >= 24 || minute >= 60 || second > 60;
        hour * 3600 + minute * 60 + second
    }

    /// Reads the zone of a clock that shows `local`: `Z`, `UTC` or `GMT` in any case, or an offset
    /// in hours and perhaps minutes. A time past the year 9999 becomes its end.
    #[inline(never)]
    fn offset(&mut self, local: Timestamp) -> Timestamp {
        self.skip(b' ');
        let names = [&b"z"[..], b"utc", b"gmt"];
        if names.iter().any(|name| is_same_name(self.rest, name)) {
            self.rest = &[];
            return local;
        }
        let sign = self.one_of(b"+-");
        let hour = self.two();
        self.skip(b':');
        let minute = if self.rest.is_empty() { 0 } else { self.two() };
        let offset = self.second_of_day(hour, minute, 0).into();
        // East of Greenwich the clock shows more than UTC.
        if sign == b'-' {
            return local.checked_add(offset).unwrap_or(Timestamp::MAX);
        }
        self.is_bad |= offset > local.0;
        Timestamp(local.0.saturating_sub(offset))
    }

    fn month_name(&mut self) -> u32 {
        let (name, rest) = self.rest.split_at_checked(3).unwrap_or_default();
        self.rest = rest;
        let names = b"JanFebMarAprMayJunJulAugSepOctNovDec";
        let index = names.chunks(3).position(|month| month == name);
        self.is_bad |= index.is_none();
        u32::try_from(index.unwrap_or_default()).map_or(0, |index| index + 1)
    }

    /// Returns the value, if nothing is left, and nothing was missed.
    fn end<T>(self, value: T) -> Option<T> {
        (!self.is_bad && self.rest.is_empty()).then_some(value)
    }

    /// Drops a leading name of a weekday, which is everything before the first byte that is not a
    /// letter, and returns its length.
    fn weekday(&mut self) -> usize {
        let letters = self.rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        self.rest = self.rest.get(letters..).unwrap_or_default();
        self.is_bad |= letters < 3;
        letters
    }

    /// Returns the days from 0000-03-01 to a date, which must exist, and not lie in the year 0.
    #[inline(never)]
    fn days(&mut self, year: u32, month: u32, date: u32) -> u32 {
        let is_month = year > 0 && (1..=12).contains(&month);
        if !is_month || !(1..=days_in_month(year, month)).contains(&date) {
            self.is_bad = true;
            return 0;
        }
        // The inverse of `civil`: years begin on 1 March, so that the leap day comes last.
        let (year, shifted) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
        let day_of_year = (153 * shifted + 2) / 5 + date - 1;
        365 * year + year / 4 - year / 100 + year / 400 + day_of_year
    }
}

pub(super) fn amz_date(text: &[u8]) -> Option<Timestamp> {
    let mut text = Reader::new(text);
    let (year, month, date) = (text.four(), text.two(), text.two());
    let day = text.days(year, month, date);
    text.exactly(b'T');
    let (hour, minute, second) = (text.two(), text.two(), text.two());
    let second = text.second_of_day(hour, minute, second);
    text.exactly(b'Z');
    text.end(at(day, second))
}

/// Reads RFC 3339 §5.6 and what ISO 8601 has beside it, with white space around it; else a number.
pub(super) fn iso8601(text: &[u8]) -> Option<Timestamp> {
    let text = trim_ascii(text);
    date_and_time(text).or_else(|| seconds_since_1970(text))
}

fn date_and_time(text: &[u8]) -> Option<Timestamp> {
    let mut text = Reader::new(text);
    let year = text.four();
    text.skip(b'-');
    let month = text.two();
    text.skip(b'-');
    let date = text.two();
    let day = text.days(year, month, date);
    text.one_of(b"Tt ");
    let local = at(day, text.clock_or_midnight());
    let utc = text.offset(local);
    text.end(utc)
}

/// Reads the forms of RFC 9110 §5.6.7, distinguished by the text after the weekday's name.
pub(super) fn http_date(text: &[u8]) -> Option<Timestamp> {
    let mut text = Reader::new(text);
    let is_short = text.weekday() == 3;
    match text.byte() {
        b',' => day_first_date(text, is_short),
        b' ' if is_short => asctime_date(text),
        _ => None,
    }
}

/// Reads ` 30 Aug 2015 12:36:00 GMT`, or ` 30-Aug-15 12:36:00 GMT` (RFC 850), which can follow a
/// weekday in full. A day below 10 can have one digit (RFC 5322 §3.3).
fn day_first_date(mut text: Reader<'_>, is_short: bool) -> Option<Timestamp> {
    text.exactly(b' ');
    let date = text.one_or_two();
    let separator = text.one_of(if is_short { b" -" } else { b"-" });
    let month = text.month_name();
    text.exactly(separator);
    // RFC 9110 §5.6.7 has the century within 50 years of today, RFC 5322 §4.3 a fixed one.
    let year = text.year(if separator == b'-' { 69 } else { 49 });
    let day = text.days(year, month, date);
    text.exactly(b' ');
    let second = text.clock();
    text.exactly(b' ');
    let utc = text.offset(at(day, second));
    text.end(utc)
}

/// Reads `Aug 30 12:36:00 2015`; a day below 10 is filled with a space. `date -u` has the zone as
/// well.
fn asctime_date(mut text: Reader<'_>) -> Option<Timestamp> {
    let month = text.month_name();
    text.exactly(b' ');
    // A space counts as 0.
    let tens = u32::from(text.one_of(b" 0123") & 0x0f);
    let date = tens * 10 + text.digit();
    text.exactly(b' ');
    let second = text.clock();
    text.rest = text.rest.strip_prefix(b" UTC").unwrap_or(text.rest);
    text.exactly(b' ');
    let year = text.four();
    let day = text.days(year, month, date);
    text.end(at(day, second))
}

/// Returns the time of a day and a second; what lies past the year 9999 is its end.
fn at(day: u32, second: u32) -> Timestamp {
    Timestamp(u64::from(day) * 86_400 + u64::from(second)).min(Timestamp::MAX)
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
mod tests;

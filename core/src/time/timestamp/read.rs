//! Reading the written forms of a point in time.

use super::{BEFORE_1970, Timestamp};

/// The rest of a text that is read from its front. Its short steps are not inlined: there are many
/// of them, and times are read seldom.
struct Reader<'t>(&'t [u8]);

impl<'t> Reader<'t> {
    #[inline(never)]
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Takes the next byte, if it is one of `wanted`.
    #[inline(never)]
    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        self.byte().filter(|byte| wanted.contains(byte))
    }

    #[inline(never)]
    fn literal(&mut self, wanted: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(wanted)?;
        Some(())
    }

    /// Takes the next byte, which must be this one.
    #[inline(never)]
    fn expect(&mut self, wanted: u8) -> Option<()> {
        self.byte().filter(|byte| *byte == wanted).map(|_| ())
    }

    /// Drops this byte, if it is next.
    #[inline(never)]
    fn skip(&mut self, unwanted: u8) {
        if let [first, rest @ ..] = self.0
            && *first == unwanted
        {
            self.0 = rest;
        }
    }

    fn digit(&mut self) -> Option<u32> {
        self.byte().filter(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0'))
    }

    #[inline(never)]
    fn two(&mut self) -> Option<u32> {
        Some(self.digit()? * 10 + self.digit()?)
    }

    /// Reads a number of one or two digits.
    fn one_or_two(&mut self) -> Option<u32> {
        let first = self.digit()?;
        if self.has_digit() { Some(first * 10 + self.digit()?) } else { Some(first) }
    }

    const fn has_digit(&self) -> bool {
        matches!(self.0, [b'0'..=b'9', ..])
    }

    #[inline(never)]
    fn four(&mut self) -> Option<u32> {
        Some(self.two()? * 100 + self.two()?)
    }

    /// Reads `12:36:00`.
    fn clock(&mut self) -> Option<u32> {
        let hour = self.two()?;
        self.expect(b':')?;
        let minute = self.two()?;
        self.expect(b':')?;
        second_of_day(hour, minute, self.two()?)
    }

    /// Reads `:36` or `36`; 0 if neither is next.
    fn minute_or_second(&mut self) -> Option<u32> {
        let is_next = self.has_digit() || self.0.first() == Some(&b':');
        self.skip(b':');
        if is_next { self.two() } else { Some(0) }
    }

    /// Reads `12:36:00`, `12:36`, `123600`, `12`, each with a fraction of a second if it has
    /// seconds; `24:00` is the end of the day.
    fn clock_or_midnight(&mut self) -> Option<u32> {
        let hour = self.two()?;
        let minute = self.minute_or_second()?;
        let before = self.0.len();
        let second = self.minute_or_second()?;
        if self.0.len() < before
            && let [b'.' | b',', b'0'..=b'9', fraction @ ..] = self.0
        {
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

    /// Reads the zone of a clock that shows `local`: `Z`, `UTC` or `GMT` in any case, or an offset
    /// in hours and perhaps minutes. A time past the year 9999 becomes its end.
    fn offset(&mut self, local: Timestamp) -> Option<Timestamp> {
        self.skip(b' ');
        let sign = self.0.first().copied()?;
        if !matches!(sign, b'+' | b'-') {
            let names = [&b"z"[..], b"utc", b"gmt"];
            let is_utc = names.iter().any(|name| self.0.eq_ignore_ascii_case(name));
            self.0 = &[];
            return is_utc.then_some(local);
        }
        self.byte()?;
        let hour = self.two()?;
        self.skip(b':');
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

    /// Returns the value, if nothing is left.
    fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }

    /// Drops a leading name of a weekday: everything before the first byte that is not a letter.
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
    text.expect(b'T')?;
    let second = second_of_day(text.two()?, text.two()?, text.two()?)?;
    text.expect(b'Z')?;
    text.end(at(day, second))
}

/// Reads RFC 3339 §5.6 and what ISO 8601 has beside it, with white space around it; else a number.
pub(super) fn iso8601(text: &[u8]) -> Option<Timestamp> {
    let text = text.trim_ascii();
    date_and_time(Reader(text)).or_else(|| seconds_since_1970(text))
}

fn date_and_time(mut text: Reader<'_>) -> Option<Timestamp> {
    let year = text.four().filter(|year| *year > 0)?;
    text.skip(b'-');
    let month = text.two()?;
    text.skip(b'-');
    let day = days(year, month, text.two()?)?;
    text.one_of(b"Tt ")?;
    let local = at(day, text.clock_or_midnight()?);
    let utc = text.offset(local)?;
    text.end(utc)
}

/// Reads a number as JSON writes it (RFC 8259 §6), in seconds; fractions are cut off. Without
/// arithmetic on fractions, and without 64-bit divisions. Short ones are refused: they may be a
/// date.
fn seconds_since_1970(text: &[u8]) -> Option<Timestamp> {
    let (is_negative, text) = text.strip_prefix(b"-").map_or((false, text), |text| (true, text));
    let (whole, rest) = leading_digits(text);
    let (fraction, rest) = match rest {
        [b'.', b'0'..=b'9', ..] => leading_digits(rest.get(1..)?),
        _ => (&[][..], rest),
    };
    let has_fraction = !fraction.is_empty();
    let exponent = match rest {
        [b'e' | b'E', exponent @ ..] => signed(exponent)?,
        [] if has_fraction || is_negative || whole.len() >= 9 => 0,
        _ => return None,
    };
    if whole.is_empty() {
        return None;
    }
    let places = exponent.checked_add_unsigned(whole.len())?;
    let digits = whole.iter().chain(fraction).chain(core::iter::repeat(&b'0'));
    let mut seconds = 0_u64;
    // Leading zeros may be many, and more than 20 places are not a time.
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

/// Cuts a text behind its leading digits.
#[inline(never)]
fn leading_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

/// Reads a small number with or without its sign.
fn signed(text: &[u8]) -> Option<isize> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    let mut number = 0;
    for digit in digits {
        let digit = digit.is_ascii_digit().then_some(isize::from(digit & 0x0f))?;
        number = number * 10 + digit;
        // Far from any overflow, and from any exponent of a time.
        if number > 32_768 {
            return None;
        }
    }
    (!digits.is_empty()).then_some(if is_negative { -number } else { number })
}

/// Reads the forms of RFC 9110 §5.6.7: told apart by what follows the name of the weekday.
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

/// Reads ` 30 Aug 2015 12:36:00 GMT`; a day below 10 can have one digit (RFC 5322 §3.3).
fn imf_fixdate(mut text: Reader<'_>) -> Option<Timestamp> {
    text.expect(b' ')?;
    let date = text.one_or_two()?;
    text.expect(b' ')?;
    let month = text.month_name()?;
    text.expect(b' ')?;
    let day = days(text.four()?, month, date)?;
    text.expect(b' ')?;
    let second = text.clock()?;
    text.expect(b' ')?;
    let utc = text.offset(at(day, second))?;
    text.end(utc)
}

/// Reads ` 30-Aug-15 12:36:00 GMT`.
fn rfc850_date(mut text: Reader<'_>) -> Option<Timestamp> {
    text.expect(b' ')?;
    let date = text.two()?;
    text.expect(b'-')?;
    let month = text.month_name()?;
    text.expect(b'-')?;
    let year = text.two()?;
    let century = if year < 70 { 2000 } else { 1900 };
    let day = days(century + year, month, date)?;
    text.expect(b' ')?;
    let second = text.clock()?;
    text.literal(b" GMT")?;
    text.end(at(day, second))
}

/// Reads `Aug 30 12:36:00 2015`; a day below 10 is filled with a space. `date -u` has the zone as
/// well.
fn asctime_date(mut text: Reader<'_>) -> Option<Timestamp> {
    let month = text.month_name()?;
    text.expect(b' ')?;
    let tens = text.one_of(b" 0123")?;
    let tens = if tens == b' ' { 0 } else { u32::from(tens - b'0') };
    let date = tens * 10 + text.digit()?;
    text.expect(b' ')?;
    let second = text.clock()?;
    text.0 = text.0.strip_prefix(b" UTC").unwrap_or(text.0);
    text.expect(b' ')?;
    let day = days(text.four()?, month, date)?;
    text.end(at(day, second))
}

/// Returns the second of the day. A leap second (`23:59:60`) is the first second of the next
/// minute.
fn second_of_day(hour: u32, minute: u32, second: u32) -> Option<u32> {
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

/// Returns the time of a day and a second; what lies past the year 9999 is its end.
fn at(day: u32, second: u32) -> Timestamp {
    Timestamp(u64::from(day) * 86_400 + u64::from(second)).min(Timestamp::MAX)
}

/// Returns the days from 0000-03-01 to a date; `None` if there is no such date, or it lies in the
/// year 0.
fn days(year: u32, month: u32, date: u32) -> Option<u32> {
    if year == 0 || !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&date)
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
mod tests;

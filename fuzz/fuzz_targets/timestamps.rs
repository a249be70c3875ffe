//! Times, compared with `time` and `httpdate`: the same text gives the same time.
#![no_main]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rolesig::Timestamp;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, UtcOffset};

#[derive(Debug)]
struct Input {
    seconds: u64,
    text: String,
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self { seconds: u.arbitrary()?, text: text(u)? })
    }
}

/// Returns a text in one of the forms, with fields within or slightly outside their bounds, or any
/// text.
fn text(u: &mut Unstructured<'_>) -> Result<String> {
    let year =
        *u.choose(&[0, 1, 69, 70, 99, 1600, 1900, 1969, 1970, 2000, 2023, 2024, 2100, 9999])?;
    let year = if u.arbitrary()? { year } else { u.int_in_range(0..=9999)? };
    let (month, day) = match u.int_in_range(0..=7)? {
        0 => (1, 1),
        1 => (2, 29),
        2 => (12, 31),
        _ => (u.int_in_range(0..=13)?, u.int_in_range(0..=32)?),
    };
    let (hour, minute, second) = match u.int_in_range(0..=7)? {
        0 => (0, 0, 0),
        1 => (23, 59, 59),
        2 => (23, 59, 60),
        _ => (u.int_in_range(0..=24)?, u.int_in_range(0..=60)?, u.int_in_range(0..=61)?),
    };
    let month_name =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "jan"]
            [usize::try_from(month).unwrap().min(12)];
    let weekday = *u
        .choose(&["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Sunday", "Monday", "Su", ""])?;
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    let mut text = match u.int_in_range(0..=5)? {
        0 => {
            let separator = u.choose(&["T", "t", " ", "_", ""])?;
            let fraction = u.choose(&["", "", ".0", ".999999999", ".1234567890123", ".", ","])?;
            let (offset_hour, offset_minute) = (u.int_in_range(0..=24)?, u.int_in_range(0..=60)?);
            let offset = match u.int_in_range(0..=4)? {
                0 | 1 => "Z".to_string(),
                2 => "z".to_string(),
                3 => format!("+{offset_hour:02}:{offset_minute:02}"),
                _ => format!("-{offset_hour:02}:{offset_minute:02}"),
            };
            format!("{year:04}-{month:02}-{day:02}{separator}{clock}{fraction}{offset}")
        }
        1 => format!("{weekday}, {day:02} {month_name} {year:04} {clock} GMT"),
        2 => format!("{weekday}, {day:02}-{month_name}-{:02} {clock} GMT", year % 100),
        3 => format!("{weekday} {month_name} {day:2} {clock} {year:04}"),
        4 => format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"),
        _ => String::arbitrary(u)?,
    };
    if u.ratio(1, 8)? && !text.is_empty() {
        let at = u.choose_index(text.len())?;
        if text.is_char_boundary(at) {
            text.insert(at, u.arbitrary()?);
        }
    }
    Ok(text)
}

fuzz_target!(|input: Input| {
    round_trip(input.seconds);
    let text = input.text.as_str();
    // rolesig reads more forms than those of RFC 3339, and reads these alike.
    if let Some(naive) = naive_rfc3339(text) {
        assert_eq!(unix(text.parse()), Some(naive), "{text:?}");
    }
    assert_eq!(unix(Timestamp::from_amz_date(text)), naive_amz_date(text), "{text:?}");
    http_date(text);
});

fn unix<E>(read: std::result::Result<Timestamp, E>) -> Option<i64> {
    read.ok().map(Timestamp::as_unix_signed)
}

fn round_trip(seconds: u64) {
    let seconds = seconds % (Timestamp::MAX.as_unix() + 2);
    let Some(now) = Timestamp::from_unix(seconds) else {
        assert_eq!(seconds, Timestamp::MAX.as_unix() + 1);
        return;
    };
    let moment = OffsetDateTime::from_unix_timestamp(seconds.cast_signed()).unwrap();
    let rfc3339 = moment.format(&Rfc3339).unwrap();
    let amz_date = now.amz_date().to_string();
    assert_eq!(amz_date, rfc3339.replace(['-', ':'], ""));
    assert_eq!(amz_date[..8], now.amz_date().date().to_string());
    assert_eq!(Timestamp::from_amz_date(&amz_date), Ok(now));
    assert_eq!(rfc3339.parse(), Ok(now));
    let http_date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!(Timestamp::from_http_date(&http_date), Ok(now));
}

/// Reads RFC 3339 by `time`. Intended differences:
/// - `time` accepts any character for the `T`; rolesig accepts `T`, `t` and a space.
/// - `time` accepts the second 60 only at the end of a month, as the last nanosecond before it; in
///   rolesig it is always the second after 59.
/// - rolesig accepts only the years 1 to 9999, in UTC and as written.
fn naive_rfc3339(text: &str) -> Option<i64> {
    if !matches!(text.as_bytes().get(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    let leap = text.get(16..19) == Some(":60");
    let text =
        if leap { format!("{}:59{}", text.get(..16)?, text.get(19..)?) } else { text.to_owned() };
    let moment = OffsetDateTime::parse(&text, &Rfc3339).ok()?;
    let written = moment.replace_offset(UtcOffset::UTC).unix_timestamp();
    in_range(written)?;
    in_range(written + i64::from(leap))?;
    in_range(moment.unix_timestamp() + i64::from(leap))
}

/// The first second of the year 1.
const FIRST: i64 = -62_135_596_800;

fn in_range(seconds: i64) -> Option<i64> {
    Some(seconds).filter(|seconds| (FIRST..=Timestamp::MAX.as_unix_signed()).contains(seconds))
}

/// Reads the form of `x-amz-date`: the fields by their places, and the date by `time`.
fn naive_amz_date(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| {
        let digits =
            text.get(from..to).filter(|digits| digits.bytes().all(|d| d.is_ascii_digit()))?;
        digits.parse::<u16>().ok()
    };
    let small = |from| u8::try_from(number(from, from + 2)?).ok();
    if text.len() != 16 || text.get(8..9)? != "T" || text.get(15..)? != "Z" {
        return None;
    }
    let (hour, minute, second) = (small(9)?, small(11)?, small(13)?);
    let date = Date::from_calendar_date(
        i32::from(number(0, 4)?),
        Month::try_from(small(4)?).ok()?,
        small(6)?,
    )
    .ok()?;
    let leap = second == 60;
    let moment = date.with_hms(hour, minute, if leap { 59 } else { second }).ok()?.assume_utc();
    let seconds = in_range(moment.unix_timestamp())? + i64::from(leap);
    // The last second of the year 9999 is the greatest time.
    Some(seconds.min(Timestamp::MAX.as_unix_signed()))
}

/// Compares HTTP dates with `httpdate`. Intended differences:
/// - `httpdate` trims white space.
/// - `httpdate` checks the weekday; rolesig accepts any three letters, or more in RFC 850's form.
/// - `httpdate` refuses the second 60, and years of two digits (of four in RFC 850's form).
/// - `httpdate` requires a space before a single-digit day in asctime's form; rolesig accepts a
///   zero.
fn http_date(text: &str) {
    let ours = unix(Timestamp::from_http_date(text));
    let theirs = |text: &str| {
        let moment = httpdate::parse_http_date(text).ok()?;
        let since = moment.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok()
    };
    if text.trim() == text
        && let Some(theirs) = theirs(text)
    {
        assert_eq!(ours, Some(theirs), "{text:?}");
    }
    // `httpdate` has no years before 1970.
    let Some(seconds) = ours.filter(|seconds| *seconds > 0) else { return };
    let leap = text.matches(":60").count() == 1 && text.contains(":60 ");
    let date = seconds - i64::from(leap);
    let weekday = OffsetDateTime::from_unix_timestamp(date).unwrap().weekday();
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, rest) = text.split_at(letters);
    // `httpdate` has years of two digits in RFC 850's form alone, and requires them there.
    let is_rfc_850 = rest.contains('-');
    let year = rest.split([' ', '-']).nth(3).filter(|_| !rest.starts_with(' '));
    if year.is_some_and(|year| year.len() != if is_rfc_850 { 2 } else { 4 }) {
        return;
    }
    let full_name = letters.len() > 3 || is_rfc_850;
    let name = if full_name { weekday.to_string() } else { weekday.to_string()[..3].to_owned() };
    let mut plain = format!("{name}{rest}");
    if leap {
        plain = plain.replace(":60 ", ":59 ");
    }
    if rest.starts_with(' ') && plain.as_bytes().get(8) == Some(&b'0') {
        plain.replace_range(8..9, " ");
    }
    assert_eq!(theirs(&plain), Some(date), "{text:?} as {plain:?}");
}

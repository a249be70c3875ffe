//! Points in time, to the second and in UTC: an argument of every operation, never a clock.
//!
//! | form | example | where |
//! |---|---|---|
//! | [`AmzDate`] | `20150830T123600Z` | `x-amz-date`, string to sign |
//! | [`DateStamp`] | `20150830` | credential scope, signing key |
//! | RFC 3339, ISO 8601 | `2015-08-30T12:36:00Z`, `2015-08-30T14:36+0200` | `Expiration` of credentials |
//! | Unix time | `1440938160`, `1.44093816e9` | numbers in JSON |
//! | HTTP date | `Sun, 30 Aug 2015 12:36:00 GMT` | `Date` header |

use core::fmt;
use core::str::FromStr;

use crate::emit::decimal::{divide, eight_digits};
use crate::emit::sink::{self, Emit, Stage, display_emitted};

mod read;

/// A point in time from the year 1 to the end of the year 9999, leap seconds not counted.
///
/// Clocks and services count from 1970. Times before that are read too, so that what a server or a
/// file says is never refused for its age: such credentials expired long ago.
///
/// ```
/// use rolesig::Timestamp;
///
/// let expires: Timestamp = "2015-08-30T12:36:00Z".parse()?;
/// assert_eq!(expires, Timestamp::from(1_440_938_160));
/// assert_eq!(expires.seconds_since(Timestamp::from(1_440_938_100)), Some(60));
/// # Ok::<(), rolesig::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(
    /// Seconds since 0000-03-01T00:00:00Z, where the 400 years of the calendar begin.
    u64,
);

/// Seconds from 0000-03-01 to 1970-01-01.
const BEFORE_1970: u64 = 719_468 * 86_400;

/// A text or a number that is not a point in time between the years 1 and 9999.
///
/// ```
/// use rolesig::Timestamp;
///
/// let error = "yesterday".parse::<Timestamp>().unwrap_err();
/// assert!(error.to_string().starts_with("not a point in time"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct TimestampError;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(BEFORE_1970);
    /// 9999-12-31T23:59:59Z.
    pub const MAX: Self = Self(BEFORE_1970 + 253_402_300_799);

    /// Creates it from seconds since 1970; returns `None` past the year 9999. For a 32-bit clock
    /// there is `Timestamp::from(u32)`, which cannot fail.
    pub const fn from_unix(seconds: u64) -> Option<Self> {
        match seconds.checked_add(BEFORE_1970) {
            Some(seconds) if seconds <= Self::MAX.0 => Some(Self(seconds)),
            _ => None,
        }
    }

    /// Returns the seconds since 1970; 0 for a time before that.
    pub const fn as_unix(self) -> u64 {
        self.0.saturating_sub(BEFORE_1970)
    }

    /// Returns the seconds since 1970, negative for a time before that.
    pub const fn as_unix_signed(self) -> i64 {
        self.0.cast_signed() - BEFORE_1970.cast_signed()
    }

    /// Returns the seconds from `earlier` to `self`; `None` if `self` comes first.
    pub const fn seconds_since(self, earlier: Self) -> Option<u64> {
        self.0.checked_sub(earlier.0)
    }

    /// Returns the time that many seconds later; `None` past the year 9999.
    pub const fn checked_add(self, seconds: u64) -> Option<Self> {
        match self.0.checked_add(seconds) {
            Some(sum) if sum <= Self::MAX.0 => Some(Self(sum)),
            _ => None,
        }
    }

    /// Returns the time as `x-amz-date` has it.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub const fn amz_date(self) -> AmzDate {
        let (year, month, day) = self.civil();
        let (minute, second) = divide(self.second_of_day(), 60);
        let (hour, minute) = divide(minute, 60);
        let date = eight_digits(year * 10_000 + month * 100 + day);
        let [_, h0, h1, m0, m1, s0, s1, _] =
            eight_digits((hour * 10_000 + minute * 100 + second) * 10);
        AmzDate { date: DateStamp(date), time: [b'T', h0, h1, m0, m1, s0, s1, b'Z'] }
    }

    /// Returns the day since 1970. 86,400 is 128 × 675: after the shift all arithmetic fits 32
    /// bits, which keeps the 64-bit division routine (468 bytes of flash on a Cortex-M4) out of
    /// firmware.
    const fn day(self) -> u32 {
        divide(low32(self.0 >> 7), 675).0
    }

    const fn second_of_day(self) -> u32 {
        divide(low32(self.0 >> 7), 675).1 * 128 + (low32(self.0) & 127)
    }

    /// Returns year, month and day. The years of the algorithm begin on 1 March; months and days of
    /// a year stand on a line, whose slope is a fraction (Cassio Neri, Lorenz Schneider, "Euclidean
    /// affine functions and their application to calendar algorithms", 2023).
    const fn civil(self) -> (u32, u32, u32) {
        let (century, quarters) = divide(4 * self.day() + 3, 146_097);
        let years = wide(quarters | 3) * 2_939_745;
        let day_of_year = divide(low32(years), 2_939_745 * 4).0;
        let days = 2_141 * day_of_year + 197_913;
        let (month, day) = (days >> 16, divide(days & 0xffff, 2_141).0 + 1);
        let year = 100 * century + low32(years >> 32);
        if day_of_year < 306 { (year, month, day) } else { (year + 1, month - 12, day) }
    }
}

#[expect(clippy::as_conversions, reason = "no const From")]
const fn wide(value: u32) -> u64 {
    value as u64
}

/// Returns the low 32 bits. Callers shift first, or want only the lowest bits.
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "no const TryFrom")]
const fn low32(value: u64) -> u32 {
    value as u32
}

impl From<u32> for Timestamp {
    fn from(seconds: u32) -> Self {
        Self(BEFORE_1970 + u64::from(seconds))
    }
}

/// Reads RFC 3339, as in `Expiration`: `2015-08-30T12:36:00Z`. Fractions are cut off; a numeric
/// offset is applied, and the result is UTC in any case.
///
/// Other forms of ISO 8601 that programs and scripts write are read too, if they mean only one
/// point in time:
///
/// - offsets without a colon or without minutes, as of `date +%FT%T%z`; `UTC` or `GMT`
/// - no seconds, or a comma before the fraction
/// - a space in place of `T`, or no hyphens and colons
/// - 24:00
/// - seconds since 1970, as JSON writes numbers
///
/// A time without an offset is refused: its zone is not known.
///
/// ```
/// use rolesig::Timestamp;
///
/// for text in ["2015-08-30T14:36:00+0200", "2015-08-30T12:36Z", "1.44093816e9"] {
///     assert_eq!(text.parse(), Ok(Timestamp::from(1_440_938_160)));
/// }
/// assert!("2015-08-30T12:36:00".parse::<Timestamp>().is_err());
/// ```
impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        read::iso8601(text.as_bytes()).ok_or(TimestampError)
    }
}

impl Timestamp {
    /// Reads an HTTP date (RFC 9110 §5.6.7): `Sun, 30 Aug 2015 12:36:00 GMT`, and the two obsolete
    /// forms that a recipient must accept. The name of the weekday is not checked; a two-digit
    /// year is taken to lie between 1970 and 2069, since there is no clock to measure it by.
    ///
    /// # Errors
    /// [`TimestampError`] for any other text.
    ///
    /// ```
    /// # use rolesig::Timestamp;
    /// let date = Timestamp::from_http_date("Sun, 30 Aug 2015 12:36:00 GMT")?;
    /// assert_eq!(date.amz_date().to_string(), "20150830T123600Z");
    /// # Ok::<(), rolesig::TimestampError>(())
    /// ```
    pub fn from_http_date(text: &str) -> Result<Self, TimestampError> {
        Self::from_http_bytes(text.as_bytes()).ok_or(TimestampError)
    }

    /// Reads an HTTP date that may not even be a text.
    pub(crate) fn from_http_bytes(text: &[u8]) -> Option<Self> {
        read::http_date(text)
    }

    /// Reads the form of `x-amz-date`: `20150830T123600Z`.
    ///
    /// # Errors
    /// [`TimestampError`] for any other text.
    pub fn from_amz_date(text: &str) -> Result<Self, TimestampError> {
        read::amz_date(text.as_bytes()).ok_or(TimestampError)
    }
}

/// `2015-08-30T12:36:00Z`, as RFC 3339 has it, which is what [`str::parse`] reads.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(&Rfc3339(*self), f)
    }
}

/// As `Display` does.
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(&Rfc3339(*self), f)
    }
}

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a point in time with its offset, such as 2015-08-30T12:36:00Z")
    }
}

impl core::error::Error for TimestampError {}

/// `20150830T123600Z`: emits 16 bytes.
///
/// ```
/// use rolesig::Timestamp;
///
/// let date = Timestamp::from(1_440_938_160).amz_date();
/// assert_eq!(date.to_string(), "20150830T123600Z"); // for `x-amz-date`
/// ```
///
/// Source: "Elements of an AWS API request signature", on the date (AWS IAM User Guide).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AmzDate {
    date: DateStamp,
    time: [u8; 8],
}

impl AmzDate {
    /// Returns the day, from the same instant.
    pub const fn date(&self) -> DateStamp {
        self.date
    }
}

/// `2015-08-30T12:36:00Z`, as RFC 3339 has it: emits 20 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rfc3339(pub(crate) Timestamp);

impl Emit for Rfc3339 {
    fn emit(&self, out: &mut Stage<'_>) {
        let AmzDate { date, time } = self.0.amz_date();
        let [y0, y1, y2, y3, m0, m1, d0, d1] = date.0;
        let [t, h0, h1, n0, n1, s0, s1, z] = time;
        out.put(&[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1]);
        out.put(&[t, h0, h1, b':', n0, n1, b':', s0, s1, z]);
    }
}

impl Emit for AmzDate {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(&self.date.0);
        out.put(&self.time);
    }
}

impl fmt::Debug for AmzDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

display_emitted!(AmzDate);

/// `20150830`: emits 8 bytes.
///
/// ```
/// use rolesig::Timestamp;
///
/// let day = Timestamp::from(1_440_938_160).amz_date().date();
/// assert_eq!(day.as_bytes(), b"20150830");
/// ```
///
/// Source: "Elements of an AWS API request signature", on the credential scope (AWS IAM User
/// Guide).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DateStamp([u8; 8]);

impl DateStamp {
    /// Returns the 8 digits.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl Emit for DateStamp {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(&self.0);
    }
}

impl fmt::Debug for DateStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

display_emitted!(DateStamp);

#[cfg(test)]
mod tests;

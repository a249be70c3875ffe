//! When a file was last written to, before 1970 too.

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use rolesig::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a time as rclone does: seconds since 1970 with a fraction of nine digits, and a sign
/// before a time that came earlier.
pub(crate) fn text(time: SystemTime) -> String {
    let (sign, distance) = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => ("", since),
        Err(before) => ("-", before.duration()),
    };
    format!("{sign}{}.{:09}", distance.as_secs(), distance.subsec_nanos())
}

/// Reads what [`text`] and other programs write: digits behind a point as they are; else any
/// [`Timestamp`].
pub(crate) fn read(text: &str) -> Option<SystemTime> {
    let (is_before, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    match seconds(digits) {
        Some(distance) if is_before => UNIX_EPOCH.checked_sub(distance),
        Some(distance) => UNIX_EPOCH.checked_add(distance),
        None => of_timestamp(text.parse().ok()?),
    }
}

/// Returns a timestamp as a time of the system's clock.
pub(crate) fn of_timestamp(time: Timestamp) -> Option<SystemTime> {
    let seconds = time.as_unix_signed();
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
}

/// Seconds, and up to nine digits behind a point.
fn seconds(text: &str) -> Option<Duration> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(fraction) || !is_number(seconds) {
        return None;
    }
    let nanoseconds = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Some(Duration::new(seconds.parse().ok()?, nanoseconds))
}

/// As `serde` writes a time since 1970, with negative seconds before that.
#[derive(Deserialize, Serialize)]
struct Document {
    secs_since_epoch: i64,
    nanos_since_epoch: u32,
}

/// Serializes a time, for `serialize_with`.
pub(crate) fn serialize<S: Serializer>(
    time: &SystemTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let (distance, is_before) = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => (since, false),
        Err(before) => (before.duration(), true),
    };
    let seconds = i64::try_from(distance.as_secs()).map_err(serde::ser::Error::custom)?;
    let document = match (is_before, distance.subsec_nanos()) {
        (false, nanos_since_epoch) => Document { secs_since_epoch: seconds, nanos_since_epoch },
        (true, 0) => Document { secs_since_epoch: -seconds, nanos_since_epoch: 0 },
        (true, nanos) => {
            Document { secs_since_epoch: -seconds - 1, nanos_since_epoch: 1_000_000_000 - nanos }
        }
    };
    document.serialize(serializer)
}

/// Deserializes a time, for `deserialize_with`.
pub(crate) fn deserialize<'d, D: Deserializer<'d>>(
    deserializer: D,
) -> Result<SystemTime, D::Error> {
    let Document { secs_since_epoch, nanos_since_epoch } = Document::deserialize(deserializer)?;
    let distance = Duration::from_secs(secs_since_epoch.unsigned_abs());
    let seconds = if secs_since_epoch < 0 {
        UNIX_EPOCH.checked_sub(distance)
    } else {
        UNIX_EPOCH.checked_add(distance)
    };
    let nanoseconds = Duration::from_nanos(nanos_since_epoch.into());
    let time = seconds.and_then(|seconds| seconds.checked_add(nanoseconds));
    time.ok_or_else(|| serde::de::Error::custom("a time that this system does not have"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Journaled(#[serde(with = "super")] SystemTime);

    fn at(seconds: i64, nanoseconds: u32) -> SystemTime {
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let whole = if seconds < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance };
        whole + Duration::from_nanos(nanoseconds.into())
    }

    #[test]
    fn writes_and_reads_times_of_all_ages() {
        for (time, written) in [
            (at(0, 0), "0.000000000"),
            (at(981_173_106, 1), "981173106.000000001"),
            (at(-1, 500_000_000), "-0.500000000"),
            (at(-2_208_988_800, 0), "-2208988800.000000000"),
            (at(4_294_967_296, 999_999_999), "4294967296.999999999"),
            (at(253_402_300_800, 0), "253402300800.000000000"),
        ] {
            assert_eq!(text(time), written);
            assert_eq!(read(written), Some(time), "{written}");
            let json = serde_json::to_string(&Journaled(time)).unwrap();
            assert_eq!(
                serde_json::from_str::<Journaled>(&json).unwrap(),
                Journaled(time),
                "{json}"
            );
        }
    }

    #[test]
    fn reads_older_journals() {
        let time = at(981_173_106, 7);
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(serde_json::from_str::<Journaled>(&json).unwrap(), Journaled(time), "{json}");
    }

    #[test]
    fn reads_times_of_other_programs() {
        for (written, time) in [
            ("1.0123456789", Some(at(1, 12_345_678))),
            ("-5", Some(at(-5, 0))),
            ("-1.25", Some(at(-2, 750_000_000))),
            ("1.44093816e9", Some(at(1_440_938_160, 0))),
            ("2015-08-30T12:36:00+0000", Some(at(1_440_938_160, 0))),
            ("1969-12-31T23:59:59Z", Some(at(-1, 0))),
            ("yesterday", None),
            ("1.x", None),
            ("--1", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(read(written), time, "{written}");
        }
    }
}

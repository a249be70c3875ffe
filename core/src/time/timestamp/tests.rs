use super::*;

extern crate std;
use std::string::ToString;

fn amz(seconds: u64) -> std::string::String {
    Timestamp::from_unix(seconds).unwrap().amz_date().to_string()
}

#[test]
fn formats_known_instants() {
    assert_eq!(amz(0), "19700101T000000Z");
    assert_eq!(amz(951_782_399), "20000228T235959Z");
    assert_eq!(amz(951_782_400), "20000229T000000Z");
    assert_eq!(amz(1_440_938_160), "20150830T123600Z");
    assert_eq!(amz(1_735_689_599), "20241231T235959Z");
    assert_eq!(amz(4_107_542_400), "21000301T000000Z");
    assert_eq!(amz(253_402_300_799), "99991231T235959Z");
    assert_eq!(Timestamp::from_unix(253_402_300_800), None);
}

#[test]
fn steps_through_every_day() {
    let mut expected = (0, 3, 1);
    for day in 0..=719_468 + 2_932_896_u64 {
        let civil = Timestamp(day * 86_400 + 86_399).civil();
        assert_eq!(civil, expected, "day {day}");
        let (year, month, date) = expected;
        expected = if date < read::days_in_month(year, month) {
            (year, month, date + 1)
        } else if month < 12 {
            (year, month + 1, 1)
        } else {
            (year + 1, 1, 1)
        };
    }
}

#[test]
fn reads_what_it_writes() {
    for seconds in [0, 951_782_399, 1_440_938_160, 4_107_542_400, 253_402_300_799] {
        let timestamp = Timestamp::from_unix(seconds).unwrap();
        let mut buffer = [0; 20];
        let text = Rfc3339(timestamp).write_to(&mut buffer).unwrap();
        assert_eq!(str::from_utf8(text).unwrap().parse(), Ok(timestamp));
        assert_eq!(timestamp.to_string().parse(), Ok(timestamp));
    }
}

#[test]
fn reads_shows_and_compares_times_before_1970() {
    let text = "1969-12-31T23:59:59Z";
    let before: Timestamp = text.parse().unwrap();
    assert_eq!((before.as_unix(), before.as_unix_signed()), (0, -1));
    assert_eq!((before.to_string(), std::format!("{before:?}")), (text.into(), text.into()));
    assert_eq!(Timestamp::EPOCH.seconds_since(before), Some(1));
    assert_eq!(before.checked_add(1), Some(Timestamp::EPOCH));
    // Go writes this for a time that was never set.
    let zero: Timestamp = "0001-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(zero.as_unix_signed(), -62_135_596_800);
    assert_eq!(zero.to_string(), "0001-01-01T00:00:00Z");
}

#[test]
fn subtracts_and_adds_within_bounds() {
    let (a, b) = (Timestamp::from(100), Timestamp::from(160));
    assert_eq!(b.seconds_since(a), Some(60));
    assert_eq!(a.seconds_since(b), None);
    assert_eq!(a.checked_add(60), Some(b));
    assert_eq!(Timestamp::MAX.checked_add(1), None);
    assert_eq!(Timestamp::MAX.checked_add(u64::MAX), None);
}

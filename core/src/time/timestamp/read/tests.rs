use proptest::prelude::*;

use super::*;

extern crate std;
use std::string::ToString;

const INSTANT: u32 = 1_440_938_160;

fn unix(read: Option<Timestamp>) -> Option<u64> {
    read.map(Timestamp::as_unix)
}

#[test]
fn reads_rfc3339_forms_of_one_instant() {
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
fn reads_a_clock_of_hours_alone() {
    let expected = unix(iso8601(b"2015-08-30T12:00:00Z"));
    assert!(expected.is_some());
    for text in ["2015-08-30T12Z", "2015-08-30T14+02:00", "20150830T12Z"] {
        assert_eq!(unix(iso8601(text.as_bytes())), expected, "{text}");
    }
}

#[test]
fn reads_a_day_of_one_digit() {
    let expected = unix(iso8601(b"2015-08-03T12:36:00Z"));
    for text in ["Mon, 3 Aug 2015 12:36:00 GMT", "Mon, 03 Aug 2015 12:36:00 GMT"] {
        assert_eq!(unix(http_date(text.as_bytes())), expected, "{text}");
    }
    for text in ["Mon,  3 Aug 2015 12:36:00 GMT", "Mon, 003 Aug 2015 12:36:00 GMT"] {
        assert_eq!(http_date(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn reads_years_of_two_and_three_digits() {
    for (text, year) in [
        ("Sun, 30 Aug 15 12:36:00 GMT", 2015),
        ("Sun, 30 Aug 49 12:36:00 GMT", 2049),
        ("Sun, 30 Aug 00 12:36:00 GMT", 2000),
        ("Sun, 30 Aug 99 12:36:00 +0000", 1999),
        ("Sun, 30 Aug 70 12:36:00 GMT", 1970),
        ("Sun, 30 Aug 115 12:36:00 GMT", 2015),
        ("Sun, 30 Aug 099 12:36:00 GMT", 1999),
        ("Sunday, 30-Aug-15 12:36:00 GMT", 2015),
        ("Sunday, 30-Aug-49 12:36:00 GMT", 2049),
        ("Sunday, 30-Aug-94 12:36:00 GMT", 1994),
        ("Sunday, 30-Aug-2015 12:36:00 GMT", 2015),
        ("Sun, 30-Aug-2015 12:36:00 GMT", 2015),
    ] {
        let expected = unix(iso8601(std::format!("{year}-08-30T12:36:00Z").as_bytes()));
        assert!(expected.is_some());
        assert_eq!(unix(http_date(text.as_bytes())), expected, "{text}");
    }
    let before_1970 = "Sun, 30 Aug 50 12:36:00 GMT";
    assert_eq!(http_date(before_1970.as_bytes()), iso8601(b"1950-08-30T12:36:00Z"));
    for text in ["Sun, 30 Aug 5 12:36:00 GMT", "Sun, 30 Aug 20155 12:36:00 GMT"] {
        assert_eq!(http_date(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn rejects_texts_that_are_not_rfc3339() {
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
        "2015-08-30T1Z",
        "2015-08-30T12.5Z",
        "2015-08-30T12:Z",
        "30/08/2015 12:36:00Z",
        "15-08-30T12:36:00Z",
        "20150830",
        "7",
        "2015",
        "1440938160000",
        "1e400",
        "1e20",
        "0e40",
        "1e99999999999999999999",
        "99999999",
        "0x55E2F870",
        "1.e9",
        ".5",
        "--1",
        "+1440938160",
        "NaN",
        "0000-12-31T00:00:00Z",
        "0000-12-31T23:59:59-01:00",
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
fn reads_times_of_all_ages() {
    for (text, seconds) in [
        ("1969-12-31T23:59:59Z", -1),
        ("1970-01-01T00:00:00+00:01", -60),
        ("-1.5", -1),
        ("0.0", 0),
        ("0e39", 0),
        ("100000000", 100_000_000),
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
fn reads_http_date_forms_of_one_instant() {
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
    // Two digits of a year are one of POSIX's century.
    for (text, seconds) in [
        ("Thursday, 01-Jan-70 00:00:00 GMT", 0),
        ("Tuesday, 31-Dec-69 23:59:59 GMT", 3_155_759_999),
    ] {
        assert_eq!(unix(http_date(text.as_bytes())), Some(seconds), "{text}");
    }
    assert_eq!(unix(http_date(b"Sunday, 06-Nov-94 08:49:37 GMT")), Some(784_111_777));
}

#[test]
fn rejects_texts_that_are_not_http_dates() {
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
        "Sunday Aug 30 12:36:00 2015",
        "0",
    ] {
        assert_eq!(http_date(text.as_bytes()), None, "{text}");
    }
}

proptest! {
    #[test]
    fn reads_back_the_dates_that_it_writes(seconds in 0..=Timestamp::MAX.as_unix()) {
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
    fn reads_or_refuses_any_bytes(text: std::vec::Vec<u8>) {
        let _ = (iso8601(&text), http_date(&text), amz_date(&text));
    }
}

//! The time zone of this process, as Java and the C library read `TZ`.
//!
//! Source: POSIX, "Environment Variables", 8.3; tzset(3); RFC 9636, section 3.3.1 (hours of up to
//! 167 in a rule); `java.util.TimeZone` and `java.time.ZoneId.SHORT_IDS` of Java 17.

use std::sync::OnceLock;

use jiff::tz::{Offset, TimeZone};

/// The rule of zones of POSIX that have summer time and state no rule, as in the C library.
const DEFAULT_RULE: &str = ",M3.2.0,M11.1.0";

/// Zones that Java knows by short names. The IANA database has `EST`, `MST` and `HST`.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

/// Returns the time zone of `TZ`, or of `/etc/localtime`; UTC if there is none. An unknown name is
/// UTC, too, as in Java and in the C library, and is reported once.
pub(super) fn of_process() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| {
        let Some(name) = std::env::var_os("TZ") else {
            return TimeZone::try_system().unwrap_or(TimeZone::UTC);
        };
        name.to_str().and_then(named).unwrap_or_else(|| {
            let name = name.display();
            message!("rolefs: TZ: `{name}' is not a known time zone: dates are in UTC");
            TimeZone::UTC
        })
    })
}

/// Returns the time zone that `TZ` names: in Java's words, by the IANA database, by a rule of
/// POSIX, or by a file. Java follows no rule: it takes today's distance from UTC for every day.
fn named(text: &str) -> Option<TimeZone> {
    let text = text.strip_prefix(':').unwrap_or(text);
    if text.is_empty() {
        return Some(TimeZone::UTC);
    }
    let java = SHORT_NAMES.iter().find(|(short, _)| *short == text).map(|(_, name)| *name);
    let name = java.unwrap_or(text);
    let name = name.strip_prefix("posix/").unwrap_or(name);
    let in_database = || TimeZone::get(name).ok();
    let by_rule = |rule: &str| TimeZone::posix(rule).ok();
    of_distance(text)
        .or_else(in_database)
        .or_else(|| by_rule(text))
        .or_else(|| by_rule(&format!("{text}{DEFAULT_RULE}")))
        .or_else(|| of_file(text))
}

/// Reads `GMT+5`, `GMT-0530` or `GMT+05:30`. For Java that is east of Greenwich; for POSIX, whose
/// form it has as well, it would be west.
fn of_distance(text: &str) -> Option<TimeZone> {
    let rest = text.strip_prefix("GMT")?;
    let (sign, digits) = match rest.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, rest.strip_prefix('-')?),
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) if minutes.len() == 2 => (hours, minutes),
        (None, 1 | 2) => (digits, "0"),
        (None, 3 | 4) => digits.split_at_checked(digits.len() - 2)?,
        _ => return None,
    };
    let number = |text: &str, most: i32| -> Option<i32> {
        let is_number = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|number| is_number && *number <= most)
    };
    let seconds = sign * (number(hours, 23)? * 3600 + number(minutes, 59)? * 60);
    Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
}

/// Reads a file of the IANA database, named by its absolute path.
fn of_file(path: &str) -> Option<TimeZone> {
    let data = std::fs::read(path).ok().filter(|_| path.starts_with('/'))?;
    TimeZone::tzif(path, &data).ok()
}

#[cfg(test)]
mod tests {
    use rolesig::Timestamp;

    use super::*;
    use crate::system::date::minute_in;

    fn minute(zone: &str, seconds: u64) -> Option<String> {
        Some(minute_in(Timestamp::from_unix(seconds).unwrap(), &named(zone)?))
    }

    /// By Java 17 and glibc 2.41, which agree on these except for the short names and `GMT+5`, of
    /// which these are Java's, and for summer time by rules, which is glibc's.
    #[test]
    fn matches_the_zones_of_java_and_the_c_library() {
        let (january, july) = (1_768_478_400, 1_783_080_000);
        for (zone, in_january, in_july) in [
            ("CET-1CEST", "13:00", "14:00"),
            (":CET-1CEST", "13:00", "14:00"),
            ("PST8PDT", "04:00", "05:00"),
            ("EST5EDT", "07:00", "08:00"),
            ("est5edt", "07:00", "08:00"),
            ("IST-5:30", "17:30", "17:30"),
            ("<+0530>-5:30", "17:30", "17:30"),
            ("XYZ3", "09:00", "09:00"),
            ("UTC+3", "09:00", "09:00"),
            ("MSK-3MSD", "15:00", "16:00"),
            ("PST", "04:00", "05:00"),
            ("IST", "17:30", "17:30"),
            ("BST", "18:00", "18:00"),
            ("EST", "07:00", "07:00"),
            ("MST", "05:00", "05:00"),
            ("GMT+5", "17:00", "17:00"),
            ("GMT-05:30", "06:30", "06:30"),
            ("GMT+0530", "17:30", "17:30"),
            ("GMT", "12:00", "12:00"),
            ("", "12:00", "12:00"),
            (":Europe/Berlin", "13:00", "14:00"),
            ("posix/Europe/Berlin", "13:00", "14:00"),
        ] {
            let expected = (format!("2026-01-15 {in_january}"), format!("2026-07-03 {in_july}"));
            let found = (minute(zone, january), minute(zone, july));
            assert_eq!(found, (Some(expected.0), Some(expected.1)), "{zone}");
        }
        // Java's and glibc's are UTC, by that name.
        for unknown in ["Nowhere/City", "foo", "AB5", "EDT", " ", "/nonexistent", "GMT+25:00:00"] {
            assert!(named(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn defaults_to_rules_from_march_to_november() {
        for (seconds, expected) in [
            (1_772_931_599, "2026-03-08 01:59"),
            (1_772_931_600, "2026-03-08 03:00"),
            (1_793_491_199, "2026-11-01 01:59"),
            (1_793_491_200, "2026-11-01 01:00"),
        ] {
            assert_eq!(minute("CET-1CEST", seconds).as_deref(), Some(expected), "{seconds}");
        }
    }

    /// Seconds in a year of 2026, and the minutes there.
    #[test]
    fn follows_the_rules_of_posix() {
        for (rule, seconds, minute) in [
            ("UTC0", 1_774_573_200, "2026-03-27 01:00"),
            ("<+0330>-3:30", 1_774_573_200, "2026-03-27 04:30"),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_774_745_999, "2026-03-29 01:59"),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_774_746_000, "2026-03-29 03:00"),
            // Jerusalem's summer begins on the Friday before the last Sunday of March, at 2:00.
            ("IST-2IDT,M3.4.4/26,M10.5.0", 1_774_569_599, "2026-03-27 01:59"),
            ("IST-2IDT,M3.4.4/26,M10.5.0", 1_774_569_600, "2026-03-27 03:00"),
            // Nuuk's, on the day before a Sunday.
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1_774_745_999, "2026-03-28 22:59"),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1_774_746_000, "2026-03-29 00:00"),
            ("WST0SUM,M3.1.0/167,M10.5.0", 1_772_924_399, "2026-03-07 22:59"),
            ("WST0SUM,M3.1.0/167,M10.5.0", 1_772_924_400, "2026-03-08 00:00"),
        ] {
            let zone = named(rule).unwrap();
            let time = Timestamp::from_unix(seconds).unwrap();
            assert_eq!(minute_in(time, &zone), minute, "{rule} {seconds}");
        }
    }
}

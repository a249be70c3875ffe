//! Clock skew: AWS's own scenarios, played as a retry loop, and what must hold for any times.

use proptest::prelude::*;
use rolesig::{ClockSkew, Timestamp};
use serde_json::Value;

const VECTORS: &str = include_str!("vectors/clock-skew.json");

#[test]
fn passes_the_scenarios_of_aws() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let tests = vectors["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 10);
    for test in tests {
        play(test);
    }
}

/// One client, which carries its skew from operation to operation.
fn play(test: &Value) {
    let description = &test["description"];
    let operations = test["operations"].as_array().unwrap();
    let mut skew = ClockSkew::from_seconds(operations[0]["initialClientSkew"].as_i64().unwrap());
    for operation in operations {
        assert_eq!(skew.as_seconds(), operation["initialClientSkew"], "{description}");
        let outcome = operate(operation, &mut skew, description);
        assert_eq!(outcome, operation["expectedOutcome"], "{description}");
        assert_eq!(skew.as_seconds(), operation["expectedClientSkew"], "{description}");
    }
}

/// The retry loop. It has to make the attempts of the scenario, all of them and no more.
fn operate(operation: &Value, skew: &mut ClockSkew, description: &Value) -> &'static str {
    let max_attempts = operation["maxAttempts"].as_u64().unwrap_or(3);
    let mut attempts = operation["attempts"].as_array().unwrap().iter();
    let mut made = 0;
    let outcome = loop {
        let attempt = attempts.next().unwrap_or_else(|| panic!("one too many: {description}"));
        made += 1;
        let (sent, received) =
            (time(attempt, "clientTimeAtSend"), time(attempt, "clientTimeAtReceive"));
        assert_eq!(skew.apply(sent), time(attempt, "expectedSigningTime"), "{description}");

        let response = &attempt["response"];
        let date = response["headers"]["Date"].as_str();
        let has_age = !response["headers"]["Age"].is_null();
        let measured = ClockSkew::measure(sent, received, date, has_age);
        *skew = measured.unwrap_or(*skew);

        if response["statusCode"] == 200 {
            break "success";
        }
        let error_code = response["errorCode"].as_str().unwrap();
        let is_worth_it = measured.is_some_and(|measured| measured.warrants_retry(error_code));
        if !is_worth_it || made == max_attempts {
            break "error";
        }
    };
    assert_eq!(attempts.count(), 0, "too few: {description}");
    outcome
}

fn time(attempt: &Value, name: &str) -> Timestamp {
    attempt[name].as_str().unwrap().parse().unwrap()
}

/// As a server would write it, except for the day of the week, which nobody checks.
fn http_date(time: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = time.amz_date().to_string();
    let month = MONTHS[text[4..6].parse::<usize>().unwrap() - 1];
    let (year, day) = (&text[..4], &text[6..8]);
    let (hour, minute, second) = (&text[9..11], &text[11..13], &text[13..15]);
    format!("Thu, {day} {month} {year} {hour}:{minute}:{second} GMT")
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    (0..=Timestamp::MAX.as_unix()).prop_map(|seconds| Timestamp::from_unix(seconds).unwrap())
}

proptest! {
    #[test]
    fn matches_the_middle_of_the_round_trip_to_the_date(sent in any_time(), round_trip in 0..=900_u64, date in any_time()) {
        let Some(received) = sent.checked_add(round_trip) else { return Ok(()) };
        let middle = sent.checked_add(round_trip / 2).unwrap();
        let skew = ClockSkew::measure(sent, received, Some(&http_date(date)), false).unwrap();
        prop_assert_eq!(skew.apply(middle), date);
    }

    #[test]
    fn ignores_a_round_trip_that_is_too_long(
        sent in any_time(), round_trip in 901..=Timestamp::MAX.as_unix(), date in any_time(),
    ) {
        let Some(received) = sent.checked_add(round_trip) else { return Ok(()) };
        prop_assert_eq!(ClockSkew::measure(sent, received, Some(&http_date(date)), false), None);
    }

    #[test]
    fn keeps_a_corrected_time_between_1970_and_9999(now in any_time(), seconds: i64) {
        let corrected = ClockSkew::from_seconds(seconds).apply(now);
        let exact = i128::from(now.as_unix()) + i128::from(seconds);
        let bounded = exact.clamp(0, i128::from(Timestamp::MAX.as_unix()));
        prop_assert_eq!(i128::from(corrected.as_unix()), bounded);
    }

    #[test]
    fn parses_any_text_as_a_date_or_nothing(sent in any_time(), received in any_time(), date: String, has_age: bool) {
        let _ = ClockSkew::measure(sent, received, Some(&date), has_age);
    }
}

#[test]
fn saturates_a_corrected_time_at_both_ends() {
    let last = ClockSkew::from_seconds(i64::MAX);
    let first = ClockSkew::from_seconds(i64::MIN);
    for now in [Timestamp::EPOCH, Timestamp::from(u32::MAX), Timestamp::MAX] {
        assert_eq!(last.apply(now), Timestamp::MAX);
        assert_eq!(first.apply(now), Timestamp::EPOCH);
        assert_eq!(ClockSkew::NONE.apply(now), now);
    }
    assert_eq!(ClockSkew::from_seconds(1).apply(Timestamp::MAX), Timestamp::MAX);
    assert_eq!(ClockSkew::from_seconds(-1).apply(Timestamp::EPOCH), Timestamp::EPOCH);
}

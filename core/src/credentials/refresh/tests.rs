use super::pauses::short_rest;
use super::*;

const T: u32 = 1_440_938_160;

fn at(seconds: u32) -> Timestamp {
    Timestamp::from(T + seconds)
}

/// Creates the state after a fetch at `T` of credentials with this lifetime.
fn held(lifetime: u32) -> Refresh {
    let mut refresh = Refresh::new();
    refresh.fetched("ASIA1", Some(at(lifetime)), at(0), 0).unwrap();
    refresh
}

/// Returns how long before the expiry the windows begin.
fn windows(lifetime: u32) -> (u32, u32) {
    let refresh = held(lifetime);
    let first = |state| (0..=lifetime).find(|second| refresh.state(at(*second)) == state);
    let mandatory = first(RefreshState::Mandatory).unwrap();
    let advisory = first(RefreshState::Advisory).unwrap_or(mandatory);
    (lifetime - advisory, lifetime - mandatory)
}

#[test]
fn derives_windows_from_the_lifetime() {
    for (lifetime, advisory) in
        [(360, 300), (1200, 300), (1201, 900), (5399, 900), (5400, 3600), (43_200, 3600)]
    {
        assert_eq!(windows(lifetime), (advisory, 60), "{lifetime}");
    }
}

#[test]
fn does_not_renew_short_lived_credentials_at_once() {
    for (lifetime, advisory, mandatory) in
        [(359, 299, 60), (120, 60, 60), (119, 59, 59), (60, 30, 30), (2, 1, 1), (1, 0, 0)]
    {
        assert_eq!(windows(lifetime), (advisory, mandatory), "{lifetime}");
    }
}

#[test]
fn renews_just_in_time_ten_seconds_before_the_expiry() {
    let just_in_time = |refresh: Refresh| refresh.renewing(Renewal::JustInTime);
    for refresh in [
        just_in_time(Refresh::new()),
        just_in_time(Refresh::new().spread()),
        just_in_time(Refresh::with_advisory_window(1800).spread()),
    ] {
        for (lifetime, due) in [(43_200, 43_190), (3600, 3590), (21, 11), (20, 10), (10, 5), (1, 1)]
        {
            let mut refresh = refresh;
            refresh.fetched("ASIA1", Some(at(lifetime)), at(0), u32::MAX).unwrap();
            assert_eq!(refresh.due(at(0)), Some(at(due)), "{lifetime}");
            assert_eq!(refresh.state(at(due - 1)), RefreshState::Valid, "{lifetime}");
            assert_eq!(refresh.state(at(due)), RefreshState::Mandatory, "{lifetime}");
        }
    }
}

#[test]
fn accepts_another_window() {
    for (seconds, advisory_at) in [(0, 3540), (59, 3540), (61, 3539), (3599, 60), (9999, 60)] {
        let mut refresh = Refresh::with_advisory_window(seconds);
        refresh.fetched("ASIA1", Some(at(3600)), at(0), 0).unwrap();
        assert_eq!(refresh.due(at(0)), Some(at(advisory_at)), "{seconds}");
    }
}

#[test]
fn spreads_the_random_number_over_the_pause() {
    for (random, rest) in [(0, 300), (120, 420), (300, 600), (301, 300), (u32::MAX, 401)] {
        let mut refresh = held(3600);
        refresh.failed(at(3600), random);
        assert_eq!(refresh.due(at(3600)), Some(at(3600 + rest)), "{random}");
    }
    for (random, rest) in [(0, 1), (4, 5), (5, 1)] {
        let mut refresh = Refresh::new();
        refresh.refused(at(0), random);
        assert_eq!(refresh.state(at(rest - 1)), RefreshState::Refused, "{random}");
        assert_eq!(refresh.state(at(rest)), RefreshState::Initial, "{random}");
    }
}

#[test]
fn asks_again_in_the_mandatory_window_if_nothing_is_newer() {
    let mut refresh = held(3600);
    let again = |refresh: &mut Refresh, now| refresh.fetched("ASIA1", Some(at(3600)), now, 0);
    assert_eq!(again(&mut refresh, at(2700)), Err(StaleCredentialsError::Unchanged));
    assert_eq!(refresh.due(at(2700)), Some(at(3000)));
    assert_eq!(again(&mut refresh, at(3300)), Err(StaleCredentialsError::Unchanged));
    assert_eq!(refresh.due(at(3300)), Some(at(3540)));
    assert_eq!(again(&mut refresh, at(3540)), Err(StaleCredentialsError::Unchanged));
    assert_eq!(refresh.due(at(3540)), Some(at(3570)));
    assert_eq!(refresh.fetched("ASIA1", Some(at(3601)), at(3540), 0), Ok(()), "it lives on");
}

#[test]
fn starts_a_spread_window_randomly_in_the_second_half() {
    for (lifetime, earliest, latest) in [
        (120, 60, 60),
        (600, 300, 300),
        (700, 350, 400),
        (1200, 751, 900),
        (1800, 900, 900),
        (3600, 2251, 2700),
        (5399, 4050, 4499),
        (21_600, 16_201, 18_000),
    ] {
        for (random, due) in [(0, latest), (u32::MAX, earliest)] {
            let mut refresh = Refresh::new().spread();
            refresh.fetched("ASIA1", Some(at(lifetime)), at(0), random).unwrap();
            assert_eq!(refresh.due(at(0)), Some(at(due)), "{lifetime}, {random}");
        }
    }
}

#[test]
fn spreads_the_last_chance_over_four_minutes() {
    for (fetched_at, random, due) in [
        (2999, 0, 3299),
        (2999, u32::MAX, 3301),
        (3200, 0, 3500),
        (3200, u32::MAX, 3301),
        (3250, 50, 3540),
        (3299, u32::MAX / 2, 3421),
        (3300, 30, 3360),
        (3519, 30, 3540),
        (3540, 0, 3570),
    ] {
        let mut refresh = Refresh::new().spread();
        refresh.fetched("ASIA1", Some(at(3600)), at(0), 0).unwrap();
        let mut failed = refresh;
        let again = refresh.fetched("ASIA1", Some(at(3600)), at(fetched_at), random);
        assert_eq!(again, Err(StaleCredentialsError::Unchanged));
        assert_eq!(refresh.due(at(fetched_at)), Some(at(due)), "{fetched_at}, {random}");
        failed.failed(at(fetched_at), random);
        let rests = if fetched_at < 3300 { due } else { fetched_at + short_rest(random) };
        assert_eq!(failed.due(at(fetched_at)), Some(at(rests)), "{fetched_at}, {random}");
    }
}

#[test]
fn ends_a_rest_before_the_expiry() {
    for is_spread in [false, true] {
        // Each failure follows the rest of the one before, from the first renewal on.
        for (random, attempts) in
            [(0, &[30, 45, 52][..]), (u32::MAX, &[30, 39, 45, 50]), (1 << 31, &[30, 42, 49, 53])]
        {
            let mut refresh = if is_spread { Refresh::new().spread() } else { Refresh::new() };
            refresh.fetched("ASIA1", Some(at(60)), at(0), random).unwrap();
            let mut now = at(0);
            for attempt in attempts {
                now = refresh.due(now).unwrap();
                assert_eq!(now, at(*attempt), "{random}");
                refresh.failed(now, random);
            }
        }
    }
    // Not sooner than it has to.
    for (failed_at, random, due) in [
        (2990, 299, 3589),
        (2990, 300, 3590),
        (2991, 300, 2991 + 609 / 2),
        (3300, 0, 3450),
        (3589, 0, 3594),
        (3590, 0, 3890),
        (3600, 0, 3900),
    ] {
        let mut refresh = held(3600);
        refresh.failed(at(failed_at), random);
        assert_eq!(refresh.due(at(failed_at)), Some(at(due)), "{failed_at}, {random}");
    }
    let mut refresh = held(60);
    refresh.failed_elsewhere(at(430), at(30));
    assert_eq!(refresh.due(at(30)), Some(at(45)));
}

#[test]
fn limits_a_pause_of_another_process_as_its_own() {
    let mut refresh = held(3600);
    refresh.invalidate("ASIA1");
    assert_eq!(refresh.rests_until(at(0)), None);
    for (until, due) in [(9, 9), (10, 10), (610, 610), (999, 610)] {
        refresh.failed_elsewhere(at(until), at(10));
        assert_eq!(refresh.due(at(10)), Some(at(due.max(10))), "{until}");
        assert_eq!(refresh.rests_until(at(10)), (until > 10).then_some(at(due)), "{until}");
    }
    assert_eq!(refresh.state(at(10)), RefreshState::BackingOff);
    refresh.refused_elsewhere(at(12), at(10));
    assert_eq!(refresh.state(at(11)), RefreshState::Refused);
    let mut initial = Refresh::new();
    initial.failed_elsewhere(at(12), at(10));
    assert_eq!(initial.state(at(10)), RefreshState::Initial);
    initial.refused_elsewhere(at(12), at(10));
    assert_eq!(initial.state(at(10)), RefreshState::Refused);
}

#[test]
fn does_not_count_returned_rejected_credentials_as_renewed() {
    let mut refresh = Refresh::new();
    refresh.fetched("ASIA1", None, at(0), 0).unwrap();
    assert_eq!((refresh.state(Timestamp::MAX), refresh.due(at(0))), (RefreshState::Valid, None));
    assert!(!refresh.invalidate("ASIA2") && refresh.invalidate("ASIA1"));
    assert_eq!(refresh.state(at(0)), RefreshState::Mandatory);
    assert_eq!(refresh.fetched("ASIA1", None, at(1), 0), Err(StaleCredentialsError::Unchanged));
    assert_eq!(refresh.due(at(1)), Some(at(301)));
    assert_eq!(refresh.fetched("ASIA2", None, at(301), 0), Ok(()));
    assert_eq!(refresh.state(at(301)), RefreshState::Valid);
}

#[test]
fn does_not_lengthen_a_pause_when_the_clock_is_set_back() {
    let mut refresh = held(3600);
    refresh.invalidate("ASIA1");
    refresh.failed(Timestamp::MAX, 0);
    assert_eq!(refresh.state(Timestamp::MAX), RefreshState::BackingOff);
    assert_eq!(refresh.state(at(0)), RefreshState::Mandatory);
}

#[test]
fn recognizes_codes_that_reject_credentials() {
    for code in ["ExpiredToken", "ExpiredTokenException", "InvalidToken"] {
        assert!(Refresh::is_rejection(code), "{code}");
    }
    for code in ["", "AccessDenied", "SignatureDoesNotMatch", "expiredtoken"] {
        assert!(!Refresh::is_rejection(code), "{code}");
    }
}

//! When credentials are renewed, at arbitrary times and in any order of events:
//! - `state` and `due` agree, whatever the clock does;
//! - a rest ends within ten minutes, so that no outage stops the renewals, and before the expiry of
//!   what is held unless that is less than ten seconds away, or a clock that was set back made it
//!   valid for longer than it was made for;
//! - without an event, time leads on from `Valid` to `Mandatory` and never back.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rolesig::{Refresh, RefreshState, Renewal, Timestamp};

const LONGEST_REST: u64 = 600;
/// Seconds before the expiry within which a failure is followed by a rest beyond it.
const LAST_SECONDS: u64 = 10;

#[derive(Arbitrary, Debug)]
enum Event {
    /// Seconds later.
    Later(u32),
    /// The clock is set, back too.
    ClockSet(u32),
    Fetched {
        id: u8,
        life: Option<u16>,
        random: u32,
    },
    Failed(u32),
    Refused(u32),
    Invalidate(u8),
}

#[derive(Arbitrary, Debug)]
struct Input {
    window: Option<u32>,
    is_spread: bool,
    is_just_in_time: bool,
    events: Vec<Event>,
}

fuzz_target!(|input: Input| {
    let mut refresh = input.window.map_or_else(Refresh::new, Refresh::with_advisory_window);
    if input.is_spread {
        refresh = refresh.spread();
    }
    if input.is_just_in_time {
        refresh = refresh.renewing(Renewal::JustInTime);
    }
    let mut now = Timestamp::from(1_440_938_160);
    let mut held: Option<(String, Option<Timestamp>)> = None;
    let mut was_set_back = false;
    for event in input.events {
        match event {
            Event::Later(seconds) => {
                let Some(later) = now.checked_add(seconds.into()) else { return };
                let (state, then) = (refresh.state(now), refresh.state(later));
                // Once the clock was set back, a rest may still begin that is over.
                let rests = was_set_back && state.is_due() && !then.is_due();
                assert!(order(state) <= order(then) || rests, "{state:?} {then:?}");
                now = later;
            }
            Event::ClockSet(to) => {
                was_set_back |= Timestamp::from(to) < now;
                now = Timestamp::from(to);
            }
            Event::Fetched { id, life, random } => {
                let id = format!("ASIA{id}");
                let expires_at = life.and_then(|life| now.checked_add(life.into()));
                let is_kept = refresh.fetched(&id, expires_at, now, random).is_ok();
                let is_dead = expires_at.is_some_and(|expires_at| expires_at <= now);
                let is_same = held.as_ref().is_some_and(|held| *held == (id.clone(), expires_at));
                assert_eq!(is_kept, !is_dead && !is_same);
                if is_kept {
                    held = Some((id, expires_at));
                    assert_eq!(refresh.state(now), RefreshState::Valid);
                } else if !was_set_back {
                    check_rest(&refresh, now, held.as_ref().and_then(|held| held.1));
                }
            }
            Event::Failed(random) => {
                refresh.failed(now, random);
                if !was_set_back {
                    check_rest(&refresh, now, held.as_ref().and_then(|held| held.1));
                }
            }
            Event::Refused(random) => {
                refresh.refused(now, random);
                let valid = refresh.state(now) == RefreshState::Valid;
                assert!(valid || refresh.state(now) == RefreshState::Refused);
            }
            Event::Invalidate(id) => {
                let id = format!("ASIA{id}");
                let is_held = held.as_ref().is_some_and(|held| held.0 == id);
                assert_eq!(refresh.invalidate(&id), is_held);
                assert!(!is_held || refresh.state(now) != RefreshState::Valid);
            }
        }
        check(&refresh, now, held.is_some());
    }
});

/// Returns the place of a state in the order in which time leads through them.
fn order(state: RefreshState) -> u8 {
    match state {
        RefreshState::Valid => 0,
        RefreshState::BackingOff | RefreshState::Refused => 1,
        RefreshState::Initial | RefreshState::Advisory => 2,
        RefreshState::Mandatory => 3,
        other => unreachable!("{other:?}"),
    }
}

/// After a failure the provider is asked again before what is held expires, with time to respond.
fn check_rest(refresh: &Refresh, now: Timestamp, expires_at: Option<Timestamp>) {
    let Some(expires_at) = expires_at else { return };
    let left = expires_at.seconds_since(now).unwrap_or(0);
    if left > LAST_SECONDS {
        let due = refresh.due(now).and_then(|due| expires_at.seconds_since(due));
        assert!(due.is_some_and(|room| room >= LAST_SECONDS / 2), "{left} {due:?}");
    }
}

fn check(refresh: &Refresh, now: Timestamp, is_held: bool) {
    let (state, due) = (refresh.state(now), refresh.due(now));
    assert_eq!(state.is_due(), due == Some(now), "{state:?} {due:?}");
    assert!(is_held || matches!(state, RefreshState::Initial | RefreshState::Refused));
    match (state, due) {
        (RefreshState::BackingOff | RefreshState::Refused, Some(due)) => {
            assert!(due.seconds_since(now).is_some_and(|rest| rest <= LONGEST_REST));
            assert!(refresh.state(due).is_due());
        }
        (RefreshState::Valid, Some(due)) => assert!(refresh.state(due) != RefreshState::Valid),
        (_, Some(due)) => assert_eq!(due, now),
        // Beyond the year 9999, or credentials that do not expire.
        (_, None) => assert_eq!(state, RefreshState::Valid),
    }
}

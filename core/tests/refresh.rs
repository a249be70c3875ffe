//! Renewal: AWS's own scenarios, played by a cache of one credential, and what must hold for any
//! provider at any times.

use proptest::collection::vec;
use proptest::prelude::*;
use rolesig::{Refresh, RefreshState, StaleCredentialsError, Timestamp};

mod scenarios;
mod start;

/// The response of a provider.
#[derive(Clone, Copy, Debug)]
enum FetchOutcome {
    /// New credentials, with their lifetime in seconds.
    New(u64),
    Unchanged,
    Expired,
    Failure,
    Refusal,
}

fn any_response() -> impl Strategy<Value = FetchOutcome> {
    prop_oneof![
        (1..50_000_u64).prop_map(FetchOutcome::New),
        (1..700_u64).prop_map(FetchOutcome::New),
        Just(FetchOutcome::Unchanged),
        Just(FetchOutcome::Expired),
        Just(FetchOutcome::Failure),
        Just(FetchOutcome::Refusal),
    ]
}

/// Steps of a second, of minutes, of hours.
fn any_step() -> impl Strategy<Value = u64> {
    prop_oneof![0..=2_u64, 0..=700_u64, 0..=50_000_u64]
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    (0..=Timestamp::MAX.as_unix()).prop_map(|seconds| Timestamp::from_unix(seconds).unwrap())
}

/// A program and its provider, with what is true of the credentials.
#[derive(Clone, Debug)]
struct World {
    refresh: Refresh,
    now: Timestamp,
    /// The number in the access key id of what is held, and when it expires.
    held: Option<(u32, Timestamp)>,
    made: u32,
    /// When the provider last answered, and what.
    last_response: Option<(Timestamp, FetchOutcome)>,
    is_invalidated: bool,
    is_spread: bool,
}

impl World {
    fn new(now: Timestamp, is_spread: bool) -> Self {
        let refresh = if is_spread { Refresh::new().spread() } else { Refresh::new() };
        let (held, last_response) = (None, None);
        Self { refresh, now, held, made: 0, last_response, is_invalidated: false, is_spread }
    }

    fn ask(&mut self, response: FetchOutcome, random: u32) {
        let response = match (response, self.held) {
            (FetchOutcome::Unchanged, None) => FetchOutcome::Failure,
            (FetchOutcome::Unchanged, Some((_, expires_at))) if expires_at <= self.now => {
                FetchOutcome::Expired
            }
            (FetchOutcome::New(lifetime), _) if self.now.checked_add(lifetime).is_none() => {
                FetchOutcome::Failure
            }
            (response, _) => response,
        };
        match response {
            FetchOutcome::New(lifetime) => {
                self.made += 1;
                let expires_at = self.now.checked_add(lifetime).unwrap();
                self.fetch(self.made, expires_at, random).unwrap();
                self.held = Some((self.made, expires_at));
                self.is_invalidated = false;
            }
            FetchOutcome::Unchanged => {
                let (number, expires_at) = self.held.unwrap();
                let fetched = self.fetch(number, expires_at, random);
                assert_eq!(fetched, Err(StaleCredentialsError::Unchanged));
            }
            FetchOutcome::Expired => {
                let fetched = self.fetch(u32::MAX, self.now, random);
                assert_eq!(fetched, Err(StaleCredentialsError::Expired));
            }
            FetchOutcome::Failure => self.refresh.failed(self.now, random),
            FetchOutcome::Refusal => self.refresh.refused(self.now, random),
        }
        self.last_response = Some((self.now, response));
    }

    fn fetch(
        &mut self,
        number: u32,
        expires_at: Timestamp,
        random: u32,
    ) -> Result<(), StaleCredentialsError> {
        self.refresh.fetched(&format!("ASIA{number}"), Some(expires_at), self.now, random)
    }

    fn has_expired(&self) -> bool {
        self.held.is_some_and(|(_, expires_at)| expires_at <= self.now)
    }

    /// The soonest that the provider may be asked again.
    fn soonest(&self) -> Timestamp {
        let Some((received_at, response)) = self.last_response else { return self.now };
        let later = |seconds| received_at.checked_add(seconds).unwrap_or(Timestamp::MAX);
        match (response, self.held) {
            (FetchOutcome::Refusal, _) => later(1),
            (FetchOutcome::New(_), _) if self.is_invalidated => received_at,
            (FetchOutcome::New(lifetime), _) => later(lifetime.div_ceil(2).min(60)),
            (_, None) => received_at,
            (_, Some((_, expires_at))) => {
                let before = |seconds| {
                    Timestamp::from_unix(expires_at.as_unix().saturating_sub(seconds)).unwrap()
                };
                let sooner = match response {
                    _ if self.is_spread && received_at < before(300) => Some(before(300)),
                    FetchOutcome::Unchanged => Some(before(60)),
                    _ => None,
                };
                let sooner = sooner.filter(|sooner| received_at < *sooner);
                let is_useless = self.is_invalidated || received_at >= before(300);
                let is_short = self.is_spread && is_useless;
                let (shortest, longest) = if is_short { (30, 60) } else { (300, 600) };
                let left = expires_at.as_unix().saturating_sub(received_at.as_unix());
                // A rest is cut short that would last up to the expiry.
                let is_cut_short = left > 10 && longest + 10 > left;
                let cut_short = left / 2 - left / 4;
                let rest = if is_cut_short { shortest.min(cut_short) } else { shortest };
                let rested = later(rest);
                sooner.map_or(rested, |sooner| rested.min(sooner))
            }
        }
    }
}

const fn rank(state: RefreshState) -> u8 {
    match state {
        RefreshState::Valid => 0,
        RefreshState::BackingOff | RefreshState::Refused => 1,
        RefreshState::Initial | RefreshState::Advisory => 2,
        RefreshState::Mandatory => 3,
        _ => unreachable!(),
    }
}

proptest! {
    /// A program that looks at the state before each use, with a provider that does anything.
    #[test]
    fn uses_and_renews_credentials_at_the_right_times(
        start in any_time(),
        is_spread: bool,
        steps in vec((any_step(), any_response(), any::<u32>(), 0..10_u8), 1..60),
    ) {
        let mut world = World::new(start, is_spread);
        for (seconds, response, random, chance) in steps {
            let Some(now) = world.now.checked_add(seconds) else { return Ok(()) };
            world.now = now;
            if chance == 0 && let Some((number, _)) = world.held {
                let is_held = world.refresh.invalidate(&format!("ASIA{number}"));
                prop_assert!(is_held);
                world.is_invalidated = true;
            }
            prop_assert!(!world.refresh.invalidate("ASIA0"), "was never held");

            let state = world.refresh.state(now);
            let is_initial = world.held.is_none() && state != RefreshState::Refused;
            prop_assert_eq!(state == RefreshState::Initial, is_initial);
            prop_assert_eq!(world.refresh.due(now) == Some(now), state.is_due());
            if state.is_due() {
                prop_assert!(now >= world.soonest(), "{:?}", world);
                world.ask(response, random);
            }

            // Expired credentials are used only soon after the provider had nothing better.
            let state = world.refresh.state(now);
            if world.has_expired() && state != RefreshState::Refused {
                prop_assert_eq!(state, RefreshState::BackingOff);
                let (received_at, response) = world.last_response.unwrap();
                prop_assert!(!matches!(response, FetchOutcome::New(_)));
                prop_assert!(now.seconds_since(received_at).unwrap() < 600);
                // The provider was asked once more, as late as it made sense.
                let (_, expires_at) = world.held.unwrap();
                let last = received_at.checked_add(10).unwrap_or(Timestamp::MAX);
                let is_late = last >= expires_at || matches!(response, FetchOutcome::Refusal);
                prop_assert!(is_late, "{:?}", world);
            }
        }
    }

    #[test]
    fn never_uses_expired_credentials_of_a_healthy_provider(
        start in any_time(),
        is_spread: bool,
        steps in vec((any_step(), 1..50_000_u64, any::<u32>()), 1..60),
    ) {
        let mut world = World::new(start, is_spread);
        for (seconds, lifetime, random) in steps {
            let Some(now) = world.now.checked_add(seconds) else { return Ok(()) };
            if now.checked_add(lifetime).is_none() {
                return Ok(());
            }
            world.now = now;
            if world.refresh.state(now).is_due() {
                world.ask(FetchOutcome::New(lifetime), random);
            }
            prop_assert!(!world.has_expired());
            prop_assert_eq!(world.refresh.state(now), RefreshState::Valid);
        }
    }

    #[test]
    fn moves_one_way_between_events(
        start in any_time(),
        is_spread: bool,
        steps in vec((any_step(), any_response(), any::<u32>()), 1..8),
        is_invalidated: bool,
        (one, other) in (any_step(), any_step()),
    ) {
        let mut world = World::new(start, is_spread);
        for (seconds, response, random) in steps {
            let Some(now) = world.now.checked_add(seconds) else { return Ok(()) };
            world.now = now;
            world.ask(response, random);
        }
        if is_invalidated {
            world.refresh.invalidate(&format!("ASIA{}", world.made));
        }
        let later = |seconds| world.now.checked_add(seconds).unwrap_or(Timestamp::MAX);
        let (first, second) = (later(one.min(other)), later(one.max(other)));
        let state = |at| world.refresh.state(at);
        prop_assert!(rank(state(first)) <= rank(state(second)));

        // A timer that is set to `due` is neither late nor early.
        let due = world.refresh.due(first);
        prop_assert_eq!(due.is_some_and(|due| second >= due), state(second).is_due());
        prop_assert!(due.is_none_or(|due| due >= first && state(due).is_due()));
    }

    #[test]
    fn accepts_any_times_in_any_order(
        events in vec((any_time(), any::<u8>(), any::<Option<u32>>(), any::<u32>(), 0..5_u8), 0..20),
        window: Option<u32>,
        now in any_time(),
    ) {
        let mut refresh = window.map_or(Refresh::new(), Refresh::with_advisory_window);
        for (at, id, lifetime, random, event) in events {
            let expires_at = lifetime.and_then(|seconds| at.checked_add(seconds.into()));
            match event {
                0 => refresh.failed(at, random),
                1 => refresh.refused(at, random),
                2 => drop(refresh.invalidate(&id.to_string())),
                _ => drop(refresh.fetched(&id.to_string(), expires_at, at, random)),
            }
        }
        // Whatever the clock did, a rest is over after ten minutes.
        if matches!(refresh.state(now), RefreshState::BackingOff | RefreshState::Refused) {
            let later = now.checked_add(600).unwrap_or(Timestamp::MAX);
            prop_assert!(refresh.state(later).is_due() || later == Timestamp::MAX);
        }
    }
}

#[test]
fn stays_small() {
    assert!(size_of::<Refresh>() <= 64);
}

#[test]
fn works_at_both_ends_of_time() {
    for now in [Timestamp::EPOCH, Timestamp::MAX] {
        let mut refresh = Refresh::new();
        assert_eq!(
            refresh.fetched("ASIA1", Some(now), now, 0),
            Err(StaleCredentialsError::Expired)
        );
        assert_eq!(refresh.state(now), RefreshState::Initial);
        assert_eq!(refresh.fetched("ASIA1", None, now, 0), Ok(()));
        assert_eq!((refresh.state(now), refresh.due(now)), (RefreshState::Valid, None));
        refresh.invalidate("ASIA1");
        assert_eq!((refresh.state(now), refresh.due(now)), (RefreshState::Mandatory, Some(now)));
        refresh.failed(now, u32::MAX);
        assert_eq!(refresh.state(now), RefreshState::BackingOff);
        assert_eq!(refresh.due(now), now.checked_add(401));
    }

    // As long as there can be, renewed an hour before the last second.
    let mut refresh = Refresh::with_advisory_window(u32::MAX);
    refresh.fetched("ASIA1", Some(Timestamp::MAX), Timestamp::EPOCH, 0).unwrap();
    let window = Timestamp::MAX.seconds_since(Timestamp::from(u32::MAX)).unwrap();
    assert_eq!(refresh.due(Timestamp::EPOCH), Timestamp::from_unix(window));
    let mut refresh = Refresh::new();
    refresh.fetched("ASIA1", Some(Timestamp::MAX), Timestamp::EPOCH, 0).unwrap();
    assert_eq!(refresh.due(Timestamp::EPOCH).unwrap().checked_add(3600), Some(Timestamp::MAX));
    assert_eq!(refresh.state(Timestamp::MAX), RefreshState::Mandatory);
}

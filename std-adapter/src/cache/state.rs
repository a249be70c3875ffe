//! The state of a cache, and how each outcome of a fetch changes it. It does no I/O.

use core::fmt::Display;
use core::time::Duration;
use std::sync::Arc;

use rolesig::{ClockSkew, Refresh, RefreshState, Renewal, StaleCredentialsError, Timestamp};
use tokio::time::Instant;

use super::error::CacheError;
use super::settings::CacheSettings;
use super::status::{CacheFailure, CacheStatus};
use crate::cache::shared_file::{Record, SharedCredentials, SharedFailure};
use crate::identity::{Identity, LONGEST_SESSION, Source};

/// The time that a failure answers all tasks where there are no credentials. Otherwise each of a
/// thousand requests would ask a provider that is down, one after the other. AWS leaves the first
/// fetch out of its backoff, and so does this: five seconds are no longer than a person waits
/// before the next try.
const FAILURE_STANDS: Duration = Duration::from_secs(5);

/// Seconds by which a provider's clock may disagree with the life of a new session.
const LEEWAY: u64 = 300;

/// Seconds for which credentials that had expired when they came are used, and up to half as long
/// again at random.
///
/// Source: aws-config 1.x, `imds/credentials.rs` (`maybe_extend_expiration`).
const EXTENSION: u32 = 600;

/// The most seconds that a failure of another process counts; a longer time means that the clock
/// was set back.
const LONGEST_REST: u64 = 600;

/// The result of a request to the cache.
pub(super) type CacheOutcome<E> = Result<Arc<Identity>, CacheError<E>>;

/// The credentials that a cache holds, when to renew them, and how the last fetch failed.
pub(super) struct CacheState<E> {
    pub(super) refresh: Refresh,
    pub(super) identity: Option<Arc<Identity>>,
    pub(super) fetched_at: Timestamp,
    /// The access key id that a service refused last. It is not for other processes either.
    pub(super) rejected: Option<String>,
    pub(super) failure: Option<LastFailure<E>>,
    /// The skew of the host's clock, by the provider's own responses.
    pub(super) skew: ClockSkew,
}

/// The last failure.
pub(super) struct LastFailure<E> {
    error: CacheError<E>,
    at: Timestamp,
    /// The end of its time where there are no credentials, by a clock that nobody sets.
    until: Instant,
}

impl<E> LastFailure<E> {
    /// Returns whether it still answers all who ask where there are no credentials.
    pub(super) fn stands(&self) -> bool {
        Instant::now() < self.until
    }
}

/// The part of a shared file that is newer than what this process has.
pub(super) enum Found {
    Credentials(SharedCredentials),
    Failure(SharedFailure),
}

impl<E: Display> CacheState<E> {
    /// Returns the state of a cache that has not fetched yet.
    pub(super) const fn new(refresh: Refresh) -> Self {
        Self {
            refresh,
            identity: None,
            fetched_at: Timestamp::EPOCH,
            rejected: None,
            failure: None,
            skew: ClockSkew::NONE,
        }
    }

    /// Returns the provider's time, where `clock` is the time by the host's clock.
    pub(super) fn provider_time(&self, clock: Timestamp) -> Timestamp {
        self.skew.apply(clock)
    }

    /// Returns the outcome in this state without a fetch, or after a fetch that brought nothing.
    pub(super) fn outcome(&self, state: RefreshState) -> CacheOutcome<E> {
        let identity = self.identity.as_ref().filter(|_| state != RefreshState::Refused);
        let error = || self.failure.as_ref().map_or(CacheError::CutOff, |last| last.error.clone());
        identity.map(Arc::clone).ok_or_else(error)
    }

    /// Returns what is held at this time.
    pub(super) fn status(&self, now: Timestamp, is_fetching: bool) -> CacheStatus<E> {
        let identity = self.identity.clone();
        let last_failure = self.failure.as_ref();
        CacheStatus {
            refresh: self.refresh.state(now),
            is_fetching,
            fetched_at: identity.as_ref().map(|_| self.fetched_at),
            seconds_left: identity.as_ref().and_then(|held| held.seconds_left(now)),
            identity,
            clock_skew: self.skew,
            last_failure: last_failure
                .map(|last| CacheFailure { error: last.error.clone(), at: last.at }),
        }
    }

    /// Records that a service rejected credentials; returns `false` if they were replaced already.
    pub(super) fn invalidate(&mut self, access_key_id: &str, settings: &CacheSettings) -> bool {
        if !self.refresh.invalidate(access_key_id) {
            return false;
        }
        self.rejected = Some(access_key_id.to_owned());
        if !settings.uses_expired {
            self.forget(settings);
        }
        true
    }

    /// Returns whether a service rejected these credentials last.
    pub(super) fn is_rejected(&self, identity: &Identity) -> bool {
        self.rejected.as_deref() == Some(identity.credentials().access_key_id)
    }

    /// Forgets credentials that have expired, if the settings or their source say so.
    pub(super) fn forget_expired(&mut self, now: Timestamp, settings: &CacheSettings) {
        let has_expired = self.identity.as_ref().is_some_and(|held| held.expires_within(0, now));
        if has_expired && !self.outlives_expiry(settings) {
            self.forget(settings);
        }
    }

    /// Returns whether the credentials are used even after they have expired.
    fn outlives_expiry(&self, settings: &CacheSettings) -> bool {
        let is_ahead = |held: &Arc<Identity>| held.renewal() == Renewal::Ahead;
        settings.uses_expired && self.identity.as_ref().is_some_and(is_ahead)
    }

    fn forget(&mut self, settings: &CacheSettings) {
        self.identity = None;
        self.refresh = settings.refresh;
    }

    /// Takes what the provider answered at this time by the host's clock.
    pub(super) fn fetched(
        &mut self,
        identity: Identity,
        clock: Timestamp,
        random: u32,
        settings: &CacheSettings,
    ) -> Result<(), StaleCredentialsError> {
        self.skew = confirmed(&identity, clock).unwrap_or(self.skew);
        let now = self.skew.apply(clock);
        let mut identity = bounded(identity, now);
        let is_first = self.identity.is_none() && settings.uses_expired;
        if is_first && matches!(identity.source(), Source::Imds { .. }) {
            identity = extended(identity, now, random);
        }
        let access_key_id = identity.credentials().access_key_id;
        // The rejected credentials can have been forgotten since.
        let is_forgotten = self.identity.is_none() && !settings.uses_expired;
        let fetched = if is_forgotten && self.is_rejected(&identity) {
            Err(StaleCredentialsError::Unchanged)
        } else {
            self.refresh = self.refresh.renewing(identity.renewal());
            self.refresh.fetched(access_key_id, identity.expires_at(), now, random)
        };
        match fetched {
            Ok(()) => self.keep(Arc::new(identity), now),
            Err(stale) => self.fail(CacheError::Stale(stale), now, FAILURE_STANDS),
        }
        fetched
    }

    /// Takes a failure of the provider. After a final one no attempt can succeed.
    pub(super) fn failed(
        &mut self,
        error: E,
        is_final: bool,
        now: Timestamp,
        random: u32,
        settings: &CacheSettings,
    ) {
        let is_rejected = self.identity.as_ref().is_some_and(|held| self.is_rejected(held));
        if is_rejected && !self.outlives_expiry(settings) {
            self.forget(settings);
        }
        if is_final {
            self.refresh.refused(now, random);
        } else {
            self.refresh.failed(now, random);
        }
        self.fail(CacheError::Provider(Arc::new(error)), now, FAILURE_STANDS);
    }

    /// Takes the end of a fetch whose outcome is not known.
    pub(super) fn cut_off(&mut self, now: Timestamp, random: u32) {
        self.refresh.failed(now, random);
        self.fail(CacheError::CutOff, now, FAILURE_STANDS);
    }

    /// Returns the part of a record that is better than what this process holds, if there is one.
    pub(super) fn choose(&self, record: Record, now: Timestamp) -> Option<Found> {
        if let Some(shared) = record.credentials.filter(|shared| self.is_better(shared, now)) {
            return Some(Found::Credentials(shared));
        }
        record.failure.filter(|failure| self.counts(failure, now)).map(Found::Failure)
    }

    /// Returns whether credentials of another process are valid, and for longer than those
    /// here.
    fn is_better(&self, shared: &SharedCredentials, now: Timestamp) -> bool {
        let expiry = |identity: &Identity| identity.expires_at().unwrap_or(Timestamp::MAX);
        let held = self.identity.as_ref().filter(|identity| !self.is_rejected(identity));
        let is_later = held.is_none_or(|held| expiry(&shared.identity) > expiry(held));
        let state = with_shared(self.refresh, shared, now, 0).map(|refresh| refresh.state(now));
        let is_good = matches!(state, Ok(RefreshState::Valid | RefreshState::Advisory));
        is_later && is_good && !self.is_rejected(&shared.identity)
    }

    /// Returns whether a failure of another process answers here, too.
    fn counts(&self, failure: &SharedFailure, now: Timestamp) -> bool {
        let left = failure.until.seconds_since(now).unwrap_or(0);
        // The backoff begins after the first fetch.
        let is_recent = |age| age < FAILURE_STANDS.as_secs();
        let counts = self.identity.is_some()
            || failure.is_final
            || now.seconds_since(failure.at).is_some_and(is_recent);
        left > 0 && left <= LONGEST_REST && counts
    }

    /// Takes what another process left, and returns the outcome then.
    pub(super) fn found(
        &mut self,
        found: Found,
        now: Timestamp,
        random: u32,
        settings: &CacheSettings,
    ) -> CacheOutcome<E> {
        match found {
            Found::Credentials(shared) => self.take(shared, now, random),
            Found::Failure(failure) => self.failed_elsewhere(&failure, now),
        }
        self.settled(now, settings)
    }

    /// Returns the outcome after a fetch.
    pub(super) fn settled(&mut self, now: Timestamp, settings: &CacheSettings) -> CacheOutcome<E> {
        self.forget_expired(now, settings);
        self.outcome(self.refresh.state(now))
    }

    /// Takes credentials of another process that are better than these.
    fn take(&mut self, shared: SharedCredentials, now: Timestamp, random: u32) {
        if let Ok(refresh) = with_shared(self.refresh, &shared, now, random) {
            self.refresh = refresh;
            self.keep(shared.identity, shared.fetched_at.min(now));
        }
    }

    /// Takes a failure of another process.
    fn failed_elsewhere(&mut self, failure: &SharedFailure, now: Timestamp) {
        if failure.is_final {
            self.refresh.refused_elsewhere(failure.until, now);
        } else {
            self.refresh.failed_elsewhere(failure.until, now);
        }
        let age = Duration::from_secs(now.seconds_since(failure.at).unwrap_or(0));
        let stands = FAILURE_STANDS.saturating_sub(age);
        self.fail(CacheError::OtherProcess(Arc::clone(&failure.message)), failure.at, stands);
    }

    /// Returns what to leave to other processes after the provider was asked: nothing that was
    /// rejected or has expired.
    pub(super) fn record(&self, is_failure: bool, now: Timestamp) -> Record {
        let identity = self
            .identity
            .as_ref()
            .filter(|identity| !self.is_rejected(identity) && !identity.expires_within(0, now));
        let credentials = identity.map(|identity| SharedCredentials {
            identity: Arc::clone(identity),
            fetched_at: self.fetched_at,
        });
        let failure = self.failure.as_ref().filter(|_| is_failure).map(|failure| {
            let until = self.refresh.rests_until(now);
            let until = until.or_else(|| now.checked_add(FAILURE_STANDS.as_secs()));
            let is_final = self.refresh.state(now) == RefreshState::Refused;
            let message = failure.error.to_string();
            SharedFailure::new(now, until.unwrap_or(now), is_final, &message)
        });
        Record { credentials, failure }
    }

    fn keep(&mut self, identity: Arc<Identity>, fetched_at: Timestamp) {
        self.identity = Some(identity);
        self.fetched_at = fetched_at;
        self.failure = None;
    }

    fn fail(&mut self, error: CacheError<E>, at: Timestamp, stands: Duration) {
        self.failure = Some(LastFailure { error, at, until: Instant::now() + stands });
    }
}

/// Returns how far the host's clock is off by the provider's response, if the credentials in it
/// confirm that: they are good by that clock, and not for longer than any session. A clock that
/// contradicts them is wrong itself, and would make good credentials useless.
fn confirmed(identity: &Identity, clock: Timestamp) -> Option<ClockSkew> {
    let skew = identity.clock_skew()?;
    let life = identity.expires_at()?.seconds_since(skew.apply(clock))?;
    (1..=LONGEST_SESSION + LEEWAY).contains(&life).then_some(skew)
}

/// Bounds the expiry by the longest life of credentials from their source.
fn bounded(identity: Identity, now: Timestamp) -> Identity {
    let latest = identity.source().longest_life().and_then(|life| now.checked_add(life));
    let expires_at = identity.expires_at().unwrap_or(Timestamp::MAX);
    match latest.filter(|latest| *latest < expires_at) {
        Some(latest) => identity.with_expiry(latest),
        None => identity,
    }
}

/// Moves the expiry to some minutes from now, if they have expired.
fn extended(identity: Identity, now: Timestamp, random: u32) -> Identity {
    let extension = EXTENSION + random % (EXTENSION / 2 + 1);
    match now.checked_add(extension.into()) {
        Some(expires_at) if identity.expires_within(0, now) => identity.with_expiry(expires_at),
        _ => identity,
    }
}

/// Returns the schedule with credentials that another process fetched, whose life began then.
fn with_shared(
    mut refresh: Refresh,
    shared: &SharedCredentials,
    now: Timestamp,
    random: u32,
) -> Result<Refresh, StaleCredentialsError> {
    let identity = &shared.identity;
    let fetched_at = shared.fetched_at.min(now);
    let access_key_id = identity.credentials().access_key_id;
    refresh = refresh.renewing(identity.renewal());
    refresh.fetched(access_key_id, identity.expires_at(), fetched_at, random)?;
    Ok(refresh)
}

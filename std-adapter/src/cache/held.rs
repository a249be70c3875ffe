//! What a cache holds, and what becomes of it with each outcome of a fetch.

use core::time::Duration;
use std::sync::Arc;

use rolesig::{ClockSkew, Refresh, RefreshState, Renewal, StaleCredentialsError, Timestamp};
use tokio::time::Instant;

use super::flight::Flight;
use super::{Answer, CacheError, CacheSettings};
use crate::identity::{Identity, LONGEST_SESSION, Source};
use crate::provider::ProvideCredentials;
use crate::shared_file::{Record, SharedCredentials, SharedFailure, SharedFileError};

/// Without credentials a failure stands for all who ask in this time, or each of a thousand requests
/// would ask a provider that is down, one after the other. AWS leaves the first fetch out of its
/// backoff, and so does this: five seconds are no longer than a person waits before the next try.
pub(super) const FAILURE_STANDS: Duration = Duration::from_secs(5);

/// Seconds by which a provider's clock may disagree with the life of a session that it has just begun.
const LEEWAY: u64 = 300;

/// Seconds for which credentials that had expired when they came are used, and up to half as long
/// again at random.
///
/// Source: aws-config 1.x, `imds/credentials.rs` (`maybe_extend_expiration`).
const EXTENSION: u32 = 600;

/// All that a cache knows.
pub(super) struct Held<P: ProvideCredentials> {
    pub(super) refresh: Refresh,
    pub(super) identity: Option<Arc<Identity>>,
    pub(super) fetched_at: Timestamp,
    /// What a service refused last. It is not for other processes either.
    pub(super) rejected: Option<String>,
    pub(super) failure: Option<Failure<P>>,
    pub(super) flight: Option<Flight<P>>,
    /// Of the provider, by its own answers.
    pub(super) skew: ClockSkew,
    pub(super) file_error: Option<Arc<SharedFileError>>,
}

/// The last one.
pub(super) struct Failure<P: ProvideCredentials> {
    error: CacheError<P::Error>,
    /// Without credentials, by a clock that nobody sets.
    until: Instant,
}

impl<P: ProvideCredentials> Failure<P> {
    pub(super) fn stands(&self) -> bool {
        Instant::now() < self.until
    }
}

impl<P: ProvideCredentials> Held<P> {
    pub(super) const fn new(refresh: Refresh) -> Self {
        Self {
            refresh,
            identity: None,
            fetched_at: Timestamp::EPOCH,
            rejected: None,
            failure: None,
            flight: None,
            skew: ClockSkew::NONE,
            file_error: None,
        }
    }

    /// What there is to say in this state without a fetch, or after a fetch that was in vain.
    pub(super) fn answer(&self, state: RefreshState) -> Answer<P> {
        let identity = self.identity.as_ref().filter(|_| state != RefreshState::Refused);
        let error = || self.failure.as_ref().map_or(CacheError::CutOff, |last| last.error.clone());
        identity.map(Arc::clone).ok_or_else(error)
    }

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

    pub(super) fn is_rejected(&self, identity: &Identity) -> bool {
        self.rejected.as_deref() == Some(identity.credentials().access_key_id)
    }

    /// As if it had never been, if that is what the settings or the source say.
    pub(super) fn forget_expired(&mut self, now: Timestamp, settings: &CacheSettings) {
        let has_expired = self.identity.as_ref().is_some_and(|held| held.expires_within(0, now));
        if has_expired && !self.outlives_expiry(settings) {
            self.forget(settings);
        }
    }

    /// Whether what is held is used even after it has expired.
    fn outlives_expiry(&self, settings: &CacheSettings) -> bool {
        let is_ahead = |held: &Arc<Identity>| held.renewal() == Renewal::Ahead;
        settings.uses_expired && self.identity.as_ref().is_some_and(is_ahead)
    }

    fn forget(&mut self, settings: &CacheSettings) {
        self.identity = None;
        self.refresh = settings.refresh;
    }

    /// The provider answered, at this time by the host's clock.
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
        // What was rejected may have been forgotten since.
        let is_forgotten = self.identity.is_none() && !settings.uses_expired;
        let fetched = if is_forgotten && self.is_rejected(&identity) {
            Err(StaleCredentialsError::Unchanged)
        } else {
            self.refresh = self.refresh.renewing(identity.renewal());
            self.refresh.fetched(access_key_id, identity.expires_at(), now, random)
        };
        match fetched {
            Ok(()) => self.keep(Arc::new(identity), now),
            Err(stale) => self.fail(CacheError::Stale(stale), FAILURE_STANDS),
        }
        fetched
    }

    /// The provider failed.
    pub(super) fn failed(
        &mut self,
        error: P::Error,
        now: Timestamp,
        random: u32,
        settings: &CacheSettings,
    ) {
        let is_rejected = self.identity.as_ref().is_some_and(|held| self.is_rejected(held));
        if is_rejected && !self.outlives_expiry(settings) {
            self.forget(settings);
        }
        if P::is_final(&error) {
            self.refresh.refused(now, random);
        } else {
            self.refresh.failed(now, random);
        }
        self.fail(CacheError::Provider(Arc::new(error)), FAILURE_STANDS);
    }

    /// Nobody knows what the provider would have said.
    pub(super) fn cut_off(&mut self, now: Timestamp, random: u32) {
        self.refresh.failed(now, random);
        self.fail(CacheError::CutOff, FAILURE_STANDS);
    }

    /// Another process has credentials that are better than these.
    pub(super) fn take(&mut self, shared: SharedCredentials, now: Timestamp, random: u32) {
        if let Ok(refresh) = with_shared(self.refresh, &shared, now, random) {
            self.refresh = refresh;
            self.keep(shared.identity, shared.fetched_at.min(now));
        }
    }

    /// Another process failed.
    pub(super) fn failed_elsewhere(&mut self, failure: &SharedFailure, now: Timestamp) {
        if failure.is_final {
            self.refresh.refused_elsewhere(failure.until, now);
        } else {
            self.refresh.failed_elsewhere(failure.until, now);
        }
        let age = Duration::from_secs(now.seconds_since(failure.at).unwrap_or(0));
        let stands = FAILURE_STANDS.saturating_sub(age);
        self.fail(CacheError::Elsewhere(Arc::clone(&failure.message)), stands);
    }

    /// What to leave to other processes after the provider was asked. What was rejected or has
    /// expired is nothing to them.
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

    fn fail(&mut self, error: CacheError<P::Error>, stands: Duration) {
        self.failure = Some(Failure { error, until: Instant::now() + stands });
    }
}

/// How far the host's clock is off by the provider's answer, if the credentials in it confirm it: they
/// are good by that clock, and not for longer than any session. A clock that contradicts them is wrong
/// itself, and would make good credentials useless.
fn confirmed(identity: &Identity, clock: Timestamp) -> Option<ClockSkew> {
    let skew = identity.clock_skew()?;
    let life = identity.expires_at()?.seconds_since(skew.apply(clock))?;
    (1..=LONGEST_SESSION + LEEWAY).contains(&life).then_some(skew)
}

/// With no later expiry than credentials from there can have.
fn bounded(identity: Identity, now: Timestamp) -> Identity {
    let latest = identity.source().longest_life().and_then(|life| now.checked_add(life));
    let expires_at = identity.expires_at().unwrap_or(Timestamp::MAX);
    match latest.filter(|latest| *latest < expires_at) {
        Some(latest) => identity.with_expiry(latest),
        None => identity,
    }
}

/// With an expiry in some minutes, if they have expired.
fn extended(identity: Identity, now: Timestamp, random: u32) -> Identity {
    let extension = EXTENSION + random % (EXTENSION / 2 + 1);
    match now.checked_add(extension.into()) {
        Some(expires_at) if identity.expires_within(0, now) => identity.with_expiry(expires_at),
        _ => identity,
    }
}

/// What it would be with credentials that another process fetched, which began to live then.
pub(super) fn with_shared(
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

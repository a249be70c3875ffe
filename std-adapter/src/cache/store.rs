//! The provider of a cache, its state and the fetch under way, which the tasks of a cache share.

use core::ops::{Deref, DerefMut};
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rolesig::Timestamp;

use super::cross_process::CrossProcess;
use super::fetch::Fetch;
use super::settings::CacheSettings;
use super::state::{CacheOutcome, CacheState, Found};
use super::status::CacheStatus;
use crate::cache::shared_file::Record;
use crate::provider::ProvideCredentials;

/// The part of a cache that its tasks share.
pub(super) struct Store<P: ProvideCredentials> {
    /// A mutex of tokio, since it is held across awaits, and is not poisoned if the provider
    /// panics.
    pub(super) provider: tokio::sync::Mutex<P>,
    pub(super) settings: CacheSettings,
    pub(super) cross_process: Option<CrossProcess>,
    /// The longest time that the provider takes.
    pub(super) max_fetch_time: Duration,
    /// Never held across an await.
    held: Mutex<Locked<P::Error>>,
}

/// The state of a cache, and the fetch under way.
pub(super) struct Locked<E> {
    state: CacheState<E>,
    pub(super) fetch: Option<Fetch<CacheOutcome<E>>>,
}

impl<P: ProvideCredentials> Store<P> {
    /// Returns a store that holds no credentials yet.
    pub(super) fn new(provider: P, settings: CacheSettings) -> Self {
        let held = Locked { state: CacheState::new(settings.refresh), fetch: None };
        let (clock, max_fetch_time) = (settings.clock, provider.max_fetch_time());
        let shared_file = settings.shared_file.clone();
        let cross_process = shared_file.map(|file| CrossProcess::new(file, clock, max_fetch_time));
        let provider = tokio::sync::Mutex::new(provider);
        Self { provider, settings, cross_process, max_fetch_time, held: Mutex::new(held) }
    }

    /// Locks the state. Nothing that panics is done meanwhile, and if it were, the state is whole.
    pub(super) fn held(&self) -> MutexGuard<'_, Locked<P::Error>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the provider's time.
    pub(super) fn now(&self, state: &CacheState<P::Error>) -> Timestamp {
        state.provider_time(self.settings.clock.now())
    }

    /// Returns what is held now.
    pub(super) fn status(&self) -> CacheStatus<P::Error> {
        let held = self.held();
        held.status(self.now(&held), held.fetch.is_some())
    }

    /// Returns the part of a record that is better than what this process holds.
    pub(super) fn choose(&self, record: Record) -> Option<Found> {
        let held = self.held();
        held.choose(record, self.now(&held))
    }

    /// Takes what another process left.
    pub(super) fn found(&self, found: Found) -> CacheOutcome<P::Error> {
        let mut held = self.held();
        let (now, random) = (self.now(&held), self.settings.clock.random());
        held.found(found, now, random, &self.settings)
    }
}

impl<E> Deref for Locked<E> {
    type Target = CacheState<E>;

    fn deref(&self) -> &CacheState<E> {
        &self.state
    }
}

impl<E> DerefMut for Locked<E> {
    fn deref_mut(&mut self) -> &mut CacheState<E> {
        &mut self.state
    }
}

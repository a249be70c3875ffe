//! The task that fetches: it asks the provider, or takes what another process left.

use core::future::poll_fn;
use core::pin::pin;
use std::sync::Arc;

use super::cross_process::Turn;
use super::fetch::{Completion, Fetch};
use super::state::CacheOutcome;
use super::store::Store;
use super::trace;
use crate::provider::ProvideCredentials;

/// A fetch that is to begin. When it is dropped it has ended, with an outcome or without one, and
/// all who wait for it learn that.
pub(super) struct FetchTask<P: ProvideCredentials> {
    store: Arc<Store<P>>,
    completion: Completion<CacheOutcome<P::Error>>,
    outcome: Option<CacheOutcome<P::Error>>,
    /// True while the provider's own code runs: if it is true at the end, the provider panicked.
    is_in_provider: bool,
}

impl<P: ProvideCredentials> FetchTask<P> {
    /// Returns a task, and the fetch that others wait for.
    pub(super) fn new(store: Arc<Store<P>>) -> (Self, Fetch<CacheOutcome<P::Error>>) {
        let (completion, fetch) = Fetch::new();
        (Self { store, completion, outcome: None, is_in_provider: false }, fetch)
    }

    /// Fetches, in turn with other processes if they share a file.
    pub(super) async fn run(mut self) {
        let store = Arc::clone(&self.store);
        let Some(cross_process) = &store.cross_process else {
            self.ask().await;
            return;
        };
        match cross_process.turn(|record| store.choose(record)).await {
            Turn::Found(found) => self.outcome = Some(store.found(found)),
            Turn::Alone => drop(self.ask().await),
            Turn::Ask(lock) => {
                let is_failure = self.ask().await;
                let (record, rejected) = {
                    let held = store.held();
                    (held.record(is_failure, store.now(&held)), held.rejected.clone())
                };
                cross_process.leave(record, rejected, lock, || drop(self)).await;
            }
        }
    }

    /// Asks the provider; returns whether it had nothing better than what is held.
    async fn ask(&mut self) -> bool {
        let Self { store, is_in_provider, .. } = self;
        let clock = store.settings.clock;
        let fetched = {
            let mut provider = store.provider.lock().await;
            let mut fetching = pin!(provider.fetch(clock));
            poll_fn(|context| {
                *is_in_provider = true;
                let polled = fetching.as_mut().poll(context);
                *is_in_provider = false;
                polled
            })
            .await
        };
        let mut held = store.held();
        let (time, random) = (clock.now(), clock.random());
        let is_failure = match fetched {
            Ok(identity) => held.fetched(identity, time, random, &store.settings).is_err(),
            Err(error) => {
                let (now, is_final) = (held.provider_time(time), P::is_final(&error));
                held.failed(error, is_final, now, random, &store.settings);
                true
            }
        };
        let now = store.now(&held);
        let outcome = held.settled(now, &store.settings);
        drop(held);
        self.outcome = Some(outcome);
        is_failure
    }
}

impl<P: ProvideCredentials> Drop for FetchTask<P> {
    fn drop(&mut self) {
        let mut outcome = self.outcome.take();
        let store = &self.store;
        let mut held = store.held();
        let now = store.now(&held);
        // A provider that panics has failed. A runtime that ends says nothing about it, not even if
        // it ends in the panic of another task.
        if outcome.is_none() && self.is_in_provider {
            held.cut_off(now, store.settings.clock.random());
            outcome = Some(held.settled(now, &store.settings));
        }
        held.fetch = None;
        let status = held.status(now, false);
        drop(held);
        match outcome {
            Some(outcome) => {
                trace::fetched(&status);
                self.completion.complete(outcome);
            }
            None => trace::cut_off(),
        }
    }
}

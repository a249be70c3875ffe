//! One fetch for all who wait for it.

use std::sync::Arc;
use std::thread::panicking;

use tokio::sync::watch;

use super::share::{self, Share};
use super::{Answer, Store};
use crate::provider::ProvideCredentials;

/// A fetch under way, as whoever waits for it sees it.
pub(super) struct Flight<P: ProvideCredentials>(watch::Receiver<Option<Answer<P>>>);

impl<P: ProvideCredentials> Clone for Flight<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: ProvideCredentials> Flight<P> {
    /// What came of it; `None` if the runtime that it was on has ended.
    pub(super) async fn landed(mut self) -> Option<Answer<P>> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}

/// A fetch that is to begin. When it is dropped it has ended, one way or the other, and all who wait
/// for it are told: the answer, or by the end of the channel that there is none.
pub(super) struct Departure<P: ProvideCredentials> {
    store: Arc<Store<P>>,
    landing: watch::Sender<Option<Answer<P>>>,
    answer: Option<Answer<P>>,
}

impl<P: ProvideCredentials> Departure<P> {
    pub(super) fn new(store: Arc<Store<P>>) -> (Self, Flight<P>) {
        let (landing, flight) = watch::channel(None);
        (Self { store, landing, answer: None }, Flight(flight))
    }

    pub(super) async fn fly(mut self) {
        let store = Arc::clone(&self.store);
        let Some(file) = store.settings.shared_file.clone().map(Arc::new) else {
            self.ask().await;
            return;
        };
        match share::turn(&store, &file).await {
            Share::Found(found) => self.answer = Some(store.found(found)),
            Share::Alone => drop(self.ask().await),
            Share::Turn(lock) => {
                let is_failure = self.ask().await;
                share::leave(&store, &file, lock, is_failure, || drop(self)).await;
            }
        }
    }

    /// Whether the provider had nothing better than what is held.
    async fn ask(&mut self) -> bool {
        let fetched = self.store.provider.lock().await.fetch().await;
        let mut held = self.store.held();
        let (clock, random) = (self.store.clock(), self.store.random());
        let is_failure = match fetched {
            Ok(identity) => held.fetched(identity, clock, random, &self.store.settings).is_err(),
            Err(error) => {
                let now = self.store.now(&held);
                held.failed(error, now, random, &self.store.settings);
                true
            }
        };
        let now = self.store.now(&held);
        held.forget_expired(now, &self.store.settings);
        self.answer = Some(held.answer(held.refresh.state(now)));
        is_failure
    }
}

impl<P: ProvideCredentials> Drop for Departure<P> {
    fn drop(&mut self) {
        let mut held = self.store.held();
        let mut answer = self.answer.take();
        // A provider that panics has failed. A runtime that ends says nothing about it.
        if answer.is_none() && panicking() {
            let now = self.store.now(&held);
            held.cut_off(now, self.store.random());
            held.forget_expired(now, &self.store.settings);
            answer = Some(held.answer(held.refresh.state(now)));
        }
        held.flight = None;
        drop(held);
        if answer.is_some() {
            self.landing.send_replace(answer);
        }
    }
}

//! One fetch for all who wait for it.

use std::sync::Arc;

use tokio::sync::watch;

use super::share::{self, Share};
use super::{Answer, CacheError, Store};
use crate::provider::Provide;

/// A fetch under way, as whoever waits for it sees it.
pub(super) struct Flight<P: Provide>(watch::Receiver<Option<Answer<P>>>);

impl<P: Provide> Clone for Flight<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Provide> Flight<P> {
    pub(super) async fn landed(mut self) -> Answer<P> {
        let answer = self.0.wait_for(Option::is_some).await;
        answer.map_or(Err(CacheError::CutOff), |answer| {
            answer.clone().unwrap_or(Err(CacheError::CutOff))
        })
    }
}

/// A fetch that is to begin. When it is dropped it has ended, one way or the other, and all who wait
/// for it are told.
pub(super) struct Departure<P: Provide> {
    store: Arc<Store<P>>,
    landing: watch::Sender<Option<Answer<P>>>,
    answer: Option<Answer<P>>,
}

impl<P: Provide> Departure<P> {
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
        let (now, random) = (self.store.now(&held), self.store.random());
        let is_failure = match fetched {
            Ok(identity) => held.fetched(Arc::new(identity), now, random).is_err(),
            Err(error) => {
                held.failed(error, now, random);
                true
            }
        };
        held.forget_expired(now, &self.store.settings);
        self.answer = Some(held.answer(held.refresh.state(now)));
        is_failure
    }
}

impl<P: Provide> Drop for Departure<P> {
    fn drop(&mut self) {
        let mut held = self.store.held();
        let answer = self.answer.take().unwrap_or_else(|| {
            let now = self.store.now(&held);
            held.cut_off(now, self.store.random());
            held.forget_expired(now, &self.store.settings);
            held.answer(held.refresh.state(now))
        });
        held.flight = None;
        drop(held);
        self.landing.send_replace(Some(answer));
    }
}

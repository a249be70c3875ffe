//! The one limit for all requests, of all objects and their parts.

use core::cell::Cell;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::transfer::upload::limit::concurrency::{Concurrency, Round};

/// The permits to send.
#[derive(Debug)]
pub(in crate::transfer::upload) struct InFlight {
    permits: Semaphore,
    state: Cell<State>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    concurrency: Concurrency,
    /// The number of permits, held or not. There can be too many, until some are given back.
    permits: usize,
}

/// A permit for one attempt at a request. It is given back before a pause.
#[must_use]
pub(in crate::transfer::upload) struct Permit<'p> {
    held: Option<SemaphorePermit<'p>>,
    round: Round,
    from: &'p InFlight,
}

impl InFlight {
    pub(in crate::transfer::upload) fn new(most: usize) -> Self {
        let concurrency = Concurrency::new(most.min(Semaphore::MAX_PERMITS));
        let permits = concurrency.limit();
        Self { permits: Semaphore::new(permits), state: Cell::new(State { concurrency, permits }) }
    }

    /// Waits for a permit. Tasks take their turn in the order in which they ask.
    pub(in crate::transfer::upload) async fn permit(&self) -> Permit<'_> {
        // It is never closed.
        let held = self.permits.acquire().await.ok();
        Permit { held, round: self.state.get().concurrency.round(), from: self }
    }

    /// Changes the limit, and the number of permits as far as they are not held.
    fn change<T>(&self, change: impl FnOnce(&mut Concurrency) -> T) -> T {
        let State { mut concurrency, permits } = self.state.get();
        let changed = change(&mut concurrency);
        let limit = concurrency.limit();
        self.permits.add_permits(limit.saturating_sub(permits));
        let forgotten = self.permits.forget_permits(permits.saturating_sub(limit));
        self.state.set(State { concurrency, permits: permits.max(limit) - forgotten });
        changed
    }
}

impl Permit<'_> {
    /// Records that S3 did what was requested.
    pub(in crate::transfer::upload) fn succeeded(self) {
        self.from.change(|concurrency| concurrency.succeeded(self.round));
    }

    /// Records that S3 throttled a request. Returns whether fewer requests are in flight from
    /// now on.
    pub(in crate::transfer::upload) fn throttled(self) -> bool {
        self.from.change(|concurrency| concurrency.throttled(self.round))
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.from.state.get();
        if state.permits > state.concurrency.limit() {
            state.permits -= 1;
            self.from.state.set(state);
            if let Some(permit) = self.held.take() {
                permit.forget();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// Returns how many permits are free now.
    fn free(in_flight: &InFlight) -> usize {
        let mut held = Vec::new();
        while let Some(permit) = in_flight.permit().now_or_never() {
            held.push(permit);
        }
        held.len()
    }

    #[test]
    fn adapts_permits_to_the_limit() {
        let in_flight = InFlight::new(8);
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(in_flight.permit().now_or_never().unwrap());
        }
        assert_eq!(free(&in_flight), 0);
        assert!(held.pop().unwrap().throttled());
        assert!(!held.pop().unwrap().throttled(), "of the same round");
        assert_eq!(free(&in_flight), 0, "six are held, and four are allowed");
        held.truncate(3);
        assert_eq!(free(&in_flight), 1);
        held.clear();
        assert_eq!(free(&in_flight), 4);
        for _ in 0..4 {
            in_flight.permit().now_or_never().unwrap().succeeded();
        }
        assert_eq!(free(&in_flight), 5);
        for _ in 0..100 {
            in_flight.permit().now_or_never().unwrap().succeeded();
        }
        assert_eq!(free(&in_flight), 8);
    }
}

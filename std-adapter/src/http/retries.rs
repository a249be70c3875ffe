//! Asking a provider again when it is worth it.

use core::time::Duration;

use tokio::time::{sleep, timeout};

use crate::clock::Clock;
use crate::http::exchange::{Timeouts, Transport};
use crate::http::fetch_error::{AttemptError, FetchError};

/// The longest pause before the second attempt; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The end of an attempt without success.
pub(crate) enum Stop<E> {
    /// An attempt failed, and another one may succeed.
    Failed(AttemptError),
    /// No attempt can succeed.
    Error(E),
}

impl<E> From<AttemptError> for Stop<E> {
    fn from(failure: AttemptError) -> Self {
        Self::Failed(failure)
    }
}

impl<E: From<FetchError>> Stop<E> {
    /// Returns the error for the caller, with the endpoint.
    pub(crate) fn at(self, endpoint: &impl ToString) -> E {
        match self {
            Self::Failed(failure) => FetchError::new(endpoint, failure).into(),
            Self::Error(error) => error,
        }
    }
}

/// The attempts of one fetch.
pub(crate) struct Retries {
    timeouts: Timeouts,
    clock: Clock,
    done: u32,
    pause: Duration,
}

impl Retries {
    pub(crate) const fn new(Transport { timeouts, clock, .. }: Transport<'_>) -> Self {
        Self { timeouts: *timeouts, clock, done: 0, pause: FIRST_PAUSE }
    }

    /// Waits until it is time for the next attempt.
    ///
    /// # Errors
    /// With the failure, if there is to be none.
    pub(crate) async fn after(&mut self, failure: AttemptError) -> Result<(), AttemptError> {
        self.done += 1;
        if self.done >= failure.attempts(&self.timeouts) {
            return Err(failure);
        }
        sleep(jittered(self.pause, self.clock.random())).await;
        self.pause *= 2;
        Ok(())
    }
}

/// Bounds the time of all attempts together.
pub(crate) async fn within<T, E: From<AttemptError>>(
    total: Duration,
    attempts: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    timeout(total, attempts).await.unwrap_or_else(|_| Err(AttemptError::Total(total).into()))
}

/// Returns between half of a pause and all of it, so that a thousand programs that were turned away
/// at once do not come back at once.
fn jittered(pause: Duration, random: u32) -> Duration {
    pause / 2 + pause * (random % 1024) / 2048
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_differ_within_bounds() {
        let pauses: Vec<_> =
            (0..100).map(|_| jittered(FIRST_PAUSE, Clock::SYSTEM.random())).collect();
        assert!(pauses.iter().all(|pause| (FIRST_PAUSE / 2..FIRST_PAUSE).contains(pause)));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
    }
}

//! Asking a provider again when it is worth it.

use core::time::Duration;

use tokio::time::timeout;

use crate::http::backoff::Backoff;
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
    fn from(error: AttemptError) -> Self {
        Self::Failed(error)
    }
}

impl<E: From<FetchError>> Stop<E> {
    /// Returns the error for the caller, with the endpoint.
    pub(crate) fn at(self, endpoint: &impl ToString) -> E {
        match self {
            Self::Failed(error) => FetchError::new(endpoint, error).into(),
            Self::Error(error) => error,
        }
    }
}

/// The attempts of one fetch.
pub(crate) struct Retries {
    timeouts: Timeouts,
    backoff: Backoff,
}

impl Retries {
    pub(crate) const fn new(Transport { timeouts, clock, .. }: Transport<'_>) -> Self {
        Self { timeouts: *timeouts, backoff: Backoff::new(FIRST_PAUSE, Duration::MAX, clock) }
    }

    /// Waits until it is time for the next attempt.
    ///
    /// # Errors
    /// With the failure, if there is to be none.
    pub(crate) async fn after(&mut self, error: AttemptError) -> Result<(), AttemptError> {
        let attempts = error.attempts(&self.timeouts);
        if self.backoff.wait(attempts, Duration::MAX).await { Ok(()) } else { Err(error) }
    }
}

/// Bounds the time of all attempts together.
pub(crate) async fn within<T, E: From<AttemptError>>(
    total: Duration,
    attempts: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    timeout(total, attempts).await.unwrap_or_else(|_| Err(AttemptError::Total(total).into()))
}

//! Asking a provider again when it is worth it.

use core::convert::Infallible;
use core::time::Duration;

use tokio::time::timeout;

use crate::http::exchange::Transport;
use crate::http::fetch_error::{AttemptError, FetchError};
use crate::http::retry_budget::RetryBudget;

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

impl Stop<Infallible> {
    /// Returns the failure of the last attempt.
    pub(crate) fn failure(self) -> AttemptError {
        match self {
            Self::Failed(error) => error,
            Self::Error(never) => match never {},
        }
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

/// Makes attempts until one succeeds, or no further one is worth it; with pauses between them.
pub(crate) async fn retry<T, E, F>(
    transport: Transport<'_>,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Stop<E>>
where
    F: Future<Output = Result<T, Stop<E>>>,
{
    let attempt = |()| {
        // An attempt has several kilobytes, and stands here once more.
        let attempt = Box::pin(attempt());
        async { ((), attempt.await) }
    };
    retry_with(transport, (), attempt).await
}

/// Makes attempts that share a state, which each of them gives back.
pub(crate) async fn retry_with<S, T, E, F>(
    Transport { timeouts, clock, .. }: Transport<'_>,
    mut state: S,
    mut attempt: impl FnMut(S) -> F,
) -> Result<T, Stop<E>>
where
    F: Future<Output = (S, Result<T, Stop<E>>)>,
{
    let mut budget = RetryBudget::new(timeouts.retries(), clock);
    loop {
        let (back, ended) = Box::pin(attempt(state)).await;
        let error = match ended {
            Err(Stop::Failed(error)) => error,
            ended => return ended,
        };
        if !budget.wait(error.verdict()).await {
            return Err(Stop::Failed(error));
        }
        state = back;
    }
}

/// Bounds the time of all attempts together.
pub(crate) async fn within<T, E: From<AttemptError>>(
    total: Duration,
    attempts: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    timeout(total, attempts).await.unwrap_or_else(|_| Err(AttemptError::Total(total).into()))
}

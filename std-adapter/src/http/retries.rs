//! The loop of attempts, which every request that can be repeated goes through.

use core::convert::Infallible;
use core::time::Duration;

use tokio::time::timeout;

use crate::http::exchange::Transport;
use crate::http::fetch_error::{AttemptError, FetchError};
use crate::http::retry_budget::{RetryBudget, Verdict};

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

/// Makes attempts until one succeeds or no further one can, with pauses between them.
pub(crate) async fn retry<T, E, F>(
    transport: Transport<'_>,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Stop<E>>
where
    F: Future<Output = Result<T, Stop<E>>>,
{
    let attempt = |()| {
        // An attempt has several kilobytes, and would be here a second time.
        let attempt = Box::pin(attempt());
        async { ((), attempt.await) }
    };
    retry_with(transport, (), attempt).await
}

/// Makes attempts that share a state, which each of them gives back.
pub(crate) async fn retry_with<S, T, E, F>(
    Transport { timeouts, clock, .. }: Transport<'_>,
    state: S,
    mut attempt: impl FnMut(S) -> F,
) -> Result<T, Stop<E>>
where
    F: Future<Output = (S, Result<T, Stop<E>>)>,
{
    let attempt = |state| {
        let attempt = Box::pin(attempt(state));
        async {
            match attempt.await {
                (state, Err(Stop::Failed(error))) => Attempted::Failed {
                    state,
                    verdict: Some(error.verdict()),
                    last: Err(Stop::Failed(error)),
                },
                (_, ended) => Attempted::Ended(ended),
            }
        }
    };
    repeat(RetryBudget::new(timeouts.retries(), clock), state, attempt).await
}

/// The end of one attempt.
pub(crate) enum Attempted<S, T> {
    /// The result of all attempts.
    Ended(T),
    /// A failure that another attempt may follow.
    Failed {
        /// The state for that attempt.
        state: S,
        /// The judgement for the budget; `None` repeats at once, outside the budget.
        verdict: Option<Verdict>,
        /// The result if there is no further attempt.
        last: T,
    },
}

/// Makes attempts until one ends them, or the budget allows no further one. All attempts of this
/// package go through this loop.
pub(crate) async fn repeat<S, T, F>(
    mut budget: RetryBudget,
    mut state: S,
    mut attempt: impl FnMut(S) -> F,
) -> T
where
    F: Future<Output = Attempted<S, T>>,
{
    loop {
        let (back, verdict, last) = match attempt(state).await {
            Attempted::Ended(result) => return result,
            Attempted::Failed { state, verdict, last } => (state, verdict, last),
        };
        if let Some(verdict) = verdict
            && !budget.wait(verdict).await
        {
            return last;
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

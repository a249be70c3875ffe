//! The status of a cache, for metrics and health checks.

use std::sync::Arc;

use rolesig::{ClockSkew, RefreshState, Timestamp};

use super::error::CacheError;
use crate::identity::Identity;

/// The status of a [`Cache`](super::Cache): what it holds, for how long, and why the last fetch
/// failed. It says what a background renewal does, which no caller of
/// [`identity`](super::Cache::identity) sees.
///
/// ```
/// use rolesig::{Credentials, RefreshState};
/// use rolesig_std::{Cache, Environment, Identity};
/// use rolesig_std::provider::{Chain, ChainError};
///
/// /// Writes two metrics in Prometheus' format.
/// fn metrics(credentials: &Cache<Chain>) -> String {
///     let status = credentials.status();
///     let left = status.seconds_left.map_or("NaN".to_owned(), |seconds| seconds.to_string());
///     let failed = u8::from(status.last_failure.is_some());
///     format!("credentials_seconds_left {left}\ncredentials_renewal_failed {failed}\n")
/// }
///
/// let credentials = Cache::new(Chain::new(&Environment::default()));
/// assert_eq!(credentials.status().refresh, RefreshState::Initial);
/// assert!(metrics(&credentials).starts_with("credentials_seconds_left NaN\n"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct CacheStatus<E> {
    /// The place in the schedule of renewals.
    pub refresh: RefreshState,
    /// True while a fetch is under way.
    pub is_fetching: bool,
    /// The credentials that are held, even if they have expired.
    pub identity: Option<Arc<Identity>>,
    /// The time at which they came.
    pub fetched_at: Option<Timestamp>,
    /// The seconds until they expire, by the clock of their provider: 0 if they have expired;
    /// `None` if there are none, or they never expire.
    pub seconds_left: Option<u64>,
    /// The skew of this host's clock, as far as the responses of the provider show it: subtract it
    /// from an expiry to compare that with the time of this host.
    pub clock_skew: ClockSkew,
    /// The last failure, unless a later fetch succeeded.
    pub last_failure: Option<CacheFailure<E>>,
}

/// A failure to fetch or renew credentials.
///
/// ```
/// use rolesig_std::cache::{Cache, CacheFailure};
/// use rolesig_std::provider::{Chain, ChainError};
///
/// fn log(credentials: &Cache<Chain>) {
///     if let Some(CacheFailure { error, at, .. }) = credentials.status().last_failure {
///         eprintln!("{at}: {error}");
///     }
/// }
/// # log(&Cache::new(Chain::new(&rolesig_std::Environment::default())));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct CacheFailure<E> {
    /// The reason.
    pub error: CacheError<E>,
    /// The time, by the clock of the provider.
    pub at: Timestamp,
}

impl<E> Clone for CacheStatus<E> {
    fn clone(&self) -> Self {
        let (identity, last_failure) = (self.identity.clone(), self.last_failure.clone());
        Self { identity, last_failure, ..*self }
    }
}

impl<E> Clone for CacheFailure<E> {
    fn clone(&self) -> Self {
        Self { error: self.error.clone(), at: self.at }
    }
}

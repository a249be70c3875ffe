//! The reasons why a cache has no credentials.

use std::sync::Arc;

use rolesig::StaleCredentialsError;
use thiserror::Error;

/// The reason why a [`Cache`](super::Cache) has no credentials. All tasks that asked share it.
///
/// ```
/// use rolesig_std::cache::CacheError;
/// use rolesig_std::provider::ChainError;
///
/// /// Returns a line for a person, and another one for each provider that was asked.
/// fn explain(error: &CacheError<ChainError>) -> String {
///     match error {
///         CacheError::Provider(error) => {
///             let attempts = error.attempts.iter().map(|attempt| format!("\n  {attempt}"));
///             format!("no credentials:{}", attempts.collect::<String>())
///         }
///         other => other.to_string(),
///     }
/// }
/// # assert!(explain(&CacheError::OtherProcess("x".into())).contains("another process failed"));
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CacheError<E> {
    /// The provider failed.
    #[error(transparent)]
    Provider(Arc<E>),
    /// The provider gave credentials that cannot be used.
    #[error("{0}: check the clock of this host, and the source of the provider")]
    Stale(StaleCredentialsError),
    /// Another process failed a moment ago, and left its error in the
    /// [`SharedFile`](crate::cache::SharedFile).
    #[error("another process failed: {0}")]
    OtherProcess(Arc<str>),
    /// The task that fetched did not come to its end, and neither did those that replaced it.
    #[error(
        "the fetch was cut off: its provider panicked, or each runtime it ran on was shut down; \
         keep the runtime as long as the cache"
    )]
    CutOff,
}

impl<E> Clone for CacheError<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Provider(error) => Self::Provider(Arc::clone(error)),
            Self::Stale(stale) => Self::Stale(*stale),
            Self::OtherProcess(message) => Self::OtherProcess(Arc::clone(message)),
            Self::CutOff => Self::CutOff,
        }
    }
}

//! Why there are no credentials.

use std::sync::Arc;

use rolesig::StaleCredentialsError;
use thiserror::Error;

/// Why a [`Cache`](super::Cache) has no credentials to give. Shared by all who asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CacheError<E> {
    /// As the provider says.
    #[error(transparent)]
    Provider(Arc<E>),
    /// The provider gave what is of no use.
    #[error("{0}: check the clock of this host, and where the provider has them from")]
    Stale(StaleCredentialsError),
    /// Another process asked a moment ago, and left word in the [`SharedFile`](crate::cache::SharedFile).
    #[error("another process was told: {0}")]
    Elsewhere(Arc<str>),
    /// The task that asked did not come to its end, and neither did those that were begun in its place.
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
            Self::Elsewhere(message) => Self::Elsewhere(Arc::clone(message)),
            Self::CutOff => Self::CutOff,
        }
    }
}

//! The spans and events of a cache, which the feature `tracing` turns on. None holds a secret.

use core::fmt::Display;

use rolesig::RefreshState;
use tracing::instrument::Instrumented;
use tracing::{Instrument as _, debug, info, info_span, warn};

use super::shared_file::SharedFileError;
use super::status::{CacheFailure, CacheStatus};
use crate::identity::Identity;

/// Puts a fetch into a span, which belongs to the span of the task that starts it.
pub(super) fn in_span<F: Future>(fetch: F, due: RefreshState, provider: &str) -> Instrumented<F> {
    fetch.instrument(info_span!("fetch_credentials", provider, ?due))
}

/// Reports the status in which a fetch left the cache.
pub(super) fn fetched<E: Display>(status: &CacheStatus<E>) {
    let identity = status.identity.as_deref();
    let source = identity.map(|identity| tracing::field::display(identity.source()));
    let expires_at = identity.and_then(Identity::expires_at).map(tracing::field::display);
    let seconds_left = status.seconds_left;
    match &status.last_failure {
        None => info!(source, expires_at, seconds_left, "fetched credentials"),
        Some(CacheFailure { error, .. }) => {
            let is_final = status.refresh == RefreshState::Refused;
            match (identity, seconds_left) {
                _ if is_final => warn!(%error, is_final, "no credentials, until a setting changes"),
                (None, _) => warn!(%error, is_final, "no credentials"),
                (Some(_), Some(0)) => {
                    warn!(%error, is_final, source, expires_at, "kept expired credentials");
                }
                (Some(_), _) => {
                    warn!(%error, is_final, source, expires_at, seconds_left, "kept credentials");
                }
            }
        }
    }
}

/// Reports a fetch that ended with its runtime.
pub(super) fn cut_off() {
    warn!("the fetch was cut off: its runtime ended");
}

/// Reports credentials that a service rejected.
pub(super) fn rejected(access_key_id: &str) {
    warn!(access_key_id, "a service rejected the credentials");
}

/// Reports that another process fetches.
pub(super) fn waits() {
    debug!("waiting for another process, which is fetching");
}

/// Reports that another process took too long.
pub(super) fn waited_too_long() {
    warn!("another process has been fetching for too long: fetching without the shared file");
}

/// Reports a shared file that cannot be used.
pub(super) fn fetches_alone(error: &SharedFileError) {
    warn!(%error, "fetching without the shared file");
}

/// Reports whether the outcome was written for other processes.
pub(super) fn written(error: Option<&SharedFileError>) {
    match error {
        None => debug!("wrote the shared file"),
        Some(error) => warn!(%error, "the shared file was not written"),
    }
}

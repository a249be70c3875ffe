//! Which of the processes that share a file asks the provider.

use core::time::Duration;
use std::sync::Arc;

use rolesig::{RefreshState, Timestamp};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::held::{FAILURE_STANDS, with_shared};
use super::{Answer, Store};
use crate::provider::Provide;
use crate::shared_file::{
    Lock, Record, SharedCredentials, SharedFailure, SharedFile, SharedFileError,
};

/// How long another process may take to fetch. Longer than
/// [`Timeouts::total`](crate::Timeouts::total) by default; whoever is stopped with the lock in its
/// hands keeps the others no longer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Milliseconds between two looks at the file while another process fetches, at the least; up to
/// twice as many at random. A fetch takes some milliseconds.
const PAUSE: u32 = 50;

/// Seconds. A failure is left alone no longer, or the clock was set back since.
const LONGEST_REST: u64 = 600;

/// What came of looking at the file.
pub(super) enum Share {
    /// There is something in it.
    Found(Found),
    /// There is not, and this is the process to ask.
    Turn(Lock),
    /// The file cannot be used, or the one that asks takes too long.
    Alone,
}

/// What another process left.
pub(super) enum Found {
    Credentials(SharedCredentials),
    Failure(SharedFailure),
}

/// Looks until there is something, or it is this process's turn. The file system may be slow, so it
/// is not asked on this thread.
pub(super) async fn turn<P: Provide>(store: &Store<P>, file: &Arc<SharedFile>) -> Share {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let reader = Arc::clone(file);
        let read = on_a_thread(move || reader.read()).await;
        if let Some(found) = read.ok().and_then(|record| store.choose(record)) {
            return Share::Found(found);
        }
        let locker = Arc::clone(file);
        let locked = on_a_thread(move || {
            let lock = locker.try_lock()?;
            // Whoever had it may have written since.
            Ok(lock.map(|lock| (lock, locker.read())))
        });
        match locked.await {
            Ok(Some((lock, read))) => {
                store.held().file_error = None;
                return match read.ok().and_then(|record| store.choose(record)) {
                    Some(found) => Share::Found(found),
                    None => Share::Turn(lock),
                };
            }
            Ok(None) => {
                let pause = PAUSE + store.random() % PAUSE;
                sleep(Duration::from_millis(pause.into())).await;
            }
            Err(error) => {
                store.held().file_error = Some(Arc::new(error));
                return Share::Alone;
            }
        }
    }
    Share::Alone
}

/// Writes for the others what came of asking, and lets go of the lock.
pub(super) async fn leave<P: Provide>(
    store: &Store<P>,
    file: Arc<SharedFile>,
    lock: Lock,
    is_failure: bool,
) {
    let record = {
        let held = store.held();
        held.record(is_failure, store.now(&held))
    };
    let written = on_a_thread(move || file.write(&record, &lock)).await;
    store.held().file_error = written.err().map(Arc::new);
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SharedFileError> + Send + 'static,
) -> Result<T, SharedFileError> {
    spawn_blocking(work).await.unwrap_or_else(|_| Err(SharedFileError::CutOff))
}

impl<P: Provide> Store<P> {
    /// What of a record is better than what is held, if anything.
    fn choose(&self, record: Record) -> Option<Found> {
        let held = self.held();
        let now = self.now(&held);
        let is_later = |shared: &SharedCredentials| {
            let expiry = |expires_at: Option<Timestamp>| expires_at.unwrap_or(Timestamp::MAX);
            let held = held.identity.as_ref().filter(|identity| !held.is_rejected(identity));
            held.is_none_or(|held| expiry(shared.identity.expires_at()) > expiry(held.expires_at()))
        };
        let is_good = |shared: &SharedCredentials| {
            let state = with_shared(held.refresh, shared, now, 0).map(|refresh| refresh.state(now));
            matches!(state, Ok(RefreshState::Valid | RefreshState::Advisory))
                && !held.is_rejected(&shared.identity)
        };
        if let Some(shared) =
            record.credentials.filter(|shared| is_later(shared) && is_good(shared))
        {
            return Some(Found::Credentials(shared));
        }
        let stands = |failure: &SharedFailure| {
            let left = failure.until.seconds_since(now).unwrap_or(0);
            // The first fetch is no part of the backoff.
            let is_recent = |age| age < FAILURE_STANDS.as_secs();
            let counts = held.identity.is_some()
                || failure.is_final
                || now.seconds_since(failure.at).is_some_and(is_recent);
            left > 0 && left <= LONGEST_REST && counts
        };
        record.failure.filter(stands).map(Found::Failure)
    }

    /// Makes it one's own.
    pub(super) fn found(&self, found: Found) -> Answer<P> {
        let mut held = self.held();
        let now = self.now(&held);
        match found {
            Found::Credentials(shared) => held.take(shared, now, self.random()),
            Found::Failure(failure) => held.failed_elsewhere(&failure, now),
        }
        held.forget_expired(now, &self.settings);
        held.answer(held.refresh.state(now))
    }
}

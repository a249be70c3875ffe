//! Which of the processes that share a file asks the provider.

use core::ops::RangeInclusive;
use core::pin::pin;
use core::time::Duration;
use std::sync::Arc;

use rolesig::{RefreshState, Timestamp};
use tokio::time::{Instant, sleep, timeout};

use super::held::{FAILURE_STANDS, with_shared};
use super::{Answer, Store};
use crate::provider::ProvideCredentials;
use crate::shared_file::{
    Lock, Record, SharedCredentials, SharedFailure, SharedFile, SharedFileError,
};
use crate::thread::outcome;

/// How much longer than its provider takes at the most another process may take to fetch: it has to
/// write what it got. Whoever is stopped with the lock in its hands keeps the others no longer.
pub(super) const MARGIN: Duration = Duration::from_secs(5);

/// How long the file system may take to open and read or write a few kilobytes. There is the provider
/// itself to ask.
const STEP: Duration = Duration::from_secs(5);

/// How long those who wait for credentials that are there are kept waiting until they are written: a
/// program that ends with its first request has left them for the next one then.
const WRITING: Duration = Duration::from_millis(250);

/// Between two looks at the file while another process fetches: a tenth of the time that it took so
/// far, but within these, and up to twice as long at random. Most fetches take some milliseconds.
const PAUSES: RangeInclusive<u32> = 50..=1000;

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

/// Looks until there is something, or it is this process's turn.
pub(super) async fn turn<P: ProvideCredentials>(store: &Store<P>, file: &Arc<SharedFile>) -> Share {
    let began = Instant::now();
    while began.elapsed() < store.patience {
        let read = step(store, file, SharedFile::read).await;
        if let Some(found) = read.ok().and_then(|record| store.choose(record)) {
            return Share::Found(found);
        }
        let locked = step(store, file, |file| {
            let lock = file.try_lock()?;
            // Whoever had it may have written since.
            Ok(lock.map(|lock| (lock, file.read())))
        });
        match locked.await {
            Ok(Some((lock, read))) => {
                store.held().file_error = None;
                return match read.ok().and_then(|record| store.choose(record)) {
                    Some(found) => Share::Found(found),
                    None => Share::Turn(lock),
                };
            }
            Ok(None) => sleep(pause(began.elapsed(), store.random())).await,
            Err(error) => {
                store.held().file_error = Some(Arc::new(error));
                return Share::Alone;
            }
        }
    }
    Share::Alone
}

fn pause(waited: Duration, random: u32) -> Duration {
    let tenth = u32::try_from(waited.as_millis() / 10).unwrap_or(u32::MAX);
    let pause = tenth.clamp(*PAUSES.start(), *PAUSES.end());
    Duration::from_millis((pause + random % pause).into())
}

/// Writes for the others what came of asking, and lets go of the lock. `tell` is called when it is
/// written, or if that takes long.
pub(super) async fn leave<P: ProvideCredentials>(
    store: &Store<P>,
    file: &Arc<SharedFile>,
    lock: Lock,
    is_failure: bool,
    tell: impl FnOnce(),
) {
    let (record, rejected) = {
        let held = store.held();
        (held.record(is_failure, store.now(&held)), held.rejected.clone())
    };
    let write = move |file: &SharedFile| file.write(record, rejected.as_deref(), &lock);
    let mut writing = pin!(step(store, file, write));
    let in_time = timeout(WRITING, &mut writing).await;
    let is_late = in_time.is_err();
    if let Ok(written) = in_time {
        store.held().file_error = written.err().map(Arc::new);
    }
    tell();
    if is_late {
        let written = writing.await;
        store.held().file_error = written.err().map(Arc::new);
    }
}

/// What is done with the file is not done on this thread, since the file system may be slow, and not
/// waited for when it hangs. What hangs keeps one thread and no more.
async fn step<P: ProvideCredentials, T: Send + 'static>(
    store: &Store<P>,
    file: &Arc<SharedFile>,
    work: impl FnOnce(&SharedFile) -> Result<T, SharedFileError> + Send + 'static,
) -> Result<T, SharedFileError> {
    let (at_work, own) = (Arc::clone(&store.at_work), Arc::clone(file));
    let start = store.settings.surroundings.start;
    let done = async move {
        let alone = at_work.lock_owned().await;
        let done = outcome(start, move || {
            let done = work(&own);
            drop(alone);
            done
        });
        done.await.unwrap_or(Err(SharedFileError::CutOff))
    };
    let slow = || SharedFileError::Slow { path: file.path().to_owned(), after: STEP };
    timeout(STEP, done).await.unwrap_or_else(|_| Err(slow()))
}

impl<P: ProvideCredentials> Store<P> {
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

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    use rolesig::Credentials;
    use tokio::task::yield_now;
    use tokio::time::advance;

    use super::*;
    use crate::identity::{Identity, Source};
    use crate::provider::StaticProvider;
    use crate::{Cache, CacheSettings, Surroundings};

    /// With a thread for each use of the file, or with none.
    fn cache(
        directory: &std::path::Path,
        surroundings: Surroundings,
    ) -> (Cache<StaticProvider>, Arc<SharedFile>) {
        let credentials =
            Credentials { access_key_id: "AKID", secret_access_key: "s", session_token: None };
        let identity = Identity::new(credentials, None, None, Source::Environment);
        let file = SharedFile::new(directory, "key").unwrap();
        let shared_file = Some(file.clone());
        let settings = CacheSettings { shared_file, surroundings, ..CacheSettings::default() };
        (Cache::with_settings(StaticProvider::new(identity), settings), Arc::new(file))
    }

    async fn settle() {
        for _ in 0..20 {
            yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_system_that_hangs_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let (cache, file) = cache(directory.path(), Surroundings::default());
        let (_wakes, hangs) = mpsc::channel::<()>();
        let (store, own) = (Arc::clone(&cache.0), Arc::clone(&file));
        let hung = tokio::spawn(async move {
            step(&store, &own, move |_| hangs.recv().map_err(|_| SharedFileError::CutOff)).await
        });
        settle().await;
        advance(STEP).await;
        assert!(matches!(hung.await, Ok(Err(SharedFileError::Slow { .. }))));

        // While the thread is held up, there is no other one.
        let asks = cache.clone();
        let asked = tokio::spawn(async move { asks.identity().await });
        for _ in 0..2 {
            settle().await;
            advance(STEP).await;
        }
        assert_eq!(asked.await.unwrap().unwrap().credentials().access_key_id, "AKID");
        let error = cache.shared_file_error().unwrap();
        assert!(matches!(*error, SharedFileError::Slow { .. }), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_credentials_does_not_wait_for_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let surroundings = Surroundings { start: |work| work(), ..Surroundings::default() };
        let (cache, file) = cache(directory.path(), surroundings);
        let lock = file.try_lock().unwrap().unwrap();
        let hangs = Arc::clone(&cache.0.at_work).lock_owned().await;
        let told = Arc::new(AtomicBool::new(false));
        let (store, own, tell) = (Arc::clone(&cache.0), Arc::clone(&file), Arc::clone(&told));
        let leaves = tokio::spawn(async move {
            leave(&store, &own, lock, false, || tell.store(true, Ordering::SeqCst)).await;
        });
        settle().await;
        advance(WRITING).await;
        settle().await;
        assert!(told.load(Ordering::SeqCst) && !leaves.is_finished());
        drop(hangs);
        leaves.await.unwrap();
        assert!(cache.shared_file_error().is_none() && file.path().exists());
    }
}

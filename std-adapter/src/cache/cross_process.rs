//! The turns that processes take at a provider by a file that they share.

use core::mem;
use core::ops::RangeInclusive;
use core::pin::pin;
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::{Instant, sleep, timeout};

use crate::cache::shared_file::{Lock, Record, SharedFile, SharedFileError};
use crate::cache::trace;
use crate::clock::Clock;
use crate::clock::thread::outcome;

/// The time that another process may take beyond its provider's own: it has to write what it got. A
/// process that is stopped while it has the lock delays the others no longer than this.
const MARGIN: Duration = Duration::from_secs(5);

/// The time that the file system may take to open and read or write a few kilobytes. After it the
/// provider itself is asked.
const STEP: Duration = Duration::from_secs(5);

/// The time that tasks wait for credentials to be written once they are fetched: a program that
/// ends with its first request has left them for the next one then.
const WRITING: Duration = Duration::from_millis(250);

/// The pauses, in milliseconds, between two looks at the file while another process fetches: a
/// tenth of the time that it took so far, within these bounds, and up to twice as long at random.
/// Most fetches take some milliseconds.
const PAUSES: RangeInclusive<u32> = 50..=1000;

/// The outcome of looking at the file.
pub(super) enum Turn<T> {
    /// The file has something.
    Found(T),
    /// The file has nothing, and this is the process to ask.
    Ask(Lock),
    /// The file cannot be used, or the process that asks takes too long.
    Alone,
}

/// The shared file, as one process uses it.
pub(super) struct CrossProcess {
    file: Arc<SharedFile>,
    clock: Clock,
    /// The time that another process may take to fetch.
    patience: Duration,
    /// Locked by the work that uses the file: what hangs keeps one thread and no more.
    at_work: Arc<tokio::sync::Mutex<()>>,
    /// The reason why the file could not be used the last time.
    error: Mutex<Option<Arc<SharedFileError>>>,
}

impl CrossProcess {
    /// Shares a file with processes whose providers take no longer than `max_fetch_time`.
    pub(super) fn new(file: SharedFile, clock: Clock, max_fetch_time: Duration) -> Self {
        let patience = max_fetch_time.saturating_add(MARGIN);
        let file = Arc::new(file);
        Self { file, clock, patience, at_work: Arc::default(), error: Mutex::default() }
    }

    /// Returns why the file could not be used the last time.
    pub(super) fn error(&self) -> Option<Arc<SharedFileError>> {
        self.last_error().clone()
    }

    fn last_error(&self) -> MutexGuard<'_, Option<Arc<SharedFileError>>> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the file until there is something to choose, or it is this process's turn.
    pub(super) async fn turn<T>(&self, choose: impl Fn(Record) -> Option<T>) -> Turn<T> {
        let began = Instant::now();
        let mut waits = false;
        while began.elapsed() < self.patience {
            let read = self.step(SharedFile::read).await;
            if let Some(found) = read.ok().and_then(&choose) {
                return Turn::Found(found);
            }
            let locked = self.step(|file| {
                let lock = file.try_lock()?;
                // The process that had the lock may have written since.
                Ok(lock.map(|lock| (lock, file.read())))
            });
            match locked.await {
                Ok(Some((lock, read))) => {
                    *self.last_error() = None;
                    return read.ok().and_then(&choose).map_or(Turn::Ask(lock), Turn::Found);
                }
                Ok(None) => {
                    if !mem::replace(&mut waits, true) {
                        trace::waits();
                    }
                    sleep(pause(began.elapsed(), self.clock.random())).await;
                }
                Err(error) => {
                    trace::fetches_alone(&error);
                    *self.last_error() = Some(Arc::new(error));
                    return Turn::Alone;
                }
            }
        }
        trace::waited_too_long();
        Turn::Alone
    }

    /// Writes the outcome of a fetch for the others, and releases the lock. Calls `announce`
    /// once it is written, or if that takes long.
    pub(super) async fn leave(
        &self,
        record: Record,
        rejected: Option<String>,
        lock: Lock,
        announce: impl FnOnce(),
    ) {
        let write = move |file: &SharedFile| file.write(record, rejected.as_deref(), &lock);
        let mut writing = pin!(self.step(write));
        let in_time = timeout(WRITING, &mut writing).await;
        let is_late = in_time.is_err();
        if let Ok(written) = in_time {
            self.written(written);
        }
        announce();
        if is_late {
            self.written(writing.await);
        }
    }

    fn written(&self, written: Result<(), SharedFileError>) {
        let error = written.err();
        trace::written(error.as_ref());
        *self.last_error() = error.map(Arc::new);
    }

    /// Uses the file on another thread, since the file system may be slow, and does not wait for it
    /// when it hangs.
    async fn step<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SharedFile) -> Result<T, SharedFileError> + Send + 'static,
    ) -> Result<T, SharedFileError> {
        let (at_work, file, start) =
            (Arc::clone(&self.at_work), Arc::clone(&self.file), self.clock.start);
        let done = async move {
            let alone = at_work.lock_owned().await;
            let done = outcome(start, move || {
                let done = work(&file);
                drop(alone);
                done
            });
            done.await.unwrap_or(Err(SharedFileError::CutOff))
        };
        let slow = || SharedFileError::Slow { path: self.file.path().to_owned(), after: STEP };
        timeout(STEP, done).await.unwrap_or_else(|_| Err(slow()))
    }
}

/// Returns the time until the next look at the file. It grows with the time waited so far, and not
/// with the number of failures as in [`Backoff`](crate::http::Backoff): a look that finds another
/// process at work is not a failure.
fn pause(waited: Duration, random: u32) -> Duration {
    let tenth = u32::try_from(waited.as_millis() / 10).unwrap_or(u32::MAX);
    let pause = tenth.clamp(*PAUSES.start(), *PAUSES.end());
    Duration::from_millis((pause + random % pause).into())
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    use tokio::task::yield_now;
    use tokio::time::advance;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn shared(directory: &std::path::Path, clock: Clock) -> Arc<CrossProcess> {
        Arc::new(CrossProcess::new(SharedFile::new(directory, "key").unwrap(), clock, MINUTE))
    }

    async fn settle() {
        for _ in 0..20 {
            yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn does_not_wait_for_a_file_system_that_hangs() {
        let directory = tempfile::tempdir().unwrap();
        let shared = shared(directory.path(), Clock::SYSTEM);
        let (_wakes, hangs) = mpsc::channel::<()>();
        let own = Arc::clone(&shared);
        let hung = tokio::spawn(async move {
            own.step(move |_| hangs.recv().map_err(|_| SharedFileError::CutOff)).await
        });
        settle().await;
        advance(STEP).await;
        assert!(matches!(hung.await, Ok(Err(SharedFileError::Slow { .. }))));

        // While the thread is held up, there is no other one.
        let own = Arc::clone(&shared);
        let asked = tokio::spawn(async move { own.turn(|_| None::<()>).await });
        for _ in 0..2 {
            settle().await;
            advance(STEP).await;
        }
        assert!(matches!(asked.await.unwrap(), Turn::Alone));
        let error = shared.error().unwrap();
        assert!(matches!(*error, SharedFileError::Slow { .. }), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn answers_before_a_slow_file_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let shared = shared(directory.path(), Clock { start: |work| work(), ..Clock::SYSTEM });
        let lock = shared.file.try_lock().unwrap().unwrap();
        let hangs = Arc::clone(&shared.at_work).lock_owned().await;
        let is_announced = Arc::new(AtomicBool::new(false));
        let (own, announce) = (Arc::clone(&shared), Arc::clone(&is_announced));
        let leaves = tokio::spawn(async move {
            own.leave(Record::default(), None, lock, || announce.store(true, Ordering::SeqCst))
                .await;
        });
        settle().await;
        advance(WRITING).await;
        settle().await;
        assert!(is_announced.load(Ordering::SeqCst) && !leaves.is_finished());
        drop(hangs);
        leaves.await.unwrap();
        assert!(shared.error().is_none() && shared.file.path().exists());
    }
}

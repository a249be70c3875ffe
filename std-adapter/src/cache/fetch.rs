//! One fetch for all tasks that wait for it.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;

/// The time after which a task doubts that the runtime of a fetch still runs, and the time that
/// this runtime then has to show it.
const SILENCE: Duration = Duration::from_secs(1);

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The work of a fetch. Whoever takes it out ends it.
type Work = Arc<Mutex<Option<Running>>>;

/// A fetch under way, as each task that waits for it sees it.
pub(super) struct Fetch<A> {
    outcome: watch::Receiver<Option<A>>,
    work: Work,
    /// The runtime that does the work.
    runtime: Handle,
}

/// The end of a fetch that is still to come. If it is dropped, those who wait learn that there is
/// no outcome.
pub(super) struct Completion<A>(watch::Sender<Option<A>>);

impl<A> Fetch<A> {
    /// Creates a fetch on the runtime of the caller, and the end that completes it.
    ///
    /// # Panics
    /// If the caller runs on no tokio runtime.
    pub(super) fn new() -> (Completion<A>, Self) {
        let (completion, outcome) = watch::channel(None);
        let fetch = Self { outcome, work: Work::default(), runtime: Handle::current() };
        (Completion(completion), fetch)
    }

    /// Starts the work.
    pub(super) fn start(self, work: impl Future<Output = ()> + Send + 'static) {
        *locked(&self.work) = Some(Box::pin(work));
        self.runtime.spawn(Driver(self.work));
    }
}

impl<A: Clone> Fetch<A> {
    /// Waits for the outcome; returns `None` if the fetch ended without one.
    ///
    /// A single-threaded runtime stops while nobody is in its `block_on`, as where a blocking
    /// program has one for each thread. A fetch on such a runtime is ended.
    pub(super) async fn outcome(self) -> Option<A> {
        let Self { mut outcome, work, runtime } = self;
        let is_own = runtime.id() == Handle::current().id();
        loop {
            let completed = outcome.wait_for(Option::is_some);
            if is_own {
                return completed.await.ok()?.clone();
            }
            if let Ok(completed) = timeout(SILENCE, completed).await {
                return completed.ok()?.clone();
            }
            if !runs(&runtime).await {
                abandon(&work);
            }
        }
    }
}

impl<A> Clone for Fetch<A> {
    fn clone(&self) -> Self {
        let Self { outcome, work, runtime } = self;
        Self { outcome: outcome.clone(), work: Arc::clone(work), runtime: runtime.clone() }
    }
}

impl<A> Completion<A> {
    /// Gives the outcome to all who wait.
    pub(super) fn complete(&self, outcome: A) {
        self.0.send_replace(Some(outcome));
    }
}

/// Does the work of a fetch. With its runtime the work ends.
struct Driver(Work);

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut work = locked(&self.0);
        if let Some(running) = work.as_mut() {
            ready!(running.as_mut().poll(context));
        }
        *work = None;
        Poll::Ready(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let work = locked(&self.0).take();
        drop(work);
    }
}

/// Returns whether a runtime runs the tasks that it is given.
async fn runs(runtime: &Handle) -> bool {
    timeout(SILENCE, runtime.spawn(async {})).await.is_ok_and(|done| done.is_ok())
}

/// Ends the work of a fetch, unless it is being done at this moment.
fn abandon(work: &Work) {
    let mut work = match work.try_lock() {
        Ok(work) => work,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return,
    };
    let abandoned = work.take();
    drop(work);
    // Its end needs other locks.
    drop(abandoned);
}

/// Locks the work. If the provider panicked, the work has ended.
fn locked(work: &Work) -> MutexGuard<'_, Option<Running>> {
    work.lock().unwrap_or_else(PoisonError::into_inner)
}

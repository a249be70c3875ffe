//! Work that may block for ever, on threads that nobody has to wait for.

#[cfg(feature = "client")]
use std::io;
use std::thread::Builder;

#[cfg(feature = "client")]
use tokio::sync::oneshot;

/// Work that may block.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// Does the work on its own thread. tokio's `spawn_blocking` is not for work that may hang: a
/// runtime that is dropped, as at the end of `#[tokio::main]`, waits for all blocking work.
///
/// If no thread can be started, the work is dropped undone.
pub(crate) fn detached(work: Work) {
    drop(Builder::new().name("rolesig".to_owned()).spawn(work));
}

/// Has `start` do the work, and waits for its result; `None` if the work panicked, or was
/// dropped undone.
#[cfg(feature = "client")]
pub(crate) async fn outcome<T: Send + 'static>(
    start: fn(Work),
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = oneshot::channel();
    start(Box::new(move || drop(sender.send(work()))));
    receiver.await.ok()
}

/// Does blocking work on its own thread, and waits for it without blocking.
///
/// # Errors
/// If the work fails or panics, or there is no thread for it.
#[cfg(feature = "client")]
pub(crate) async fn unblocked<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = outcome(detached, work).await;
    done.unwrap_or_else(|| Err(io::Error::other("the thread that does the work ended early")))
}

#[cfg(feature = "client")]
#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    }

    #[test]
    fn gives_the_outcome_and_survives_a_panic() {
        runtime().block_on(async {
            assert_eq!(unblocked(|| Ok(7)).await.unwrap(), 7);
            let error = unblocked(|| Err::<(), _>(io::ErrorKind::NotFound.into())).await;
            assert_eq!(error.unwrap_err().kind(), io::ErrorKind::NotFound);
            let panics = || -> io::Result<()> { panic!("as intended") };
            assert_eq!(unblocked(panics).await.unwrap_err().kind(), io::ErrorKind::Other);
        });
    }

    #[test]
    fn does_not_wait_for_hanging_work_on_drop() {
        let (_wakes, hangs) = mpsc::channel::<()>();
        let (begins, begun) = mpsc::channel();
        let (ends, ended) = mpsc::channel();
        thread::spawn(move || {
            let runtime = runtime();
            runtime.spawn(unblocked(move || {
                begins.send(()).unwrap();
                hangs.recv().map_err(io::Error::other)
            }));
            begun.recv().unwrap();
            drop(runtime);
            ends.send(()).unwrap();
        });
        ended.recv_timeout(Duration::from_secs(60)).expect("the runtime waits for it");
    }
}

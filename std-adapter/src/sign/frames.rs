//! Frames that an asynchronous function makes, one at a time, for a body that is polled.

use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body::{Body, Frame};

/// The error of a body of any kind.
pub(crate) type BoxError = Box<dyn core::error::Error + Send + Sync>;

/// A function that has begun.
type Making<E> = Pin<Box<dyn Future<Output = Result<(), E>> + Send>>;

/// The items that a function puts, one at a time.
pub(crate) struct Items<T, E> {
    make: Option<Making<E>>,
    slot: Slot<T>,
}

impl<T, E> Items<T, E> {
    /// Starts nothing yet: the function runs only when an item is requested.
    pub(crate) fn new<F: Future<Output = Result<(), E>> + Send + 'static>(
        make: impl FnOnce(Outlet<T>) -> F,
    ) -> Self {
        let slot = Slot::default();
        let make = make(Outlet(slot.clone()));
        Self { make: Some(Box::pin(make)), slot }
    }

    /// Returns whether the function has returned.
    #[cfg(feature = "tower")]
    pub(crate) const fn is_ended(&self) -> bool {
        self.make.is_none()
    }

    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, E>>> {
        let Some(make) = &mut self.make else { return Poll::Ready(None) };
        let polled = make.as_mut().poll(context);
        if let Some(item) = self.slot.lock().take() {
            return Poll::Ready(Some(Ok(item)));
        }
        polled.map(|outcome| {
            self.make = None;
            outcome.err().map(Err)
        })
    }
}

/// The place where the function puts its items.
pub(crate) struct Outlet<T>(Slot<T>);

impl<T> Outlet<T> {
    /// Puts an item, and waits until it is taken. The next poll then continues.
    pub(crate) async fn put(&self, item: T) {
        *self.0.lock() = Some(item);
        poll_fn(|_| if self.0.lock().is_none() { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }
}

/// Returns the next frame of a body.
pub(crate) async fn next_frame<B>(body: &mut B) -> Option<Result<Frame<Bytes>, BoxError>>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let mut body = pin!(body);
    let next = poll_fn(|context| body.as_mut().poll_frame(context).map_err(Into::into));
    next.await
}

//! The progress of bodies that are sent.

use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::timeout;

use crate::s3::content::body::S3Body;

/// The count of bytes that a connection has taken of a body, over all attempts to send it.
#[derive(Clone, Debug, Default)]
pub struct BodyProgress(Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    bytes: AtomicU64,
    /// Those of the current attempt, if there is one.
    on_wire: AtomicU64,
    is_held_back: AtomicBool,
}

impl BodyProgress {
    /// Adds bytes.
    pub(crate) fn add(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.0.on_wire.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes that an attempt begins or has ended: no byte of it is in flight, and nothing holds it
    /// back.
    pub(crate) fn restart(&self) {
        self.0.on_wire.store(0, Ordering::Relaxed);
        self.set_held_back(false);
    }

    /// Returns how many bytes of the current attempt are in flight.
    pub(crate) fn on_wire(&self) -> u64 {
        self.0.on_wire.load(Ordering::Relaxed)
    }

    /// Returns whether both are the count of the same body.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns whether the count is held elsewhere too.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// Sets whether it is this side that keeps bytes back.
    pub(crate) fn set_held_back(&self, is_held_back: bool) {
        self.0.is_held_back.store(is_held_back, Ordering::Relaxed);
    }

    /// Returns the outcome of an exchange, or `None` once nothing has moved for as long as
    /// `patience`, up to twice that. There is no limit to how long it takes in all: slow networks
    /// work too.
    pub(crate) async fn unless_stalled<T>(
        &self,
        patience: Duration,
        exchange: impl Future<Output = T>,
    ) -> Option<T> {
        let mut exchange = pin!(exchange);
        loop {
            let before = self.0.bytes.load(Ordering::Relaxed);
            if let Ok(outcome) = timeout(patience, &mut exchange).await {
                return Some(outcome);
            }
            let is_held_back = self.0.is_held_back.load(Ordering::Relaxed);
            if self.0.bytes.load(Ordering::Relaxed) == before && !is_held_back {
                return None;
            }
        }
    }
}

/// A body that counts what is taken from it.
pub(in crate::s3) struct CountedBody {
    body: S3Body,
    progress: BodyProgress,
}

impl CountedBody {
    pub(in crate::s3) fn new(body: S3Body, progress: &BodyProgress) -> Self {
        progress.restart();
        Self { body, progress: progress.clone() }
    }
}

impl Body for CountedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let len = frame.data_ref().map_or(0, Bytes::len);
            self.progress.add(u64::try_from(len).unwrap_or(u64::MAX));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use core::future::pending;

    use tokio::time::sleep;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn does_not_take_slowness_for_a_stall() {
        let progress = BodyProgress::default();
        let slow = async {
            for _ in 0..20 {
                sleep(PATIENCE / 4).await;
                progress.add(1);
            }
        };
        assert!(progress.unless_stalled(PATIENCE, slow).await.is_some());
        assert!(progress.unless_stalled(PATIENCE, pending::<()>()).await.is_none());
    }

    #[tokio::test]
    async fn starts_attempts_without_holding_them_back() {
        let progress = BodyProgress::default();
        progress.set_held_back(true);
        progress.restart();
        let exchange = timeout(100 * PATIENCE, progress.unless_stalled(PATIENCE, pending::<()>()));
        assert_eq!(exchange.await, Ok(None));
    }
}

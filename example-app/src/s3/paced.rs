//! A body that goes no faster than it may.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep_until};

use super::body::S3Body;
use super::moved::Moved;
use crate::s3::bandwidth::Bandwidth;

/// A body, slice by slice, each when the limit gives leave.
pub(super) struct Paced {
    body: S3Body,
    limit: Arc<Bandwidth>,
    /// Taken from the body, and without leave yet.
    ahead: Bytes,
    /// Until the next slice of `ahead` may go.
    waiting: Option<Pin<Box<Sleep>>>,
    moved: Moved,
}

impl Paced {
    /// Whoever watches `moved` hears that it is the limit that keeps the body waiting.
    pub(super) fn new(body: S3Body, limit: &Arc<Bandwidth>, moved: &Moved) -> Self {
        let (limit, moved) = (Arc::clone(limit), moved.clone());
        Self { body, limit, ahead: Bytes::new(), waiting: None, moved }
    }

    fn slice_len(&self) -> usize {
        self.limit.slice().min(self.ahead.len())
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        if this.ahead.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => this.ahead = frame.into_data().unwrap_or_default(),
                end => return Poll::Ready(end),
            }
        }
        let len = this.slice_len();
        let limit = &this.limit;
        let waiting =
            this.waiting.get_or_insert_with(|| Box::pin(sleep_until(limit.leave_at(len))));
        let has_leave = waiting.as_mut().poll(context).is_ready();
        this.moved.set_held_back(!has_leave);
        if !has_leave {
            return Poll::Pending;
        }
        this.waiting = None;
        Poll::Ready(Some(Ok(Frame::data(this.ahead.split_to(len)))))
    }

    fn is_end_stream(&self) -> bool {
        self.ahead.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let ahead = u64::try_from(self.ahead.len()).unwrap_or(u64::MAX);
        let rest = self.body.size_hint().exact();
        rest.map_or_else(SizeHint::default, |rest| SizeHint::with_exact(rest.saturating_add(ahead)))
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZeroU64;
    use core::time::Duration;

    use http_body_util::BodyExt as _;
    use tokio::time::Instant;

    use super::*;
    use crate::s3::body;

    fn paced(content: &Bytes, rate: u64, moved: &Moved) -> Paced {
        let limit = Arc::new(Bandwidth::new(NonZeroU64::new(rate).unwrap()));
        Paced::new(body::of_bytes(content.clone()), &limit, moved)
    }

    #[tokio::test(start_paused = true)]
    async fn all_of_it_goes_in_time() {
        let content = Bytes::from((0..=255).cycle().take(10_000).collect::<Vec<u8>>());
        let mut body = paced(&content, 1000, &Moved::default());
        let (mut sent, began) = (Vec::new(), Instant::now());
        while !body.is_end_stream() {
            let left = u64::try_from(content.len() - sent.len()).unwrap();
            assert_eq!(body.size_hint().exact(), Some(left));
            let slice = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert!(slice.len() <= 1000 / 64);
            sent.extend_from_slice(&slice);
        }
        assert_eq!(sent, content);
        let took = began.elapsed();
        assert!((9..=10).contains(&took.as_secs()), "{took:?}");
        assert!(body.frame().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn whom_the_limit_holds_back_is_not_stalled() {
        let (moved, patience) = (Moved::default(), Duration::from_millis(300));
        // A byte a second.
        let body = paced(&Bytes::from_static(b"0123456789"), 1, &moved);
        let sent = moved.unless_stalled(patience, body.collect()).await;
        assert_eq!(sent.unwrap().unwrap().to_bytes().len(), 10);
        let nothing_more = core::future::pending::<()>();
        assert!(moved.unless_stalled(patience, nothing_more).await.is_none());
    }
}

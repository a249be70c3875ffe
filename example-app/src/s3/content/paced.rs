//! Bodies that keep to a bandwidth.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep_until};

use crate::s3::content::bandwidth::Bandwidth;
use crate::s3::content::body::S3Body;
use crate::s3::content::progress::BodyProgress;

/// A body that is sent slice by slice, each when the limit allows it.
pub(in crate::s3) struct PacedBody {
    body: S3Body,
    limit: Arc<Bandwidth>,
    /// Taken from the body, and not allowed to go yet.
    ahead: Bytes,
    /// The time until the next slice of `ahead` can go.
    waiting: Option<Pin<Box<Sleep>>>,
    progress: BodyProgress,
}

impl PacedBody {
    /// Paces a body. `progress` records that the limit keeps the body waiting.
    pub(in crate::s3) fn new(
        body: S3Body,
        limit: &Arc<Bandwidth>,
        progress: &BodyProgress,
    ) -> Self {
        let (limit, progress) = (Arc::clone(limit), progress.clone());
        Self { body, limit, ahead: Bytes::new(), waiting: None, progress }
    }

    fn slice_len(&self) -> usize {
        self.limit.slice().min(self.ahead.len())
    }
}

impl Body for PacedBody {
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
        let waiting = this.waiting.get_or_insert_with(|| Box::pin(sleep_until(limit.reserve(len))));
        let has_leave = waiting.as_mut().poll(context).is_ready();
        this.progress.set_held_back(!has_leave);
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
    use crate::s3::content::body;

    fn paced(content: &Bytes, rate: u64, progress: &BodyProgress) -> PacedBody {
        let limit = Arc::new(Bandwidth::new(NonZeroU64::new(rate).unwrap()));
        PacedBody::new(body::of_bytes(content.clone()), &limit, progress)
    }

    #[tokio::test(start_paused = true)]
    async fn sends_everything_at_the_rate() {
        let content = Bytes::from((0..=255).cycle().take(10_000).collect::<Vec<u8>>());
        let mut body = paced(&content, 1000, &BodyProgress::default());
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
    async fn does_not_take_pacing_for_a_stall() {
        let (progress, patience) = (BodyProgress::default(), Duration::from_millis(300));
        // A byte a second.
        let body = paced(&Bytes::from_static(b"0123456789"), 1, &progress);
        let sent = progress.unless_stalled(patience, body.collect()).await;
        assert_eq!(sent.unwrap().unwrap().to_bytes().len(), 10);
        let nothing_more = core::future::pending::<()>();
        assert!(progress.unless_stalled(patience, nothing_more).await.is_none());
    }
}

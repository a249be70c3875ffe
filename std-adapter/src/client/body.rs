//! The bodies of requests: those in memory, and those that are watched while they are sent.

use core::convert::Infallible;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

/// The body of a request that is in memory: what
/// [`SigningClient::call`](super::SigningClient::call) sends.
///
/// ```
/// use rolesig_std::client::BytesBody;
///
/// let request = http::Request::post("/").body(BytesBody::from(r#"{"TableName": "t"}"#))?;
/// assert_eq!(request.body().bytes().len(), 18);
/// assert!(BytesBody::default().bytes().is_empty());
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct BytesBody {
    bytes: Bytes,
    is_sent: bool,
}

impl BytesBody {
    /// Returns the bytes.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// Shows the length alone: bodies have secrets, such as the code of an MFA device.
impl fmt::Debug for BytesBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, is_sent } = self;
        f.debug_struct("BytesBody").field("len", &bytes.len()).field("is_sent", is_sent).finish()
    }
}

impl<T: Into<Bytes>> From<T> for BytesBody {
    fn from(bytes: T) -> Self {
        Self { bytes: bytes.into(), is_sent: false }
    }
}

impl Body for BytesBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        self.is_sent = true;
        Poll::Ready(Some(Ok(Frame::data(self.bytes.clone()))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_sent || self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let left = if self.is_sent { 0 } else { self.bytes.len() };
        SizeHint::with_exact(u64::try_from(left).unwrap_or(u64::MAX))
    }
}

/// The moment at which a piece of a request was sent last.
#[derive(Clone, Debug)]
pub(super) struct LastSent(Arc<Mutex<Instant>>);

impl LastSent {
    pub(super) fn now() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    pub(super) fn get(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn touch(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// A body that notes when its pieces are sent.
#[derive(Debug)]
pub(super) struct WatchedBody<B> {
    pub(super) body: B,
    pub(super) last_sent: Option<LastSent>,
}

impl<B: Body + Unpin> Body for WatchedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        if let Some(last_sent) = &self.last_sent {
            last_sent.touch();
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

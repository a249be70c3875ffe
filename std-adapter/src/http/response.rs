//! The body of a response, of which the beginning may have been looked at already.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::collections::VecDeque;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep, timeout_at};

use crate::http::body_error::{BodyError, BodyReadError};
use crate::http::service_error::{self, ServiceError};

/// Errors arrive with their heads, and a caller that waits for the head does not expect to wait for
/// more.
const LOOKED_FOR: Duration = Duration::from_secs(5);

/// A time that never comes in practice: 30 years.
const FAR: Duration = Duration::from_secs(30 * 365 * 86_400);

/// The body of a response, in whole.
///
/// ```
/// use rolesig_std::http::{BodyError, ResponseBody};
///
/// async fn text(response: http::Response<ResponseBody>) -> Result<String, BodyError> {
///     let bytes = response.into_body().read_to_end(1024 * 1024).await?;
///     Ok(String::from_utf8_lossy(&bytes).into_owned())
/// }
/// ```
pub struct ResponseBody {
    /// The part that was read to see why a request was refused, and its error if it broke off.
    read: VecDeque<Result<Frame<Bytes>, hyper::Error>>,
    rest: Incoming,
    pause: Option<LongestPause>,
}

/// The longest pause between two pieces of a body.
#[derive(Debug)]
struct LongestPause {
    limit: Duration,
    /// Runs while nothing comes.
    timer: Option<Pin<Box<Sleep>>>,
    is_running: bool,
}

/// Shows none of the bytes: S3 repeats session tokens in its refusals.
impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { read, pause, .. } = self;
        let read: usize = read.iter().filter_map(data).map(Bytes::len).sum();
        let read_timeout = pause.as_ref().map(|pause| pause.limit);
        f.debug_struct("ResponseBody")
            .field("read", &read)
            .field("read_timeout", &read_timeout)
            .finish_non_exhaustive()
    }
}

impl ResponseBody {
    /// Takes a body, between whose pieces a pause ends in an error after `limit`.
    pub(crate) fn new(rest: Incoming, limit: Option<Duration>) -> Self {
        let pause = limit.map(|limit| LongestPause { limit, timer: None, is_running: false });
        Self { read: VecDeque::new(), rest, pause }
    }

    /// Reads the body to its end.
    ///
    /// # Errors
    /// If it is longer than `limit`, breaks off, or pauses for longer than the client's [read
    /// timeout](crate::client::ClientSettings::read_timeout).
    pub async fn read_to_end(mut self, limit: usize) -> Result<Bytes, BodyError> {
        let mut pieces: Vec<Bytes> = Vec::new();
        let mut length = 0_usize;
        while let Some(frame) = self.frame().await {
            let Ok(piece) = frame?.into_data() else { continue };
            length = length.saturating_add(piece.len());
            if length > limit {
                return Err(BodyReadError::TooLong(limit).into());
            }
            pieces.push(piece);
        }
        Ok(match pieces.len() {
            0 | 1 => pieces.pop().unwrap_or_default(),
            _ => pieces.concat().into(),
        })
    }

    /// Returns the beginning of the body, as far as it comes soon. The body stays whole.
    pub(crate) async fn beginning(&mut self) -> Vec<u8> {
        let read: Vec<&[u8]> = self.read.iter().filter_map(data).map(Bytes::as_ref).collect();
        let mut text = read.concat();
        let until = Instant::now() + LOOKED_FOR;
        while text.len() <= service_error::LONGEST {
            // The rest of what does not come is left to the caller.
            let Ok(Some(frame)) = timeout_at(until, self.rest.frame()).await else { break };
            let is_broken = frame.is_err();
            text.extend_from_slice(data(&frame).map(Bytes::as_ref).unwrap_or_default());
            self.read.push_back(frame);
            if is_broken {
                break;
            }
        }
        text
    }

    /// Reads the body as far as it comes, but no more than about `limit` bytes.
    async fn read_up_to(mut self, limit: usize) -> Vec<u8> {
        let mut read = Vec::new();
        while let Some(Ok(frame)) = self.frame().await {
            read.extend_from_slice(frame.data_ref().map(Bytes::as_ref).unwrap_or_default());
            if read.len() > limit {
                break;
            }
        }
        read
    }
}

impl ServiceError {
    /// Reads a response that is an error, of whose body 64 KiB suffice. A body that breaks off is
    /// parsed as far as it came.
    pub async fn read(response: Response<ResponseBody>) -> Self {
        let (head, body) = response.into_parts();
        let body = body.read_up_to(service_error::LONGEST).await;
        Self::parse(head.status, &head.headers, &body)
    }
}

impl LongestPause {
    /// Returns whether the pause is over. It begins with the first call since
    /// [`end`](Self::end).
    fn poll_elapsed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let limit = self.limit;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(limit)));
        if !self.is_running {
            self.is_running = true;
            // One that cannot be represented never ends.
            let end = Instant::now().checked_add(limit);
            timer.as_mut().reset(end.unwrap_or_else(|| Instant::now() + FAR));
        }
        timer.as_mut().poll(context)
    }

    const fn end(&mut self) {
        self.is_running = false;
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let body = &mut *self;
        if let Some(read) = body.read.pop_front() {
            return Poll::Ready(Some(read.map_err(|error| BodyReadError::Broken(error).into())));
        }
        let Poll::Ready(frame) = Pin::new(&mut body.rest).poll_frame(context) else {
            let Some(pause) = &mut body.pause else { return Poll::Pending };
            let limit = pause.limit;
            return pause
                .poll_elapsed(context)
                .map(|()| Some(Err(BodyReadError::Pause(limit).into())));
        };
        body.pause.iter_mut().for_each(LongestPause::end);
        Poll::Ready(frame.map(|frame| frame.map_err(|error| BodyReadError::Broken(error).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let read: usize = self.read.iter().filter_map(data).map(Bytes::len).sum();
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(read)) {
            hint.set_upper(upper);
        }
        hint
    }
}

fn data(frame: &Result<Frame<Bytes>, hyper::Error>) -> Option<&Bytes> {
    frame.as_ref().ok().and_then(Frame::data_ref)
}

/// Returns the code of an error that a service answered with, such as `ExpiredToken`; `None` if it
/// is not the caller's error, or has no code. The body stays whole.
pub(crate) async fn error_code(response: &mut Response<ResponseBody>) -> Option<String> {
    let may_be_mended = [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
    if !may_be_mended.contains(&response.status()) {
        return None;
    }
    if let Some(code) = service_error::header_code(response.headers()) {
        return Some(code);
    }
    let text = response.body_mut().beginning().await;
    service_error::code(response.headers(), &text)
}

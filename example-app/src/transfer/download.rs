//! The download of an object, to its end.
//!
//! A download does not start over when a connection breaks: it requests the rest of the object with
//! the `ETag` of the first response. An object that was replaced meanwhile is an error, so that all
//! bytes are of one version.

use core::fmt;
use core::time::Duration;
use std::io;
use std::time::Instant;

use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use rolesig_std::http::ResponseBody;
use thiserror::Error;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::s3::address::path::S3Path;
use crate::s3::content::content_hash::Comparison;
use crate::s3::content::etag::ETag;
use crate::s3::content::object_head::ObjectHead;
use crate::s3::error::repeat::{Repeated, repeat};
use crate::s3::error::retry::S3Retries;
use crate::s3::operation::get_object::expect_offset;
use crate::s3::{Attributes, OperationError, S3};
use crate::transfer::event::{TransferEvent, message_and_id};

/// The reason why an object was not read, or not to its end.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// S3 refused, or did not answer.
    #[error(transparent)]
    S3(#[from] OperationError),
    /// The destination does not take the content.
    #[error("{0}")]
    Write(io::Error),
    /// The object was replaced meanwhile.
    #[error("changed while it was read: get it again")]
    Changed,
    /// Bytes were changed, dropped or added on the way.
    #[error(
        "the content received is not what S3 holds ({0}): get it again; -ignoreCrc skips the check"
    )]
    Damaged(Damage),
}

impl DownloadError {
    /// Returns the ID that S3 gave the request that failed, if there is one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::S3(error) => error.request_id(),
            _ => None,
        }
    }
}

/// The difference between the received content and what S3 stated about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Another length, in bytes.
    Length {
        /// The received value.
        came: u64,
        /// The value that S3 stated.
        said: u64,
    },
    /// Another checksum, or another MD5, which the `ETag` is.
    Hash {
        /// The name of the algorithm.
        name: &'static str,
        /// The received value.
        came: String,
        /// The value that S3 stated.
        said: String,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { came, said } => write!(f, "{came} bytes of {said}"),
            Self::Hash { name, came, said } => {
                write!(f, "its {name} is {came}, and S3 states {said}")
            }
        }
    }
}

/// The length and the `ETag` of an object, as S3 reported them before.
pub type Expected<'e> = (Option<u64>, Option<&'e ETag>);

/// A download of an object.
pub struct Download<'d> {
    s3: &'d S3,
    path: &'d S3Path,
    /// The attributes in the first response.
    attributes: Option<Attributes>,
    /// The response before: a response may not state a length.
    expected: Expected<'d>,
    /// The number of bytes that were written.
    len: u64,
    is_checked: bool,
    /// The comparison of the written content with the hashes in the first response.
    comparison: Comparison,
}

/// The bytes of a response that broke off that count as progress: after fewer, the attempts are
/// counted on.
const PROGRESS: u64 = 64 * 1024;
/// The least bytes in the time for a response: fewer count as none.
const TRICKLE: usize = 1024;

/// The bytes that arrived since the last check for progress.
#[derive(Default)]
struct Trickle {
    waited: Duration,
    came: usize,
}

impl Trickle {
    /// Counts the bytes that came, and returns whether it is worth waiting for more. Only the time
    /// counts that the server took.
    fn is_fast_enough(&mut self, waited: Duration, came: usize, limit: Duration) -> bool {
        self.waited += waited;
        self.came = self.came.saturating_add(came);
        if self.waited < limit {
            return true;
        }
        let is_enough = self.came >= TRICKLE;
        *self = Self::default();
        is_enough
    }
}

/// The reason why a response was not read to its end.
enum ReceiveError {
    Off(OperationError),
    ForGood(DownloadError),
}

impl<'d> Download<'d> {
    /// Creates a download, without a request yet. With `is_checked` the content is compared with
    /// the checksums of all of it that S3 states, and with its MD5, where the `ETag` is that.
    pub fn new(s3: &'d S3, path: &'d S3Path, is_checked: bool) -> Self {
        let comparison = Comparison::default();
        Self { s3, path, attributes: None, expected: (None, None), len: 0, is_checked, comparison }
    }

    /// Sets the length and the `ETag` that S3 reported before. Another length is an error, unless
    /// the object was replaced by one of another `ETag`.
    #[must_use]
    pub fn expecting(self, expected: Expected<'d>) -> Self {
        Self { expected, ..self }
    }

    /// Writes the object to `sink`, and returns its attributes. `on_event` is called with the bytes
    /// that were written. They are checked at the end: do not use them until then.
    ///
    /// # Errors
    /// If S3 does not give all of it, or the sink does not take it, or it is not what S3 holds.
    pub async fn to(
        mut self,
        sink: &mut (impl AsyncWrite + Unpin),
        on_event: &dyn Fn(TransferEvent<'_>),
    ) -> Result<Attributes, DownloadError> {
        let retries = self.s3.retries();
        let before = self.len;
        let mut rest = Rest { download: &mut self, sink: &mut *sink, on_event, retries, before };
        repeat(&mut rest).await?;
        sink.flush().await.map_err(DownloadError::Write)?;
        self.check()
    }

    /// Continues where the last attempt ended.
    async fn attempt(
        &mut self,
        sink: &mut (impl AsyncWrite + Unpin),
        on_event: &dyn Fn(TransferEvent<'_>),
    ) -> Result<(), ReceiveError> {
        let (mut response, mut skipped) = self.response(on_event).await?;
        let mut trickle = Trickle::default();
        loop {
            let limit = self.s3.timeouts().response;
            let asked = Instant::now();
            let frame = timeout(limit, response.frame()).await;
            let Some(frame) =
                frame.map_err(|_| ReceiveError::Off(OperationError::Timeout(limit)))?
            else {
                return Ok(());
            };
            let waited = asked.elapsed();
            let frame =
                frame.map_err(|error| ReceiveError::Off(OperationError::Body(error.into())))?;
            let Ok(mut data) = frame.into_data() else { continue };
            let again = usize::try_from(skipped).unwrap_or(usize::MAX).min(data.len());
            drop(data.split_to(again));
            skipped = skipped.saturating_sub(len(again));
            self.s3.wait_for_bandwidth(data.len()).await;
            let written = sink.write_all(&data).await;
            written.map_err(|error| ReceiveError::ForGood(DownloadError::Write(error)))?;
            self.comparison.update(&data);
            self.len = self.len.saturating_add(len(data.len()));
            on_event(TransferEvent::Moved { bytes: len(data.len()) });
            self.expect_an_end().map_err(ReceiveError::ForGood)?;
            // The bytes from before count, too.
            if !trickle.is_fast_enough(waited, again.saturating_add(data.len()), limit) {
                return Err(ReceiveError::Off(OperationError::Stalled(limit)));
            }
        }
    }

    /// Requests the next response, and returns how many bytes at its beginning were received
    /// before.
    async fn response(
        &mut self,
        on_event: &dyn Fn(TransferEvent<'_>),
    ) -> Result<(Response<ResponseBody>, u64), ReceiveError> {
        let Some(attributes) = &self.attributes else {
            let with_checksums = self.is_checked && self.s3.validates_checksums();
            let response = self.s3.get(self.path, with_checksums).await;
            let response = response.map_err(ReceiveError::Off)?;
            let mut attributes = Attributes::of(ObjectHead::of(&response));
            self.expect_the_whole(&attributes).map_err(ReceiveError::ForGood)?;
            if !self.is_replaced(&attributes) {
                attributes.len = attributes.len.or(self.expected.0);
            }
            if let Some(bytes) = attributes.len {
                on_event(TransferEvent::Length { bytes });
            }
            if self.is_checked {
                let hashes = attributes.content_hashes.iter().filter(|_| with_checksums);
                self.comparison = Comparison::with(hashes, attributes.etag.as_ref());
            }
            self.attributes = Some(attributes);
            return Ok((response, 0));
        };
        let changed = || ReceiveError::ForGood(DownloadError::Changed);
        let etag = attributes.etag.as_ref().ok_or_else(changed)?;
        let response = match self.s3.get_rest(self.path, self.len, etag).await {
            Err(OperationError::Refused(error)) if is_gone(error.status) => return Err(changed()),
            response => response.map_err(ReceiveError::Off)?,
        };
        let now = Attributes::of(ObjectHead::of(&response));
        if now.etag.as_ref().is_some_and(|now| now != etag) {
            return Err(changed());
        }
        if response.status() != StatusCode::PARTIAL_CONTENT {
            // The store gives all of it, whatever was asked for.
            return Ok((response, self.len));
        }
        let begin = expect_offset(response.headers(), self.len);
        begin.map_err(|error| ReceiveError::ForGood(error.into()))?;
        Ok((response, 0))
    }

    /// Refuses a response whose length is not the object's.
    fn expect_the_whole(&self, attributes: &Attributes) -> Result<(), DownloadError> {
        match (attributes.len, self.expected.0) {
            (Some(came), Some(said)) if came != said => match self.expected.1 {
                _ if self.is_replaced(attributes) => Ok(()),
                Some(_) => Err(DownloadError::Damaged(Damage::Length { came, said })),
                None => Err(DownloadError::Changed),
            },
            _ => Ok(()),
        }
    }

    /// Returns whether the object was replaced by one with a different `ETag`.
    fn is_replaced(&self, attributes: &Attributes) -> bool {
        match (self.expected.1, &attributes.etag) {
            (Some(before), Some(now)) => before != now,
            _ => false,
        }
    }

    /// Refuses a response without a length, which might never end.
    fn expect_an_end(&self) -> Result<(), DownloadError> {
        match self.attributes.as_ref().and_then(|attributes| attributes.len) {
            Some(said) if self.len > said => {
                Err(DownloadError::Damaged(Damage::Length { came: self.len, said }))
            }
            _ => Ok(()),
        }
    }

    fn check(self) -> Result<Attributes, DownloadError> {
        let (attributes, came) = (self.attributes.unwrap_or_default(), self.len);
        if let Some(said) = attributes.len.filter(|said| *said != came) {
            return Err(DownloadError::Damaged(Damage::Length { came, said }));
        }
        let damaged = |(name, came, said)| Damage::Hash { name, came, said };
        let damage = self.comparison.difference().map(damaged);
        damage.map_or(Ok(attributes), |damage| Err(DownloadError::Damaged(damage)))
    }
}

/// A download that continues after a failure with the bytes that are missing.
struct Rest<'r, 'd, W> {
    download: &'r mut Download<'d>,
    sink: &'r mut W,
    on_event: &'r dyn Fn(TransferEvent<'_>),
    retries: S3Retries,
    /// The number of bytes that were written before the attempt.
    before: u64,
}

impl<W: AsyncWrite + Unpin> Repeated for Rest<'_, '_, W> {
    type AttemptError = ReceiveError;
    type Error = DownloadError;

    async fn attempt(&mut self) -> Result<(), ReceiveError> {
        self.before = self.download.len;
        self.download.attempt(self.sink, self.on_event).await
    }

    async fn pause(&mut self, failure: ReceiveError) -> Result<(), DownloadError> {
        let error = match failure {
            ReceiveError::Off(error) => error,
            ReceiveError::ForGood(error) => return Err(error),
        };
        if self.download.attributes.as_ref().is_some_and(|had| had.etag.is_none()) {
            // No one knows whether what is left is of the same object.
            return Err(error.into());
        }
        if self.download.len.saturating_sub(self.before) >= PROGRESS {
            // The budget is one request's, and the one that is left is another.
            self.retries = self.download.s3.retries();
        }
        let shown = message_and_id(&error);
        self.retries.after(error).await?;
        (self.on_event)(TransferEvent::again(&shown));
        Ok(())
    }
}

/// Returns whether S3 says that the object no longer exists, or is no longer that long.
fn is_gone(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::PRECONDITION_FAILED | StatusCode::NOT_FOUND | StatusCode::RANGE_NOT_SATISFIABLE
    )
}

fn len(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

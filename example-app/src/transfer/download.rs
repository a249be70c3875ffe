//! The download of an object, to its end.
//!
//! A download does not start over when a connection breaks: it requests the rest of the object with
//! the `ETag` of the first response. An object that is another one by then is an error, so that all
//! bytes are of one version.

use core::fmt;
use core::time::Duration;
use std::io;
use std::time::Instant;

use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use md5::{Digest as _, Md5};
use rolesig_std::http::ResponseBody;
use thiserror::Error;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::s3::address::path::S3Path;
use crate::s3::content::etag::ETag;
use crate::s3::error::repeat::{Repeated, repeat};
use crate::s3::error::retry::S3Retries;
use crate::s3::operation::get_object::begins_at;
use crate::s3::{Attributes, OperationError, S3};
use crate::transfer::step::{Step, told};

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
    /// Another MD5, which the `ETag` is.
    Md5 {
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
            Self::Md5 { came, said } => write!(f, "its MD5 is {came}, its ETag {said}"),
        }
    }
}

/// The length and the `ETag` of an object, as S3 told them before.
pub type Expected<'e> = (Option<u64>, Option<&'e ETag>);

/// A download of an object.
pub struct Download<'d> {
    s3: &'d S3,
    path: &'d S3Path,
    /// The attributes in the first response.
    attributes: Option<Attributes>,
    /// The answer before: a response may not state a length.
    expected: Expected<'d>,
    /// The number of bytes that were written.
    len: u64,
    /// The MD5 of what was written, if it is compared.
    md5: Option<Md5>,
}

/// The bytes of an answer that broke off that count as progress: after fewer, the attempts are
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
    fn goes_on(&mut self, waited: Duration, came: usize, limit: Duration) -> bool {
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
enum BodyError {
    Off(OperationError),
    ForGood(DownloadError),
}

impl<'d> Download<'d> {
    /// Creates a download, without a request yet. With `is_checked` the content is compared with
    /// its MD5, where the `ETag` is that.
    pub fn new(s3: &'d S3, path: &'d S3Path, is_checked: bool) -> Self {
        let md5 = is_checked.then(Md5::new);
        Self { s3, path, attributes: None, expected: (None, None), len: 0, md5 }
    }

    /// Sets the length and the `ETag` that S3 told before. Another length is an error, unless the
    /// object was replaced by one of another `ETag`.
    #[must_use]
    pub fn expecting(self, expected: Expected<'d>) -> Self {
        Self { expected, ..self }
    }

    /// Writes the object to `sink`, and returns its attributes. `on_step` is called with the bytes
    /// that were written. They are checked at the end: until then they are not to be used.
    ///
    /// # Errors
    /// If S3 does not give all of it, or the sink does not take it, or it is not what S3 holds.
    pub async fn to(
        mut self,
        sink: &mut (impl AsyncWrite + Unpin),
        on_step: &dyn Fn(Step<'_>),
    ) -> Result<Attributes, DownloadError> {
        let retries = self.s3.retries();
        let before = self.len;
        let mut rest = Rest { download: &mut self, sink: &mut *sink, on_step, retries, before };
        repeat(&mut rest).await?;
        sink.flush().await.map_err(DownloadError::Write)?;
        self.check()
    }

    /// Reads on from where the last attempt ended.
    async fn attempt(
        &mut self,
        sink: &mut (impl AsyncWrite + Unpin),
        on_step: &dyn Fn(Step<'_>),
    ) -> Result<(), BodyError> {
        let (mut response, mut skipped) = self.response(on_step).await?;
        let mut trickle = Trickle::default();
        loop {
            let limit = self.s3.timeouts().answer;
            let asked = Instant::now();
            let frame = timeout(limit, response.frame()).await;
            let Some(frame) = frame.map_err(|_| BodyError::Off(OperationError::Timeout(limit)))?
            else {
                return Ok(());
            };
            let waited = asked.elapsed();
            let frame =
                frame.map_err(|error| BodyError::Off(OperationError::Body(error.into())))?;
            let Ok(mut data) = frame.into_data() else { continue };
            let again = usize::try_from(skipped).unwrap_or(usize::MAX).min(data.len());
            drop(data.split_to(again));
            skipped = skipped.saturating_sub(len(again));
            self.s3.wait_for_bandwidth(data.len()).await;
            let written = sink.write_all(&data).await;
            written.map_err(|error| BodyError::ForGood(DownloadError::Write(error)))?;
            if let Some(md5) = &mut self.md5 {
                md5.update(&data);
            }
            self.len = self.len.saturating_add(len(data.len()));
            on_step(Step::Moved { bytes: len(data.len()) });
            self.expect_an_end().map_err(BodyError::ForGood)?;
            // The bytes from before count, too.
            if !trickle.goes_on(waited, again.saturating_add(data.len()), limit) {
                return Err(BodyError::Off(OperationError::Stalled(limit)));
            }
        }
    }

    /// Requests the next response, and returns how many bytes at its beginning were received
    /// before.
    async fn response(
        &mut self,
        on_step: &dyn Fn(Step<'_>),
    ) -> Result<(Response<ResponseBody>, u64), BodyError> {
        let Some(attributes) = &self.attributes else {
            let response = self.s3.get(self.path).await.map_err(BodyError::Off)?;
            let mut attributes = Attributes::of(response.headers());
            self.expect_the_whole(&attributes).map_err(BodyError::ForGood)?;
            if !self.is_replaced(&attributes) {
                attributes.len = attributes.len.or(self.expected.0);
            }
            if let Some(bytes) = attributes.len {
                on_step(Step::Length { bytes });
            }
            self.attributes = Some(attributes);
            return Ok((response, 0));
        };
        let changed = || BodyError::ForGood(DownloadError::Changed);
        let etag = attributes.etag.as_ref().ok_or_else(changed)?;
        let response = match self.s3.get_rest(self.path, self.len, etag).await {
            Err(OperationError::Refused(error)) if is_gone(error.status) => return Err(changed()),
            response => response.map_err(BodyError::Off)?,
        };
        let now = Attributes::of(response.headers());
        if now.etag.as_ref().is_some_and(|now| now != etag) {
            return Err(changed());
        }
        if response.status() != StatusCode::PARTIAL_CONTENT {
            // The store gives all of it, whatever was asked for.
            return Ok((response, self.len));
        }
        if begins_at(response.headers(), self.len) {
            Ok((response, 0))
        } else {
            Err(BodyError::ForGood(OperationError::NotS3("Content-Range").into()))
        }
    }

    /// Refuses a response of another length than the object's.
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

    /// Returns whether another object has come than the one that was expected.
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
        let came = self.md5.map(|md5| ETag::of_md5(md5.finalize().into()).bare());
        let said = attributes.etag.as_ref().and_then(ETag::md5);
        if let (Some(said), Some(came)) = (said, came)
            && said != came
        {
            return Err(DownloadError::Damaged(Damage::Md5 { came, said }));
        }
        Ok(attributes)
    }
}

/// A download that continues after a failure with the bytes that are missing.
struct Rest<'r, 'd, W> {
    download: &'r mut Download<'d>,
    sink: &'r mut W,
    on_step: &'r dyn Fn(Step<'_>),
    retries: S3Retries,
    /// The number of bytes that were written before the attempt.
    before: u64,
}

impl<W: AsyncWrite + Unpin> Repeated for Rest<'_, '_, W> {
    type Failure = BodyError;
    type Error = DownloadError;

    async fn attempt(&mut self) -> Result<(), BodyError> {
        self.before = self.download.len;
        self.download.attempt(self.sink, self.on_step).await
    }

    async fn pause(&mut self, failure: BodyError) -> Result<(), DownloadError> {
        let error = match failure {
            BodyError::Off(error) => error,
            BodyError::ForGood(error) => return Err(error),
        };
        if self.download.attributes.as_ref().is_some_and(|had| had.etag.is_none()) {
            // No one knows whether what is left is of the same object.
            return Err(error.into());
        }
        if self.download.len.saturating_sub(self.before) >= PROGRESS {
            // The budget is one request's, and the one that is left is another.
            self.retries = self.download.s3.retries();
        }
        let told = told(&error);
        self.retries.after(error).await?;
        (self.on_step)(Step::again(&told));
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

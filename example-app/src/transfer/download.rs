//! How an object is read, to its end.
//!
//! A connection that breaks is no reason to begin anew: what is left is asked for, of the object
//! with the `ETag` that the first answer had. An object that is another one by then is an error, so
//! that what was read is of one moment.

use core::fmt;
use core::time::Duration;
use std::io;
use std::time::Instant;

use http::header::CONTENT_RANGE;
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use md5::{Digest as _, Md5};
use rolesig_std::ResponseBody;
use thiserror::Error;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::s3::etag::ETag;
use crate::s3::path::S3Path;
use crate::s3::{Attributes, S3, S3Failure};
use crate::transfer::step::{Step, told};

/// Why an object was not read, or not to its end.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// S3 did not give it.
    #[error(transparent)]
    S3(#[from] S3Failure),
    /// Where it goes does not take it.
    #[error("{0}")]
    Write(io::Error),
    /// It is another object now.
    #[error("changed while it was read: get it again")]
    Changed,
    /// Something in between changed, dropped or added bytes.
    #[error("what came is not what S3 holds ({0}): get it again; -ignoreCrc leaves the check out")]
    Damaged(Damage),
}

impl DownloadError {
    /// What S3 calls the request that failed, if it said so.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::S3(failure) => failure.request_id(),
            _ => None,
        }
    }
}

/// How what came differs from what S3 said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// In its length, in bytes.
    Length {
        /// What came.
        came: u64,
        /// What S3 said.
        said: u64,
    },
    /// In its MD5, which the `ETag` is.
    Md5 {
        /// What came.
        came: String,
        /// What S3 said.
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

/// An object on its way.
pub struct Download<'d> {
    s3: &'d S3,
    path: &'d S3Path,
    /// What the first answer said.
    attributes: Option<Attributes>,
    /// How long it is by what was heard of it before: an answer may not say.
    listed_len: Option<u64>,
    /// How many bytes were written.
    len: u64,
    /// Of what was written, if it is to be compared.
    md5: Option<Md5>,
}

/// So many bytes of an answer that broke off are progress: after fewer, the attempts are counted on.
const PROGRESS: u64 = 64 * 1024;
/// Fewer bytes within the time that there is for an answer are as good as none.
const TRICKLE: usize = 1024;

/// How much came since it was last asked whether anything does.
#[derive(Default)]
struct Trickle {
    waited: Duration,
    came: usize,
}

impl Trickle {
    /// Takes notice of what came, and returns whether it is worth waiting for more. Only the time counts
    /// that the server took.
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

/// Why an answer was not read to its end.
enum Broken {
    Off(S3Failure),
    ForGood(DownloadError),
}

impl<'d> Download<'d> {
    /// Asks for nothing yet. `is_checked`: whether the content is compared with its MD5, where the
    /// `ETag` is that.
    pub fn new(s3: &'d S3, path: &'d S3Path, is_checked: bool) -> Self {
        let md5 = is_checked.then(Md5::new);
        Self { s3, path, attributes: None, listed_len: None, len: 0, md5 }
    }

    /// Takes no more than so many bytes of an answer that does not say how long it is.
    #[must_use]
    pub fn of_len(self, listed_len: Option<u64>) -> Self {
        Self { listed_len, ..self }
    }

    /// Writes the object to `sink`, and tells what S3 told of it. `hear` hears of the bytes that
    /// were written. Whoever keeps them must wait for the outcome: they are checked at the end.
    ///
    /// # Errors
    /// If S3 does not give all of it, or the sink does not take it, or it is not what S3 holds.
    pub async fn to(
        mut self,
        sink: &mut (impl AsyncWrite + Unpin),
        hear: &dyn Fn(Step<'_>),
    ) -> Result<Attributes, DownloadError> {
        let mut retries = self.s3.retries();
        loop {
            let before = self.len;
            match self.attempt(sink, hear).await {
                Ok(()) => break,
                Err(Broken::ForGood(failure)) => return Err(failure),
                Err(Broken::Off(failure)) => {
                    if self.attributes.as_ref().is_some_and(|had| had.etag.is_none()) {
                        // No one knows whether what is left is of the same object.
                        return Err(failure.into());
                    }
                    if self.len.saturating_sub(before) >= PROGRESS {
                        // The budget is one request's, and the one that is left is another.
                        retries = self.s3.retries();
                    }
                    let told = told(&failure);
                    retries.after(failure).await?;
                    hear(Step::again(&told));
                }
            }
        }
        sink.flush().await.map_err(DownloadError::Write)?;
        self.check()
    }

    /// Reads on from where the last attempt ended.
    async fn attempt(
        &mut self,
        sink: &mut (impl AsyncWrite + Unpin),
        hear: &dyn Fn(Step<'_>),
    ) -> Result<(), Broken> {
        let (mut response, mut skipped) = self.response(hear).await?;
        let mut trickle = Trickle::default();
        loop {
            let limit = self.s3.timeouts().answer;
            let asked = Instant::now();
            let frame = timeout(limit, response.frame()).await;
            let Some(frame) = frame.map_err(|_| Broken::Off(S3Failure::Timeout(limit)))? else {
                return Ok(());
            };
            let waited = asked.elapsed();
            let frame = frame.map_err(|error| Broken::Off(S3Failure::Body(error.into())))?;
            let Ok(mut data) = frame.into_data() else { continue };
            let again = usize::try_from(skipped).unwrap_or(usize::MAX).min(data.len());
            drop(data.split_to(again));
            skipped = skipped.saturating_sub(len(again));
            self.s3.leave(data.len()).await;
            let written = sink.write_all(&data).await;
            written.map_err(|error| Broken::ForGood(DownloadError::Write(error)))?;
            if let Some(md5) = &mut self.md5 {
                md5.update(&data);
            }
            self.len = self.len.saturating_add(len(data.len()));
            hear(Step::Moved { bytes: len(data.len()) });
            self.expect_an_end().map_err(Broken::ForGood)?;
            // What was had before came, too.
            if !trickle.goes_on(waited, again.saturating_add(data.len()), limit) {
                return Err(Broken::Off(S3Failure::Stalled(limit)));
            }
        }
    }

    /// The next answer, and how many bytes at its beginning were had before.
    async fn response(
        &mut self,
        hear: &dyn Fn(Step<'_>),
    ) -> Result<(Response<ResponseBody>, u64), Broken> {
        let Some(attributes) = &self.attributes else {
            let response = self.s3.get(self.path).await.map_err(Broken::Off)?;
            let mut attributes = Attributes::of(response.headers());
            attributes.len = attributes.len.or(self.listed_len);
            if let Some(bytes) = attributes.len {
                hear(Step::Length { bytes });
            }
            self.attributes = Some(attributes);
            return Ok((response, 0));
        };
        let changed = || Broken::ForGood(DownloadError::Changed);
        let etag = attributes.etag.as_ref().ok_or_else(changed)?;
        let response = match self.s3.get_rest(self.path, self.len, etag).await {
            Err(S3Failure::S3(error)) if is_gone(error.status) => return Err(changed()),
            response => response.map_err(Broken::Off)?,
        };
        let now = Attributes::of(response.headers());
        if now.etag.as_ref().is_some_and(|now| now != etag) {
            return Err(changed());
        }
        if response.status() != StatusCode::PARTIAL_CONTENT {
            // The store gives all of it, whatever was asked for.
            return Ok((response, self.len));
        }
        let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
        let begin = format!("bytes {}-", self.len);
        if range.is_some_and(|range| range.starts_with(&begin)) {
            Ok((response, 0))
        } else {
            Err(Broken::ForGood(S3Failure::NotS3.into()))
        }
    }

    /// An answer without a length may go on for ever.
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

/// What S3 answers about the rest of an object that is no longer there, or no longer that long.
fn is_gone(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::PRECONDITION_FAILED | StatusCode::NOT_FOUND | StatusCode::RANGE_NOT_SATISFIABLE
    )
}

fn len(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

//! Aborting an upload, with all of its parts.
//!
//! Source: `AbortMultipartUpload`, Amazon S3 API Reference: parts that are in flight during the
//! abort can be stored after it, so that it may have to be sent several times; `ListParts` shows
//! whether they are gone.

use core::time::Duration;

use rolesig_std::http::Backoff;

use crate::s3::S3;
use crate::s3::address::path::S3Path;
use crate::s3::error::operation::OperationError;
use crate::s3::error::retry::{S3Retries, Verdict, judge};
use crate::transfer::upload::error::AbortError;
use crate::transfer::upload::uploader::Uploader;

/// The most times that the abort is sent while parts stay.
const ROUNDS: u32 = 5;
/// The pause before the second time; it doubles before each further one.
const PAUSE: Duration = Duration::from_millis(100);

impl Uploader<'_> {
    /// Aborts an upload, until no part is left as far as this role can list them. It is not
    /// interrupted: a signal asks for it.
    ///
    /// # Errors
    /// If parts can be left; `NoSuchUpload` if it was aborted before, or is an object.
    pub async fn abort(&self, path: &S3Path, upload_id: &str) -> Result<(), AbortError> {
        let abort = async |s3: &S3| s3.abort_multipart_upload(path, upload_id).await;
        let list = async |s3: &S3| s3.list_parts_page(path, upload_id, 0).await;
        self.insist(&abort).await?;
        let mut backoff = Backoff::new(PAUSE, Duration::MAX, self.s3.clock());
        loop {
            let left = match self.insist(&list).await {
                Ok(page) if page.items.is_empty() => return Ok(()),
                Ok(page) => page.items,
                Err(error) if error.is_missing_upload() || is_unavailable(&error) => return Ok(()),
                Err(error) => return Err(AbortError::Unlisted(error)),
            };
            if !backoff.wait(ROUNDS, Duration::MAX).await {
                return Err(AbortError::PartsLeft { rounds: ROUNDS, parts: left });
            }
            match self.insist(&abort).await {
                Err(error) if error.is_missing_upload() => return Ok(()),
                aborted => aborted?,
            }
        }
    }

    /// Sends a request with fewer attempts than elsewhere: the user waits for the end.
    async fn insist<T>(
        &self,
        question: &impl AsyncFn(&S3) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let mut settings = self.settings.retries;
        settings.attempts = 5;
        settings.throttles = 5;
        self.s3.retry_within(S3Retries::new(settings, self.s3.clock()), question).await
    }
}

/// Returns whether this role cannot list parts, or the store cannot: then the response to the abort
/// counts.
fn is_unavailable(error: &OperationError) -> bool {
    matches!(error, OperationError::Refused(_)) && judge(error) == Verdict::Final
}

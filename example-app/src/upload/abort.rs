//! Having S3 forget an upload, with all of its parts.
//!
//! Source: `AbortMultipartUpload`, Amazon S3 API Reference: parts that are on their way when it comes
//! may be stored after it, so that it may have to be sent several times; what `ListParts` tells then
//! says whether they are gone.

use core::time::Duration;

use thiserror::Error;
use tokio::time::sleep;

use super::Uploader;
use crate::s3::path::S3Path;
use crate::s3::retries::{Retries, RetrySettings, Verdict, judge};
use crate::s3::uploads::ListedPart;
use crate::s3::{S3, S3Failure};

/// How often it is sent while parts stay.
const ROUNDS: u32 = 5;
/// Before the second time; each further pause is twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// Why parts of an upload may still be there.
#[derive(Debug, Error)]
pub enum AbortError {
    /// S3 did not take it.
    #[error(transparent)]
    Refused(#[from] S3Failure),
    /// It took it, and does not say what is left.
    #[error("S3 took the abort, but does not say whether parts are left: {0}")]
    Unlisted(#[source] S3Failure),
    /// It took it, and parts that were on their way were stored after it.
    #[error("S3 took the abort {ROUNDS} times, and still lists {}", shown(.0))]
    PartsLeft(Vec<ListedPart>),
}

/// The first few, and how many more.
fn shown(parts: &[ListedPart]) -> String {
    let numbers: Vec<_> = parts.iter().take(5).map(|part| part.number.to_string()).collect();
    let noun = if parts.len() == 1 { "part" } else { "parts" };
    let more = parts.len() - numbers.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{noun} {}{more}", numbers.join(", "))
}

impl Uploader<'_> {
    /// Has S3 forget an upload, and sees to it that no part is left, as far as this role may list them.
    /// Not interrupted: it is what a signal asks for.
    ///
    /// # Errors
    /// If parts may be left; `NoSuchUpload` if it was aborted before, or is an object.
    pub async fn abort(&self, path: &S3Path, upload_id: &str) -> Result<(), AbortError> {
        let abort = async |s3: &S3| s3.abort_multipart_upload(path, upload_id).await;
        let list = async |s3: &S3| s3.list_parts_page(path, upload_id, 0).await;
        self.insist(&abort).await?;
        let mut pause = PAUSE;
        for round in 1.. {
            let left = match self.insist(&list).await {
                Ok(page) if page.items.is_empty() => return Ok(()),
                Ok(page) => page.items,
                Err(failure) if failure.is_no_upload() || is_not_told(&failure) => return Ok(()),
                Err(failure) => return Err(AbortError::Unlisted(failure)),
            };
            if round == ROUNDS {
                return Err(AbortError::PartsLeft(left));
            }
            sleep(pause).await;
            pause *= 2;
            match self.insist(&abort).await {
                Err(failure) if failure.is_no_upload() => return Ok(()),
                aborted => aborted?,
            }
        }
        Ok(())
    }

    /// Asks with fewer attempts than elsewhere: somebody waits for the end.
    async fn insist<T>(
        &self,
        question: &impl AsyncFn(&S3) -> Result<T, S3Failure>,
    ) -> Result<T, S3Failure> {
        let settings = RetrySettings { throttles: 5, attempts: 5, ..self.settings.retries };
        self.s3.again_within(Retries::new(settings), question).await
    }
}

/// Whether this role may not list parts, or the store cannot: then the word of the abort counts.
fn is_not_told(failure: &S3Failure) -> bool {
    matches!(failure, S3Failure::S3(_)) && judge(failure) == Verdict::Final
}

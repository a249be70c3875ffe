//! Copying an object within S3: in one request up to 5 GiB, else in parts, side by side.

use futures_util::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};

use super::error::UploadError;
use super::plan::{Parts, Plan};
use super::resume::copy::named;
use super::target::UploadTarget;
use super::uploader::Uploader;
use crate::s3::content::condition::WriteCondition;
use crate::s3::content::etag::ETag;
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::operation::copy_object::{CopySource, METADATA_DIRECTIVE, TAGGING_DIRECTIVE};
use crate::s3::{Attributes, OperationError, S3};
use crate::transfer::event::TransferEvent;

impl Uploader<'_> {
    /// Copies an object of `len` bytes, and returns the `ETag` of the copy. Its metadata and tags
    /// are kept, unless a directive in the target's headers replaces them.
    ///
    /// # Errors
    /// If S3 does not confirm a complete copy.
    pub(crate) async fn copy(
        &self,
        source: CopySource<'_>,
        len: u64,
        target: &UploadTarget<'_>,
    ) -> Result<ETag, UploadError> {
        let etag = match self.settings.plan.plan(len)? {
            Plan::Single => self.copy_whole(source, len, target).await?,
            Plan::Parts(parts) => {
                let copied = self.copy_in_parts(source, len, parts.part_len(), target).await;
                match copied {
                    Err(error) => return Err(self.explain_precondition(error, target).await),
                    Ok(Some(etag)) => etag,
                    Ok(None) => return Err(OperationError::NotS3("ETag").into()),
                }
            }
        };
        self.count(|statistics| statistics.bytes += len);
        Ok(etag)
    }

    /// Copies an object in one request. Some stores take the condition of the target for one of the
    /// source, which exists: they are asked whether the target exists, and then copy without it.
    async fn copy_whole(
        &self,
        source: CopySource<'_>,
        len: u64,
        target: &UploadTarget<'_>,
    ) -> Result<ETag, UploadError> {
        let unconditional = &UploadTarget { condition: WriteCondition::Always, ..target.clone() };
        let is_conditional = target.condition == WriteCondition::Absent;
        if is_conditional && self.misreads_copies.get() {
            return match self.found_at(target).await? {
                Some(_) => Err(UploadError::Exists),
                None => self.copy_once(source, len, unconditional).await,
            };
        }
        match self.copy_once(source, len, target).await {
            Err(UploadError::SourceChanged) if is_conditional => {}
            copied => return copied,
        }
        // The target may have been deleted since: then S3 copies now.
        match self.copy_once(source, len, target).await {
            Err(UploadError::SourceChanged) => {
                let etag = self.copy_once(source, len, unconditional).await?;
                self.misreads_copies.set(true);
                Ok(etag)
            }
            copied => copied,
        }
    }

    async fn copy_once(
        &self,
        source: CopySource<'_>,
        len: u64,
        target: &UploadTarget<'_>,
    ) -> Result<ETag, UploadError> {
        let attempts = self.attempts(target.on_event);
        let UploadTarget { path, headers, condition, on_event } = *target;
        let copy = attempts.run(async |s3: &S3| s3.copy(source, path, headers, condition).await);
        let error = match self.uninterrupted(copy).await.flatten() {
            Ok(confirmation) => {
                let etag = confirmation.etag.clone().ok_or(OperationError::NotS3("ETag"))?;
                on_event(TransferEvent::Moved { bytes: len });
                on_event(TransferEvent::Whole { stored: &confirmation });
                self.count(|statistics| statistics.objects += 1);
                return Ok(etag);
            }
            Err(error) => error,
        };
        match error {
            UploadError::Interrupted if attempts.may_have_succeeded() => {
                Err(UploadError::InterruptedLate)
            }
            UploadError::Interrupted => Err(error),
            error if !attempts.may_have_succeeded() => {
                Err(self.explain_precondition(error, target).await)
            }
            error => match self.found_at(target).await {
                // An attempt made the copy, and only its response was lost.
                Ok(Some(Attributes { etag: Some(etag), len: Some(there), .. }))
                    if etag == *source.etag && there == len =>
                {
                    Ok(etag)
                }
                Ok(None) => Err(error),
                Ok(Some(_)) | Err(_) => Err(UploadError::Unsure(Box::new(error))),
            },
        }
    }

    async fn copy_in_parts(
        &self,
        source: CopySource<'_>,
        len: u64,
        part_len: u64,
        target: &UploadTarget<'_>,
    ) -> Result<Option<ETag>, UploadError> {
        let kept = async |s3: &S3| s3.kept_headers(source.path, target.headers).await;
        let mut headers = self.ask(kept).await?;
        headers.extend(target.headers.clone());
        headers.remove(METADATA_DIRECTIVE);
        headers.remove(TAGGING_DIRECTIVE);
        let target = &UploadTarget { headers: &headers, ..target.clone() };
        let unfinished =
            if self.keeps { self.unfinished_copy(source, len, target).await? } else { None };
        let (upload, held, missing) = if let Some(unfinished) = unfinished {
            unfinished
        } else {
            let of = named(source, len);
            let parts = Parts::of(part_len, len).into_iter().flatten().collect();
            (self.begin_of(of, target, part_len).await?, Vec::new(), parts)
        };
        let copied = {
            let copy = |part| Ok(upload.copy(source, part).boxed_local());
            self.side_by_side(stream::iter(missing).map(copy).boxed_local()).await
        };
        self.finish(upload, held, copied, &|| Ok(())).await
    }

    /// Returns the error that shows whether the source or the target did not meet a condition.
    async fn explain_precondition(
        &self,
        error: UploadError,
        target: &UploadTarget<'_>,
    ) -> UploadError {
        if error.kind() != Some(S3ErrorKind::PreconditionFailed) {
            return error;
        }
        match self.found_at(target).await {
            Ok(Some(_)) if target.condition == WriteCondition::Absent => UploadError::Exists,
            Ok(_) => UploadError::SourceChanged,
            Err(_) => error,
        }
    }
}

//! An object in one request.

use super::outcome::Stored;
use crate::s3::content::confirmation::Confirmation;
use crate::s3::content::etag::ETag;
use crate::s3::content::span::Span;
use crate::transfer::step::Step;
use crate::transfer::upload::attempt::Attempts;
use crate::transfer::upload::error::UploadError;
use crate::transfer::upload::target::UploadTarget;
use crate::transfer::upload::uploader::Uploader;

impl Uploader<'_> {
    /// Stores a span as an object, again until it is stored or no attempt is left. Returns the
    /// `ETag` of the object, if S3 told it.
    pub(in crate::transfer::upload) async fn single(
        &self,
        span: &Span,
        target: &UploadTarget<'_>,
    ) -> Result<Option<ETag>, UploadError> {
        let attempts = self.attempts(target.on_step);
        (target.on_step)(Step::Sending { progress: &span.progress });
        let stored = self.uninterrupted(self.put(span, target, &attempts)).await;
        let Confirmation { etag, request_id, .. } = match stored {
            Err(UploadError::Interrupted) if attempts.may_have_succeeded() => {
                Err(UploadError::InterruptedLate)
            }
            stored => stored.flatten(),
        }?;
        (target.on_step)(Step::Moved { bytes: span.len });
        (target.on_step)(Step::Whole { request_id: request_id.as_deref() });
        self.count(|statistics| statistics.objects += 1);
        Ok(etag)
    }

    async fn put(
        &self,
        span: &Span,
        target: &UploadTarget<'_>,
        attempts: &Attempts<'_>,
    ) -> Result<Confirmation, UploadError> {
        let UploadTarget { path, headers, condition, .. } = *target;
        let put = attempts.run(async |s3| s3.put(path, headers, span, condition).await).await;
        let error = match put {
            Ok(confirmation) => {
                self.check_whole(&span.digests, &confirmation)?;
                return Ok(confirmation);
            }
            Err(error) => target.explained(error),
        };
        if !attempts.may_have_succeeded() {
            return Err(error);
        }
        // An attempt may have stored it, and only its answer was lost.
        match self.stored_span(span, target).await {
            Stored::This(etag) => Ok(Confirmation { etag: Some(etag), ..Confirmation::default() }),
            Stored::Other => Err(error),
            Stored::Unknown => Err(UploadError::Unsure(Box::new(error))),
        }
    }
}

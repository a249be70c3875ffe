//! An object in one request.

use base64ct::{Base64, Encoding as _};

use super::outcome::Stored;
use crate::s3::content::checksum::ChecksumAlgorithm;
use crate::s3::content::confirmation::Confirmation;
use crate::s3::content::etag::ETag;
use crate::s3::content::span::Span;
use crate::transfer::event::TransferEvent;
use crate::transfer::upload::attempt::Attempts;
use crate::transfer::upload::error::UploadError;
use crate::transfer::upload::target::UploadTarget;
use crate::transfer::upload::uploader::Uploader;

impl Uploader<'_> {
    /// Stores a span as an object, again until it is stored or no attempt is left. Returns the
    /// `ETag` of the object, if S3 reported it.
    pub(in crate::transfer::upload) async fn single(
        &self,
        span: &Span,
        target: &UploadTarget<'_>,
    ) -> Result<Option<ETag>, UploadError> {
        let attempts = self.attempts(target.on_event);
        (target.on_event)(TransferEvent::Sending { progress: &span.progress });
        let stored = self.uninterrupted(self.put(span, target, &attempts)).await;
        let mut stored = match stored {
            Err(UploadError::Interrupted) if attempts.may_have_succeeded() => {
                Err(UploadError::InterruptedLate)
            }
            stored => stored.flatten(),
        }?;
        (target.on_event)(TransferEvent::Moved { bytes: span.len });
        if stored.checksum.is_none() {
            // S3 has compared it: it was signed.
            let sha256 = Base64::encode_string(&span.digests.sha256);
            (stored.algorithm, stored.checksum) = (Some(ChecksumAlgorithm::Sha256), Some(sha256));
        }
        (target.on_event)(TransferEvent::Whole { stored: &stored });
        self.count(|statistics| statistics.objects += 1);
        Ok(stored.etag)
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
        // An attempt may have stored it, and only its response was lost.
        match self.stored_span(span, target).await {
            Stored::This(etag) => Ok(Confirmation { etag: Some(etag), ..Confirmation::default() }),
            Stored::Other => Err(error),
            Stored::Unknown => Err(UploadError::Unsure(Box::new(error))),
        }
    }
}

//! An object in one request.

use md5::Md5;
use tokio::task::spawn_blocking;

use super::{Target, UploadFailure, Uploader, etag};
use crate::s3::S3Failure;
use crate::s3::body::Span;
use crate::s3::retries::{Retries, Verdict};

impl Uploader<'_> {
    /// Stores a piece as an object, again until it is stored or nothing is to be hoped for.
    pub(super) async fn single(
        &self,
        span: &Span,
        target: &Target<'_>,
        acknowledged: &dyn Fn(u64),
    ) -> Result<(), UploadFailure> {
        self.uninterrupted(self.put(span, target)).await??;
        acknowledged(span.len);
        self.count(|statistics| statistics.objects += 1);
        Ok(())
    }

    async fn put(&self, span: &Span, target: &Target<'_>) -> Result<(), UploadFailure> {
        let _permit = self.in_flight.acquire().await;
        let mut retries = Retries::new(self.settings.retries);
        let mut may_be_stored = false;
        loop {
            let put = self.s3.put(target.path, target.headers, span, target.if_absent);
            let Err(failure) = put.await else { return Ok(()) };
            if is_refused_as_present(&failure) {
                // By an earlier attempt, whose answer was lost?
                let is_ours = may_be_stored && self.is_stored(span, target).await;
                return if is_ours { Ok(()) } else { Err(UploadFailure::Exists) };
            }
            may_be_stored |= is_uncertain(&failure);
            self.pause(&mut retries, failure).await?;
        }
    }

    /// Whether the object that is there is this piece, by its MD5.
    async fn is_stored(&self, span: &Span, target: &Target<'_>) -> bool {
        let Ok(Some(found)) = self.s3.stat(target.path).await else { return false };
        if found.len != Some(span.len) {
            return false;
        }
        let span = span.clone();
        let md5 = spawn_blocking(move || span.file.hash::<Md5>(span.offset, span.len));
        let Ok(Ok(md5)) = md5.await else { return false };
        found.etag.is_some_and(|etag| etag::bare(&etag) == etag::hex(md5))
    }

    /// Waits for the next attempt.
    pub(super) async fn pause(
        &self,
        retries: &mut Retries,
        failure: S3Failure,
    ) -> Result<(), UploadFailure> {
        // What is not to be interrupted half-way is not begun again either.
        let again = tokio::select! {
            biased;
            () = self.interrupt.raised() => return Err(UploadFailure::Interrupted),
            again = retries.after(failure) => again?,
        };
        self.count(|statistics| match again {
            Verdict::Throttled => statistics.throttles += 1,
            _ => statistics.retries += 1,
        });
        Ok(())
    }
}

/// Whether S3 refused because there is an object, which was not to be overwritten.
pub(super) fn is_refused_as_present(failure: &S3Failure) -> bool {
    matches!(failure, S3Failure::S3(error) if error.code == "PreconditionFailed")
}

/// Whether S3 may have done what it was asked, without an answer that says so.
pub(super) fn is_uncertain(failure: &S3Failure) -> bool {
    match failure {
        S3Failure::S3(error) => error.status.is_server_error() || error.status.is_success(),
        S3Failure::NoAnswer { .. }
        | S3Failure::Timeout
        | S3Failure::Stalled(_)
        | S3Failure::Body(_)
        | S3Failure::NotS3 => true,
        _ => false,
    }
}

//! An object in one request.

use core::cell::Cell;

use http::StatusCode;
use md5::{Digest as _, Md5};
use tokio::task::spawn_blocking;

use super::in_flight::Permit;
use super::{Target, UploadError, Uploader};
use crate::s3::body::Span;
use crate::s3::confirmation::Confirmation;
use crate::s3::etag::ETag;
use crate::s3::retries::{Retries, Verdict, judge};
use crate::s3::{Attributes, S3Failure};
use crate::transfer::step::{Step, told};

impl Uploader<'_> {
    /// Stores a piece as an object, again until it is stored or nothing is to be hoped for; and gives
    /// what S3 calls it, if it does.
    pub(super) async fn single(
        &self,
        span: &Span,
        target: &Target<'_>,
    ) -> Result<Option<ETag>, UploadError> {
        let is_sent = Cell::new(false);
        (target.hear)(Step::Sending { moved: &span.moved });
        let stored = self.uninterrupted(self.put(span, target, &is_sent)).await;
        let Confirmation { etag, request_id, .. } = match stored {
            Err(UploadError::Interrupted) if is_sent.get() => Err(UploadError::InterruptedLate),
            stored => stored.flatten(),
        }?;
        (target.hear)(Step::Moved { bytes: span.len });
        (target.hear)(Step::Whole { request_id: request_id.as_deref() });
        self.count(|statistics| statistics.objects += 1);
        Ok(etag)
    }

    async fn put(
        &self,
        span: &Span,
        target: &Target<'_>,
        is_sent: &Cell<bool>,
    ) -> Result<Confirmation, UploadError> {
        let mut retries = Retries::new(self.settings.retries);
        let mut may_be_stored = false;
        let failure = loop {
            let permit = self.in_flight.permit().await;
            let put = self.s3.put(target.path, target.headers, span, target.condition);
            is_sent.set(true);
            let failure = match put.await {
                Ok(confirmation) => {
                    self.succeeded(permit);
                    self.check_whole(&span.digests, &confirmation)?;
                    return Ok(confirmation);
                }
                Err(failure) => failure,
            };
            let is_present = is_refused_as_present(&failure);
            may_be_stored |= is_uncertain(&failure);
            is_sent.set(may_be_stored);
            match self.pause(&mut retries, permit, failure, target.hear).await {
                Ok(()) => {}
                Err(_) if is_present => break target.not_stored(),
                Err(failure) => break failure,
            }
        };
        if !may_be_stored {
            return Err(failure);
        }
        // An attempt may have stored it, and only its answer was lost.
        match self.stored(span, target).await {
            Some(Some(etag)) => Ok(Confirmation { etag: Some(etag), ..Confirmation::default() }),
            Some(None) => Err(failure),
            None => Err(UploadError::Unsure(Box::new(failure))),
        }
    }

    /// The `ETag` of the object that is there, if it is this piece, by its MD5; `None` if that cannot be
    /// told: a store may call an object of the same length by something else.
    async fn stored(&self, span: &Span, target: &Target<'_>) -> Option<Option<ETag>> {
        let found = self.what_is_there(target).await?;
        let Some(found) = found.filter(|found| found.len == Some(span.len)) else {
            return Some(None);
        };
        let span = span.clone();
        let md5 = spawn_blocking(move || span.file.hash::<Md5>(span.offset, span.len));
        let md5 = md5.await.ok()?.ok()?;
        let found = found.etag?;
        (found == ETag::of_md5(md5.finalize().into())).then_some(Some(found))
    }

    /// What S3 tells of the target; `None` if it does not tell.
    pub(super) async fn what_is_there(&self, target: &Target<'_>) -> Option<Option<Attributes>> {
        let mut retries = Retries::new(self.settings.retries);
        loop {
            let permit = self.in_flight.permit().await;
            match self.s3.stat(target.path).await {
                Ok(found) => return Some(found),
                Err(failure) => {
                    self.pause(&mut retries, permit, failure, target.hear).await.ok()?;
                }
            }
        }
    }

    /// Waits for the next attempt, without leave to send: others may.
    pub(super) async fn pause(
        &self,
        retries: &mut Retries,
        permit: Permit<'_>,
        failure: S3Failure,
        hear: &dyn Fn(Step<'_>),
    ) -> Result<(), UploadError> {
        let told = told(&failure);
        if judge(&failure) != Verdict::Throttled {
            drop(permit);
        } else if permit.throttled() {
            self.count(|statistics| statistics.halvings += 1);
        }
        // What is not to be interrupted half-way is not begun again either.
        let again = tokio::select! {
            biased;
            () = self.interrupt.raised() => return Err(UploadError::Interrupted),
            again = retries.after(failure) => again?,
        };
        hear(Step::again(&told));
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
        // It does not know what it was asked, such as a condition.
        S3Failure::S3(error) if error.status == StatusCode::NOT_IMPLEMENTED => false,
        S3Failure::S3(error) => error.status.is_server_error() || error.status.is_success(),
        S3Failure::NoAnswer { .. }
        | S3Failure::Timeout(_)
        | S3Failure::Stalled(_)
        | S3Failure::Body(_)
        | S3Failure::NotS3 => true,
        _ => false,
    }
}

//! The attempts of one request: permit, send, then the answer, or a pause before the next attempt.

use core::cell::Cell;

use super::error::UploadError;
use super::limit::in_flight::Permit;
use super::uploader::Uploader;
use crate::s3::S3;
use crate::s3::client::{Attempt, keeping};
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::error::operation::OperationError;
use crate::s3::error::retry::{S3Retries, Verdict, judge};
use crate::transfer::step::{Step, told};

/// The attempts of one request.
pub(super) struct Attempts<'u> {
    uploader: &'u Uploader<'u>,
    on_step: &'u dyn Fn(Step<'_>),
    may_have_succeeded: Cell<bool>,
}

impl<'s> Uploader<'s> {
    /// Returns the attempts of a request, before the first. `on_step` is called before each further
    /// one.
    pub(super) fn attempts<'u>(&'u self, on_step: &'u dyn Fn(Step<'_>)) -> Attempts<'u>
    where
        's: 'u,
    {
        Attempts { uploader: self, on_step, may_have_succeeded: Cell::new(false) }
    }

    /// Asks S3 something, again until it answers or no attempt is left.
    ///
    /// # Errors
    /// If it does not answer or refuses, or a signal comes.
    pub async fn ask<T>(
        &self,
        question: impl AsyncFn(&S3) -> Result<T, OperationError>,
    ) -> Result<T, UploadError> {
        let answer = Cell::new(None);
        self.asked(&keeping(self.s3, &question, &answer)).await?;
        answer.take().ok_or_else(|| OperationError::NotS3("answer").into())
    }

    async fn asked(&self, attempt: &Attempt<'_>) -> Result<(), UploadError> {
        let attempts = self.attempts(&|_| ());
        let permit = self.in_flight.permit();
        let repeated = async { attempts.repeat(permit.await, attempt).await };
        self.uninterrupted(repeated).await.flatten()
    }
}

impl Attempts<'_> {
    /// Sends a request, again until S3 does what it asks for or no attempt is left. An attempt is
    /// not interrupted; a signal ends the pause before the next.
    ///
    /// # Errors
    /// If S3 does not do it, or a signal comes.
    pub(super) async fn run<T>(
        &self,
        request: impl AsyncFn(&S3) -> Result<T, OperationError>,
    ) -> Result<T, UploadError> {
        self.run_with(self.uploader.in_flight.permit().await, request).await
    }

    /// Sends a request as [`run`](Self::run) does, the first time with this permit.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(super) async fn run_with<T>(
        &self,
        permit: Permit<'_>,
        request: impl AsyncFn(&S3) -> Result<T, OperationError>,
    ) -> Result<T, UploadError> {
        let answer = Cell::new(None);
        self.repeat(permit, &keeping(self.uploader.s3, &request, &answer)).await?;
        answer.take().ok_or_else(|| OperationError::NotS3("answer").into())
    }

    async fn repeat(
        &self,
        mut permit: Permit<'_>,
        attempt: &Attempt<'_>,
    ) -> Result<(), UploadError> {
        let uploader = self.uploader;
        let mut retries = S3Retries::new(uploader.settings.retries);
        let mut is_uncertain = false;
        loop {
            self.may_have_succeeded.set(true);
            let error = match attempt().await {
                Ok(()) => {
                    uploader.succeeded(permit);
                    return Ok(());
                }
                Err(error) => error,
            };
            is_uncertain |= error.may_have_succeeded();
            self.may_have_succeeded.set(is_uncertain);
            self.pause(&mut retries, permit, error).await?;
            permit = uploader.in_flight.permit().await;
        }
    }

    /// Returns whether S3 may have done what it was asked for, without an answer that says so: an
    /// answer was lost, or none has come yet.
    pub(super) const fn may_have_succeeded(&self) -> bool {
        self.may_have_succeeded.get()
    }

    /// Waits for the next attempt, without a permit: others may send.
    async fn pause(
        &self,
        retries: &mut S3Retries,
        permit: Permit<'_>,
        error: OperationError,
    ) -> Result<(), UploadError> {
        let uploader = self.uploader;
        let told = told(&error);
        if judge(&error) != Verdict::Throttled {
            drop(permit);
        } else if permit.throttled() {
            uploader.count(|statistics| statistics.halvings += 1);
        }
        // That the condition does not hold is an answer, which no signal hides.
        if error.kind() == Some(S3ErrorKind::PreconditionFailed) {
            return Err(error.into());
        }
        // An attempt that is not interrupted half-way is not repeated after an interruption.
        let again = tokio::select! {
            biased;
            () = uploader.interrupt.raised() => return Err(UploadError::Interrupted),
            again = retries.after(error) => again?,
        };
        (self.on_step)(Step::again(&told));
        uploader.count(|statistics| match again {
            Verdict::Throttled => statistics.throttles += 1,
            _ => statistics.retries += 1,
        });
        Ok(())
    }
}

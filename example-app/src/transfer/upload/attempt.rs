//! The attempts of one request: permit, send, then the response, or a pause before the next
//! attempt.

use core::cell::Cell;

use super::error::UploadError;
use super::limit::in_flight::Permit;
use super::uploader::Uploader;
use crate::s3::S3;
use crate::s3::client::{SendRequest, keeping};
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::error::operation::OperationError;
use crate::s3::error::repeat::{Repeated, repeat};
use crate::s3::error::retry::{S3Retries, Verdict, judge};
use crate::transfer::event::{TransferEvent, message_and_id};

/// The attempts of one request.
pub(super) struct Attempts<'u> {
    uploader: &'u Uploader<'u>,
    on_event: &'u dyn Fn(TransferEvent<'_>),
    may_have_succeeded: Cell<bool>,
}

impl<'s> Uploader<'s> {
    /// Returns the attempts of a request, before the first. `on_event` is called before each
    /// further one.
    pub(super) fn attempts<'u>(&'u self, on_event: &'u dyn Fn(TransferEvent<'_>)) -> Attempts<'u>
    where
        's: 'u,
    {
        Attempts { uploader: self, on_event, may_have_succeeded: Cell::new(false) }
    }

    /// Asks S3 something, again until it answers or no attempt is left.
    ///
    /// # Errors
    /// If it does not answer or refuses, or a signal arrives.
    pub async fn ask<T>(
        &self,
        question: impl AsyncFn(&S3) -> Result<T, OperationError>,
    ) -> Result<T, UploadError> {
        let response = Cell::new(None);
        self.asked(&keeping(self.s3, &question, &response)).await?;
        response.take().ok_or_else(|| OperationError::NotS3("response").into())
    }

    async fn asked(&self, attempt: &SendRequest<'_>) -> Result<(), UploadError> {
        let attempts = self.attempts(&|_| ());
        let permit = self.in_flight.permit();
        let repeated = async { attempts.repeat(permit.await, attempt).await };
        self.uninterrupted(repeated).await.flatten()
    }
}

impl<'u> Attempts<'u> {
    /// Sends a request, again until S3 does what it asks for or no attempt is left. An attempt is
    /// not interrupted; a signal ends the pause before the next.
    ///
    /// # Errors
    /// If S3 does not do it, or a signal arrives.
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
        permit: Permit<'u>,
        request: impl AsyncFn(&S3) -> Result<T, OperationError>,
    ) -> Result<T, UploadError> {
        let response = Cell::new(None);
        self.repeat(permit, &keeping(self.uploader.s3, &request, &response)).await?;
        response.take().ok_or_else(|| OperationError::NotS3("response").into())
    }

    async fn repeat(
        &self,
        permit: Permit<'u>,
        attempt: &SendRequest<'_>,
    ) -> Result<(), UploadError> {
        let retries = S3Retries::new(self.uploader.settings.retries, self.uploader.s3.clock());
        let permit = Some(permit);
        repeat(&mut Permitted { attempts: self, attempt, permit, retries, is_uncertain: false })
            .await
    }

    /// Returns whether S3 may have done the request without a confirming response: a
    /// response was lost, or none has come yet.
    pub(super) const fn may_have_succeeded(&self) -> bool {
        self.may_have_succeeded.get()
    }
}

/// A request that takes a permit for each attempt.
struct Permitted<'p, 'u, 'a> {
    attempts: &'p Attempts<'u>,
    attempt: &'p SendRequest<'a>,
    /// The permit of the next attempt.
    permit: Option<Permit<'u>>,
    retries: S3Retries,
    /// True if a failed attempt may have succeeded.
    is_uncertain: bool,
}

impl Repeated for Permitted<'_, '_, '_> {
    type AttemptError = OperationError;
    type Error = UploadError;

    async fn attempt(&mut self) -> Result<(), OperationError> {
        let may_have_succeeded = &self.attempts.may_have_succeeded;
        may_have_succeeded.set(true);
        let result = (self.attempt)().await;
        match &result {
            Ok(()) => {
                self.permit.take().into_iter().for_each(|it| self.attempts.uploader.succeeded(it));
            }
            Err(error) => {
                self.is_uncertain |= error.may_have_succeeded();
                may_have_succeeded.set(self.is_uncertain);
            }
        }
        result
    }

    /// Waits for the next attempt, without a permit: others may send.
    async fn pause(&mut self, failure: OperationError) -> Result<(), UploadError> {
        let Attempts { uploader, on_event, .. } = *self.attempts;
        let shown = message_and_id(&failure);
        let permit = self.permit.take();
        if judge(&failure) != Verdict::Throttled {
            drop(permit);
        } else if permit.is_some_and(Permit::throttled) {
            uploader.count(|statistics| statistics.halvings += 1);
        }
        // A condition that does not hold is reported even after a signal.
        if failure.kind() == Some(S3ErrorKind::PreconditionFailed) {
            return Err(failure.into());
        }
        // An attempt that is not interrupted half-way is not repeated after an interruption.
        let again = tokio::select! {
            biased;
            () = uploader.interrupt.raised() => return Err(UploadError::Interrupted),
            again = self.retries.after(failure) => again?,
        };
        on_event(TransferEvent::again(&shown));
        uploader.count(|statistics| match again {
            Verdict::Throttled => statistics.throttles += 1,
            _ => statistics.retries += 1,
        });
        self.permit = Some(uploader.in_flight.permit().await);
        Ok(())
    }
}

//! An object in parts: begun, sent, and then made an object or forgotten.

use super::abort::AbortError;
use super::journal::Journal;
use super::single::{is_refused_as_present, is_uncertain};
use super::{Piece, Target, UploadError, Uploader, check};
use crate::s3::etag::ETag;
use crate::s3::multipart::StoredPart;
use crate::s3::retries::Retries;
use crate::transfer::step::Step;

/// An upload that this process works on.
pub(super) struct Upload<'u> {
    pub(super) uploader: &'u Uploader<'u>,
    pub(super) target: &'u Target<'u>,
    pub(super) id: String,
    pub(super) journal: Option<Journal>,
    pub(super) on_failure: OnFailure,
}

/// What becomes of an upload that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnFailure {
    /// It is aborted.
    Abort,
    /// It is kept for whoever is to go on with it, if anybody can.
    Keep,
    /// It may be another's.
    LeaveAlone,
}

impl<'s> Uploader<'s> {
    /// Begins an upload. It is not interrupted: S3 would hold an upload that no one knows of.
    pub(super) async fn begin<'u>(
        &'u self,
        target: &'u Target<'u>,
    ) -> Result<Upload<'u>, UploadError>
    where
        's: 'u,
    {
        let mut retries = Retries::new(self.settings.retries);
        let checksum = self.settings.integrity.checksum;
        loop {
            let permit = self.in_flight.permit().await;
            match self.s3.create_multipart_upload(target.path, target.headers, checksum).await {
                Ok(id) => {
                    permit.succeeded();
                    (target.hear)(Step::Begun { upload_id: &id });
                    let (journal, on_failure) = (None, OnFailure::Abort);
                    return Ok(Upload { uploader: self, target, id, journal, on_failure });
                }
                Err(failure) => self.pause(&mut retries, permit, failure, target.hear).await?,
            }
        }
    }
}

impl Upload<'_> {
    /// Sends a part, again until S3 holds it or nothing is to be hoped for.
    pub(super) async fn send(&self, piece: Piece) -> Result<StoredPart, UploadError> {
        let (uploader, hear) = (self.uploader, self.target.hear);
        let mut permit = uploader.in_flight.permit().await;
        let number = piece.part.number;
        let span = piece.span(uploader.settings.integrity).await?;
        hear(Step::Sending { moved: &span.moved });
        let mut retries = Retries::new(uploader.settings.retries);
        loop {
            match uploader.s3.upload_part(self.target.path, &self.id, number, &span).await {
                Ok((part, confirmation)) => {
                    uploader.succeeded(permit);
                    check::check_part(&span.digests, &confirmation)?;
                    uploader.count(|statistics| statistics.parts += 1);
                    self.journal.iter().for_each(|journal| journal.acknowledge(&part));
                    let (bytes, request_id) = (span.len, confirmation.request_id.as_deref());
                    hear(Step::Moved { bytes });
                    hear(Step::Part { number, bytes, request_id });
                    return Ok(part);
                }
                Err(failure) => uploader.pause(&mut retries, permit, failure, hear).await?,
            }
            permit = uploader.in_flight.permit().await;
        }
    }

    /// Makes the parts an object. An attempt is not interrupted, so that it is known how it ends.
    /// Gives what S3 calls the object, if it does.
    pub(super) async fn complete(
        self,
        mut parts: Vec<StoredPart>,
    ) -> Result<Option<ETag>, UploadError> {
        parts.sort_unstable_by_key(|part| part.number);
        let mut retries = Retries::new(self.uploader.settings.retries);
        let mut may_be_stored = false;
        let failure = loop {
            if self.uploader.interrupt.signal().is_some() && !may_be_stored {
                break UploadError::Interrupted;
            }
            let Target { path, condition, hear, .. } = *self.target;
            let s3 = self.uploader.s3;
            let permit = self.uploader.in_flight.permit().await;
            let completed = s3.complete_multipart_upload(path, &self.id, &parts, condition).await;
            let failure = match completed {
                Ok(confirmation) => {
                    permit.succeeded();
                    self.remove_journal();
                    self.uploader.check_parts(&parts, &confirmation)?;
                    hear(Step::Whole { request_id: confirmation.request_id.as_deref() });
                    return Ok(confirmation.etag);
                }
                Err(failure) => failure,
            };
            let is_present = is_refused_as_present(&failure);
            may_be_stored |= is_uncertain(&failure);
            match self.uploader.pause(&mut retries, permit, failure, hear).await {
                Ok(()) => {}
                Err(_) if is_present => break self.target.not_stored(),
                Err(failure) => break failure,
            }
        };
        if !may_be_stored {
            return Err(self.abort(failure).await);
        }
        // An attempt may have made the object, and only its answer was lost. Or not, and the object
        // that looks like it was there before: then the parts are to go, unless they are kept.
        let forgotten = match self.on_failure {
            OnFailure::Abort => Some(self.forget().await),
            OnFailure::Keep | OnFailure::LeaveAlone => None,
        };
        let failure = match self.stored(&parts).await {
            Some(Some(etag)) => {
                self.remove_journal();
                return Ok(Some(etag));
            }
            Some(None) => failure,
            None => UploadError::Unsure(Box::new(failure)),
        };
        match forgotten {
            None => Err(self.kept(failure)),
            Some(Err(reason)) => Err(self.not_aborted(failure, reason)),
            Some(Ok(())) => Err(failure),
        }
    }

    /// The `ETag` of the object that is there, if it is the one that these parts make; `None` if that
    /// cannot be told, since not every store calls contents by their MD5.
    async fn stored(&self, parts: &[StoredPart]) -> Option<Option<ETag>> {
        let found = self.uploader.what_is_there(self.target).await?;
        let Some(found) = found else { return Some(None) };
        let (expected, found) = (ETag::of_parts(parts.iter().map(|part| &part.etag))?, found.etag?);
        if found == expected {
            return Some(Some(found));
        }
        // Of as many parts, but called by something else than MD5s: by a key of KMS, for one.
        (found.parts() != expected.parts()).then_some(None)
    }

    /// Has S3 forget the parts, unless they are kept, and gives the failure that came first, which is
    /// not hidden by what comes later.
    pub(super) async fn abort(&self, failure: UploadError) -> UploadError {
        // With what would an upload of another file, or of an object that is to stay, go on?
        let is_useless = matches!(
            failure,
            UploadError::Changed | UploadError::Exists | UploadError::ChangedThere
        );
        match self.on_failure {
            OnFailure::LeaveAlone => return self.kept(failure),
            OnFailure::Keep if !is_useless => return self.kept(failure),
            OnFailure::Keep | OnFailure::Abort => {}
        }
        match self.forget().await {
            Ok(()) => failure,
            Err(reason) => self.not_aborted(failure, reason),
        }
    }

    /// What S3 has forgotten is not there.
    async fn forget(&self) -> Result<(), AbortError> {
        match self.uploader.abort(self.target.path, &self.id).await {
            Err(AbortError::Refused(failure)) if failure.is_no_upload() => {}
            aborted => aborted?,
        }
        self.remove_journal();
        Ok(())
    }

    fn remove_journal(&self) {
        self.journal.iter().for_each(Journal::remove);
    }

    fn kept(&self, failure: UploadError) -> UploadError {
        UploadError::Kept { failure: Box::new(failure), upload_id: self.id.clone() }
    }

    fn not_aborted(&self, failure: UploadError, reason: AbortError) -> UploadError {
        let (failure, reason) = (Box::new(failure), Box::new(reason));
        UploadError::NotAborted { failure, upload_id: self.id.clone(), reason }
    }
}

//! An object in parts: begun, sent, and then made an object or forgotten.

use super::single::{is_refused_as_present, is_uncertain};
use super::{Piece, Target, UploadFailure, Uploader, etag};
use crate::s3::S3Failure;
use crate::s3::multipart::StoredPart;
use crate::s3::retries::{Retries, RetrySettings};

/// An upload of one's own.
pub(super) struct Upload<'u> {
    uploader: &'u Uploader<'u>,
    target: &'u Target<'u>,
    id: String,
}

impl<'s> Uploader<'s> {
    /// Begins an upload. It is not interrupted: S3 would hold an upload that no one knows of.
    pub(super) async fn begin<'u>(
        &'u self,
        target: &'u Target<'u>,
    ) -> Result<Upload<'u>, UploadFailure>
    where
        's: 'u,
    {
        let mut retries = Retries::new(self.settings.retries);
        loop {
            match self.s3.create_multipart_upload(target.path, target.headers).await {
                Ok(id) => return Ok(Upload { uploader: self, target, id }),
                Err(failure) => self.pause(&mut retries, failure).await?,
            }
        }
    }
}

impl Upload<'_> {
    /// Sends a part, again until S3 holds it or nothing is to be hoped for. Gives its length, too.
    pub(super) async fn send(&self, mut piece: Piece) -> Result<(StoredPart, u64), UploadFailure> {
        let uploader = self.uploader;
        let _permit = uploader.in_flight.acquire().await;
        piece.hash().await?;
        let (span, number) = (piece.span()?, piece.part.number);
        let mut retries = Retries::new(uploader.settings.retries);
        loop {
            match uploader.s3.upload_part(self.target.path, &self.id, number, &span).await {
                Ok(part) => {
                    uploader.count(|statistics| statistics.parts += 1);
                    return Ok((part, span.len));
                }
                Err(failure) => uploader.pause(&mut retries, failure).await?,
            }
        }
    }

    /// Makes the parts an object. An attempt is not interrupted, so that it is known how it ends.
    pub(super) async fn complete(self, mut parts: Vec<StoredPart>) -> Result<(), UploadFailure> {
        parts.sort_unstable_by_key(|part| part.number);
        let mut retries = Retries::new(self.uploader.settings.retries);
        let mut may_be_stored = false;
        let failure = loop {
            if self.uploader.interrupt.signal().is_some() && !may_be_stored {
                break UploadFailure::Interrupted;
            }
            let Target { path, if_absent, .. } = *self.target;
            let s3 = self.uploader.s3;
            let Err(failure) =
                s3.complete_multipart_upload(path, &self.id, &parts, if_absent).await
            else {
                return Ok(());
            };
            let is_present = is_refused_as_present(&failure);
            may_be_stored |= is_uncertain(&failure);
            match self.uploader.pause(&mut retries, failure).await {
                Ok(()) => {}
                Err(_) if is_present => break UploadFailure::Exists,
                Err(failure) => break failure,
            }
        };
        if !may_be_stored {
            return Err(self.abort(failure).await);
        }
        // An attempt may have made the object, and only its answer was lost. Or not, and the object
        // that looks like it was there before: then the parts are to go.
        let forgotten = self.forget().await;
        match (self.is_stored(&parts).await, forgotten) {
            (Some(true), _) => Ok(()),
            (Some(false), Err(reason)) if !is_no_upload(&reason) => {
                Err(self.not_aborted(failure, reason))
            }
            (Some(false), _) => Err(failure),
            (None, _) => Err(UploadFailure::Unsure(Box::new(failure))),
        }
    }

    /// Whether the object that is there is the one that these parts make; `None` if that cannot be
    /// told, since not every store calls contents by their MD5.
    async fn is_stored(&self, parts: &[StoredPart]) -> Option<bool> {
        let mut retries = Retries::new(self.uploader.settings.retries);
        let found = loop {
            match self.uploader.s3.stat(self.target.path).await {
                Ok(found) => break found,
                Err(failure) => self.uploader.pause(&mut retries, failure).await.ok()?,
            }
        };
        let Some(found) = found else { return Some(false) };
        let (expected, found) = (etag::of_parts(parts)?, etag::bare(&found.etag?));
        if found == expected {
            return Some(true);
        }
        // Of as many parts, but called by something else than MD5s: by a key of KMS, for one.
        let (_, count) = expected.rsplit_once('-')?;
        let is_alike = found.rsplit_once('-').is_some_and(|(_, other)| other == count);
        (!is_alike).then_some(false)
    }

    /// Has S3 forget the parts, and gives the failure that came first, which is not hidden by what
    /// comes later.
    pub(super) async fn abort(&self, failure: UploadFailure) -> UploadFailure {
        match self.forget().await {
            Ok(()) => failure,
            Err(reason) if is_no_upload(&reason) => failure,
            Err(reason) => self.not_aborted(failure, reason),
        }
    }

    /// Also after a signal: it is what the signal asks for.
    async fn forget(&self) -> Result<(), S3Failure> {
        let settings =
            RetrySettings { throttles: 5, attempts: 5, ..self.uploader.settings.retries };
        let mut retries = Retries::new(settings);
        loop {
            let abort = self.uploader.s3.abort_multipart_upload(self.target.path, &self.id);
            match abort.await {
                Ok(()) => return Ok(()),
                Err(failure) => retries.after(failure).await?,
            };
        }
    }

    fn not_aborted(&self, failure: UploadFailure, reason: S3Failure) -> UploadFailure {
        let (failure, reason) = (Box::new(failure), Box::new(reason));
        UploadFailure::NotAborted { failure, upload_id: self.id.clone(), reason }
    }
}

fn is_no_upload(failure: &S3Failure) -> bool {
    matches!(failure, S3Failure::S3(error) if error.code == "NoSuchUpload")
}

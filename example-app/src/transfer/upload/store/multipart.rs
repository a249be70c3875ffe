//! An object in parts: begun, sent, and then made an object or forgotten.

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{self, LocalBoxStream, StreamExt as _, TryStreamExt as _};

use super::outcome::Stored;
use crate::s3::S3;
use crate::s3::content::etag::ETag;
use crate::s3::content::span::Span;
use crate::s3::operation::copy_object::CopySource;
use crate::s3::operation::multipart_upload::StoredPart;
use crate::system::sorted::sorted;
use crate::transfer::step::Step;
use crate::transfer::upload::compare::received::check_part;
use crate::transfer::upload::error::{AbortError, UploadError};
use crate::transfer::upload::journal::Journal;
use crate::transfer::upload::plan::Part;
use crate::transfer::upload::source::file::SourceFile;
use crate::transfer::upload::target::UploadTarget;
use crate::transfer::upload::uploader::Uploader;

/// A span that is being read.
pub(in crate::transfer::upload) type Spanning<'p> = LocalBoxFuture<'p, Result<Span, UploadError>>;
/// A part on its way to S3.
pub(in crate::transfer::upload) type Sending<'p> =
    LocalBoxFuture<'p, Result<StoredPart, UploadError>>;

/// An upload that this process works on.
pub(in crate::transfer::upload) struct Upload<'u> {
    pub(in crate::transfer::upload) uploader: &'u Uploader<'u>,
    pub(in crate::transfer::upload) target: &'u UploadTarget<'u>,
    pub(in crate::transfer::upload) id: String,
    pub(in crate::transfer::upload) journal: Option<Journal>,
    pub(in crate::transfer::upload) on_failure: OnFailure,
}

/// The treatment of an upload that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transfer::upload) enum OnFailure {
    /// It is aborted.
    Abort,
    /// It is kept, so that a later run can go on with it, if it can go on at all.
    Keep,
    /// It is kept, since it can be another's.
    LeaveAlone,
}

impl<'s> Uploader<'s> {
    /// Begins an upload. It is not interrupted: S3 would hold an upload that no one knows of.
    pub(in crate::transfer::upload) async fn begin<'u>(
        &'u self,
        target: &'u UploadTarget<'u>,
    ) -> Result<Upload<'u>, UploadError>
    where
        's: 'u,
    {
        let checksum = self.settings.integrity.checksum;
        let attempts = self.attempts(target.on_step);
        let UploadTarget { path, headers, .. } = *target;
        let create = async |s3: &S3| s3.create_multipart_upload(path, headers, checksum).await;
        let id = attempts.run(create).await?;
        (target.on_step)(Step::Begun { upload_id: &id });
        let (journal, on_failure) = (None, OnFailure::Abort);
        Ok(Upload { uploader: self, target, id, journal, on_failure })
    }

    /// Sends parts of a file, several at once, and makes them an object, with those that S3 holds
    /// already, if the file did not change.
    pub(in crate::transfer::upload) async fn send_parts(
        &self,
        upload: Upload<'_>,
        held: Vec<StoredPart>,
        source: &SourceFile,
        parts: Vec<Part>,
    ) -> Result<Option<ETag>, UploadError> {
        let integrity = self.settings.integrity;
        let span = |part: Part| {
            let span: Spanning<'_> = Box::pin(source.span(part, integrity));
            Ok((part.number, span))
        };
        let spans = stream::iter(parts).map(span).boxed_local();
        self.multipart(upload, held, spans, &|| source.check()).await
    }

    /// Sends spans as parts, each by its number, several at once, and makes them an object, with
    /// those that S3 holds already, if `check` finds nothing.
    pub(in crate::transfer::upload) async fn multipart<'p>(
        &'p self,
        upload: Upload<'p>,
        held: Vec<StoredPart>,
        spans: LocalBoxStream<'p, Result<(u32, Spanning<'p>), UploadError>>,
        check: &dyn Fn() -> Result<(), UploadError>,
    ) -> Result<Option<ETag>, UploadError> {
        let sent = {
            let send = |(number, span)| upload.send(number, span).boxed_local();
            self.side_by_side(spans.map_ok(send).boxed_local()).await
        };
        self.finish(upload, held, sent, check).await
    }

    /// Waits until S3 holds all parts, several of which are on their way at once.
    pub(in crate::transfer::upload) async fn side_by_side<'p>(
        &self,
        sending: LocalBoxStream<'p, Result<Sending<'p>, UploadError>>,
    ) -> Result<Vec<StoredPart>, UploadError> {
        let at_once = self.settings.in_flight.min(self.settings.parts_in_flight).max(1);
        let sending = sending.try_buffer_unordered(at_once).try_collect();
        self.uninterrupted(sending).await.flatten()
    }

    /// Makes parts that were sent an object, with those that S3 held already, if `check` finds
    /// nothing. If one was not sent, the upload is aborted, unless it is kept.
    pub(in crate::transfer::upload) async fn finish(
        &self,
        upload: Upload<'_>,
        held: Vec<StoredPart>,
        sent: Result<Vec<StoredPart>, UploadError>,
        check: &dyn Fn() -> Result<(), UploadError>,
    ) -> Result<Option<ETag>, UploadError> {
        // If the part changed on its way, S3's answer is not the reason.
        let sent = match (sent, check()) {
            (Ok(_) | Err(UploadError::S3(_)), Err(changed)) => Err(changed),
            (sent, _) => sent,
        };
        let etag = match sent {
            Ok(parts) => upload.complete([held, parts].concat()).await?,
            Err(error) => return Err(upload.abort(error).await),
        };
        self.count(|statistics| statistics.objects += 1);
        Ok(etag)
    }
}

impl Upload<'_> {
    /// Sends a part, again until S3 holds it or no attempt is left. Its span is made when there is
    /// a permit for it.
    pub(in crate::transfer::upload) async fn send(
        &self,
        number: u32,
        span: Spanning<'_>,
    ) -> Result<StoredPart, UploadError> {
        let (uploader, on_step) = (self.uploader, self.target.on_step);
        let permit = uploader.in_flight.permit().await;
        let span = span.await?;
        on_step(Step::Sending { progress: &span.progress });
        let (path, id) = (self.target.path, &self.id);
        let send = async |s3: &S3| s3.upload_part(path, id, number, &span).await;
        let (part, confirmation) = uploader.attempts(on_step).run_with(permit, send).await?;
        check_part(&span.digests, &confirmation)?;
        uploader.count(|statistics| statistics.parts += 1);
        self.journal.iter().for_each(|journal| journal.acknowledge(&part));
        let (bytes, request_id) = (span.len, confirmation.request_id.as_deref());
        on_step(Step::Moved { bytes });
        on_step(Step::Part { number, bytes, request_id });
        Ok(part)
    }

    /// Has S3 copy a part, again until S3 holds it or no attempt is left.
    pub(in crate::transfer::upload) async fn copy(
        &self,
        source: CopySource<'_>,
        Part { number, offset, len: bytes }: Part,
    ) -> Result<StoredPart, UploadError> {
        let (uploader, on_step) = (self.uploader, self.target.on_step);
        let to = (self.target.path, self.id.as_str());
        let copy = async |s3: &S3| s3.copy_part(source, to, number, (offset, bytes)).await;
        let (part, confirmation) = uploader.attempts(on_step).run(copy).await?;
        uploader.count(|statistics| statistics.parts += 1);
        self.journal.iter().for_each(|journal| journal.acknowledge(&part));
        on_step(Step::Moved { bytes });
        let request_id = confirmation.request_id.as_deref();
        on_step(Step::Part { number, bytes, request_id });
        Ok(part)
    }

    /// Makes the parts an object. An attempt is not interrupted, so that it is known how it ends.
    /// Returns the `ETag` of the object, if S3 told it.
    async fn complete(self, parts: Vec<StoredPart>) -> Result<Option<ETag>, UploadError> {
        let parts = sorted(parts, &|one, other| one.number.cmp(&other.number));
        if self.uploader.interrupt.signal().is_some() {
            return Err(self.abort(UploadError::Interrupted).await);
        }
        let UploadTarget { path, condition, on_step, .. } = *self.target;
        let attempts = self.uploader.attempts(on_step);
        let complete =
            async |s3: &S3| s3.complete_multipart_upload(path, &self.id, &parts, condition).await;
        let error = match attempts.run(complete).await {
            Ok(confirmation) => {
                self.remove_journal();
                self.uploader.check_parts(&parts, &confirmation)?;
                on_step(Step::Whole { request_id: confirmation.request_id.as_deref() });
                return Ok(confirmation.etag);
            }
            Err(error) => self.target.explained(error),
        };
        if attempts.may_have_succeeded() {
            self.settle(error, &parts).await.map(Some)
        } else {
            Err(self.abort(error).await)
        }
    }

    /// Finds out whether an attempt made the object, and only its answer was lost. If not, the
    /// parts are to go, unless they are kept: the object that looks like it was there before.
    async fn settle(self, error: UploadError, parts: &[StoredPart]) -> Result<ETag, UploadError> {
        let forgotten = match self.on_failure {
            OnFailure::Abort => Some(self.forget().await),
            OnFailure::Keep | OnFailure::LeaveAlone => None,
        };
        let error = match self.uploader.stored_parts(parts, self.target).await {
            Stored::This(etag) => {
                self.remove_journal();
                return Ok(etag);
            }
            Stored::Other => error,
            Stored::Unknown => UploadError::Unsure(Box::new(error)),
        };
        match forgotten {
            None => Err(self.kept(error)),
            Some(Err(reason)) => Err(self.not_aborted(error, reason)),
            Some(Ok(())) => Err(error),
        }
    }

    /// Has S3 forget the parts, unless they are kept. Returns the error that came first, which is
    /// not hidden by what comes later.
    async fn abort(&self, error: UploadError) -> UploadError {
        // An upload of another file, or of an object that is to stay, has nothing to go on with.
        let is_useless =
            matches!(error, UploadError::Changed | UploadError::Exists | UploadError::ChangedThere);
        match self.on_failure {
            OnFailure::LeaveAlone => return self.kept(error),
            OnFailure::Keep if !is_useless => return self.kept(error),
            OnFailure::Keep | OnFailure::Abort => {}
        }
        match self.forget().await {
            Ok(()) => error,
            Err(reason) => self.not_aborted(error, reason),
        }
    }

    /// Has S3 forget the upload. It succeeds if S3 has no such upload.
    async fn forget(&self) -> Result<(), AbortError> {
        match self.uploader.abort(self.target.path, &self.id).await {
            Err(AbortError::Refused(error)) if error.is_no_upload() => {}
            aborted => aborted?,
        }
        self.remove_journal();
        Ok(())
    }

    fn remove_journal(&self) {
        self.journal.iter().for_each(Journal::remove);
    }

    fn kept(&self, error: UploadError) -> UploadError {
        UploadError::Kept { error: Box::new(error), upload_id: self.id.clone() }
    }

    fn not_aborted(&self, error: UploadError, reason: AbortError) -> UploadError {
        let (error, reason) = (Box::new(error), Box::new(reason));
        UploadError::NotAborted { error, upload_id: self.id.clone(), reason }
    }
}

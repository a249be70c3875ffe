//! An object in parts: begun, sent, and then completed or aborted.

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{self, LocalBoxStream, StreamExt as _, TryStreamExt as _};

use super::outcome::Stored;
use crate::s3::S3;
use crate::s3::content::confirmation::Confirmation;
use crate::s3::content::etag::ETag;
use crate::s3::content::span::Span;
use crate::s3::operation::copy_object::CopySource;
use crate::s3::operation::multipart_upload::StoredPart;
use crate::system::sorted::sorted;
use crate::transfer::event::TransferEvent;
use crate::transfer::upload::compare::received::check_part;
use crate::transfer::upload::error::{AbortError, UploadError};
use crate::transfer::upload::journal::Journal;
use crate::transfer::upload::plan::Part;
use crate::transfer::upload::source::file::SourceFile;
use crate::transfer::upload::target::UploadTarget;
use crate::transfer::upload::uploader::Uploader;

/// A span that is being read.
pub(in crate::transfer::upload) type Spanning<'p> = LocalBoxFuture<'p, Result<Span, UploadError>>;
/// A part that is being sent.
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
    /// It is kept if a later run can resume it.
    Keep,
    /// It is kept, since it can be another's.
    LeaveAlone,
}

impl<'s> Uploader<'s> {
    /// Begins an upload. It is not interrupted: S3 would hold an unknown upload.
    pub(in crate::transfer::upload) async fn begin<'u>(
        &'u self,
        target: &'u UploadTarget<'u>,
    ) -> Result<Upload<'u>, UploadError>
    where
        's: 'u,
    {
        let checksum = self.settings.integrity.checksum;
        let attempts = self.attempts(target.on_event);
        let UploadTarget { path, headers, .. } = *target;
        let create = async |s3: &S3| s3.create_multipart_upload(path, headers, checksum).await;
        let id = attempts.run(create).await?;
        (target.on_event)(TransferEvent::Begun { upload_id: &id });
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

    /// Waits until S3 holds all parts, several of which are in flight at once.
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
        // If the part changed meanwhile, S3's response is not the reason.
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
        let (uploader, on_event) = (self.uploader, self.target.on_event);
        let permit = uploader.in_flight.permit().await;
        let span = span.await?;
        on_event(TransferEvent::Sending { progress: &span.progress });
        let (path, id) = (self.target.path, &self.id);
        let send = async |s3: &S3| s3.upload_part(path, id, number, &span).await;
        let (part, confirmation) = uploader.attempts(on_event).run_with(permit, send).await?;
        check_part(&span.digests, &confirmation)?;
        uploader.count(|statistics| statistics.parts += 1);
        self.journal.iter().for_each(|journal| journal.acknowledge(&part));
        let (bytes, request_id) = (span.len, confirmation.request_id.as_deref());
        on_event(TransferEvent::Moved { bytes });
        on_event(TransferEvent::Part { number, bytes, request_id });
        Ok(part)
    }

    /// Makes S3 copy a part, again until S3 holds it or no attempt is left.
    pub(in crate::transfer::upload) async fn copy(
        &self,
        source: CopySource<'_>,
        Part { number, offset, len: bytes }: Part,
    ) -> Result<StoredPart, UploadError> {
        let (uploader, on_event) = (self.uploader, self.target.on_event);
        let to = (self.target.path, self.id.as_str());
        let copy = async |s3: &S3| s3.copy_part(source, to, number, (offset, bytes)).await;
        let (part, confirmation) = uploader.attempts(on_event).run(copy).await?;
        uploader.count(|statistics| statistics.parts += 1);
        self.journal.iter().for_each(|journal| journal.acknowledge(&part));
        on_event(TransferEvent::Moved { bytes });
        let request_id = confirmation.request_id.as_deref();
        on_event(TransferEvent::Part { number, bytes, request_id });
        Ok(part)
    }

    /// Completes the object. An attempt is not interrupted, so that it is known how it ends.
    /// Returns the `ETag` of the object, if S3 reported it.
    async fn complete(self, parts: Vec<StoredPart>) -> Result<Option<ETag>, UploadError> {
        let parts = sorted(parts, &|one, other| one.number.cmp(&other.number));
        if self.uploader.interrupt.signal().is_some() {
            return Err(self.abort(UploadError::Interrupted).await);
        }
        let UploadTarget { path, condition, on_event, .. } = *self.target;
        let attempts = self.uploader.attempts(on_event);
        let complete =
            async |s3: &S3| s3.complete_multipart_upload(path, &self.id, &parts, condition).await;
        let error = match attempts.run(complete).await {
            Ok(confirmation) => {
                self.remove_journal();
                self.uploader.check_parts(&parts, &confirmation)?;
                on_event(TransferEvent::Whole { stored: &confirmation });
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

    /// Finds out whether an attempt made the object, and only its response was lost. If not, the
    /// parts are aborted, unless they are kept: the object that looks like it existed before.
    async fn settle(self, error: UploadError, parts: &[StoredPart]) -> Result<ETag, UploadError> {
        let mut forgotten = match self.on_failure {
            OnFailure::Abort => Some(self.forget().await),
            OnFailure::Keep | OnFailure::LeaveAlone => None,
        };
        let error = match self.uploader.stored_parts(parts, self.target).await {
            Stored::This(etag) => {
                // The same object can have been there before. Then S3 still holds the parts, of
                // which nobody would know without the journal.
                if self.on_failure == OnFailure::Keep {
                    forgotten = Some(self.forget().await);
                }
                return match forgotten {
                    Some(Err(reason)) if self.journal.is_none() => {
                        Err(self.not_aborted(error, reason))
                    }
                    _ => Ok(self.stored(etag)),
                };
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

    /// Reports that the object is there, and returns its `ETag`.
    fn stored(&self, etag: ETag) -> ETag {
        let stored = Confirmation { etag: Some(etag.clone()), ..Confirmation::NOTHING };
        (self.target.on_event)(TransferEvent::Whole { stored: &stored });
        etag
    }

    /// Aborts the upload, unless it is kept. Returns the error that came first, which is
    /// not hidden by later ones.
    async fn abort(&self, error: UploadError) -> UploadError {
        // An upload of another file, or to an object that must stay, cannot be resumed.
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

    /// Aborts the upload. It succeeds if S3 has no such upload.
    async fn forget(&self) -> Result<(), AbortError> {
        match self.uploader.abort(self.target.path, &self.id).await {
            Err(AbortError::Refused(error)) if error.is_missing_upload() => {}
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

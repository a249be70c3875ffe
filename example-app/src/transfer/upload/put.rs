//! Storing a source.

use core::cell::Cell;
use std::io::{self, Read};
use std::path::PathBuf;

use futures_util::future::ready;
use futures_util::stream::{self, StreamExt as _};

use super::error::UploadError;
use super::plan::{Part, Plan};
use super::resume::search::Unfinished;
use super::source::file::SourceFile;
use super::source::spool::Spool;
use super::store::multipart::{OnFailure, Spanning, Upload};
use super::target::UploadTarget;
use super::uploader::Uploader;
use crate::s3::content::etag::ETag;
use crate::system::positioned_file::FileState;
use crate::transfer::event::TransferEvent;

impl Uploader<'_> {
    /// Stores a file, by an upload of it that was cut off if there is one. Returns the `ETag` of
    /// the object, if S3 reported it.
    ///
    /// # Errors
    /// If it is not stored, or may have changed after it was.
    pub async fn file(
        &self,
        source: &SourceFile,
        unfinished: Option<Unfinished>,
        target: &UploadTarget<'_>,
    ) -> Result<Option<ETag>, UploadError> {
        let len = source.len();
        let etag = match (unfinished, self.settings.plan.plan(len)?) {
            (Some(unfinished), _) => self.resume(unfinished, source, target).await,
            (None, Plan::Single) => self.whole(source, target).await,
            (None, Plan::Parts(parts)) => {
                let of = (source.path.clone(), source.state);
                let upload = self.begin_of(of, target, parts.part_len()).await?;
                self.send_parts(upload, Vec::new(), source, parts.collect()).await
            }
        };
        let etag = match etag {
            // A part ended too soon, though nothing changed.
            Err(UploadError::Changed) => Err(source.ended_elsewhere()),
            etag => etag,
        }?;
        self.count(|statistics| statistics.bytes += len);
        Ok(etag)
    }

    /// Stores what is read up to its end, however long it is. Returns the `ETag` of the object, if
    /// S3 reported it.
    ///
    /// # Errors
    /// If it is not stored.
    pub async fn reader(
        &self,
        reader: impl Read + Send + 'static,
        target: &UploadTarget<'_>,
    ) -> Result<Option<ETag>, UploadError> {
        let spool = Spool::new(reader, self.settings.clone());
        let (first, spool) = self.uninterrupted(spool.next()).await??;
        let len = Cell::new(0);
        let on_event = |event: TransferEvent<'_>| {
            if let TransferEvent::Moved { bytes } = event {
                len.set(len.get() + bytes);
            }
            (target.on_event)(event);
        };
        let target = &UploadTarget { on_event: &on_event, ..target.clone() };
        let etag = if spool.is_at_end() {
            self.single(&first, target).await?
        } else {
            let rest = stream::try_unfold(spool, |spool| async {
                if spool.is_at_end() { Ok(None) } else { spool.next().await.map(Some) }
            });
            let spans = stream::iter([Ok(first)]).chain(rest).zip(stream::iter(1..));
            let spans = spans.map(|(span, number)| {
                let span: Spanning<'_> = Box::pin(ready(Ok(span?)));
                Ok((number, span))
            });
            let upload = self.begin(target).await?;
            self.multipart(upload, Vec::new(), spans.boxed_local(), &|| Ok(())).await?
        };
        self.count(|statistics| statistics.bytes += len.get());
        Ok(etag)
    }

    /// Stores an object without content.
    ///
    /// # Errors
    /// If it is not stored.
    pub async fn nothing(&self, target: &UploadTarget<'_>) -> Result<(), UploadError> {
        let (nothing, _) = Spool::new(io::empty(), self.settings.clone()).next().await?;
        self.single(&nothing, target).await.map(|_| ())
    }

    /// Begins an upload and sends a part of it, to see whether that is allowed. It is neither
    /// completed nor aborted: its ID is that of [`TransferEvent::Begun`].
    ///
    /// # Errors
    /// If S3 does not hold the part. The upload may have begun.
    pub async fn part(
        &self,
        content: &'static [u8],
        target: &UploadTarget<'_>,
    ) -> Result<(), UploadError> {
        let (span, _) = Spool::new(content, self.settings.clone()).next().await?;
        let upload = self.begin(target).await?;
        self.uninterrupted(upload.send(1, Box::pin(ready(Ok(span))))).await.flatten().map(drop)
    }

    /// Stores a file in one request. S3 refuses it if it changes in transit, since the
    /// signature covers its hash.
    async fn whole(
        &self,
        source: &SourceFile,
        target: &UploadTarget<'_>,
    ) -> Result<Option<ETag>, UploadError> {
        let part = Part { number: 1, offset: 0, len: source.len() };
        let span = self.uninterrupted(source.span(part, self.settings.integrity)).await??;
        source.check()?;
        let stored = self.single(&span, target).await;
        match (stored, source.check()) {
            (Ok(etag), Ok(())) => Ok(self.try_out(&span, target, etag).await),
            (Ok(_), Err(_)) => Err(UploadError::ChangedLate),
            // If the file changed meanwhile, S3's response is not the reason.
            (Err(UploadError::S3(_)), Err(changed)) => Err(changed),
            (Err(error), _) => Err(error),
        }
    }

    /// Begins an upload of a file, or of another object, and records it in a journal.
    pub(super) async fn begin_of<'u>(
        &'u self,
        (source, state): (PathBuf, FileState),
        target: &'u UploadTarget<'u>,
        part_len: u64,
    ) -> Result<Upload<'u>, UploadError> {
        let mut upload = self.begin(target).await?;
        match self.journal(&upload, source, state, part_len) {
            Ok(journal) => {
                upload.journal = Some(journal);
                upload.on_failure = if self.keeps { OnFailure::Keep } else { OnFailure::Abort };
            }
            Err(error) => *self.no_journal.borrow_mut() = Some(error.to_string()),
        }
        Ok(upload)
    }
}

//! One object: checked, stored, reported.

use std::fs::Metadata;
use std::path::Path;

use http::HeaderMap;

use super::moved;
use super::options::SourceFate;
use super::run::{Put, To};
use super::source::OpenedSource;
use crate::report::event::Event;
use crate::report::object_progress::ObjectProgress;
use crate::s3::PathKind;
use crate::s3::address::path::S3Path;
use crate::s3::content::condition::WriteCondition;
use crate::s3::content::confirmation::Confirmation;
use crate::s3::content::etag::ETag;
use crate::system::excerpt::printable;
use crate::system::standard_streams::print_lines;
use crate::transfer::event::TransferEvent;
use crate::transfer::upload::compare::existing::Existing;
use crate::transfer::upload::plan::{Plan, PlanSettings};
use crate::transfer::upload::resume::search::Found;
use crate::transfer::upload::source::file::SourceFile;
use crate::transfer::upload::{KEPT, UploadError, UploadTarget, Uploader};

/// An object that S3 holds now.
struct StoredObject {
    /// The `ETag`, if S3 gave one, and it is sure to be this object's.
    etag: Option<ETag>,
    /// True if it was not up to date before.
    is_new: bool,
}

impl Put<'_> {
    pub(super) async fn object(
        &self,
        source: OpenedSource,
        local: &Path,
        target: &S3Path,
        known: PathKind,
    ) {
        let uploader = match &self.to {
            To::S3(uploader) => uploader,
            To::Nowhere(plan) => return self.plan(*plan, &source, local, target),
        };
        if self.options.dry_run {
            return self.plan_update(uploader, source, local, target).await;
        }
        let was = moved::state(&source);
        let headers = self.options.headers(&source, target.key());
        let progress = ObjectProgress::open(&self.reporter, target, local, source.len());
        let on_event = |event: TransferEvent<'_>| progress.on_event(event);
        let condition = WriteCondition::overwriting(self.options.overwrite);
        let own = self.names.begin(target);
        let stored =
            UploadTarget { path: target, headers: &headers, condition, on_event: &on_event };
        let len = source.len();
        let stored = async {
            self.names.expect_no_pair(uploader, target, known, &own).await?;
            self.store(uploader, source, local, &stored, known).await
        };
        let stored = match stored.await {
            Err(error) => {
                let reason = uploader.shown(&error, condition, "-f");
                return progress.failed(target, reason, error.request_id());
            }
            Ok(stored) => stored,
        };
        own.stored(target);
        if self.after == SourceFate::Deleted
            && let Err(reason) = moved::remove(uploader, local, was, target, stored.etag).await
        {
            return progress.failed(local.display(), format_args!("is kept: {reason}"), None);
        }
        if stored.is_new { progress.done() } else { progress.up_to_date(len) }
    }

    /// Stores an object without content, which represents an empty directory, or marks a directory
    /// as complete.
    pub(super) async fn marker(&self, local: &Path, marker: &S3Path) {
        let uploader = match &self.to {
            To::S3(uploader) => uploader,
            To::Nowhere(_) => return self.report_plan(local, marker, Some(0), None),
        };
        if self.options.dry_run {
            return match uploader.ask(async |s3| s3.exists(marker).await).await {
                Ok(true) => {}
                Ok(false) => self.report_plan(local, marker, Some(0), None),
                Err(error) => self.reporter.about(marker, error),
            };
        }
        // An existing one may have content.
        let condition =
            WriteCondition::overwriting(self.options.overwrite && !self.options.sources.update);
        let headers = HeaderMap::new();
        let target = UploadTarget { path: marker, headers: &headers, condition, on_event: &|_| () };
        let own = self.names.begin(marker);
        let stored = async {
            if marker.is_written_as_directory() {
                self.names.expect_directory(uploader, marker).await?;
            } else {
                self.names.expect_no_pair(uploader, marker, PathKind::Directory, &own).await?;
            }
            expect_absent(uploader, &target, PathKind::Directory, true).await?;
            uploader.nothing(&target).await
        };
        let stored = stored.await;
        if stored.is_ok() {
            own.stored(marker);
        }
        match stored {
            // An existing one stays unchanged: it may have content.
            Ok(()) | Err(UploadError::Exists) => self.reporter.done(0),
            Err(error) => {
                let update = self.options.sources.update;
                let without = if update { "-f without --update" } else { "-f" };
                self.reporter.about(marker, error.shown_with(condition, without));
            }
        }
    }

    /// Reports what would be sent.
    fn plan(&self, plan: PlanSettings, source: &OpenedSource, local: &Path, target: &S3Path) {
        let len = source.len().or_else(|| source.metadata().map(Metadata::len));
        match len.map(|len| plan.plan(len)).transpose() {
            Err(error) => self.reporter.about(target, UploadError::from(error)),
            Ok(Some(Plan::Parts(parts))) => {
                let count = u64::try_from(parts.count()).ok();
                self.report_plan(local, target, len, count);
            }
            Ok(_) => self.report_plan(local, target, len, None),
        }
    }

    /// Reports what would be sent, if S3 does not hold it already.
    async fn plan_update(
        &self,
        uploader: &Uploader<'_>,
        source: OpenedSource,
        local: &Path,
        target: &S3Path,
    ) {
        let len = source.metadata().map(Metadata::len);
        let existing = match source {
            OpenedSource::Directory => return,
            OpenedSource::Unmeasured { reader, .. } => {
                uploader.existing_of_reader(reader, target).await.map(|(existing, _)| existing)
            }
            OpenedSource::File { file, .. } => match SourceFile::new(file, local) {
                Ok(file) => uploader.existing(&file, target).await,
                Err(error) => Err(error.into()),
            },
        };
        match existing {
            Ok(Existing::Same { .. }) => {}
            Ok(_) => self.report_plan(local, target, len, None),
            Err(error) => self.reporter.about(target, error),
        }
    }

    fn report_plan(&self, local: &Path, target: &S3Path, bytes: Option<u64>, parts: Option<u64>) {
        let (object, file) = (target.to_string(), local.display().to_string());
        self.reporter.event(&Event::Plan { object: &object, file: &file, bytes, parts });
        self.reporter.done(bytes.unwrap_or(0));
        if self.options.report.stdout.is_for_people() {
            let len = bytes.map_or_else(|| "?".to_owned(), |bytes| bytes.to_string());
            let parts = parts.map(|parts| format!(" in {parts} parts")).unwrap_or_default();
            let line = format!("{file} -> {object} ({len} bytes{parts})");
            self.reporter.printed(print_lines([line]));
        }
    }

    async fn store(
        &self,
        uploader: &Uploader<'_>,
        source: OpenedSource,
        local: &Path,
        target: &UploadTarget<'_>,
        known: PathKind,
    ) -> Result<StoredObject, UploadError> {
        let is_small = source.is_within(KEPT);
        let etag = match source {
            OpenedSource::Directory => None,
            OpenedSource::Unmeasured { reader, .. } => {
                let (existing, reader) = self.existing_of_reader(uploader, reader, target).await?;
                if let Some(Existing::Same { proven, held }) = existing {
                    (target.on_event)(TransferEvent::Whole { stored: &held });
                    return Ok(StoredObject { etag: proven, is_new: false });
                }
                let target =
                    &self.expecting(uploader, target, known, is_small, existing.as_ref()).await?;
                uploader.reader(reader, target).await?
            }
            OpenedSource::File { file, .. } => {
                let file =
                    SourceFile::new(file, local)?.with_snapshot(self.options.sources.snapshot);
                let existing = self.existing(uploader, &file, target).await?;
                if let Some(Existing::Same { proven, held }) = existing {
                    if self.options.resume {
                        let notes = uploader.completed_file(&file, target.path).await?;
                        self.notes(target.path, &notes);
                    }
                    (target.on_event)(TransferEvent::Whole { stored: &held });
                    return Ok(StoredObject { etag: proven, is_new: false });
                }
                let unfinished = match self.unfinished(uploader, &file, target).await? {
                    Found::Object(etag) => {
                        let etag_of = Some(etag.clone());
                        let stored = Confirmation { etag: etag_of, ..Confirmation::NOTHING };
                        (target.on_event)(TransferEvent::Whole { stored: &stored });
                        return Ok(StoredObject { etag: Some(etag), is_new: true });
                    }
                    Found::Unfinished(unfinished) => Some(unfinished),
                    Found::Nothing => None,
                };
                let target =
                    &self.expecting(uploader, target, known, is_small, existing.as_ref()).await?;
                uploader.file(&file, unfinished, target).await?
            }
        };
        Ok(StoredObject { etag, is_new: true })
    }

    /// Finds, with `-resume`, the unfinished upload of the object. Notes for the user go to
    /// stderr.
    async fn unfinished(
        &self,
        uploader: &Uploader<'_>,
        file: &SourceFile,
        target: &UploadTarget<'_>,
    ) -> Result<Found, UploadError> {
        if !self.options.resume {
            return Ok(Found::Nothing);
        }
        let search = uploader.unfinished(file, target).await?;
        let mut notes = search.notes;
        match &search.found {
            Found::Nothing => {}
            Found::Object(_) => notes.push("was complete already: nothing is sent".to_owned()),
            Found::Unfinished(unfinished) => {
                let ((held, all), id) = (unfinished.parts(), unfinished.upload_id());
                let stored = format!("{held} of {all} parts are stored");
                notes.push(format!("resumes the upload {id}: {stored}"));
            }
        }
        self.notes(target.path, &notes);
        Ok(search.found)
    }

    /// Writes notes on an object for the user to stderr.
    fn notes(&self, path: &S3Path, notes: &[String]) {
        let path = printable(&path.to_string());
        for note in notes {
            self.reporter.note(format_args!("`{path}': {note}"));
        }
    }
}

/// Checks that there is no object, unless it may be overwritten. For small contents S3 is not asked
/// if the store is known to refuse by itself.
pub(super) async fn expect_absent(
    uploader: &Uploader<'_>,
    target: &UploadTarget<'_>,
    known: PathKind,
    is_small: bool,
) -> Result<(), UploadError> {
    let exists = match known {
        _ if target.condition != WriteCondition::Absent => false,
        PathKind::File => true,
        PathKind::Absent => false,
        PathKind::Directory if is_small && uploader.is_overwrite_refused() => false,
        PathKind::Directory => uploader.ask(async |s3| s3.exists(target.path).await).await?,
    };
    if exists { Err(UploadError::Exists) } else { Ok(()) }
}

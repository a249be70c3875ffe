//! One object: checked, copied, reported.

use std::path::Path;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};

use super::proof::{Copied, proven};
use super::run::{Copy, CopyTarget, Original};
use crate::report::object_progress::ObjectProgress;
use crate::s3::address::path::S3Path;
use crate::s3::content::condition::WriteCondition;
use crate::s3::content::etag::ETag;
use crate::s3::operation::copy_object::{CopySource, METADATA_DIRECTIVE, TAGGING_DIRECTIVE};
use crate::s3::operation::head_object::STORAGE_CLASS;
use crate::s3::{Attributes, S3};
use crate::transfer::event::TransferEvent;
use crate::transfer::upload::{UploadError, UploadTarget};

/// The bytes that are compared at once.
const PIECE: u64 = 8 * 1024 * 1024;

/// The state of a place before an object is copied there.
enum Before {
    Free,
    /// The copy exists.
    Copy(Copied),
}

impl Copy<'_> {
    /// Copies an object, and returns the proof. Failures are reported. `may_exist` is false if
    /// nothing was at the place when it was listed.
    pub(super) async fn object(
        &self,
        original: &Original<'_>,
        place: &CopyTarget,
        may_exist: bool,
    ) -> Option<Copied> {
        let source = Path::new(original.written);
        let progress =
            ObjectProgress::open(&self.reporter, &place.path, source, Some(original.len));
        let condition = WriteCondition::overwriting(self.command.overwrite);
        let copied = async {
            let source = CopySource { path: original.path, etag: original.etag };
            if let Before::Copy(copied) = self.before(original, place, may_exist).await? {
                let notes = self.uploader.completed_copy(source, original.len, &place.path).await?;
                for note in notes {
                    self.reporter.note(format_args!("`{}': {note}", place.shown));
                }
                return Ok((copied, false));
            }
            let on_event = |event: TransferEvent<'_>| progress.on_event(event);
            let headers = &self.headers(original, &place.path);
            let target =
                UploadTarget { path: &place.path, headers, condition, on_event: &on_event };
            let copy = self.uploader.copy(source, original.len, &target).await?;
            Ok((Copied { source: original.etag.clone(), copy, len: original.len }, true))
        };
        let copied: Result<_, UploadError> = copied.await;
        match copied {
            Ok((copied, true)) => {
                progress.done();
                Some(copied)
            }
            Ok((copied, false)) => {
                progress.up_to_date(Some(original.len));
                Some(copied)
            }
            Err(error) => {
                let reason = error.shown_with(condition, "-cp -f");
                progress.failed(&place.shown, reason, error.request_id());
                None
            }
        }
    }

    /// Looks up the object at the place, for stores that ignore conditions.
    async fn before(
        &self,
        original: &Original<'_>,
        place: &CopyTarget,
        may_exist: bool,
    ) -> Result<Before, UploadError> {
        let resumes = self.command.options.resume;
        if !may_exist || self.command.overwrite && !resumes {
            return Ok(Before::Free);
        }
        let there = self.uploader.ask(async |s3| s3.stat_with_checksums(&place.path).await).await?;
        let Some(there) = there else { return Ok(Before::Free) };
        if resumes && let Some(copied) = self.copied_before(original, place, &there).await? {
            return Ok(Before::Copy(copied));
        }
        if self.command.overwrite { Ok(Before::Free) } else { Err(UploadError::Exists) }
    }

    /// Returns the proof that the object at the place is the copy, if it is. To a move, an object
    /// with other metadata or tags does not count: those of the source would be lost.
    async fn copied_before(
        &self,
        original: &Original<'_>,
        place: &CopyTarget,
        there: &Attributes,
    ) -> Result<Option<Copied>, UploadError> {
        let source = async |s3: &S3| s3.stat_with_checksums(original.path).await;
        let is_long_enough = there.len == Some(original.len);
        let Some(source) = self.uploader.ask(source).await? else {
            // The interrupted move may have deleted it after the listing.
            let same = there.etag.as_ref().filter(|etag| etag.md5().is_some());
            let same = same.filter(|etag| is_long_enough && *etag == original.etag).cloned();
            let (source, len) = (original.etag.clone(), original.len);
            return Ok(same.map(|copy| Copied { source, copy, len }));
        };
        let copied = match (proven(&source, there, self.is_move()), &there.etag) {
            (Some(copied), _) => copied,
            (None, Some(copy))
                if is_long_enough && self.is_equal(original, (place, copy)).await? =>
            {
                let (source, copy) = (original.etag.clone(), copy.clone());
                Copied { source, copy, len: original.len }
            }
            _ => return Ok(None),
        };
        if self.is_move() && !self.has_metadata_of(original, place).await? {
            let what = "has the content of the source, but other metadata or tags";
            self.reporter.note(format_args!("`{}': {what}", place.shown));
            return Ok(None);
        }
        Ok(Some(copied))
    }

    /// Returns whether the object at the place has the metadata and the tags that a copy keeps.
    async fn has_metadata_of(
        &self,
        original: &Original<'_>,
        place: &CopyTarget,
    ) -> Result<bool, UploadError> {
        let headers = &self.headers(original, &place.path);
        let both = async |s3: &S3| {
            let kept = s3.kept_headers(original.path, headers).await?;
            Ok(kept == s3.kept_headers(&place.path, headers).await?)
        };
        self.uploader.ask(both).await
    }

    /// Compares two objects of one length by reading both, since S3 reports nothing that decides:
    /// one was copied in parts, or a key of KMS encrypts it.
    async fn is_equal(
        &self,
        original: &Original<'_>,
        (place, copy): (&CopyTarget, &ETag),
    ) -> Result<bool, UploadError> {
        let what = "S3 reports nothing to compare, so both are read";
        self.reporter.note(format_args!("`{}': {what}", place.shown));
        let mut offset = 0;
        while offset < original.len {
            let len = (original.len - offset).min(PIECE);
            let read = async |s3: &S3| {
                let one = s3.piece(original.path, offset, len, Some(original.etag)).await?;
                Ok(one == s3.piece(&place.path, offset, len, Some(copy)).await?)
            };
            if !self.uploader.ask(read).await? {
                return Ok(false);
            }
            offset += len;
        }
        Ok(true)
    }

    /// Returns the headers of a copy: what replaces metadata and tags, and the storage class of the
    /// source, unless another one is chosen.
    fn headers(&self, original: &Original<'_>, path: &S3Path) -> HeaderMap {
        let object = &self.command.options.object;
        let mut headers = HeaderMap::new();
        let replace = HeaderValue::from_static("REPLACE");
        if object.replaces_metadata() {
            headers.insert(METADATA_DIRECTIVE, replace.clone());
            headers.extend(object.content_type_of(path.key()).map(|kind| (CONTENT_TYPE, kind)));
        }
        if object.tagging.is_some() {
            headers.insert(TAGGING_DIRECTIVE, replace);
        }
        let is_chosen = self.shell.s3.object_headers().contains_key(STORAGE_CLASS);
        // A directory bucket's class is of that bucket only.
        let class = original.class.filter(|class| !is_chosen && *class != "EXPRESS_ONEZONE");
        let class = class.and_then(|class| HeaderValue::from_str(class).ok());
        headers.extend(class.map(|class| (STORAGE_CLASS, class)));
        headers
    }
}

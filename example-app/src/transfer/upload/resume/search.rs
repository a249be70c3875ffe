//! The search for an interrupted upload, and its continuation.
//!
//! - With a journal of this host for the same file, place and headers, the upload is this user's.
//!   The newest of these is resumed.
//! - Without one, an upload of the same object is resumed only if it is the only one whose parts
//!   are all proven to be parts of this file, by their MD5s. It can be another's, and is never
//!   aborted.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use super::choice::{Choice, Wanted};
use super::completed::listed_yet;
use super::held::{Comparison, cut};
use crate::s3::OperationError;
use crate::s3::content::checksum::ChecksumAlgorithm;
use crate::s3::content::etag::ETag;
use crate::s3::operation::list_uploads::UnfinishedUpload;
use crate::s3::operation::multipart_upload::StoredPart;
use crate::system::positioned_file::FileState;
use crate::transfer::event::TransferEvent;
use crate::transfer::upload::error::UploadError;
use crate::transfer::upload::journal::{FreeJournal, Journal, JournalEntry, headers_hash};
use crate::transfer::upload::plan::{Part, Parts, Plan};
use crate::transfer::upload::source::file::SourceFile;
use crate::transfer::upload::store::multipart::{OnFailure, Upload};
use crate::transfer::upload::target::UploadTarget;
use crate::transfer::upload::uploader::Uploader;

/// The result of a search for an unfinished upload.
#[derive(Debug)]
pub struct Search {
    /// The upload or the object that was found.
    pub found: Found,
    /// Notes for the user, such as on uploads that are not resumed.
    pub notes: Vec<String>,
}

/// The upload or the object that a search found.
#[derive(Debug)]
pub enum Found {
    /// Nothing to resume.
    Nothing,
    /// An upload that can be resumed.
    Unfinished(Unfinished),
    /// The object with the same content, and its `ETag`: a process that was killed had just
    /// completed it, or another one stored it.
    Object(ETag),
}

/// An upload that can be resumed.
#[derive(Debug)]
pub struct Unfinished {
    pub(super) upload_id: String,
    /// The journal; `None` if the upload can be another's.
    pub(super) journal: Option<Journal>,
    pub(super) comparison: Comparison,
}

impl Unfinished {
    /// Returns the upload id.
    pub fn upload_id(&self) -> &str {
        &self.upload_id
    }

    /// Returns how many parts S3 holds, and how many there are in all.
    pub const fn parts(&self) -> (usize, usize) {
        let held = self.comparison.held.len();
        (held, held + self.comparison.missing.len())
    }
}

impl Uploader<'_> {
    /// Looks for an upload of this file to this place that was cut off. For a file that goes in one
    /// request, only in the journals.
    ///
    /// # Errors
    /// If the file cannot be read, S3 does not say, or a signal arrives.
    pub async fn unfinished(
        &self,
        source: &SourceFile,
        target: &UploadTarget<'_>,
    ) -> Result<Search, UploadError> {
        let wanted = self.wanted(source.path.clone(), source.state, target)?;
        let mut notes = Vec::new();
        let found = self.journals_of(&wanted.url, &mut notes);
        let mut choice = Choice::of(found, &wanted);
        note_choice(&choice, &mut notes);
        let mut fit = core::mem::take(&mut choice.fit).into_iter();
        while let Some(left) = fit.next() {
            match self.left(left, source, target, &mut notes).await? {
                Found::Nothing => {}
                found => {
                    let older = fit.map(|older| older.entry.upload_id);
                    notes.extend(
                        older.map(|id| format!("the upload {id} is older, and is not resumed")),
                    );
                    return Ok(Search { found, notes });
                }
            }
        }
        let plan = self.settings.plan.plan(source.state.len)?;
        let part_len = if let Plan::Parts(parts) = &plan { parts.part_len() } else { 0 };
        // S3's list does not show the headers it was begun with, such as those of encryption.
        let is_plain = self.is_plain(target);
        if is_plain && let Some(etag) = self.there(source, target.path, part_len, None).await? {
            return Ok(Search { found: Found::Object(etag), notes });
        }
        let found = match plan {
            Plan::Single => return Ok(Search { found: Found::Nothing, notes }),
            Plan::Parts(_) if !choice.busy.is_empty() => Found::Nothing,
            Plan::Parts(_) if !is_plain => Found::Nothing,
            Plan::Parts(_) => self.unowned(&choice, source, target, &mut notes).await?,
        };
        if matches!(found, Found::Nothing) {
            notes.push("nothing to resume: all of it is sent".to_owned());
        }
        Ok(Search { found, notes })
    }

    /// Returns whether the object is stored without settings but the type of its content.
    fn is_plain(&self, target: &UploadTarget<'_>) -> bool {
        let own = target.headers.keys().any(|name| name.as_str().starts_with("x-amz-"));
        // Parts may have no checksums, or others.
        let has_checksums = self.settings.integrity.checksum.is_some();
        let is_encrypted = self.s3.customer_key_md5().is_some();
        !own && !has_checksums && !is_encrypted && self.s3.object_headers().is_empty()
    }

    pub(super) fn wanted(
        &self,
        source: PathBuf,
        state: FileState,
        target: &UploadTarget<'_>,
    ) -> Result<Wanted, UploadError> {
        let mut headers = self.s3.object_headers().clone();
        headers.extend(target.headers.clone());
        headers.extend(self.settings.integrity.checksum.map(ChecksumAlgorithm::announced));
        headers.extend(self.s3.customer_key_md5());
        Ok(Wanted {
            url: self.s3.url(target.path).map_err(OperationError::from)?,
            source,
            state,
            headers: headers_hash(&headers),
        })
    }

    /// Finds out the state of an upload that this user had begun.
    async fn left(
        &self,
        left: FreeJournal,
        source: &SourceFile,
        target: &UploadTarget<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Found, UploadError> {
        let FreeJournal { journal, entry, etags } = left;
        let Some(parts) = Parts::of(entry.part_len, source.state.len) else {
            return Ok(Found::Nothing);
        };
        // The process that was killed may have completed it, or S3 is about to.
        let acknowledged = parts.clone().map(|Part { number, .. }| etags.get(&number));
        let acknowledged = acknowledged.collect::<Option<Vec<_>>>().and_then(ETag::of_parts);
        let there = self.there(source, target.path, entry.part_len, acknowledged).await?;
        let listed = self.parts_of(target.path, &entry.upload_id).await?;
        if there.is_some() && listed.is_some() {
            notes.push(listed_yet(&entry.upload_id));
        }
        let (None, Some(listed)) = (&there, listed) else {
            journal.remove();
            return Ok(there.map_or(Found::Nothing, Found::Object));
        };
        let comparison = self.compare(source, parts, &listed, &etags).await?;
        let (upload_id, journal) = (entry.upload_id, Some(journal));
        Ok(Found::Unfinished(Unfinished { upload_id, journal, comparison }))
    }

    /// Returns the only upload without a journal whose parts are all this file's.
    async fn unowned(
        &self,
        choice: &Choice,
        source: &SourceFile,
        target: &UploadTarget<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Found, UploadError> {
        let uploads = match self.uploads_below(target.path, target.path.key()).await {
            Ok(uploads) => uploads,
            Err(UploadError::S3(error)) => {
                notes.push(format!("unfinished uploads cannot be listed: {error}"));
                return Ok(Found::Nothing);
            }
            Err(error) => return Err(error),
        };
        let mut fit = Vec::new();
        for UnfinishedUpload { key, upload_id, .. } in uploads.into_iter().flatten() {
            if key == target.path.key() && !choice.knows(&upload_id) {
                fit.extend(self.proven(upload_id, source, target).await?);
            }
        }
        if fit.len() > 1 {
            let ids: Vec<_> = fit.iter().map(|fit| fit.upload_id.as_str()).collect();
            let ids = ids.join(", ");
            notes.push(format!(
                "no journal says which of the uploads {ids} to resume: abort those that are \
                 nobody's with -uploads -abort"
            ));
            return Ok(Found::Nothing);
        }
        Ok(fit.pop().map_or(Found::Nothing, Found::Unfinished))
    }

    async fn proven(
        &self,
        upload_id: String,
        source: &SourceFile,
        target: &UploadTarget<'_>,
    ) -> Result<Option<Unfinished>, UploadError> {
        let listed = self.parts_of(target.path, &upload_id).await?.unwrap_or_default();
        let Some(parts) = cut(&listed, source.state.len) else { return Ok(None) };
        let comparison = self.compare(source, parts, &listed, &BTreeMap::new()).await?;
        let is_proven = comparison.held.len() == listed.len();
        Ok(is_proven.then_some(Unfinished { upload_id, journal: None, comparison }))
    }

    /// Sends the missing parts, and completes the object.
    pub(in crate::transfer::upload) async fn resume(
        &self,
        unfinished: Unfinished,
        source: &SourceFile,
        target: &UploadTarget<'_>,
    ) -> Result<Option<ETag>, UploadError> {
        let (upload, held, missing) = self.opened(unfinished, target);
        self.send_parts(upload, held, source, missing).await
    }

    /// Resumes an upload: returns it, the parts that S3 holds, and those that are missing.
    pub(super) fn opened<'u>(
        &'u self,
        unfinished: Unfinished,
        target: &'u UploadTarget<'u>,
    ) -> (Upload<'u>, Vec<StoredPart>, Vec<Part>) {
        let Unfinished { upload_id: id, journal, comparison } = unfinished;
        let on_failure = if journal.is_some() { OnFailure::Keep } else { OnFailure::LeaveAlone };
        let upload = Upload { uploader: self, target, id, journal, on_failure };
        let Comparison { held, held_len, missing } = comparison;
        (target.on_event)(TransferEvent::Begun { upload_id: &upload.id });
        (target.on_event)(TransferEvent::AlreadyStored { bytes: held_len });
        let count = u64::try_from(held.len()).unwrap_or(u64::MAX);
        self.count(|statistics| statistics.resumed += count);
        (upload, held, missing)
    }

    /// Records that an upload was begun, so that a later run can resume it.
    pub(in crate::transfer::upload) fn journal(
        &self,
        upload: &Upload<'_>,
        source: PathBuf,
        state: FileState,
        part_len: u64,
    ) -> Result<Journal, UploadError> {
        let nowhere = || io::Error::other("no directory for it: give --state-dir");
        let journals = self.journals.as_ref().ok_or_else(nowhere)?;
        let Wanted { url, source, state, headers } = self.wanted(source, state, upload.target)?;
        let path = upload.target.path;
        Ok(journals.begin(&JournalEntry {
            url,
            bucket: path.bucket().to_owned(),
            key: path.key().to_owned(),
            upload_id: upload.id.clone(),
            // Finer than the seconds of `Clock`: the latest of several uploads is continued.
            begun: SystemTime::now(),
            source,
            state,
            part_len,
            headers,
        })?)
    }
}

fn note_choice(choice: &Choice, notes: &mut Vec<String>) {
    for (entry, unfit) in &choice.unfit {
        notes.push(format!("the upload {} {unfit}, and is not resumed", entry.upload_id));
    }
    for entry in &choice.busy {
        notes.push(format!("another process works on the upload {}", entry.upload_id));
    }
    for path in &choice.damaged {
        notes.push(format!("{} is not a journal, or is damaged: remove it", path.display()));
    }
}

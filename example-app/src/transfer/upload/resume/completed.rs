//! The journals of objects that are complete.

use std::path::Path;

use crate::s3::OperationError;
use crate::s3::address::path::S3Path;
use crate::system::positioned_file::FileState;
use crate::transfer::upload::error::UploadError;
use crate::transfer::upload::journal::{FoundJournal, FreeJournal};
use crate::transfer::upload::plan::Parts;
use crate::transfer::upload::source::file::SourceFile;
use crate::transfer::upload::uploader::Uploader;

impl Uploader<'_> {
    /// Removes the journals of a file whose object is complete: a process that was killed, another
    /// one or S3 can have completed it. An upload that still has to be aborted keeps its journal.
    /// Returns notes for the user.
    ///
    /// # Errors
    /// If a signal arrives.
    pub(crate) async fn completed_file(
        &self,
        file: &SourceFile,
        path: &S3Path,
    ) -> Result<Vec<String>, UploadError> {
        self.completed(&file.path, file.state, path).await
    }

    /// Removes the journals of a source whose object is complete.
    pub(super) async fn completed(
        &self,
        source: &Path,
        state: FileState,
        path: &S3Path,
    ) -> Result<Vec<String>, UploadError> {
        let url = self.s3.url(path).map_err(OperationError::from)?;
        let mut notes = Vec::new();
        for found in self.journals_of(&url, &mut notes) {
            let FoundJournal::Free(left) = found else { continue };
            let FreeJournal { journal, entry, etags } = *left;
            if (&*entry.source, entry.state) != (source, state) {
                continue;
            }
            let id = &entry.upload_id;
            let count = Parts::of(entry.part_len, state.len).map(Iterator::count);
            match self.parts_of(path, id).await {
                Ok(None) => journal.remove(),
                // S3 may be about to end it.
                Ok(Some(_)) if count == Some(etags.len()) => {
                    notes.push(listed_yet(id));
                    journal.remove();
                }
                Ok(Some(_)) => notes.push(format!(
                    "the upload {id} is not needed any more: abort it with -uploads -abort"
                )),
                Err(UploadError::S3(error)) => {
                    notes.push(format!("the upload {id} may be unfinished: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(notes)
    }

    /// Returns the journals of an object; none, and a note, if they cannot be read.
    pub(super) fn journals_of(&self, url: &str, notes: &mut Vec<String>) -> Vec<FoundJournal> {
        let found = self.journals.as_ref().map_or(Ok(Vec::new()), |all| all.of(url));
        found.unwrap_or_else(|error| {
            notes.push(format!("the journals cannot be read: {error}"));
            Vec::new()
        })
    }
}

/// Says that an upload is listed though its object is there. It is not aborted: a store that is
/// about to end it could lose the object's parts.
pub(super) fn listed_yet(upload_id: &str) -> String {
    format!("the upload {upload_id} is listed yet: if it stays, abort it with -uploads -abort")
}

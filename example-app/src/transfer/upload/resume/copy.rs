//! Resuming an interrupted copy.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use super::choice::{Choice, Wanted};
use super::held::{Comparison, Proofs};
use super::search::Unfinished;
use crate::s3::address::path::S3Path;
use crate::s3::operation::copy_object::CopySource;
use crate::s3::operation::multipart_upload::StoredPart;
use crate::system::positioned_file::FileState;
use crate::transfer::upload::error::UploadError;
use crate::transfer::upload::plan::{Part, Parts};
use crate::transfer::upload::store::multipart::Upload;
use crate::transfer::upload::target::UploadTarget;
use crate::transfer::upload::uploader::Uploader;

/// Returns what a journal says of the source of a copy: its name and the `ETag` of its content.
pub(in crate::transfer::upload) fn named(source: CopySource<'_>, len: u64) -> (PathBuf, FileState) {
    let state = FileState { len, modified: SystemTime::UNIX_EPOCH, inode: None };
    (format!("{}#{}", source.path, source.etag.bare()).into(), state)
}

impl Uploader<'_> {
    /// Returns the upload of this copy that a journal of this host knows, the parts that S3 holds
    /// of it, and those that are missing; `None` if there is no such upload.
    ///
    /// # Errors
    /// If S3 does not say, or a signal arrives.
    pub(in crate::transfer::upload) async fn unfinished_copy<'u>(
        &'u self,
        source: CopySource<'_>,
        len: u64,
        target: &'u UploadTarget<'u>,
    ) -> Result<Option<(Upload<'u>, Vec<StoredPart>, Vec<Part>)>, UploadError> {
        let (name, state) = named(source, len);
        let wanted: Wanted = self.wanted(name, state, target)?;
        let found = self.journals.as_ref().and_then(|all| all.of(&wanted.url).ok());
        for left in Choice::of(found.unwrap_or_default(), &wanted).fit {
            let Some(parts) = Parts::of(left.entry.part_len, len) else { continue };
            let upload_id = left.entry.upload_id;
            let Some(listed) = self.parts_of(target.path, &upload_id).await? else {
                left.journal.remove();
                continue;
            };
            let proofs = Proofs { md5s: &BTreeMap::new(), etags: &left.etags };
            let comparison = Comparison::of(parts, &listed, proofs);
            let journal = Some(left.journal);
            return Ok(Some(self.opened(Unfinished { upload_id, journal, comparison }, target)));
        }
        Ok(None)
    }

    /// Removes the journals of a copy that is complete, as
    /// [`completed_file`](Self::completed_file) does of a file.
    ///
    /// # Errors
    /// As [`completed_file`](Self::completed_file).
    pub(crate) async fn completed_copy(
        &self,
        source: CopySource<'_>,
        len: u64,
        path: &S3Path,
    ) -> Result<Vec<String>, UploadError> {
        let (name, state) = named(source, len);
        self.completed(&name, state, path).await
    }
}

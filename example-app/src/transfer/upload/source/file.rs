//! A file to store.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::span::span_of;
use crate::s3::content::checksum::Integrity;
use crate::s3::content::span::Span;
use crate::system::positioned_file::{FileState, PositionedFile};
use crate::transfer::upload::error::UploadError;
use crate::transfer::upload::plan::Part;

/// A file to store.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub(in crate::transfer::upload) file: Arc<PositionedFile>,
    /// The absolute path.
    pub(in crate::transfer::upload) path: PathBuf,
    /// The state when it was opened.
    pub(in crate::transfer::upload) state: FileState,
    /// True if it can grow: the bytes that it had when it was opened are sent.
    is_snapshot: bool,
}

impl SourceFile {
    /// Takes over a file that was opened by this path.
    ///
    /// # Errors
    /// If the system does not report its state.
    pub fn new(file: File, path: &Path) -> io::Result<Self> {
        let file = Arc::new(PositionedFile::new(file));
        let state = file.state()?;
        Ok(Self { file, path: std::path::absolute(path)?, state, is_snapshot: false })
    }

    /// Allows the file to grow while its length at opening is sent.
    #[must_use]
    pub fn with_snapshot(self, is_snapshot: bool) -> Self {
        Self { is_snapshot, ..self }
    }

    /// Returns its length in bytes when it was opened.
    pub const fn len(&self) -> u64 {
        self.state.len
    }

    /// Returns whether it was empty when it was opened.
    pub const fn is_empty(&self) -> bool {
        self.state.len == 0
    }

    /// Reads a part for its digests. The span has the part's content if that is short.
    pub(in crate::transfer::upload) async fn span(
        &self,
        part: Part,
        integrity: Integrity,
    ) -> Result<Span, UploadError> {
        span_of(&self.file, part, integrity).await
    }

    /// Checks that it is as it was when it was opened, and no longer than it said.
    pub(in crate::transfer::upload) fn check(&self) -> Result<(), UploadError> {
        let (now, then) = (self.file.state()?, self.state);
        if self.is_snapshot && now.inode == then.inode && now.len >= then.len {
            return Ok(());
        }
        if now != then {
            return Err(UploadError::Changed);
        }
        // A file that the system generates as it is read can be longer.
        match self.file.read_exact_at(&mut [0], then.len) {
            Ok(()) => Err(self.ended_elsewhere()),
            Err(_) => Ok(()),
        }
    }

    /// Returns the error for a file that did not end where it should: it changed meanwhile, or
    /// never had the length that the system says, as in `/sys`.
    pub(in crate::transfer::upload) fn ended_elsewhere(&self) -> UploadError {
        match self.file.state() {
            Ok(now) if now == self.state => UploadError::OtherLength { said: now.len },
            _ => UploadError::Changed,
        }
    }
}

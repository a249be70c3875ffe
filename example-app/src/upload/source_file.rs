//! A file that is to be stored.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::UploadError;
use crate::system::positioned_file::{FileState, PositionedFile};

/// A file that is to be stored.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub(super) file: Arc<PositionedFile>,
    /// Absolute.
    pub(super) path: PathBuf,
    /// When it was opened.
    pub(super) state: FileState,
    /// Whether it may grow: what is sent is what was there when it was opened.
    is_snapshot: bool,
}

impl SourceFile {
    /// Takes over a file that was opened by this path.
    ///
    /// # Errors
    /// If the system does not tell its state.
    pub fn new(file: File, path: &Path) -> io::Result<Self> {
        let file = Arc::new(PositionedFile::new(file));
        let state = file.state()?;
        Ok(Self { file, path: std::path::absolute(path)?, state, is_snapshot: false })
    }

    /// Lets the file grow while it is sent, as far as it was when it was opened.
    #[must_use]
    pub fn with_snapshot(self, is_snapshot: bool) -> Self {
        Self { is_snapshot, ..self }
    }

    /// In bytes, when it was opened.
    pub const fn len(&self) -> u64 {
        self.state.len
    }

    /// Whether it had no bytes.
    pub const fn is_empty(&self) -> bool {
        self.state.len == 0
    }

    /// Checks that it is as it was when it was opened, and no longer than it said.
    pub(super) fn check(&self) -> Result<(), UploadError> {
        let (now, then) = (self.file.state()?, self.state);
        if self.is_snapshot && now.inode == then.inode && now.len >= then.len {
            return Ok(());
        }
        if now != then {
            return Err(UploadError::Changed);
        }
        // What the system makes up as it is read may be longer.
        match self.file.read_exact_at(&mut [0], then.len) {
            Ok(()) => Err(self.ended_elsewhere()),
            Err(_) => Ok(()),
        }
    }

    /// Returns why it did not end where it should: it changed meanwhile, or never was as long as the
    /// system says, as in `/sys`.
    pub(super) fn ended_elsewhere(&self) -> UploadError {
        match self.file.state() {
            Ok(now) if now == self.state => UploadError::OtherLength { said: now.len },
            _ => UploadError::Changed,
        }
    }
}

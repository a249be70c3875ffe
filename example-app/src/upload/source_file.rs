//! A file that is to be stored.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::UploadFailure;
use crate::positioned_file::{FileState, PositionedFile};

/// A file that is to be stored.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub(super) file: Arc<PositionedFile>,
    /// Absolute.
    pub(super) path: PathBuf,
    /// When it was opened.
    pub(super) state: FileState,
}

impl SourceFile {
    /// Takes over a file that was opened by this path.
    ///
    /// # Errors
    /// If the system does not tell its state.
    pub fn new(file: File, path: &Path) -> io::Result<Self> {
        let file = Arc::new(PositionedFile::new(file));
        let state = file.state()?;
        Ok(Self { file, path: std::path::absolute(path)?, state })
    }

    /// In bytes, when it was opened.
    pub const fn len(&self) -> u64 {
        self.state.len
    }

    /// Whether it had no bytes.
    pub const fn is_empty(&self) -> bool {
        self.state.len == 0
    }

    /// Whether it is as it was when it was opened.
    pub(super) fn check(&self) -> Result<(), UploadFailure> {
        if self.file.state()? == self.state { Ok(()) } else { Err(UploadFailure::Changed) }
    }
}

//! The directory of the shared file, where rights are not Unix's: it hands its own down.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::error::SharedFileError;

/// A directory.
pub(super) struct Directory(PathBuf);

impl Directory {
    /// Makes a directory that does not exist, and opens it.
    pub(super) fn make(path: &Path) -> Result<Self, SharedFileError> {
        let failed = |source| SharedFileError::Directory { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(failed)?;
        Self::open(path)
    }

    pub(super) fn open(path: &Path) -> Result<Self, SharedFileError> {
        let failed = |source| SharedFileError::Directory { path: path.to_owned(), source };
        if fs::metadata(path).map_err(failed)?.is_dir() {
            return Ok(Self(path.to_owned()));
        }
        Err(failed(io::ErrorKind::NotADirectory.into()))
    }

    /// Opens a file for reading.
    pub(super) fn read(&self, name: &str, path: &Path) -> Result<File, SharedFileError> {
        opened(File::open(self.0.join(name)), "opened", path)
    }

    /// Opens a file for its lock, which is made if it does not exist.
    pub(super) fn lock(&self, name: &str, path: &Path) -> Result<File, SharedFileError> {
        let file = OpenOptions::new().write(true).create(true).open(self.0.join(name));
        opened(file, "opened for its lock", path)
    }

    /// Makes a file in place of any other.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        match self.remove(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
        OpenOptions::new().write(true).create_new(true).open(self.0.join(name))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }
}

fn opened(
    file: io::Result<File>,
    what: &'static str,
    path: &Path,
) -> Result<File, SharedFileError> {
    let failed = |source| SharedFileError::File { path: path.to_owned(), what, source };
    let file = file.map_err(failed)?;
    if file.metadata().map_err(failed)?.is_file() {
        return Ok(file);
    }
    Err(SharedFileError::NoFile { path: path.to_owned() })
}

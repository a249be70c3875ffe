//! What is put: a file, or stdin.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// A source that is there.
pub(super) enum Source {
    Directory,
    File {
        file: File,
        metadata: Metadata,
    },
    /// Stdin, or a file that does not tell its length, such as those that Linux makes up in `/proc`.
    Unmeasured {
        reader: Box<dyn Read + Send>,
        /// Of a file.
        metadata: Option<Metadata>,
    },
}

impl Source {
    /// Of a file.
    pub(super) const fn metadata(&self) -> Option<&Metadata> {
        match self {
            Self::File { metadata, .. } => Some(metadata),
            Self::Unmeasured { metadata, .. } => metadata.as_ref(),
            Self::Directory => None,
        }
    }

    /// In bytes, if it is known.
    pub(super) fn len(&self) -> Option<u64> {
        match self {
            Self::File { metadata, .. } => Some(metadata.len()),
            Self::Directory | Self::Unmeasured { .. } => None,
        }
    }

    /// Stdin is written `-`.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::Unmeasured { reader: Box::new(io::stdin()), metadata: None });
        }
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            return Ok(Self::Directory);
        }
        if !metadata.is_file() {
            let what = "neither a file nor a directory";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let file = File::open(path)?;
        if metadata.len() == 0 {
            let reader = Box::new(file);
            return Ok(Self::Unmeasured { reader, metadata: Some(metadata) });
        }
        Ok(Self::File { file, metadata })
    }
}

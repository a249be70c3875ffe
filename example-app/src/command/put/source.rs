//! What is put: a file, or stdin.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use crate::standard_streams::open_stdin;

/// What is neither a file nor a directory. To open one may have an effect, or no end.
fn kind(metadata: &Metadata) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let of = metadata.file_type();
        for (is_it, kind) in [
            (of.is_fifo(), "a FIFO"),
            (of.is_socket(), "a socket"),
            (of.is_block_device() || of.is_char_device(), "a device"),
        ] {
            if is_it {
                return kind;
            }
        }
    }
    let _ = metadata;
    "neither a file nor a directory"
}

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

    /// Whether it says that it has so many bytes at the most. Stdin does not, and what Linux makes up says
    /// that it has none.
    pub(super) fn is_within(&self, most: u64) -> bool {
        self.metadata().is_some_and(|metadata| metadata.len() <= most)
    }

    /// Stdin is written `-`.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            let reader = Box::new(open_stdin("put")?);
            return Ok(Self::Unmeasured { reader, metadata: None });
        }
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            return Ok(Self::Directory);
        }
        if !metadata.is_file() {
            let what = format!("skipped, since it is {}", kind(&metadata));
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let file = File::open(path)?;
        // Of what was opened: the name may be another file's by now.
        let metadata = file.metadata()?;
        if metadata.len() == 0 {
            let reader = Box::new(file);
            return Ok(Self::Unmeasured { reader, metadata: Some(metadata) });
        }
        Ok(Self::File { file, metadata })
    }
}

//! The source of an object: a file, or stdin.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use crate::system::standard_streams::open_stdin;

/// Returns the kind of a source that is neither a file nor a directory. Opening it can have an
/// effect, or never end.
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

/// A source that was opened.
pub(super) enum OpenedSource {
    Directory,
    File {
        file: File,
        metadata: Metadata,
    },
    /// Stdin, or a file that does not report its length, such as those that Linux makes up in
    /// `/proc`.
    Unmeasured {
        reader: Box<dyn Read + Send>,
        /// Of a file.
        metadata: Option<Metadata>,
    },
}

impl OpenedSource {
    /// Returns the metadata of a file.
    pub(super) const fn metadata(&self) -> Option<&Metadata> {
        match self {
            Self::File { metadata, .. } => Some(metadata),
            Self::Unmeasured { metadata, .. } => metadata.as_ref(),
            Self::Directory => None,
        }
    }

    /// Returns the length in bytes, if it is known.
    pub(super) fn len(&self) -> Option<u64> {
        match self {
            Self::File { metadata, .. } => Some(metadata.len()),
            Self::Directory | Self::Unmeasured { .. } => None,
        }
    }

    /// Returns whether the source states a length of at most this many bytes. Stdin does not, and
    /// the files that Linux generates state a length of zero.
    pub(super) fn is_within(&self, most: u64) -> bool {
        self.metadata().is_some_and(|metadata| metadata.len() <= most)
    }

    /// Opens a source; stdin is written `-`.
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

/// Returns the name that a source has below a directory: that of the directory itself for `.` and
/// `..`, and none for the root.
pub(super) fn name_of(source: &Path) -> PathBuf {
    let absolute = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
    let absolute = match absolute.components().next_back() {
        Some(Component::ParentDir) => source.canonicalize().unwrap_or_default(),
        _ => absolute,
    };
    absolute.file_name().map(PathBuf::from).unwrap_or_default()
}

/// Returns whether a path means stdin.
pub(super) fn is_stdin(source: &Path) -> bool {
    source.as_os_str() == "-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_a_source_by_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("outer/inner");
        std::fs::create_dir_all(&inner).unwrap();
        for (below, expected) in
            [("", "inner"), (".", "inner"), ("./", "inner"), ("..", "outer"), ("../", "outer")]
        {
            assert_eq!(name_of(&inner.join(below)), PathBuf::from(expected), "{below}");
        }
        assert_eq!(name_of(&inner.join("../inner/../a")), PathBuf::from("a"));
        for root in ["/", "//", "/.", "/.."] {
            assert_eq!(name_of(Path::new(root)), PathBuf::new(), "{root}");
        }
    }
}

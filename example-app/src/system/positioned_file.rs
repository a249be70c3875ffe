//! A file that is read at many places at once.

use std::fs::{File, Metadata};
use std::io;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::Digest;

/// Small enough that it is hashed where it was read to, in the processor's own cache.
const PIECE: usize = 64 * 1024;

/// A file without a cursor, so that parts of it can be read side by side, and again.
#[derive(Debug)]
pub struct PositionedFile {
    file: File,
    /// A lock for systems that read only from a cursor: one reader at a time moves it.
    #[cfg(not(unix))]
    cursor: std::sync::Mutex<()>,
}

/// The state of a file that a change of it would change.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct FileState {
    /// In bytes.
    pub len: u64,
    /// When it was last written to.
    #[serde(with = "crate::system::file_time")]
    pub modified: SystemTime,
    /// Its number in its file system, where files have numbers.
    pub inode: Option<u64>,
}

impl FileState {
    /// Reads the state from the system's metadata.
    ///
    /// # Errors
    /// If the system does not know when a file was written to.
    pub fn of(metadata: &Metadata) -> io::Result<Self> {
        #[cfg(unix)]
        let inode = Some(std::os::unix::fs::MetadataExt::ino(metadata));
        #[cfg(not(unix))]
        let inode = None;
        Ok(Self { len: metadata.len(), modified: metadata.modified()?, inode })
    }
}

impl PositionedFile {
    /// Takes over an open file.
    pub const fn new(file: File) -> Self {
        Self {
            file,
            #[cfg(not(unix))]
            cursor: std::sync::Mutex::new(()),
        }
    }

    /// Returns the present state of the file.
    ///
    /// # Errors
    /// The system's.
    pub fn state(&self) -> io::Result<FileState> {
        FileState::of(&self.file.metadata()?)
    }

    /// Fills `piece` from `offset` on.
    ///
    /// # Errors
    /// The system's; `UnexpectedEof` if the file ends before.
    #[cfg(unix)]
    pub fn read_exact_at(&self, piece: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, piece, offset)
    }

    /// Fills `piece` from `offset` on.
    ///
    /// # Errors
    /// The system's; `UnexpectedEof` if the file ends before.
    #[cfg(not(unix))]
    pub fn read_exact_at(&self, piece: &mut [u8], offset: u64) -> io::Result<()> {
        use std::io::{Read as _, Seek as _, SeekFrom};
        let _alone = self.cursor.lock().map_err(|_| io::Error::other("a reader panicked"))?;
        (&self.file).seek(SeekFrom::Start(offset))?;
        (&self.file).read_exact(piece)
    }

    /// Fills `piece` from `offset` on as far as the system has that in memory, and returns how far.
    /// It does not wait for the disk, and reports no errors: a caller that gets too little reads
    /// again.
    #[cfg(target_os = "linux")]
    pub(crate) fn read_cached_at(&self, piece: &mut [u8], offset: u64) -> usize {
        use rustix::io::{ReadWriteFlags, preadv2};
        let mut pieces = [io::IoSliceMut::new(piece)];
        preadv2(&self.file, &mut pieces, offset, ReadWriteFlags::NOWAIT).unwrap_or(0)
    }

    /// Reads nothing: only Linux reports which bytes are cached.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn read_cached_at(&self, _piece: &mut [u8], _offset: u64) -> usize {
        0
    }

    /// Gives `len` bytes from `offset` on to `each`, piece by piece.
    ///
    /// # Errors
    /// As [`read_exact_at`](Self::read_exact_at).
    pub fn read_pieces(
        &self,
        mut offset: u64,
        mut len: u64,
        mut each: impl FnMut(&[u8]),
    ) -> io::Result<()> {
        let mut buffer = vec![0; PIECE];
        while len > 0 {
            let want = usize::try_from(len).unwrap_or(PIECE).min(PIECE);
            let piece = buffer.get_mut(..want).unwrap_or_default();
            self.read_exact_at(piece, offset)?;
            each(piece);
            let read = u64::try_from(want).unwrap_or(u64::MAX);
            (offset, len) = (offset.saturating_add(read), len.saturating_sub(read));
        }
        Ok(())
    }

    /// Hashes `len` bytes from `offset` on.
    ///
    /// # Errors
    /// As [`read_exact_at`](Self::read_exact_at).
    pub fn hash<D: Digest>(&self, offset: u64, len: u64) -> io::Result<D> {
        let mut digest = D::new();
        self.read_pieces(offset, len, |piece| digest.update(piece))?;
        Ok(digest)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use sha2::Sha256;

    use super::*;

    #[test]
    fn hashes_a_piece_of_a_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let file = PositionedFile::new(file);
        let hash = file.hash::<Sha256>(2, 3).unwrap();
        assert_eq!(hash.finalize(), Sha256::digest(b"234"));
        let error = file.hash::<Sha256>(9, 2).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(file.state().unwrap().len, 10);
    }
}

//! A source that can be read only once, part by part in temporary files.

use std::io::{self, Read, Write as _};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use super::planner::{Part, PlanSettings};
use super::{Piece, UploadFailure};
use crate::positioned_file::PositionedFile;

const PIECE: usize = 256 * 1024;

/// What is left of the source.
pub(super) struct Spool {
    reader: Box<dyn Read + Send>,
    settings: PlanSettings,
    number: u32,
    offset: u64,
    /// Read already, to see whether there is more: `Some` but not empty, or the end.
    ahead: Option<Vec<u8>>,
}

impl Spool {
    pub(super) fn new(reader: impl Read + Send + 'static, settings: PlanSettings) -> Self {
        Self { reader: Box::new(reader), settings, number: 0, offset: 0, ahead: Some(Vec::new()) }
    }

    /// Whether all of it was read.
    pub(super) const fn is_at_end(&self) -> bool {
        self.ahead.is_none()
    }

    /// The next part, and what is left then.
    pub(super) async fn next(self) -> Result<(Piece, Self), UploadFailure> {
        spawn_blocking(move || self.read()).await.map_err(io::Error::other)?
    }

    fn read(mut self) -> Result<(Piece, Self), UploadFailure> {
        self.number += 1;
        let wanted = self.settings.next_len(self.number, self.offset)?;
        let mut file = tempfile::tempfile().map_err(|error| no_room(&error))?;
        let mut sha256 = Sha256::new();
        let (mut len, mut piece) = (0, self.ahead.take().unwrap_or_default());
        loop {
            sha256.update(&piece);
            file.write_all(&piece).map_err(|error| no_room(&error))?;
            len += u64::try_from(piece.len()).unwrap_or(u64::MAX);
            let left = wanted.saturating_sub(len);
            // At the end of a part one byte more tells whether another follows.
            let want = usize::try_from(left).unwrap_or(PIECE).clamp(1, PIECE);
            piece.resize(want, 0);
            let read = read_some(&mut self.reader, &mut piece)?;
            piece.truncate(read);
            if read == 0 {
                break;
            }
            if left == 0 {
                self.ahead = Some(piece);
                break;
            }
        }
        let part = Part { number: self.number, offset: 0, len };
        self.offset += len;
        let sha256 = Some(sha256.finalize().into());
        Ok((Piece { file: Arc::new(PositionedFile::new(file)), part, sha256 }, self))
    }
}

fn read_some(reader: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

fn no_room(error: &io::Error) -> io::Error {
    let folder = std::env::temp_dir();
    let folder = folder.display();
    io::Error::new(
        error.kind(),
        format!("{error}: parts of stdin are kept in {folder}; TMPDIR names another place"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::planner::MIN_PART_LEN;

    const SETTINGS: PlanSettings =
        PlanSettings { part_len: MIN_PART_LEN, threshold: 0, max_parts: 3 };

    /// The lengths of its parts.
    async fn lens(len: u64) -> Result<Vec<u64>, UploadFailure> {
        let mut spool = Spool::new(io::repeat(7).take(len), SETTINGS);
        let mut lens = Vec::new();
        while !spool.is_at_end() {
            let (piece, rest) = spool.next().await?;
            assert_eq!(piece.sha256, Some(piece.file.sha256(0, piece.part.len).unwrap()));
            assert_eq!(piece.file.state().unwrap().len, piece.part.len);
            lens.push(piece.part.len);
            spool = rest;
        }
        Ok(lens)
    }

    #[tokio::test]
    async fn a_part_is_full_or_the_last() {
        assert_eq!(lens(0).await.unwrap(), [0]);
        assert_eq!(lens(1).await.unwrap(), [1]);
        assert_eq!(lens(MIN_PART_LEN).await.unwrap(), [MIN_PART_LEN]);
        assert_eq!(lens(MIN_PART_LEN + 1).await.unwrap(), [MIN_PART_LEN, 1]);
        assert!(matches!(lens(MIN_PART_LEN * 40).await, Err(UploadFailure::TooLong(_))));
    }
}

//! A source that can be read only once, part by part in temporary files.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::planner::Part;
use super::{Piece, UploadError, UploadSettings};
use crate::s3::integrity::Digesting;
use crate::system::descriptors;
use crate::system::positioned_file::PositionedFile;

const PIECE: usize = 256 * 1024;

/// What is left of the source.
pub(super) struct Spool {
    reader: Box<dyn Read + Send>,
    settings: UploadSettings,
    number: u32,
    offset: u64,
    /// Read already, to see whether there is more: `Some` but not empty, or the end.
    ahead: Option<Vec<u8>>,
}

impl Spool {
    pub(super) fn new(reader: impl Read + Send + 'static, settings: UploadSettings) -> Self {
        Self { reader: Box::new(reader), settings, number: 0, offset: 0, ahead: Some(Vec::new()) }
    }

    /// Whether all of it was read.
    pub(super) const fn is_at_end(&self) -> bool {
        self.ahead.is_none()
    }

    /// The next part, and what is left then.
    pub(super) async fn next(self) -> Result<(Piece, Self), UploadError> {
        let file = descriptors::patiently(|| self.file()).await;
        let file = file.map_err(|error| self.no_room(&error))?;
        spawn_blocking(move || self.read(file)).await.map_err(io::Error::other)?
    }

    fn read(mut self, mut file: File) -> Result<(Piece, Self), UploadError> {
        self.number += 1;
        let wanted = self.settings.plan.next_len(self.number, self.offset)?;
        let mut digesting = Digesting::new(self.settings.integrity);
        let (mut len, mut piece) = (0, self.ahead.take().unwrap_or_default());
        loop {
            digesting.update(&piece);
            file.write_all(&piece).map_err(|error| self.no_room(&error))?;
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
        let digests = Some(digesting.finish());
        Ok((Piece { file: Arc::new(PositionedFile::new(file)), part, digests }, self))
    }

    /// A file without a name, in the first folder that takes one. Like S3A, this makes folders.
    fn file(&self) -> io::Result<File> {
        let mut refusal = None;
        for folder in &self.settings.spool_folders {
            let made = std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
            match made {
                Ok(file) => return Ok(file),
                Err(error) => refusal = Some(error),
            }
        }
        refusal.map_or_else(tempfile::tempfile, Err)
    }

    fn no_room(&self, error: &io::Error) -> io::Error {
        let own = &self.settings.spool_folders;
        let (folders, name) = match own.as_slice() {
            [] => (&[std::env::temp_dir()][..], "TMPDIR"),
            own => (own, "fs.s3a.buffer.dir"),
        };
        let shown = folders.iter().map(|folder| folder.display().to_string());
        let shown = shown.collect::<Vec<_>>().join(", ");
        io::Error::new(
            error.kind(),
            format!("{error}: parts of stdin are kept in {shown}; {name} names another place"),
        )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::integrity::Integrity;
    use crate::upload::planner::{MIN_PART_LEN, PlanSettings};

    fn settings() -> UploadSettings {
        let plan = PlanSettings { part_len: MIN_PART_LEN, threshold: 0, max_parts: 3 };
        UploadSettings { plan, ..UploadSettings::default() }
    }

    /// The lengths of its parts.
    async fn lens(len: u64) -> Result<Vec<u64>, UploadError> {
        let mut spool = Spool::new(io::repeat(7).take(len), settings());
        let mut lens = Vec::new();
        while !spool.is_at_end() {
            let (piece, rest) = spool.next().await?;
            assert_eq!(piece.file.state().unwrap().len, piece.part.len);
            lens.push(piece.part.len);
            let anew = Piece::of(&piece.file, piece.part).span(Integrity::default()).await?;
            assert_eq!(piece.digests, Some(anew.digests));
            spool = rest;
        }
        Ok(lens)
    }

    #[tokio::test]
    async fn the_first_folder_that_can_be_written_to_is_taken() {
        let place = tempfile::tempdir().unwrap();
        let (file, folder) = (place.path().join("file"), place.path().join("new/folder"));
        std::fs::write(&file, "").unwrap();
        let of = |spool_folders| {
            Spool::new(io::empty(), UploadSettings { spool_folders, ..settings() }).next()
        };
        of(vec![file.clone(), folder.clone()]).await.unwrap();
        assert!(folder.is_dir());
        let refused = of(vec![file]).await.err().unwrap().to_string();
        assert!(refused.contains("fs.s3a.buffer.dir names another place"), "{refused}");
    }

    #[tokio::test]
    async fn a_part_is_full_or_the_last() {
        assert_eq!(lens(0).await.unwrap(), [0]);
        assert_eq!(lens(1).await.unwrap(), [1]);
        assert_eq!(lens(MIN_PART_LEN).await.unwrap(), [MIN_PART_LEN]);
        assert_eq!(lens(MIN_PART_LEN + 1).await.unwrap(), [MIN_PART_LEN, 1]);
        assert!(matches!(lens(MIN_PART_LEN * 40).await, Err(UploadError::TooLong(_))));
    }
}

//! A source that can be read only once, part by part in temporary files.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::s3::content::checksum::Digesting;
use crate::s3::content::progress::BodyProgress;
use crate::s3::content::span::Span;
use crate::system::descriptors;
use crate::system::positioned_file::PositionedFile;
use crate::transfer::upload::error::UploadError;
use crate::transfer::upload::settings::UploadSettings;

const PIECE: usize = 256 * 1024;

/// The rest of a source that can be read only once.
pub(in crate::transfer::upload) struct Spool {
    reader: Box<dyn Read + Send>,
    settings: UploadSettings,
    number: u32,
    offset: u64,
    /// The bytes that were read to see whether there is more: `Some` but not empty, or `None` at
    /// the end.
    ahead: Option<Vec<u8>>,
}

impl Spool {
    pub(in crate::transfer::upload) fn new(
        reader: impl Read + Send + 'static,
        settings: UploadSettings,
    ) -> Self {
        Self { reader: Box::new(reader), settings, number: 0, offset: 0, ahead: Some(Vec::new()) }
    }

    /// Returns whether all of it was read.
    pub(in crate::transfer::upload) const fn is_at_end(&self) -> bool {
        self.ahead.is_none()
    }

    /// Reads the next part, and returns it and the rest.
    pub(in crate::transfer::upload) async fn next(self) -> Result<(Span, Self), UploadError> {
        let file = descriptors::patiently(|| self.file()).await;
        let file = file.map_err(|error| self.no_room(&error))?;
        spawn_blocking(move || self.read(file)).await.map_err(io::Error::other)?
    }

    fn read(mut self, mut file: File) -> Result<(Span, Self), UploadError> {
        self.number += 1;
        let wanted = self.settings.plan.next_len(self.number, self.offset)?;
        let mut digesting = Digesting::new(self.settings.integrity);
        let (mut len, mut piece) = (0, self.ahead.take().unwrap_or_default());
        loop {
            digesting.update(&piece);
            file.write_all(&piece).map_err(|error| self.no_room(&error))?;
            len += u64::try_from(piece.len()).unwrap_or(u64::MAX);
            let left = wanted.saturating_sub(len);
            // At the end of a part one more byte shows whether another follows.
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
        self.offset += len;
        let span = Span {
            file: Arc::new(PositionedFile::new(file)),
            offset: 0,
            len,
            digests: digesting.finish(),
            content: None,
            progress: BodyProgress::default(),
        };
        Ok((span, self))
    }

    /// Creates a file without a name, in the first folder that takes one. Like S3A, this creates
    /// folders.
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
        let (system, own) = ([std::env::temp_dir()], self.settings.spool_folders.as_slice());
        let folders = if own.is_empty() { &system } else { own };
        let name = self.settings.spool_setting;
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
    use crate::s3::content::checksum::Integrity;
    use crate::transfer::upload::plan::{MIN_PART_LEN, Part, PlanSettings};
    use crate::transfer::upload::source::span::span_of;

    fn settings() -> UploadSettings {
        let plan = PlanSettings {
            part_len: MIN_PART_LEN,
            threshold: 0,
            max_parts: 3,
            ..PlanSettings::default()
        };
        UploadSettings { plan, ..UploadSettings::default() }
    }

    /// Returns the lengths of the parts of a source.
    async fn lens(len: u64) -> Result<Vec<u64>, UploadError> {
        let mut spool = Spool::new(io::repeat(7).take(len), settings());
        let mut lens = Vec::new();
        while !spool.is_at_end() {
            let (span, rest) = spool.next().await?;
            assert_eq!(span.file.state().unwrap().len, span.len);
            lens.push(span.len);
            let part = Part { number: 1, offset: 0, len: span.len };
            let again = span_of(&span.file, part, Integrity::default()).await?;
            assert_eq!(span.digests, again.digests);
            spool = rest;
        }
        Ok(lens)
    }

    #[tokio::test]
    async fn uses_the_first_writable_folder() {
        let place = tempfile::tempdir().unwrap();
        let (file, folder) = (place.path().join("file"), place.path().join("new/folder"));
        std::fs::write(&file, "").unwrap();
        let of = |spool_folders| {
            let spool_setting = "fs.s3a.buffer.dir";
            let settings = UploadSettings { spool_folders, spool_setting, ..settings() };
            Spool::new(io::empty(), settings).next()
        };
        of(vec![file.clone(), folder.clone()]).await.unwrap();
        assert!(folder.is_dir());
        let refused = of(vec![file]).await.err().unwrap().to_string();
        assert!(refused.contains("fs.s3a.buffer.dir names another place"), "{refused}");
    }

    #[tokio::test]
    async fn fills_all_parts_but_the_last() {
        assert_eq!(lens(0).await.unwrap(), [0]);
        assert_eq!(lens(1).await.unwrap(), [1]);
        assert_eq!(lens(MIN_PART_LEN).await.unwrap(), [MIN_PART_LEN]);
        assert_eq!(lens(MIN_PART_LEN + 1).await.unwrap(), [MIN_PART_LEN, 1]);
        assert!(matches!(lens(MIN_PART_LEN * 40).await, Err(UploadError::TooLong(_))));
    }
}

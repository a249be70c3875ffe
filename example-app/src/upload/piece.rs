//! A piece of a source.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::UploadError;
use super::planner::Part;
use crate::s3::body::Span;
use crate::s3::integrity::{Digesting, Digests, Integrity};
use crate::s3::moved::Moved;
use crate::system::positioned_file::PositionedFile;

/// What is no longer, in bytes, is kept in memory until S3 holds it.
pub(crate) const KEPT: u64 = 128 * 1024;

/// A piece of a source.
pub(crate) struct Piece {
    pub(super) file: Arc<PositionedFile>,
    pub(super) part: Part,
    /// Once they are known.
    pub(super) digests: Option<Digests>,
}

impl Piece {
    pub(super) fn of(file: &Arc<PositionedFile>, part: Part) -> Self {
        Self { file: Arc::clone(file), part, digests: None }
    }

    /// The piece, as it is to be sent. It is read for its digests, if they are not known.
    pub(super) async fn span(self, integrity: Integrity) -> Result<Span, UploadError> {
        let Self { file, part: Part { offset, len, .. }, digests } = self;
        let (digests, content) = if let Some(digests) = digests {
            (digests, None)
        } else {
            let file = Arc::clone(&file);
            let read = move || read(&file, offset, len, integrity);
            spawn_blocking(read).await.map_err(io::Error::other)??
        };
        Ok(Span { file, offset, len, digests, content, moved: Moved::default() })
    }
}

/// What a piece is known by; and the piece, if it is so short that it need not be read again.
fn read(
    file: &PositionedFile,
    offset: u64,
    len: u64,
    integrity: Integrity,
) -> io::Result<(Digests, Option<Bytes>)> {
    let mut digesting = Digesting::new(integrity);
    if len > KEPT {
        file.read_pieces(offset, len, |piece| digesting.update(piece))?;
        return Ok((digesting.finish(), None));
    }
    let mut content = vec![0; usize::try_from(len).unwrap_or_default()];
    file.read_exact_at(&mut content, offset)?;
    digesting.update(&content);
    Ok((digesting.finish(), Some(content.into())))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use http_body_util::BodyExt as _;
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// What is sent of a piece at 1, if the file is another by then; and its hash before.
    async fn sent_of_changed(len: u64) -> ([u8; 32], Vec<u8>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let content = vec![b'a'; usize::try_from(len).unwrap() + 2];
        file.write_all(&content).unwrap();
        let opened = Arc::new(PositionedFile::new(File::open(file.path()).unwrap()));
        let piece = Piece::of(&opened, Part { number: 1, offset: 1, len });
        let span = piece.span(Integrity::default()).await.unwrap();
        std::fs::write(file.path(), vec![b'b'; content.len()]).unwrap();
        let body = span.body().collect().await.unwrap().to_bytes();
        (span.digests.sha256, body.to_vec())
    }

    #[tokio::test]
    async fn what_is_short_is_read_once() {
        for len in [1, 16, KEPT] {
            let (hash, sent) = sent_of_changed(len).await;
            assert_eq!(u64::try_from(sent.len()).unwrap(), len);
            assert_eq!(hash, *Sha256::digest(&sent), "{len}");
        }
        let (hash, sent) = sent_of_changed(KEPT + 1).await;
        assert!(sent.iter().all(|byte| *byte == b'b'), "what is long is not kept in memory");
        assert_ne!(hash, *Sha256::digest(&sent));
    }

    #[tokio::test]
    async fn a_file_that_has_become_shorter_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let opened = Arc::new(PositionedFile::new(File::open(file.path()).unwrap()));
        let piece = Piece::of(&opened, Part { number: 1, offset: 0, len: 1 });
        let error = piece.span(Integrity::default()).await.err();
        assert!(matches!(error, Some(UploadError::Changed)), "{error:?}");
    }
}

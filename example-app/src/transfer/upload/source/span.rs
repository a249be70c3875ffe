//! Parts of files as the spans that are sent.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::spawn_blocking;

use crate::s3::content::checksum::{Digesting, Digests, Integrity};
use crate::s3::content::progress::BodyProgress;
use crate::s3::content::span::Span;
use crate::system::positioned_file::PositionedFile;
use crate::transfer::upload::error::UploadError;
use crate::transfer::upload::plan::Part;

/// The longest content, in bytes, that is kept in memory until S3 holds it.
pub(crate) const KEPT: u64 = 128 * 1024;

/// Reads a part of a file for its digests. The span has the part's content if that is short.
pub(super) async fn span_of(
    file: &Arc<PositionedFile>,
    Part { offset, len, .. }: Part,
    integrity: Integrity,
) -> Result<Span, UploadError> {
    let read_file = Arc::clone(file);
    let read = move || read(&read_file, offset, len, integrity);
    let (digests, content) = spawn_blocking(read).await.map_err(io::Error::other)??;
    let (file, progress) = (Arc::clone(file), BodyProgress::default());
    Ok(Span { file, offset, len, digests, content, progress })
}

/// Returns the digests of a part, and its content if that is so short that it is not read again.
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

    /// Returns the hash of a part at 1, and what is sent of it if the file changes in between.
    async fn sent_of_changed(len: u64) -> ([u8; 32], Vec<u8>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let content = vec![b'a'; usize::try_from(len).unwrap() + 2];
        file.write_all(&content).unwrap();
        let opened = Arc::new(PositionedFile::new(File::open(file.path()).unwrap()));
        let part = Part { number: 1, offset: 1, len };
        let span = span_of(&opened, part, Integrity::default()).await.unwrap();
        std::fs::write(file.path(), vec![b'b'; content.len()]).unwrap();
        let body = span.body().collect().await.unwrap().to_bytes();
        (span.digests.sha256, body.to_vec())
    }

    #[tokio::test]
    async fn reads_short_parts_once() {
        for len in [1, 16, KEPT] {
            let (hash, sent) = sent_of_changed(len).await;
            assert_eq!(u64::try_from(sent.len()).unwrap(), len);
            assert_eq!(hash, *Sha256::digest(&sent), "{len}");
        }
        let (hash, sent) = sent_of_changed(KEPT + 1).await;
        assert!(sent.iter().all(|byte| *byte == b'b'), "long parts are not kept in memory");
        assert_ne!(hash, *Sha256::digest(&sent));
    }

    #[tokio::test]
    async fn refuses_files_that_have_become_shorter() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let opened = Arc::new(PositionedFile::new(File::open(file.path()).unwrap()));
        let part = Part { number: 1, offset: 0, len: 1 };
        let error = span_of(&opened, part, Integrity::default()).await.err();
        assert!(matches!(error, Some(UploadError::Changed)), "{error:?}");
    }
}

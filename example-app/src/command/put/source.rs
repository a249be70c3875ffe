//! What is put: a file, or stdin.

use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::io::AsyncSeekExt;

use crate::progress::Progress;
use crate::s3::body::{self, S3Body};
use crate::s3::path::S3Path;
use crate::s3::{PUT_LIMIT, S3, S3Failure};

const PIECE: usize = 256 * 1024;

/// A source that is there.
pub(super) enum Source {
    Directory,
    File(File),
}

/// A file to be read twice: once for its hash, once for its way to S3.
pub(super) struct File(tokio::fs::File);

impl Source {
    /// Stdin, `-`, goes through a temporary file without a name: its hash and its length must be
    /// known before it is sent.
    pub(super) async fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            let spooled = tokio::task::spawn_blocking(|| {
                let mut file = tempfile::tempfile()?;
                let mut stdin = io::stdin().lock().take(PUT_LIMIT + 1);
                io::copy(&mut stdin, &mut file).map(|_| file)
            });
            return Ok(Self::File(File(spooled.await??.into())));
        }
        let metadata = tokio::fs::metadata(path).await?;
        if metadata.is_dir() {
            return Ok(Self::Directory);
        }
        if !metadata.is_file() {
            let what = "neither a file nor a directory";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        Ok(Self::File(File(tokio::fs::File::open(path).await?)))
    }
}

impl File {
    /// Reads the file for its hash and its length, to its end, then sends it. A file that changes in
    /// between is not sent, or refused by S3, since the signature says what its hash must be; one
    /// that changes later is reported.
    pub(super) async fn store(
        mut self,
        s3: &S3,
        target: &S3Path,
        if_absent: bool,
        progress: &Progress,
    ) -> Result<(), StoreError> {
        let before = self.state().await?;
        if before.0 > PUT_LIMIT {
            return Err(StoreError::TooLarge);
        }
        let (sha256, len) = self.hash().await?;
        if len > PUT_LIMIT {
            return Err(StoreError::TooLarge);
        }
        if self.state().await? != before {
            return Err(StoreError::Changed);
        }
        progress.expect(len);
        let file = self.0.try_clone().await?.into_std().await;
        s3.put(target, || rewound(&file, len, progress), (len, sha256), if_absent).await?;
        if self.state().await? == before { Ok(()) } else { Err(StoreError::ChangedLate) }
    }

    /// What a change of the file would change.
    async fn state(&self) -> io::Result<(u64, SystemTime)> {
        let metadata = self.0.metadata().await?;
        Ok((metadata.len(), metadata.modified()?))
    }

    async fn hash(&mut self) -> io::Result<([u8; 32], u64)> {
        self.0.seek(SeekFrom::Start(0)).await?;
        let file = self.0.try_clone().await?.into_std().await;
        let hashed = tokio::task::spawn_blocking(move || hash(file)).await??;
        self.0.seek(SeekFrom::Start(0)).await?;
        Ok(hashed)
    }
}

/// A file from its beginning, as a body. If it cannot be had again, the first attempt stands.
fn rewound(mut file: &std::fs::File, len: u64, progress: &Progress) -> Option<S3Body> {
    file.seek(SeekFrom::Start(0)).ok()?;
    let file = file.try_clone().ok()?;
    progress.restart();
    let sent = progress.clone();
    Some(body::of_file(file.into(), len, move |bytes| sent.advance(bytes)))
}

/// The SHA-256 of what is read, and its length.
fn hash(mut reader: impl Read) -> io::Result<([u8; 32], u64)> {
    let mut sha256 = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut total = 0;
    loop {
        let len = match reader.read(&mut piece) {
            Ok(0) => return Ok((sha256.finalize().into(), total)),
            Ok(len) => len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        sha256.update(piece.get(..len).unwrap_or_default());
        total += u64::try_from(len).unwrap_or(u64::MAX);
    }
}

/// An object without content.
pub(super) async fn store_empty(s3: &S3, target: &S3Path) -> Result<(), S3Failure> {
    let nothing = (0, Sha256::digest([]).into());
    s3.put(target, || Some(body::empty()), nothing, false).await
}

/// Why a file was not stored.
#[derive(Debug, Error)]
pub(super) enum StoreError {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("longer than 5 GiB, the most that one request can store; multipart is not there yet")]
    TooLarge,
    #[error("changed while it was read; nothing was stored")]
    Changed,
    #[error("changed while it was sent; what was stored is how it was before")]
    ChangedLate,
    #[error(transparent)]
    S3(#[from] S3Failure),
}

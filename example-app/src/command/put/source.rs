//! What is put: a file, or stdin.

use std::io::{self, Read, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::io::AsyncSeekExt;

use crate::progress::Progress;
use crate::s3::path::S3Path;
use crate::s3::{PUT_LIMIT, S3, S3Failure, body};

const PIECE: usize = 256 * 1024;

/// A source that is there.
pub(super) enum Source {
    Directory,
    File(File),
}

/// A file to be read twice: once for its hash, once for its way to S3.
pub(super) struct File {
    file: tokio::fs::File,
    len: u64,
}

impl Source {
    /// Stdin, `-`, goes through a temporary file without a name: its hash and its length must be
    /// known before it is sent.
    pub(super) async fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            let spooled = tokio::task::spawn_blocking(|| {
                let mut file = tempfile::tempfile()?;
                io::copy(&mut io::stdin().lock(), &mut file).map(|len| (file, len))
            });
            let (file, len) = spooled.await??;
            return Ok(Self::File(File { file: file.into(), len }));
        }
        let metadata = tokio::fs::metadata(path).await?;
        if metadata.is_dir() {
            return Ok(Self::Directory);
        }
        if !metadata.is_file() {
            let what = "neither a file nor a directory";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let file = tokio::fs::File::open(path).await?;
        Ok(Self::File(File { file, len: metadata.len() }))
    }
}

impl File {
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// Reads the file for its hash, then sends it. A file that changes in between is refused by S3,
    /// since the signature says what its hash must be.
    pub(super) async fn store(
        mut self,
        s3: &S3,
        target: &S3Path,
        progress: &Progress,
    ) -> Result<(), StoreError> {
        if self.len > PUT_LIMIT {
            return Err(StoreError::TooLarge);
        }
        let sha256 = self.hash().await?;
        let sent = progress.clone();
        let body = body::of_file(self.file, self.len, move |bytes| sent.advance(bytes));
        Ok(s3.put(target, body, sha256).await?)
    }

    async fn hash(&mut self) -> io::Result<[u8; 32]> {
        self.file.seek(SeekFrom::Start(0)).await?;
        let file = self.file.try_clone().await?.into_std().await;
        let len = self.len;
        let (hash, read) = tokio::task::spawn_blocking(move || hash(file.take(len))).await??;
        if read != len {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter"));
        }
        self.file.seek(SeekFrom::Start(0)).await?;
        Ok(hash)
    }
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
    s3.put(target, body::empty(), Sha256::digest([]).into()).await
}

/// Why a file was not stored.
#[derive(Debug, Error)]
pub(super) enum StoreError {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("longer than 5 GiB, the most that one request can store; multipart is not there yet")]
    TooLarge,
    #[error(transparent)]
    S3(#[from] S3Failure),
}

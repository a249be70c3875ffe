//! Comparison of objects with files, before an upload: `-put --update`.
//!
//! A file is read only if the object has its length. The first hash that S3 reports and that can be
//! calculated here decides. An object in parts is compared part by part; their length is the one
//! that S3 reports, or a usual one. Without a decision, the object counts as another.

use std::io::{self, Read};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::task::spawn_blocking;

use crate::s3::address::path::S3Path;
use crate::s3::content::condition::WriteCondition;
use crate::s3::content::confirmation::Confirmation;
use crate::s3::content::content_hash::{ContentHash, Hash};
use crate::s3::content::etag::ETag;
use crate::s3::{Attributes, OperationError};
use crate::transfer::upload::error::UploadError;
use crate::transfer::upload::plan::{MIB, Parts, Plan};
use crate::transfer::upload::source::file::SourceFile;
use crate::transfer::upload::uploader::Uploader;

/// The lengths of parts in common clients, in mebibytes: AWS's 8, rclone 5, s5cmd 50, Hadoop 64,
/// and so on.
const USUAL: [u64; 14] = [5, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512];

/// The object at the destination of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existing {
    /// No object.
    Nothing,
    /// An object of the same content.
    Same {
        /// Its `ETag`, if more than a CRC says that it is the same.
        proven: Option<ETag>,
        /// The statement of S3 about it.
        held: Box<Confirmation>,
    },
    /// An object to overwrite.
    Other {
        /// Its `ETag`.
        etag: ETag,
    },
}

impl Existing {
    /// Returns the condition on which the source is stored, so that an object that came meanwhile
    /// stays.
    pub fn condition(&self) -> WriteCondition<'_> {
        match self {
            Self::Nothing | Self::Same { .. } => WriteCondition::Absent,
            Self::Other { etag } => WriteCondition::Same(etag.as_str()),
        }
    }
}

/// A source that can be read only once.
pub type Reader = Box<dyn Read + Send>;

impl Uploader<'_> {
    /// Compares the existing object with a file.
    ///
    /// # Errors
    /// If the file cannot be read or changes, S3 does not say, or a signal arrives.
    pub async fn existing(
        &self,
        source: &SourceFile,
        path: &S3Path,
    ) -> Result<Existing, UploadError> {
        let Some(found) = self.found(path).await? else { return Ok(Existing::Nothing) };
        let same = if found.len == Some(source.len()) {
            let decided = self.decided(source, path, &found).await?;
            source.check()?;
            if decided.is_none() {
                self.count(|statistics| statistics.incomparable += 1);
            }
            decided.filter(|(_, is_same)| *is_same).map(|(hash, _)| hash.is_proof())
        } else {
            None
        };
        self.outcome(found, same)
    }

    /// Compares the existing object with a source without a length: it is the same if both are
    /// empty. Of the source one byte is read.
    ///
    /// # Errors
    /// As [`existing`](Self::existing).
    pub async fn existing_of_reader(
        &self,
        mut reader: Reader,
        path: &S3Path,
    ) -> Result<(Existing, Reader), UploadError> {
        let Some(found) = self.found(path).await? else { return Ok((Existing::Nothing, reader)) };
        if found.len != Some(0) {
            return Ok((self.outcome(found, None)?, reader));
        }
        let first = spawn_blocking(move || {
            let mut first = Vec::new();
            reader.by_ref().take(1).read_to_end(&mut first)?;
            Ok::<_, io::Error>((first, reader))
        });
        let (first, rest) = self.uninterrupted(first).await?.map_err(io::Error::other)??;
        let same = first.is_empty().then_some(true);
        Ok((self.outcome(found, same)?, Box::new(io::Cursor::new(first).chain(rest))))
    }

    async fn found(&self, path: &S3Path) -> Result<Option<Attributes>, UploadError> {
        self.ask(async |s3| s3.stat_with_checksums(path).await).await
    }

    /// Counts the outcome. `same` is whether equality is proven; `None` if they differ.
    fn outcome(&self, found: Attributes, same: Option<bool>) -> Result<Existing, UploadError> {
        if let Some(is_proven) = same {
            self.count(|statistics| statistics.up_to_date += 1);
            let held = Box::new(found.confirmation());
            return Ok(Existing::Same { proven: found.etag.filter(|_| is_proven), held });
        }
        let etag = found.etag.ok_or(OperationError::NotS3("ETag"))?;
        Ok(Existing::Other { etag })
    }

    /// Compares the object with the file, and returns the hash that decided and whether they are
    /// the same; `None` if S3 reports nothing that can be compared.
    async fn decided(
        &self,
        source: &SourceFile,
        path: &S3Path,
        found: &Attributes,
    ) -> Result<Option<(Hash, bool)>, UploadError> {
        for content_hash in &found.content_hashes {
            let decided = match content_hash.parts {
                None => Some(self.is_whole(source, content_hash).await?),
                Some(count) => self.is_in_parts(source, path, content_hash, count).await?,
            };
            if let Some(is_same) = decided {
                return Ok(Some((content_hash.hash, is_same)));
            }
        }
        Ok(None)
    }

    async fn is_whole(
        &self,
        source: &SourceFile,
        content_hash: &ContentHash,
    ) -> Result<bool, UploadError> {
        let hash = self.hash_of(source, content_hash.hash, 0, source.len());
        Ok(content_hash.is_of_whole(&self.uninterrupted(hash).await??))
    }

    /// Compares an object in parts; `None` if S3 does not report the length of its parts, and no
    /// usual length fits.
    async fn is_in_parts(
        &self,
        source: &SourceFile,
        path: &S3Path,
        content_hash: &ContentHash,
        count: u32,
    ) -> Result<Option<bool>, UploadError> {
        let first_part = match self.ask(async |s3| s3.first_part_len(path).await).await {
            // Not every store supports this request.
            Err(UploadError::S3(_)) => None,
            first_part => first_part?,
        };
        let cuts = |part_len| cut(part_len, source.len(), count);
        if let Some(parts) = first_part.and_then(cuts) {
            return Ok(Some(self.is_of(source, parts, content_hash).await?));
        }
        let own = match self.settings.plan.plan(source.len())? {
            Plan::Parts(parts) => Some(parts.part_len()),
            Plan::Single => None,
        };
        for part_len in likely(own, source.len(), count) {
            if let Some(parts) = cuts(part_len)
                && self.is_of(source, parts, content_hash).await?
            {
                return Ok(Some(true));
            }
        }
        Ok(None)
    }

    async fn is_of(
        &self,
        source: &SourceFile,
        parts: Parts,
        content_hash: &ContentHash,
    ) -> Result<bool, UploadError> {
        let hashing = stream::iter(parts)
            .map(|part| self.hash_of(source, content_hash.hash, part.offset, part.len))
            .buffered(self.settings.in_flight.max(1))
            .try_collect::<Vec<_>>();
        Ok(content_hash.is_of_parts(&self.uninterrupted(hashing).await??))
    }

    async fn hash_of(
        &self,
        source: &SourceFile,
        hash: Hash,
        offset: u64,
        len: u64,
    ) -> Result<Vec<u8>, UploadError> {
        let file = Arc::clone(&source.file);
        let hashing = spawn_blocking(move || hash.of_piece(&file, offset, len));
        Ok(hashing.await.map_err(io::Error::other)??)
    }
}

/// Returns the parts of a content of `len` bytes, if there are `count` of this length.
fn cut(part_len: u64, len: u64, count: u32) -> Option<Parts> {
    Parts::of(part_len, len).filter(|_| len.div_ceil(part_len) == u64::from(count))
}

/// Returns likely lengths of parts, the likeliest first: as they would be cut here, as other
/// clients do, and the fewest whole mebibytes that are enough.
fn likely(own: Option<u64>, len: u64, count: u32) -> Vec<u64> {
    let least = len.div_ceil(u64::from(count.max(1))).div_ceil(MIB);
    let usual = USUAL.into_iter().chain([least]).map(|mebibytes| mebibytes * MIB);
    let mut all: Vec<u64> = Vec::new();
    for part_len in own.into_iter().chain(usual) {
        if cut(part_len, len, count).is_some() && !all.contains(&part_len) {
            all.push(part_len);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_likely_lengths_of_parts() {
        let len = 130 * MIB + 1;
        for (own, count, expected) in [
            (Some(64 * MIB), 3, &[64, 50][..]),
            (None, 3, &[50, 64, 44]),
            (None, 2, &[100, 128, 66]),
            (Some(8 * MIB), 17, &[8]),
            (None, 1, &[256, 512, 131]),
            (None, 131, &[1]),
        ] {
            let expected: Vec<_> = expected.iter().map(|mebibytes| mebibytes * MIB).collect();
            let mut likely = likely(own, len, count);
            likely.truncate(expected.len());
            assert_eq!(likely, expected, "{count}");
        }
        assert!(likely(None, 0, 1).is_empty());
        assert!(likely(None, len, 10_001).is_empty());
    }
}

//! The parts of a file that S3 holds: its listing, compared with the file.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use md5::{Digest as _, Md5};

use super::held::{Comparison, Proofs};
use crate::s3::S3;
use crate::s3::address::path::S3Path;
use crate::s3::content::checksum::{Digests, Integrity};
use crate::s3::content::etag::ETag;
use crate::s3::error::listing::UndecodableKey;
use crate::s3::error::operation::OperationError;
use crate::s3::operation::list_uploads::{ListedPart, UnfinishedUpload};
use crate::s3::operation::page_loop::PageLoop;
use crate::transfer::upload::error::UploadError;
use crate::transfer::upload::plan::{Part, Parts};
use crate::transfer::upload::source::file::SourceFile;
use crate::transfer::upload::uploader::Uploader;

impl Uploader<'_> {
    /// Lists all parts that S3 holds of an upload; `None` if there is no such upload.
    pub(in crate::transfer::upload) async fn parts_of(
        &self,
        path: &S3Path,
        upload_id: &str,
    ) -> Result<Option<Vec<ListedPart>>, UploadError> {
        let (mut parts, mut pages) = (Vec::new(), PageLoop::default());
        let mut after = Some(0);
        while let Some(marker) = after {
            let page = self.ask(async |s3| s3.list_parts_page(path, upload_id, marker).await).await;
            let page = match page {
                Err(UploadError::S3(error)) if error.is_missing_upload() => return Ok(None),
                page => page?,
            };
            pages.turn(page.items.is_empty(), page.next.as_ref()).map_err(OperationError::from)?;
            parts.extend(page.items);
            after = page.next;
        }
        Ok(Some(parts))
    }

    /// Lists all unfinished uploads whose keys begin with a prefix, with those whose keys are not
    /// UTF-8.
    ///
    /// # Errors
    /// If S3 does not say, or a signal arrives.
    pub async fn uploads_below(
        &self,
        bucket: &S3Path,
        prefix: &str,
    ) -> Result<Vec<Result<UnfinishedUpload, UndecodableKey>>, UploadError> {
        let (mut uploads, mut pages) = (Vec::new(), PageLoop::default());
        // A store that ignores the marker sends one page for ever.
        let mut first_uploads = PageLoop::default();
        let mut marker = None;
        loop {
            let ask = async |s3: &S3| s3.list_uploads_page(bucket, prefix, marker.as_ref()).await;
            let page = self.ask(ask).await?;
            pages.turn(page.items.is_empty(), page.next.as_ref()).map_err(OperationError::from)?;
            first_uploads.turn(false, page.items.first()).map_err(OperationError::from)?;
            uploads.extend(page.items);
            let Some(next) = page.next else { return Ok(uploads) };
            marker = Some(next);
        }
    }

    /// Compares the listed parts with the file. Those that S3 holds get their checksums: they must
    /// be named when the upload is completed.
    pub(in crate::transfer::upload) async fn compare(
        &self,
        source: &SourceFile,
        parts: Parts,
        listed: &[ListedPart],
        etags: &BTreeMap<u32, ETag>,
    ) -> Result<Comparison, UploadError> {
        let mut lens = BTreeMap::new();
        lens.extend(listed.iter().map(|part| (part.number, part.size)));
        let of_parts = parts.clone().filter(|part| lens.get(&part.number) == Some(&part.len));
        let mut digests = self.digests(source, of_parts).await?;
        let mut md5s = BTreeMap::new();
        let md5_of = |(number, of): (&u32, &Digests)| Some((*number, ETag::of_md5(of.md5?)));
        md5s.extend(digests.iter().filter_map(md5_of));
        let mut comparison = Comparison::of(parts, listed, Proofs { md5s: &md5s, etags });
        for part in &mut comparison.held {
            part.checksum = digests.remove(&part.number).and_then(|digests| digests.checksum);
        }
        Ok(comparison)
    }

    /// Calculates the digests of parts of the file, by number, with their MD5s.
    pub(in crate::transfer::upload) async fn digests(
        &self,
        source: &SourceFile,
        parts: impl Iterator<Item = Part>,
    ) -> Result<BTreeMap<u32, Digests>, UploadError> {
        let integrity = Integrity { md5: true, ..self.settings.integrity };
        let digesting = stream::iter(parts)
            .map(|part| async move {
                let span = source.span(part, integrity).await?;
                Ok::<_, UploadError>((part.number, span.digests))
            })
            .buffer_unordered(self.settings.in_flight.max(1));
        self.uninterrupted(digesting.try_collect()).await?
    }

    /// Returns the `ETag` of the existing object, if it proves that it has the content of this
    /// file: it is the MD5 of the content, or of parts of this length, or that of the parts that
    /// were `acknowledged`.
    pub(in crate::transfer::upload) async fn there(
        &self,
        source: &SourceFile,
        path: &S3Path,
        part_len: u64,
        acknowledged: Option<ETag>,
    ) -> Result<Option<ETag>, UploadError> {
        let len = source.state.len;
        let found = self.ask(async |s3| s3.stat(path).await).await?;
        let found = found.filter(|found| found.len.is_none_or(|found| found == len));
        let Some(found) = found else { return Ok(None) };
        let Some(found) = found.etag else { return Ok(None) };
        if acknowledged.is_some_and(|acknowledged| acknowledged == found) {
            return Ok(Some(found));
        }
        let count = found.parts();
        if len == 0 && count.is_none() {
            // There is no part to compare.
            let nothing = ETag::of_md5(Md5::digest([]).into());
            return Ok(Some(found).filter(|found| *found == nothing));
        }
        let part_len = count.map_or(len, |_| part_len);
        let parts = Parts::of(part_len, len);
        let Some(parts) = parts.filter(|parts| parts.clone().count() == count.unwrap_or(1)) else {
            return Ok(None);
        };
        let digests = self.digests(source, parts).await?;
        let mut md5s = digests.values().filter_map(|digests| digests.md5);
        let ours = match count {
            Some(_) => Some(ETag::of_md5s(md5s)),
            None => md5s.next().map(ETag::of_md5),
        };
        Ok(Some(found).filter(|found| ours.as_ref() == Some(found)))
    }
}

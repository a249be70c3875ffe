//! The options of `-put`.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use core::num::NonZeroU64;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use clap::Args;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::super::size::{rate, size};
use super::filter::Filter;
use super::object_options::ObjectOptions;
use super::source::{OpenedSource, is_stdin};
use super::source_options::SourceOptions;
use crate::command::state_directory::StateOptions;
use crate::command::thread_count::ConcurrencyOptions;
use crate::report::options::TransferReportOptions;
use crate::s3::content::checksum::{ChecksumAlgorithm, Integrity};
use crate::s3::operation::head_object::{GID, MODE, MTIME, UID};
use crate::system::file_time;
use crate::transfer::upload::UploadSettings;
use crate::transfer::upload::plan::{MAX_PART_LEN, MIB, MIN_PART_LEN, PlanSettings};

/// The reason why a plan is not recorded.
pub(crate) const NO_RECORD: &str =
    "--report and --metrics record finished work: leave out --dry-run";

/// The fate of a source after it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFate {
    /// Kept as it is.
    Kept,
    /// Deleted, once S3 has shown that it holds all of it.
    Deleted,
}

/// The place that names the sources.
#[derive(Clone, Copy)]
pub(super) enum SourceList<'n> {
    /// The command line.
    CommandLine(&'n [PathBuf]),
    /// A manifest.
    Manifest(&'n Path),
}

impl SourceList<'_> {
    /// Returns whether stdin is read.
    pub(super) fn is_stdin(&self) -> bool {
        match self {
            Self::CommandLine(sources) => sources.iter().any(|source| is_stdin(source)),
            Self::Manifest(manifest) => is_stdin(manifest),
        }
    }
}

/// The options of `-put`.
#[derive(Args, Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags of Hadoop's")]
pub struct PutOptions {
    /// Overwrites the destination if it already exists.
    #[arg(short = 'f')]
    pub overwrite: bool,
    /// Keeps when a file was last written to, its mode and its owner, as metadata: mtime in seconds
    /// since 1970, mode in octal, uid and gid.
    #[arg(short = 'p')]
    pub preserve: bool,
    /// Allows lazy persistence, as in Hadoop. It has no effect in S3.
    #[arg(short = 'l')]
    pub lazy_persist: bool,
    /// Writes no temporary object, as in Hadoop. rolefs never does.
    #[arg(short = 'd')]
    pub direct: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub requests: ConcurrencyOptions,
    /// The length of a part, such as 64M: 5M to 5G. Otherwise fs.s3a.multipart.size.
    #[arg(long, value_name = "SIZE", value_parser = part_size)]
    pub part_size: Option<u64>,
    /// The length from which on a file is sent in parts, such as 128M. Otherwise
    /// fs.s3a.multipart.threshold.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub multipart_threshold: Option<u64>,
    /// The most bytes per second, over all transfers, such as 10M.
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub bandwidth: Option<NonZeroU64>,
    /// Has S3 verify a checksum, and keep it with the object: crc32, crc32c, crc64nvme, sha256,
    /// sha512, md5, xxhash64, xxhash3 or xxhash128.
    #[arg(long, value_name = "ALGORITHM")]
    pub checksum: Option<ChecksumAlgorithm>,
    /// Has S3 verify an MD5 (Content-MD5), and compares the ETag with it.
    #[arg(long)]
    pub md5: bool,
    /// Resumes an interrupted upload of the same file to the same place, and keeps one
    /// that fails, so that it can be resumed.
    #[arg(long)]
    pub resume: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub sources: SourceOptions,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub object: ObjectOptions,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub filter: Filter,
    /// Stores an empty _SUCCESS in a directory, once everything to put below it is stored.
    #[arg(long)]
    pub success: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub state: StateOptions,
    /// Reports at the end how much was sent, and how often again.
    #[arg(long, short = 'v')]
    pub verbose: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub report: TransferReportOptions,
    /// Shows which files would be sent where. Sends no request, and needs no credentials.
    #[arg(long)]
    pub dry_run: bool,
    /// The sources, and the destination: s3a://bucket/key, or s3a://bucket/dir/.
    #[arg(required = true, num_args = 1.., value_name = "localsrc")]
    pub paths: Vec<PathBuf>,
}

impl PutOptions {
    /// Returns how to upload: as these options say, and otherwise as configured. As in Hadoop, zero
    /// threads mean the default.
    pub(in crate::command) fn upload(&self, configured: &UploadSettings) -> UploadSettings {
        let UploadSettings { plan, integrity, .. } = *configured;
        UploadSettings {
            plan: PlanSettings {
                part_len: self.part_size.unwrap_or(plan.part_len),
                threshold: self.multipart_threshold.unwrap_or(plan.threshold),
                ..plan
            },
            in_flight: self.requests.in_flight().unwrap_or(configured.in_flight),
            integrity: Integrity {
                checksum: self.checksum.or(integrity.checksum),
                md5: self.md5 || integrity.md5,
            },
            ..configured.clone()
        }
    }

    /// Returns the destination, and what names the sources.
    ///
    /// # Errors
    /// If one of them is missing, or there are too many.
    pub(super) fn named(&self) -> Result<(&Path, SourceList<'_>), &'static str> {
        match (self.paths.split_last(), &self.sources.manifest) {
            (Some((destination, [])), Some(manifest)) => {
                Ok((destination, SourceList::Manifest(manifest)))
            }
            (_, Some(_)) => {
                Err("the manifest names the sources: leave out all but the destination")
            }
            (Some((destination, sources)), None) if !sources.is_empty() => {
                Ok((destination, SourceList::CommandLine(sources)))
            }
            _ => Err("no destination: name it last, as s3a://bucket/dir/"),
        }
    }

    /// Returns the local sources, and the destination, as they are written. With a manifest, it
    /// names the sources.
    pub(crate) fn written(&self) -> (&[PathBuf], Option<&PathBuf>) {
        match self.paths.split_last() {
            Some((destination, _)) if self.sources.manifest.is_some() => (&[], Some(destination)),
            Some((destination, sources)) if !sources.is_empty() => (sources, Some(destination)),
            _ => (&[], None),
        }
    }

    /// Returns the error in the options, if they contradict each other.
    pub(crate) fn contradiction(&self, after: SourceFate) -> Option<&'static str> {
        let (sources, is_moved) = (&self.sources, after == SourceFate::Deleted);
        if sources.manifest_format.is_some() && sources.manifest.is_none() {
            return Some("--manifest-format is for --manifest");
        }
        if self.preserve && self.object.has_metadata(&[MTIME, MODE, UID, GID]) {
            return Some("-p keeps mtime, mode, uid and gid: leave these out of --metadata");
        }
        if is_moved && sources.manifest.is_some() && (self.overwrite || sources.update) {
            // Of two lines for one key the second would overwrite what the first has left only
            // there.
            return Some("-moveFromLocal takes a manifest without -f and --update");
        }
        if is_moved && self.paths.iter().any(|path| path.as_os_str() == "-") {
            return Some("stdin cannot be deleted: -put stores it");
        }
        if self.dry_run && self.report.files.is_wanted() {
            return Some(NO_RECORD);
        }
        let files = &self.report.files;
        if sources.manifest.as_ref().is_some_and(|manifest| files.is_unfinished(manifest)) {
            return Some("--manifest is the unfinished file of --report or --metrics: rename it");
        }
        let written = self.written().0.iter().map(AsRef::as_ref);
        let below = || files.sources_contradiction(written);
        if let Some(error) = files.contradiction().or_else(below) {
            return Some(error);
        }
        // Without a manifest a destination may be missing, as in Hadoop, which is not an error of
        // usage there.
        let named = sources.manifest.as_ref().and_then(|_| self.named().err());
        named.or_else(|| self.object.contradiction())
    }

    /// Returns a note for a user who gives the one option without the other.
    pub(super) fn size_without_effect(&self, plan: PlanSettings) -> Option<String> {
        let asked = self.part_size.filter(|size| *size < plan.threshold)?;
        let (asked, threshold) = (asked / MIB, plan.threshold / MIB);
        let is_it = self.multipart_threshold.is_none() && plan.max_parts > 1;
        is_it.then(|| {
            format!(
                "a file of less than {threshold}M goes in one request, whatever --part-size is: \
                 --multipart-threshold {asked}M sends it in parts"
            )
        })
    }

    /// Returns the headers of one object, beside those of all objects.
    pub(super) fn headers(&self, source: &OpenedSource, key: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.extend(self.object.content_type_of(key).map(|guessed| (CONTENT_TYPE, guessed)));
        if let Some(metadata) = source.metadata()
            && self.preserve
        {
            headers.extend(preserved(metadata));
        }
        headers
    }
}

/// Returns the metadata of a file, as rclone names and writes it.
fn preserved(metadata: &Metadata) -> HeaderMap {
    let time = metadata.modified().ok().map(file_time::text);
    let mut texts: Vec<_> = time.map(|time| (MTIME, time)).into_iter().collect();
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        texts.push((MODE, format!("{:07o}", metadata.mode())));
        texts.push((UID, metadata.uid().to_string()));
        texts.push((GID, metadata.gid().to_string()));
    }
    let values = texts.into_iter().map(|(name, text)| Some((name, text.try_into().ok()?)));
    values.flatten().collect()
}

/// Reads a size that S3 accepts for parts: S3A would raise a shorter one.
pub(crate) fn part_size(text: &str) -> Result<u64, &'static str> {
    let size = size(text)?;
    let is_one = (MIN_PART_LEN..=MAX_PART_LEN).contains(&size);
    if is_one { Ok(size) } else { Err("S3 takes parts of 5M to 5G") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_part_sizes_that_s3_takes() {
        assert_eq!((part_size("5M"), part_size("5g")), (Ok(5 << 20), Ok(5 << 30)));
        assert!(part_size("5242879").is_err() && part_size("6G").is_err());
    }
}

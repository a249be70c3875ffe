//! The options of `-sync`.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use core::num::NonZeroU64;
use std::ffi::{OsStr, OsString};

use clap::Args;
use http::HeaderMap;

use crate::command::get::GetOptions;
use crate::command::put::{Filter, NO_RECORD, ObjectOptions, PutOptions, SourceOptions};
use crate::command::size::rate;
use crate::command::thread_count::ConcurrencyOptions;
use crate::report::options::TransferReportOptions;
use crate::s3::content::checksum::ChecksumAlgorithm;
use crate::system::local_path::local_path;

/// The options of `-sync`.
#[derive(Args, Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags")]
pub struct SyncOptions {
    /// Deletes at the destination what the source does not have, once all of it is copied. Refused
    /// if the source has no files.
    #[arg(long)]
    pub delete: bool,
    /// The most that --delete may delete: if it were more, nothing is copied or deleted. It also
    /// allows a source without files, and a destination that is / or a home directory.
    #[arg(long, value_name = "COUNT")]
    pub max_delete: Option<u64>,
    /// Shows what would be deleted and copied, and changes nothing. It sends requests that read.
    #[arg(long)]
    pub dry_run: bool,
    /// Overwrites objects even if they change meanwhile; for stores without conditional writes.
    #[arg(short = 'f')]
    pub overwrite: bool,
    /// Keeps times, modes and owners, as -put -p and -get -p.
    #[arg(short = 'p')]
    pub preserve: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub requests: ConcurrencyOptions,
    /// The most bytes per second, over all transfers together, such as 10M.
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub bandwidth: Option<NonZeroU64>,
    /// Has S3 verify a checksum, and keep it with the object: crc32, crc32c, crc64nvme, sha256,
    /// sha512, md5, xxhash64, xxhash3 or xxhash128.
    #[arg(long, value_name = "ALGORITHM")]
    pub checksum: Option<ChecksumAlgorithm>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub object: ObjectOptions,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub filter: Filter,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub report: TransferReportOptions,
    /// The directory that is copied: a local one, or s3a://bucket/dir.
    #[arg(value_name = "src")]
    pub source: OsString,
    /// The directory that becomes like it, on the other side.
    #[arg(value_name = "dst")]
    pub destination: OsString,
}

impl SyncOptions {
    /// Returns the error in the options, if they contradict each other. `directory` is the local
    /// one.
    pub(super) fn options_contradiction(&self, directory: &OsStr) -> Option<&'static str> {
        let files = &self.report.files;
        if self.max_delete.is_some() && !self.delete {
            return Some("--max-delete is for --delete");
        }
        if self.dry_run && files.is_wanted() {
            return Some(NO_RECORD);
        }
        if local_path(directory).is_ok_and(|directory| files.is_below(&directory)) {
            return Some("--report and --metrics must be outside of the local directory");
        }
        if !self.is_up() && self.describes_objects() {
            return Some("--checksum and object options apply to copies to S3 only");
        }
        files.contradiction().or_else(|| self.object.contradiction())
    }

    /// Returns whether an option says how objects are stored.
    fn describes_objects(&self) -> bool {
        let mut headers = HeaderMap::new();
        self.object.add_to(&mut headers);
        self.checksum.is_some() || !headers.is_empty()
    }

    /// Returns the options of `-put` that copy to S3.
    pub(super) fn put(&self) -> PutOptions {
        PutOptions {
            overwrite: self.overwrite,
            preserve: self.preserve,
            requests: self.requests.clone(),
            checksum: self.checksum,
            sources: SourceOptions { update: true, ..SourceOptions::default() },
            object: self.object.clone(),
            filter: self.filter.clone(),
            report: TransferReportOptions { stdout: self.report.stdout, ..Default::default() },
            dry_run: self.dry_run,
            ..PutOptions::default()
        }
    }

    /// Returns the options of `-get` that copy from S3.
    pub(super) fn get(&self) -> GetOptions {
        GetOptions {
            overwrite: true,
            preserve: self.preserve,
            threads: self.requests.threads,
            report: TransferReportOptions { stdout: self.report.stdout, ..Default::default() },
            ..GetOptions::default()
        }
    }
}

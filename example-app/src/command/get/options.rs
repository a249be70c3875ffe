//! The options of `-get`.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use core::num::NonZeroU64;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::command::size::rate;
use crate::command::thread_count::{QueueOption, given, thread_count};
use crate::report::options::TransferReportOptions;
use crate::system::local_path::{local_path, local_path_parser};

/// The options of `-get`.
#[derive(Args, Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags of Hadoop's")]
pub struct GetOptions {
    /// Preserves what -put -p kept: timestamps, modes, and owners where the system allows it; or
    /// else when an object was stored.
    #[arg(short = 'p')]
    pub preserve: bool,
    /// Overwrites the destination if it already exists.
    #[arg(short = 'f')]
    pub overwrite: bool,
    /// write CRC checksums for the files downloaded.
    #[arg(long = "crc")]
    pub crc: bool,
    /// Skip checks on the file(s) downloaded: their content is not compared with its checksum
    /// or MD5.
    #[arg(long = "ignoreCrc")]
    pub ignore_crc: bool,
    /// The number of files in transfer at once. Otherwise 8.
    #[arg(
        short = 't', value_name = "thread count", value_parser = thread_count,
        allow_negative_numbers = true
    )]
    pub threads: Option<i32>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub queue: QueueOption,
    /// The most bytes per second, over all transfers, such as 10M.
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub bandwidth: Option<NonZeroU64>,
    /// The file with the key that -put --sse-c-key-file was given.
    #[arg(long, value_name = "FILE", value_parser = local_path_parser())]
    pub sse_c_key_file: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub report: TransferReportOptions,
    /// The sources, and the destination: a file, a directory, or - for stdout. Without a
    /// destination, the directory at hand.
    #[arg(required = true, num_args = 1.., value_name = "src")]
    pub paths: Vec<OsString>,
}

impl GetOptions {
    /// Returns the sources, and the destination: the directory at hand, unless one is named.
    ///
    /// # Errors
    /// If a source is not UTF-8, or the destination is a URI of no local file.
    pub(super) fn sources_and_destination(&self) -> Result<(Vec<&str>, PathBuf), String> {
        let (sources, destination) = self.written();
        let sources = sources.iter().map(of_source).collect::<Result<_, _>>()?;
        let destination = destination.map_or_else(
            || Ok(PathBuf::from(".")),
            |path| local_path(path).map_err(|error| error.to_string()),
        );
        Ok((sources, destination?))
    }

    /// Returns the sources, and the destination if one is named, as they are written.
    pub(crate) fn written(&self) -> (&[OsString], Option<&OsString>) {
        match self.paths.split_last() {
            Some((destination, sources)) if !sources.is_empty() => (sources, Some(destination)),
            _ => (&self.paths, None),
        }
    }

    /// Returns the paths in S3.
    pub(crate) fn sources(&self) -> Vec<&str> {
        self.written().0.iter().filter_map(|source| source.to_str()).collect()
    }

    /// Returns how many files are fetched at once. As in Hadoop, zero threads mean the default.
    pub(in crate::command) fn at_once(&self) -> usize {
        given(self.threads).unwrap_or(8)
    }
}

fn of_source(source: &OsString) -> Result<&str, String> {
    let message = || format!("`{}': not UTF-8, as keys must be", source.display());
    source.to_str().ok_or_else(message)
}

//! The options of `-cp` and `-mv`.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;

use crate::command::put::ObjectOptions;
use crate::command::put::part_size;
use crate::command::size::size;
use crate::command::state_directory::StateOptions;
use crate::command::thread_count::ConcurrencyOptions;
use crate::report::options::TransferReportOptions;

/// The options of `-cp`.
#[derive(Args, Clone, Debug)]
pub struct CpOptions {
    /// Overwrites the destination if it already exists.
    #[arg(short = 'f')]
    pub overwrite: bool,
    /// Keeps attributes, named by letters as in Hadoop. A copy in S3 always has the metadata and
    /// the tags of its source. Of local files, what -put -p keeps.
    #[arg(
        short = 'p', value_name = "topax", num_args = 0..=1, require_equals = true,
        default_missing_value = "top", value_parser = attributes
    )]
    pub preserve: Option<String>,
    /// Writes no temporary object, as in Hadoop. rolefs never does.
    #[arg(short = 'd')]
    pub direct: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub copy: CopyOptions,
}

/// The options of both `-cp` and `-mv`.
#[derive(Args, Clone, Debug)]
pub struct CopyOptions {
    /// The length of a part, such as 64M: 5M to 5G. Otherwise fs.s3a.multipart.size.
    #[arg(long, value_name = "SIZE", value_parser = part_size)]
    pub part_size: Option<u64>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub requests: ConcurrencyOptions,
    /// The length from which on an object is copied in parts. Otherwise 5G, the most that S3 copies
    /// in one request.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub multipart_threshold: Option<u64>,
    /// Resumes the same command that was interrupted: an object that exists, and is proven to be a
    /// copy, is not copied again. A directory then goes to exactly the destination, even if that is
    /// there.
    #[arg(long)]
    pub resume: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub object: ObjectOptions,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub state: StateOptions,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub report: TransferReportOptions,
    /// The sources, and the destination: s3a://bucket/key. -cp also takes file:///path on one side.
    #[arg(value_name = "src")]
    pub paths: Vec<String>,
}

impl CopyOptions {
    /// Returns whether a copy differs from its source in more than its name.
    pub(super) const fn changes_objects(&self) -> bool {
        let ObjectOptions { storage_class, sse, sse_kms_key_id, tagging, .. } = &self.object;
        let is_stored_otherwise =
            storage_class.is_some() || sse.is_some() || sse_kms_key_id.is_some();
        is_stored_otherwise || tagging.is_some() || self.object.replaces_metadata()
    }

    /// Returns the sources and the destination, as they are written.
    pub(super) fn named(&self) -> (&[String], Option<&String>) {
        match self.paths.split_last() {
            Some((destination, sources)) => (sources, Some(destination)),
            None => (&[], None),
        }
    }
}

/// Reads the attributes that Hadoop keeps.
fn attributes(text: &str) -> Result<String, &'static str> {
    let is_known = |letter| "topax".contains(letter);
    if text.chars().all(is_known) { Ok(text.to_owned()) } else { Err("expected letters of topax") }
}

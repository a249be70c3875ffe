//! The choice of sources, and of their names.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use std::path::PathBuf;

use clap::Args;

use super::form::UnicodeForm;
use super::manifest::ManifestFormat;
use crate::system::local_path::local_path_parser;

/// The options for which sources are put, and as what.
#[derive(Args, Clone, Debug, Default)]
pub struct SourceOptions {
    /// Reads the sources from a file, or from stdin (-): a path a line, which is also the name
    /// below the destination. Then only the destination is an argument.
    #[arg(long, value_name = "FILE", value_parser = local_path_parser())]
    pub manifest: Option<PathBuf>,
    /// The format of the manifest: lines, the default; nul, with a zero byte after each path; or
    /// json, lines such as {"source": "/data/a", "key": "b/c"}.
    #[arg(long, value_name = "FORMAT")]
    pub manifest_format: Option<ManifestFormat>,
    /// Skips files that S3 already holds: objects whose length and checksum are those of the file.
    /// Others are overwritten, if they do not change meanwhile.
    #[arg(long)]
    pub update: bool,
    /// Sends a file that grows, such as a log, as long as it was when it was opened. Its content
    /// up to then must not change.
    #[arg(long)]
    pub snapshot: bool,
    /// Converts the names of objects to one form of Unicode: nfc or nfd. Otherwise they stay
    /// unchanged.
    #[arg(long, value_name = "FORM")]
    pub normalize: Option<UnicodeForm>,
}

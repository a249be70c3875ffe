//! The options for reports.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;

use super::record::RecordOptions;

/// The way in which a command reports its work.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct ReportOptions {
    /// Writes lines of JSON to stdout, and nothing else: start, part, retry, done, up_to_date,
    /// deleted, plan, plan_delete, error, summary, with the request IDs of S3. Errors go to stderr,
    /// too.
    #[arg(long)]
    pub json: bool,
    /// Reports errors only.
    #[arg(long)]
    pub quiet: bool,
}

impl ReportOptions {
    /// Returns whether stdout is for people.
    pub(crate) const fn is_for_people(self) -> bool {
        !self.json && !self.quiet
    }
}

/// The way in which a transfer reports its work.
#[derive(Args, Clone, Debug, Default)]
pub struct TransferReportOptions {
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub stdout: ReportOptions,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub files: RecordOptions,
}

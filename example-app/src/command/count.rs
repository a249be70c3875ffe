//! `rolefs -count [-q] [-h] [-v] [-u] [-x] <path> ...`: how many directories, files and bytes.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;
use futures_util::future::LocalBoxFuture;

use super::file_command::{FileCommand, borrowed};
use super::shell::{Item, Shell};
use super::walk::{Directories, walk};
use crate::report::Reporter;
use crate::report::human_size::human;
use crate::s3::PathStatus;
use crate::system::ExitStatus;
use crate::system::standard_streams::print_lines;

/// The options of `-count`.
#[derive(Args, Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags of Hadoop's")]
pub struct CountOptions {
    /// Shows quotas, too. S3 has none.
    #[arg(short = 'q')]
    pub quotas: bool,
    /// Shows sizes in a human-readable fashion rather than a number of bytes.
    #[arg(short = 'h')]
    pub human: bool,
    /// Displays a header line.
    #[arg(short = 'v')]
    pub header: bool,
    /// Shows quotas only.
    #[arg(short = 'u')]
    pub quotas_only: bool,
    /// Excludes snapshots. S3 has none.
    #[arg(short = 'x')]
    pub exclude_snapshots: bool,
    /// s3a://bucket/dir
    #[arg(required = true, num_args = 1.., value_name = "path")]
    pub paths: Vec<String>,
}

impl FileCommand for CountOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(count(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.paths)
    }
}

/// The number of directories and files, and of their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    directories: u64,
    files: u64,
    bytes: u64,
}

/// The columns of quotas, in Hadoop's widths, where there are none.
const NO_QUOTAS: &str = "        none             inf            none             inf ";
const QUOTAS_HEADER: &str = "       QUOTA       REM_QUOTA     SPACE_QUOTA REM_SPACE_QUOTA ";
const HEADER: &str = "   DIR_COUNT   FILE_COUNT       CONTENT_SIZE ";

async fn count(shell: Shell<'_>, options: &CountOptions) -> ExitStatus {
    let reporter = Reporter::of("count");
    let has_quotas = options.quotas || options.quotas_only;
    let line = |quotas: &str, counts: &str, path: &str| {
        let quotas = if has_quotas { quotas } else { "" };
        let counts = if options.quotas_only { "" } else { counts };
        print_lines([format!("{quotas}{counts}{path}")])
    };
    if options.header {
        reporter.printed(line(QUOTAS_HEADER, HEADER, "PATHNAME"));
    }
    for written in &options.paths {
        for item in shell.found(written, &reporter).await {
            let failures = reporter.failures();
            let counts = counts(shell, &item, &reporter).await;
            if reporter.failures() == failures {
                reporter.printed(line(NO_QUOTAS, &shown(counts, options.human), &item.written));
            }
        }
    }
    reporter.ending()
}

/// Counts the entry at a path, and all below it.
async fn counts(shell: Shell<'_>, item: &Item, reporter: &Reporter) -> Counts {
    if let PathStatus::File(attributes) = &item.status {
        let bytes = attributes.len.unwrap_or_default();
        return Counts { directories: 0, files: 1, bytes };
    }
    let mut counts = Counts { directories: 1, ..Counts::default() };
    let mut directories = Directories::default();
    let prefix = item.path.directory_prefix();
    walk(shell.s3, item, reporter, &mut |object| {
        let name = object.key.strip_prefix(&prefix).unwrap_or_default();
        let entered = directories.enter(name).len();
        counts.directories += u64::try_from(entered).unwrap_or_default();
        counts.files += u64::from(!name.is_empty() && !name.ends_with('/'));
        counts.bytes += object.size;
    })
    .await;
    counts
}

fn shown(Counts { directories, files, bytes }: Counts, is_human: bool) -> String {
    let number = |number: u64| if is_human { human(number) } else { number.to_string() };
    format!("{:>12} {:>12} {:>18} ", number(directories), number(files), number(bytes))
}

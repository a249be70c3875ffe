//! `rolefs -cat [-ignoreCrc] <src> ...`: objects, one after the other, to stdout.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;
use futures_util::future::LocalBoxFuture;

use super::file_command::{FileCommand, borrowed};
use super::shell::{IS_A_DIRECTORY, Item, Shell};
use crate::report::Reporter;
use crate::s3::{PathStatus, S3};
use crate::system::ExitStatus;
use crate::system::standard_streams::{self, ThreadWriter};
use crate::transfer::download::{Download, DownloadError};

/// The options of `-cat`.
#[derive(Args, Clone, Debug)]
pub struct CatOptions {
    /// Does not compare the content with its checksum or MD5.
    #[arg(long = "ignoreCrc")]
    pub ignore_crc: bool,
    /// s3a://bucket/key
    #[arg(required = true, num_args = 1.., value_name = "src")]
    pub sources: Vec<String>,
}

impl FileCommand for CatOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(cat(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.sources)
    }
}

/// Writes the objects to stdout. A missing one is reported, and the next is written.
async fn cat(shell: Shell<'_>, options: &CatOptions) -> ExitStatus {
    let reporter = Reporter::of("cat");
    let mut stdout = match standard_streams::open_stdout() {
        Ok(stdout) => stdout,
        Err(error) => return ExitStatus::of_printed("cat", Err(error)),
    };
    for source in &options.sources {
        for item in shell.found(source, &reporter).await {
            to_stdout(shell.s3, &item, !options.ignore_crc, &mut stdout, &reporter).await;
        }
    }
    reporter.ending()
}

/// Writes an object to stdout.
pub(super) async fn to_stdout(
    s3: &S3,
    item: &Item,
    is_checked: bool,
    stdout: &mut ThreadWriter,
    reporter: &Reporter,
) {
    if reporter.is_stdout_lost() {
        return;
    }
    let PathStatus::File(found) = &item.status else {
        return reporter.about(&item.written, IS_A_DIRECTORY);
    };
    let download = Download::new(s3, &item.path, is_checked);
    let download = download.expecting((found.len, found.etag.as_ref()));
    match download.to(stdout, &|_| ()).await {
        Ok(_) => {}
        Err(DownloadError::Write(error)) => reporter.unwritten(error),
        Err(error) => reporter.about(&item.written, error),
    }
}

//! `rolefs -rmdir [--ignore-fail-on-non-empty] <dir> ...`: the markers of empty directories.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;
use futures_util::future::LocalBoxFuture;

use super::file_command::{FileCommand, borrowed};
use super::shell::{Item, Shell};
use crate::report::Reporter;
use crate::s3::{OperationError, S3};
use crate::system::ExitStatus;

/// The options of `-rmdir`.
#[derive(Args, Clone, Debug)]
pub struct RmdirOptions {
    /// Does not fail for a directory that is not empty. It is kept.
    #[arg(long)]
    pub ignore_fail_on_non_empty: bool,
    /// s3a://bucket/dir
    #[arg(required = true, num_args = 1.., value_name = "dir")]
    pub paths: Vec<String>,
}

impl FileCommand for RmdirOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(rmdir(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.paths)
    }
}

async fn rmdir(shell: Shell<'_>, options: &RmdirOptions) -> ExitStatus {
    let reporter = Reporter::of("rmdir");
    for written in &options.paths {
        for item in shell.found(written, &reporter).await {
            if !item.is_directory() {
                reporter.about(&item.written, "Is not a directory");
                continue;
            }
            match remove(shell.s3, &item).await {
                Ok(Removed::Done) => {}
                Ok(Removed::NotEmpty) if options.ignore_fail_on_non_empty => {}
                Ok(Removed::NotEmpty) => reporter.about(&item.written, "Directory is not empty"),
                Ok(Removed::Bucket) => reporter.about(&item.written, "Input/output error"),
                Err(error) => reporter.about(&item.written, error),
            }
        }
    }
    reporter.ending()
}

/// The outcome for a directory.
enum Removed {
    Done,
    NotEmpty,
    /// As S3A, which spares a bucket.
    Bucket,
}

/// Deletes a directory's marker, if nothing else is below it.
async fn remove(s3: &S3, item: &Item) -> Result<Removed, OperationError> {
    let prefix = item.path.directory_prefix();
    let page = s3.retry(async |s3| s3.list_page(&item.path, &prefix, "", 2, None).await).await?;
    let is_marker = |key: &str| key == prefix;
    if !page.not_utf_8.is_empty() || !page.objects.iter().all(|object| is_marker(&object.key)) {
        return Ok(Removed::NotEmpty);
    }
    if prefix.is_empty() {
        return Ok(Removed::Bucket);
    }
    let marker = item.path.with_key(&prefix);
    s3.retry(async |s3| s3.delete(&marker).await).await?;
    Ok(Removed::Done)
}

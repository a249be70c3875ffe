//! `rolefs -head <file>` and `-tail [-f] [-s <interval>] <file>`: one end of an object.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use core::time::Duration;

use clap::Args;
use futures_util::future::LocalBoxFuture;
use tokio::time::sleep;

use super::file_command::{FileCommand, borrowed};
use super::shell::{FindError, IS_A_DIRECTORY, Shell};
use crate::report::Reporter;
use crate::s3::address::path::S3Path;
use crate::s3::content::etag::ETag;
use crate::s3::{Attributes, OperationError, PathStatus, S3};
use crate::system::ExitStatus;
use crate::system::signals;
use crate::system::standard_streams::{is_stdout_read, print};

/// The argument of `-head`.
#[derive(Args, Clone, Debug)]
pub struct HeadOptions {
    /// s3a://bucket/key
    #[arg(required = true, num_args = 1.., value_name = "file")]
    pub paths: Vec<String>,
}

/// The options of `-tail`.
#[derive(Args, Clone, Debug)]
pub struct TailOptions {
    /// Shows appended data as the file grows: S3 replaces an object as a whole, and what the new
    /// one has behind the old end is shown.
    #[arg(short = 'f')]
    pub follow: bool,
    /// With -f, defines the sleep interval between iterations in milliseconds. Otherwise 5000.
    #[arg(short = 's', value_name = "sleep interval", allow_negative_numbers = true)]
    pub interval: Option<String>,
    /// s3a://bucket/key
    #[arg(required = true, num_args = 1.., value_name = "file")]
    pub paths: Vec<String>,
}

/// The length of an end, in bytes.
const END: u64 = 1024;
/// The most bytes of one request.
const PIECE: u64 = 1024 * 1024;
/// The interval of `-tail -f`, in milliseconds.
const INTERVAL: u64 = 5000;

impl FileCommand for HeadOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(head(shell, &self.paths))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.paths)
    }

    fn contradiction(&self) -> Option<&'static str> {
        too_many(&self.paths)
    }
}

impl FileCommand for TailOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(tail(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.paths)
    }

    fn contradiction(&self) -> Option<&'static str> {
        too_many(&self.paths)
    }
}

/// Refuses more than one path, in Hadoop's words.
fn too_many(paths: &[String]) -> Option<&'static str> {
    let message = || format!("Too many arguments: expected 1 but got {}", paths.len());
    // It lives until the program ends, which is now.
    (paths.len() > 1).then(|| &*message().leak())
}

async fn head(shell: Shell<'_>, paths: &[String]) -> ExitStatus {
    let reporter = Reporter::of("head");
    for written in paths {
        if let Some((path, found)) = object(shell, written, &reporter).await {
            let end = found.len.unwrap_or_default().min(END);
            let etag = found.etag.as_ref();
            let shown = show(shell.s3, (&path, etag), (0, end), &reporter).await;
            report_failure(shown, written, &reporter);
        }
    }
    reporter.ending()
}

async fn tail(shell: Shell<'_>, options: &TailOptions) -> ExitStatus {
    let reporter = Reporter::of("tail");
    let interval = options.interval.as_deref().and_then(|text| text.parse().ok());
    let interval = Duration::from_millis(interval.filter(|it| *it > 0).unwrap_or(INTERVAL));
    for written in &options.paths {
        let Some((path, found)) = object(shell, written, &reporter).await else { continue };
        let len = found.len.unwrap_or_default();
        let object = (&path, found.etag.as_ref());
        let shown = show(shell.s3, object, (len.saturating_sub(END), len), &reporter).await;
        let mut is_shown = report_failure(shown, written, &reporter);
        let mut shown_len = len;
        while options.follow && is_shown {
            sleep(interval).await;
            if !is_stdout_read() {
                signals::end_by_pipe();
            }
            let grown = grown(shell.s3, &path, &mut shown_len, &reporter).await;
            is_shown = report_failure(grown, written, &reporter);
        }
    }
    reporter.ending()
}

/// Shows what is behind the end that was shown. A shorter object is shown from its own end on.
async fn grown(
    s3: &S3,
    path: &S3Path,
    shown: &mut u64,
    reporter: &Reporter,
) -> Result<(), OperationError> {
    let found = s3.retry(async |s3| s3.stat(path).await).await?.unwrap_or_default();
    let len = found.len.unwrap_or_default();
    let begin = (*shown).min(len);
    match show(s3, (path, found.etag.as_ref()), (begin, len), reporter).await {
        // It was replaced a moment ago, and is shown at the next interval.
        Err(OperationError::Changed) => Ok(()),
        shown_now => {
            *shown = len;
            shown_now
        }
    }
}

/// Returns the object that a path names, and its attributes. As in Hadoop, patterns are not
/// expanded.
async fn object(
    shell: Shell<'_>,
    written: &str,
    reporter: &Reporter,
) -> Option<(S3Path, Attributes)> {
    match shell.exactly(written).await {
        Err(missing) => missing.report(reporter),
        Ok(None) => FindError::Absent(shell.shown(written)).report(reporter),
        Ok(Some(item)) => match item.status {
            PathStatus::File(found) => return Some((item.path, found)),
            PathStatus::Directory => reporter.about(&item.written, IS_A_DIRECTORY),
        },
    }
    None
}

/// Writes the bytes between two offsets to stdout.
async fn show(
    s3: &S3,
    (path, etag): (&S3Path, Option<&ETag>),
    (mut begin, end): (u64, u64),
    reporter: &Reporter,
) -> Result<(), OperationError> {
    while begin < end {
        let piece = s3.piece(path, begin, (end - begin).min(PIECE), etag).await?;
        let len = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if let Err(error) = print(&piece) {
            reporter.unwritten(error);
            return Ok(());
        }
        begin = begin.saturating_add(len);
    }
    Ok(())
}

/// Reports a failure, and returns whether the result was a success.
fn report_failure(shown: Result<(), OperationError>, written: &str, reporter: &Reporter) -> bool {
    match shown {
        Ok(()) => reporter.failures() == 0,
        Err(error) => {
            reporter.about(written, error);
            false
        }
    }
}

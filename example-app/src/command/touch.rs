//! `rolefs -touch [-a] [-m] [-t TIMESTAMP] [-c] <path> ...`: objects without content, where there
//! are none.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;
use futures_util::future::LocalBoxFuture;

use super::file_command::{FileCommand, borrowed};
use super::shell::{FindError, IS_A_DIRECTORY, Shell};
use super::touchz::create;
use crate::report::Reporter;
use crate::system::ExitStatus;

/// The options of `-touch`.
#[derive(Args, Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags of Hadoop's")]
pub struct TouchOptions {
    /// Change only the access time. S3 keeps none.
    #[arg(short = 'a')]
    pub access: bool,
    /// Change only the modification time. S3 sets it, when it stores an object.
    #[arg(short = 'm')]
    pub modification: bool,
    /// Use specified timestamp (yyyyMMdd:HHmmss) instead of current time. S3 takes none.
    #[arg(short = 't', value_name = "TIMESTAMP")]
    pub timestamp: Option<String>,
    /// Do not create any files
    #[arg(short = 'c')]
    pub creates_none: bool,
    /// s3a://bucket/key
    #[arg(required = true, num_args = 1.., value_name = "path")]
    pub paths: Vec<String>,
}

impl FileCommand for TouchOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(touch(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.paths)
    }

    fn contradiction(&self) -> Option<&'static str> {
        let text = self.timestamp.as_ref().filter(|text| !is_timestamp(text))?;
        let expected = "The expected format is yyyyMMdd:HHmmss";
        let message = format!("Unable to parse the specified timestamp {text}. {expected}");
        // It lives until the program ends, which is now.
        Some(message.leak())
    }

    fn creates_objects(&self) -> bool {
        !self.creates_none
    }
}

/// Returns whether a text is a time as Hadoop's shell reads it.
fn is_timestamp(text: &str) -> bool {
    let digits = |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    text.split_once(':').is_some_and(|(date, time)| digits(date, 8) && digits(time, 6))
}

async fn touch(shell: Shell<'_>, options: &TouchOptions) -> ExitStatus {
    let reporter = Reporter::of("touch");
    if options.timestamp.is_some() {
        reporter.note("-t has no effect: S3 sets the time, when it stores an object");
    }
    for written in &options.paths {
        match shell.find(written).await {
            Ok(items) => {
                for item in items {
                    if item.is_directory() {
                        reporter.about(&item.written, IS_A_DIRECTORY);
                    } else {
                        let what = "stays as it is: S3 has no operation that sets a time";
                        reporter.note(format_args!("`{}': {what}", item.written));
                    }
                }
            }
            Err(FindError::Absent(_)) if options.creates_none => {}
            Err(FindError::Absent(shown)) => create(shell, written, shown, &reporter).await,
            Err(missing) => missing.report(&reporter),
        }
    }
    reporter.ending()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_timestamps_of_hadoop() {
        assert!(is_timestamp("20200102:030405"));
        for bad in ["", "xyz", "2020010:030405", "20200102:03040x", "20200102"] {
            assert!(!is_timestamp(bad), "{bad}");
        }
    }
}

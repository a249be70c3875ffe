//! `rolefs -test -[defswrz] <path>`: a question, answered by the exit code.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;
use futures_util::future::LocalBoxFuture;

use super::file_command::FileCommand;
use super::shell::{FindError, Shell};
use crate::report::Reporter;
use crate::s3::PathStatus;
use crate::system::ExitStatus;

/// The question of `-test`.
#[derive(Args, Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags of Hadoop's")]
pub struct Question {
    /// return 0 if <path> is a directory.
    #[arg(short = 'd', overrides_with = "directory")]
    pub directory: bool,
    /// return 0 if <path> exists.
    #[arg(short = 'e', overrides_with = "exists")]
    pub exists: bool,
    /// return 0 if <path> is a file.
    #[arg(short = 'f', overrides_with = "file")]
    pub file: bool,
    /// return 0 if file <path> is greater than zero bytes in size.
    #[arg(short = 's', overrides_with = "not_empty")]
    pub not_empty: bool,
    /// return 0 if file <path> exists and write permission is granted: S3 reports no permissions,
    /// and as in S3A it is always granted.
    #[arg(short = 'w', overrides_with = "writable")]
    pub writable: bool,
    /// return 0 if file <path> exists and read permission is granted: as for -w.
    #[arg(short = 'r', overrides_with = "readable")]
    pub readable: bool,
    /// return 0 if file <path> is zero bytes in size, else return 1.
    #[arg(short = 'z', overrides_with = "empty")]
    pub empty: bool,
}

/// The options of `-test`.
#[derive(Args, Clone, Debug)]
pub struct TestOptions {
    /// The question.
    #[command(flatten)]
    pub question: Question,
    /// s3a://bucket/key
    #[arg(value_name = "path")]
    pub path: String,
}

impl Question {
    /// Returns how many questions there are.
    fn count(&self) -> usize {
        let Self { directory, exists, file, not_empty, writable, readable, empty } = *self;
        let flags = [directory, exists, file, not_empty, writable, readable, empty];
        flags.into_iter().filter(|is_given| *is_given).count()
    }

    /// Answers the question. As in S3A, a directory has a length of zero.
    fn holds(&self, status: &PathStatus) -> bool {
        let is_directory = matches!(status, PathStatus::Directory);
        let is_empty = match status {
            PathStatus::File(attributes) => attributes.len == Some(0),
            PathStatus::Directory => true,
        };
        if self.directory {
            is_directory
        } else if self.file {
            !is_directory
        } else if self.empty {
            is_empty
        } else {
            !self.not_empty || !is_empty
        }
    }
}

impl FileCommand for TestOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(test(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        vec![&self.path]
    }

    fn contradiction(&self) -> Option<&'static str> {
        match self.question.count() {
            0 => Some("No test flag given"),
            1 => None,
            _ => Some("Only one test flag is allowed"),
        }
    }
}

/// Answers by the exit status: 0 for yes and 1 for no. For a path that does not exist every
/// response is no.
async fn test(shell: Shell<'_>, options: &TestOptions) -> ExitStatus {
    let reporter = Reporter::of("test");
    match shell.find(&options.path).await {
        Ok(items) if items.iter().all(|item| options.question.holds(&item.status)) => {
            ExitStatus::Done
        }
        Ok(_) | Err(FindError::Absent(_)) => ExitStatus::Failed,
        Err(missing) => {
            missing.report(&reporter);
            reporter.ending()
        }
    }
}

//! `rolefs -test -[defswrz] <path>`: a question, answered by the exit code.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;

use super::shell::{Missing, Shell};
use crate::report::Reporter;
use crate::s3::Status;
use crate::system::ExitStatus;

/// What `-test` can be told.
#[derive(Args, Clone, Debug)]
#[group(id = "flag", required = true, multiple = false)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags of Hadoop's")]
pub struct Question {
    /// return 0 if <path> is a directory.
    #[arg(short = 'd')]
    pub directory: bool,
    /// return 0 if <path> exists.
    #[arg(short = 'e')]
    pub exists: bool,
    /// return 0 if <path> is a file.
    #[arg(short = 'f')]
    pub file: bool,
    /// return 0 if file <path> is greater than zero bytes in size.
    #[arg(short = 's')]
    pub not_empty: bool,
    /// return 0 if file <path> exists and write permission is granted: S3 tells no permissions, and as
    /// in S3A it is always granted.
    #[arg(short = 'w')]
    pub writable: bool,
    /// return 0 if file <path> exists and read permission is granted: as for -w.
    #[arg(short = 'r')]
    pub readable: bool,
    /// return 0 if file <path> is zero bytes in size, else return 1.
    #[arg(short = 'z')]
    pub empty: bool,
}

/// What `-test` is asked, and of what.
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
    /// As S3A: a directory has a length of zero.
    fn holds(&self, status: &Status) -> bool {
        let is_directory = matches!(status, Status::Directory);
        let is_empty = match status {
            Status::File(attributes) => attributes.len == Some(0),
            Status::Directory => true,
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

/// 0 for yes and 1 for no. What is not there is no answer to anything.
pub async fn test(shell: Shell<'_>, options: &TestOptions) -> ExitStatus {
    let reporter = Reporter::of("test");
    match shell.find(&options.path).await {
        Ok(items) if items.iter().all(|item| options.question.holds(&item.status)) => {
            ExitStatus::Done
        }
        Ok(_) | Err(Missing::Absent(_)) => ExitStatus::Failed,
        Err(missing) => {
            missing.tell(&reporter);
            reporter.ending()
        }
    }
}

//! `rolefs -mkdir [-p] <path> ...`: directories, as objects without content whose keys end with a
//! slash: S3A has them so, and S3's console.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;
use futures_util::future::LocalBoxFuture;
use http::HeaderMap;

use super::file_command::{FileCommand, borrowed};
use super::shell::{FindError, NO_SUCH_FILE, Shell};
use crate::report::Reporter;
use crate::s3::address::path::S3Path;
use crate::s3::content::condition::WriteCondition;
use crate::s3::{OperationError, PathStatus};
use crate::system::ExitStatus;
use crate::transfer::upload::{Interrupt, UploadError, UploadTarget, Uploader};

/// The options of `-mkdir`.
#[derive(Args, Clone, Debug)]
pub struct MkdirOptions {
    /// Do not fail if the directory already exists
    #[arg(short = 'p')]
    pub parents: bool,
    /// s3a://bucket/dir
    #[arg(required = true, num_args = 1.., value_name = "path")]
    pub paths: Vec<String>,
}

impl FileCommand for MkdirOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(mkdir(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.paths)
    }

    fn creates_objects(&self) -> bool {
        true
    }
}

/// Makes directories. One that cannot be made is reported, and the next is made.
async fn mkdir(shell: Shell<'_>, options: &MkdirOptions) -> ExitStatus {
    let reporter = Reporter::of("mkdir");
    for written in &options.paths {
        match shell.find(written).await {
            Ok(items) => {
                for item in items {
                    if !item.is_directory() {
                        reporter.about(&item.written, "Is not a directory");
                    } else if !options.parents {
                        reporter.about(&item.written, "File exists");
                    }
                }
            }
            Err(FindError::Absent(shown)) => match make(shell, written, options.parents).await {
                Ok(()) => {}
                Err(MkdirError::Parent(parent)) => reporter.about(parent, NO_SUCH_FILE),
                Err(MkdirError::File(file)) => reporter.say(format_args!(
                    "Can't make directory for path '{file}' since it is a file."
                )),
                Err(MkdirError::S3(error)) => reporter.about(shown, error),
            },
            Err(missing) => missing.report(&reporter),
        }
    }
    reporter.ending()
}

/// The reason why a directory was not created.
enum MkdirError {
    /// Its parent does not exist.
    Parent(S3Path),
    /// A file is where a directory above it would be.
    File(S3Path),
    S3(UploadError),
}

impl From<OperationError> for MkdirError {
    fn from(error: OperationError) -> Self {
        Self::S3(error.into())
    }
}

async fn make(shell: Shell<'_>, written: &str, parents: bool) -> Result<(), MkdirError> {
    let Ok(path) = shell.default_fs.resolve(written) else { return Ok(()) };
    let path = path.without_slash();
    let mut above = path.parent();
    while let Some(parent) = above {
        match shell.s3.status(&parent).await? {
            Some(PathStatus::Directory) => break,
            Some(PathStatus::File(_)) => return Err(MkdirError::File(parent)),
            None if !parents => return Err(MkdirError::Parent(parent)),
            None => above = parent.parent(),
        }
    }
    let marker = path.with_key(path.directory_prefix());
    let uploader = Uploader::new(shell.s3, shell.upload.clone(), Interrupt::default());
    let target = UploadTarget {
        path: &marker,
        headers: &HeaderMap::new(),
        condition: WriteCondition::Always,
        on_event: &|_| (),
    };
    uploader.nothing(&target).await.map_err(MkdirError::S3)
}

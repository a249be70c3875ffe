//! `rolefs -touchz <path> ...`: objects without content.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

use clap::Args;
use futures_util::future::LocalBoxFuture;
use http::HeaderMap;

use super::file_command::{FileCommand, borrowed};
use super::shell::{FindError, IS_A_DIRECTORY, Shell};
use crate::report::Reporter;
use crate::s3::PathStatus;
use crate::s3::address::path::S3Path;
use crate::s3::content::condition::WriteCondition;
use crate::system::ExitStatus;
use crate::transfer::upload::{Interrupt, UploadError, UploadTarget, Uploader};

/// The options of `-touchz`.
#[derive(Args, Clone, Debug)]
pub struct TouchzOptions {
    /// s3a://bucket/key
    #[arg(required = true, num_args = 1.., value_name = "path")]
    pub paths: Vec<String>,
}

impl FileCommand for TouchzOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(touchz(shell, &self.paths))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.paths)
    }

    fn creates_objects(&self) -> bool {
        true
    }
}

/// Makes empty objects, and new ones of those that are empty. One with content stays as it is, and
/// is reported.
async fn touchz(shell: Shell<'_>, paths: &[String]) -> ExitStatus {
    let reporter = Reporter::of("touchz");
    for written in paths {
        match shell.find(written).await {
            Ok(items) => {
                for item in items {
                    match &item.status {
                        PathStatus::Directory => reporter.about(&item.written, IS_A_DIRECTORY),
                        PathStatus::File(attributes) if attributes.len != Some(0) => {
                            reporter.about(&item.written, "Not a zero-length file");
                        }
                        PathStatus::File(_) => {
                            touch(
                                shell,
                                &item.path,
                                &item.written,
                                WriteCondition::Always,
                                &reporter,
                            )
                            .await;
                        }
                    }
                }
            }
            Err(FindError::Absent(shown)) => create(shell, written, shown, &reporter).await,
            Err(missing) => missing.report(&reporter),
        }
    }
    reporter.ending()
}

/// Makes an empty object where nothing is.
pub(super) async fn create(shell: Shell<'_>, written: &str, shown: String, reporter: &Reporter) {
    match shell.default_fs.resolve(written) {
        Ok(path) if path.is_written_as_directory() => {
            reporter.about(shown, "Is a directory: name the object without the slash");
        }
        Ok(path) => match shell.s3.object_above(&path).await {
            Ok(None) => touch(shell, &path, &shown, WriteCondition::Absent, reporter).await,
            Ok(Some(above)) => reporter.about(shown, UploadError::BelowObject(above)),
            Err(error) => reporter.about(shown, error),
        },
        Err(error) => reporter.say(error),
    }
}

async fn touch(
    shell: Shell<'_>,
    path: &S3Path,
    written: &str,
    condition: WriteCondition<'_>,
    reporter: &Reporter,
) {
    let uploader = Uploader::new(shell.s3, shell.upload.clone(), Interrupt::default());
    let target = UploadTarget { path, headers: &HeaderMap::new(), condition, on_event: &|_| () };
    if let Err(error) = uploader.nothing(&target).await {
        let without = "-put -f of an empty file";
        reporter.about(written, error.shown_with(condition, without));
    }
}

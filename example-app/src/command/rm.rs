//! `rolefs -rm [-f] [-r|-R] [-skipTrash] [-safely] <src> ...`: deletes objects.
//!
//! There is no trash: a deleted object is gone, unless the bucket keeps versions. As in Hadoop
//! where `fs.trash.interval` is 0, which it is by default.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use core::fmt::Display;
use core::pin::pin;
use std::io::{self, BufRead as _};
use std::sync::Arc;

use clap::Args;
use futures_util::TryStreamExt as _;
use futures_util::future::LocalBoxFuture;

use super::file_command::{FileCommand, borrowed};
use super::old_name::OldName;
use super::shell::{FindError, IS_A_DIRECTORY, Item, Shell};
use crate::report::Reporter;
use crate::report::event::Event;
use crate::report::options::ReportOptions;
use crate::report::reporter::Ids;
use crate::s3::address::path::S3Path;
use crate::s3::error::listing::UndecodableKey;
use crate::s3::error::retry::never;
use crate::s3::operation::delete_objects::{NotDeleted, ObjectIdentifier};
use crate::s3::{OperationError, PathStatus, S3};
use crate::system::ExitStatus;
use crate::system::standard_streams::{shown, write_stderr};

/// The options of `-rm`.
#[derive(Args, Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags of Hadoop's")]
pub struct RmOptions {
    /// If the file does not exist, do not display a diagnostic message or modify the exit status to
    /// reflect an error.
    #[arg(short = 'f')]
    pub force: bool,
    /// Recursively deletes directories.
    #[arg(short = 'r', short_alias = 'R')]
    pub recursive: bool,
    /// Bypasses trash. rolefs has no trash.
    #[arg(long = "skipTrash")]
    pub skip_trash: bool,
    /// Requires confirmation before deleting a directory with more than 100 files.
    #[arg(long = "safely")]
    pub safely: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub report: ReportOptions,
    /// s3a://bucket/key
    #[arg(required = true, num_args = 1.., value_name = "src")]
    pub paths: Vec<String>,
    /// The old name that it was called by.
    #[arg(skip)]
    pub old: Option<OldName>,
}

impl FileCommand for RmOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(rm(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.paths)
    }

    fn is_quiet(&self) -> bool {
        self.report.quiet
    }
}

/// `hadoop.shell.delete.limit.num.files`.
const SAFE_FILES: u64 = 100;

/// Deletes the entries at the paths. A path that cannot be deleted is reported, and the next one is
/// deleted.
async fn rm(shell: Shell<'_>, options: &RmOptions) -> ExitStatus {
    let reporter = OldName::reporter(options.old, "rm", options.report);
    for written in &options.paths {
        match shell.find(written).await {
            Ok(items) => {
                for item in items {
                    delete(shell.s3, &item, options, &reporter).await;
                }
            }
            Err(FindError::Absent(_)) if options.force => {}
            Err(missing) => missing.report(&reporter),
        }
    }
    reporter.sum_up(None);
    reporter.ending()
}

async fn delete(s3: &S3, item: &Item, options: &RmOptions, reporter: &Reporter) {
    let path = &item.path;
    let report_failure = |path: &dyn Display, error: &OperationError| {
        let ids = Ids { request: error.request_id(), upload: None };
        reporter.about_request(path, error, ids);
    };
    let report = |error: &OperationError| report_failure(&item.written, error);
    if !item.is_directory() {
        match s3.retry(async |s3| s3.delete(path).await).await {
            Ok(request_id) => report_deleted(item, request_id.as_deref(), reporter),
            Err(error) => report(&error),
        }
    } else if !options.recursive {
        reporter.about(&item.written, IS_A_DIRECTORY);
    } else if path.without_slash().key().is_empty() {
        // As S3A, which spares a bucket.
        reporter.about(&item.written, "Input/output error");
    } else {
        match may_be_deleted(s3, path, options.safely).await {
            Ok(true) => {
                let left = all_below(s3, path).await;
                for NotDeleted { key, error } in &left.failures {
                    match key {
                        Some(key) => report_failure(&path.with_key(key), error),
                        None => report_failure(&item.written, error),
                    }
                }
                for key in &left.not_utf_8 {
                    reporter.about(path.with_key(key), UndecodableKey::REASON);
                }
                if left.is_nothing() {
                    report_deleted(item, None, reporter);
                }
            }
            Ok(false) => write_stderr(format_args!("Delete aborted at user request.\n\n")),
            Err(error) => report(&error),
        }
    }
}

/// The entries that a deletion left in a directory.
#[derive(Default)]
struct RemainingEntries {
    failures: Vec<NotDeleted>,
    /// Keys that are not UTF-8, escaped.
    not_utf_8: Vec<String>,
}

impl RemainingEntries {
    const fn is_nothing(&self) -> bool {
        self.failures.is_empty() && self.not_utf_8.is_empty()
    }
}

fn report_deleted(item: &Item, request_id: Option<&str>, reporter: &Reporter) {
    let (object, file, upload_id) = (item.written.as_str(), None, None);
    let bytes = match &item.status {
        PathStatus::File(attributes) => attributes.len,
        PathStatus::Directory => None,
    };
    reporter.event(&Event::Done { object, file, bytes, upload_id, request_id });
    reporter.done(bytes.unwrap_or(0));
    if reporter.report.is_for_people() {
        reporter.report(&format!("Deleted {}\n", shown(object)));
    }
}

/// Deletes all keys below a directory, a page before the next is asked for. Keys that are not
/// UTF-8, or that S3 refuses to delete, stay, and do not keep the others from being deleted.
async fn all_below(s3: &S3, directory: &S3Path) -> RemainingEntries {
    let prefix = directory.directory_prefix();
    let mut left = RemainingEntries::default();
    let mut pages = pin!(s3.pages(directory, &prefix, ""));
    loop {
        match pages.try_next().await {
            Err(error) => left.failures.push(NotDeleted { key: None, error: Arc::new(error) }),
            Ok(Some(page)) => {
                left.not_utf_8.extend(page.not_utf_8.into_iter().map(|key| key.escaped));
                let keys = page.objects.into_iter().map(|object| object.key);
                let objects = keys.map(|key| ObjectIdentifier { key, etag: None }).collect();
                let not_deleted = s3.delete_all(directory, objects, &|| never()).await;
                let names_all_keys = not_deleted.iter().all(|one| one.key.is_some());
                left.failures.extend(not_deleted);
                if names_all_keys {
                    continue;
                }
            }
            Ok(None) => {}
        }
        return left;
    }
}

/// Asks the user, before many files are deleted.
async fn may_be_deleted(s3: &S3, directory: &S3Path, safely: bool) -> Result<bool, OperationError> {
    if !safely {
        return Ok(true);
    }
    let prefix = directory.directory_prefix();
    let mut files = 0_u64;
    let mut pages = pin!(s3.pages(directory, &prefix, ""));
    while let Some(page) = pages.try_next().await? {
        let is_file = |key: &str| !key.ends_with('/');
        let keys = page.objects.iter().map(|object| &object.key);
        let keys = keys.chain(page.not_utf_8.iter().map(|key| &key.escaped));
        files += keys.map(|key| u64::from(is_file(key))).sum::<u64>();
    }
    Ok(files <= SAFE_FILES || is_confirmed(files))
}

/// Asks for confirmation. No response means no.
fn is_confirmed(files: u64) -> bool {
    loop {
        write_stderr(format_args!("Proceed deleting {files} files? (Y or N) "));
        let mut response = String::new();
        if !io::stdin().lock().read_line(&mut response).is_ok_and(|read| read > 0) {
            return false;
        }
        match response.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return true,
            "n" | "no" => return false,
            _ => message!("Invalid input: {}", response.trim_end()),
        }
    }
}

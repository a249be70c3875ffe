//! `rolefs -uploads [-abort] [-olderThan <age>] <dir> ...`: uploads that are neither objects nor
//! aborted, whose parts are charged for.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use core::cell::Cell;
use core::time::Duration;

use clap::Args;
use console::measure_text_width;
use futures_util::future::LocalBoxFuture;
use rolesig::Timestamp;
use rolesig_std::Clock;

use super::file_command::{FileCommand, borrowed};
use super::shell::Shell;
use crate::command::state_directory::StateOptions;
use crate::report::Reporter;
use crate::s3::address::path::S3Path;
use crate::s3::error::listing::UndecodableKey;
use crate::s3::operation::list_uploads::UnfinishedUpload;
use crate::s3::{OperationError, S3};
use crate::system::ExitStatus;
use crate::system::date::{StoredTime, local_minute, stored};
use crate::system::excerpt::{fitted, printable};
use crate::system::sorted::sorted;
use crate::system::standard_streams::print_lines;
use crate::transfer::upload::journal::{FoundJournal, Journals};
use crate::transfer::upload::{Interrupt, UploadError, Uploader};

/// The options of `-uploads`.
#[derive(Args, Clone, Debug)]
pub struct UploadsOptions {
    /// Aborts them, no matter who began them, except those that a process of this host works
    /// on.
    #[arg(long)]
    pub abort: bool,
    /// Only those that are at least this old, such as 90s, 15m, 12h or 1d.
    #[arg(long = "olderThan", alias = "older-than", value_name = "AGE", value_parser = age)]
    pub older_than: Option<Duration>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub state: StateOptions,
    /// s3a://bucket/dir
    #[arg(required = true, num_args = 1.., value_name = "path")]
    pub paths: Vec<String>,
}

impl FileCommand for UploadsOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(uploads(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.paths)
    }
}

const DAY: Duration = Duration::from_hours(24);

/// Lists unfinished uploads, and aborts them on request.
async fn uploads(shell: Shell<'_>, options: &UploadsOptions) -> ExitStatus {
    let Shell { s3, default_fs, upload } = shell;
    let reporter = Reporter::of("uploads");
    let uploader = Uploader::new(s3, upload.clone(), Interrupt::by_signals());
    let journals = options.state.journals();
    let uploads = Uploads { s3, uploader, journals, options, reporter, aborted: Cell::new(0) };
    let mut any_is_old = false;
    for text in &options.paths {
        match default_fs.resolve(text) {
            Err(error) => uploads.reporter.say(error),
            Ok(path) => match uploads.below(&path).await {
                Ok(is_old) => any_is_old |= is_old,
                Err(UploadError::Interrupted) => break,
                Err(error) => uploads.reporter.about(text, error),
            },
        }
    }
    if any_is_old && !options.abort {
        message!(
            "uploads: some are older than a day, and their parts are charged for: a lifecycle rule \
             of the bucket aborts such by itself (AbortIncompleteMultipartUpload)"
        );
    }
    let Some(signal) = uploads.uploader.interrupt().signal() else {
        return uploads.reporter.ending();
    };
    if options.abort {
        let count = uploads.aborted.get();
        uploads.reporter.note(format_args!(
            "interrupted: {count} uploads were aborted before: list what is left without -abort"
        ));
    } else {
        uploads.reporter.note("interrupted: the list is not complete");
    }
    ExitStatus::Interrupted(signal)
}

struct Uploads<'s> {
    s3: &'s S3,
    uploader: Uploader<'s>,
    journals: Option<Journals>,
    options: &'s UploadsOptions,
    reporter: Reporter,
    /// The number of uploads that were aborted.
    aborted: Cell<u64>,
}

impl Uploads<'_> {
    /// Lists or aborts uploads below a path. Returns whether some are older than a day.
    async fn below(&self, path: &S3Path) -> Result<bool, UploadError> {
        let now = Clock::SYSTEM.now();
        // The directory's, and that of an object of its name.
        let prefix = path.key();
        let directory = path.directory_prefix();
        let mut found = Vec::new();
        for upload in self.uploader.uploads_below(path, prefix).await? {
            match upload {
                Ok(upload) => found.push(upload),
                Err(UndecodableKey { escaped, .. }) => {
                    self.reporter.about(path.with_key(escaped), UndecodableKey::REASON);
                }
            }
        }
        found.retain(|upload| upload.key == prefix || upload.key.starts_with(&directory));
        self.report_unknown_ages(path, &found);
        found.retain(|upload| {
            self.options.older_than.is_none_or(|than| is_older(upload, than, now))
        });
        let found = sorted(found, &|one, other| {
            (&one.key, &one.initiated).cmp(&(&other.key, &other.initiated))
        });
        if !found.is_empty() {
            let lines = lines(path, &found);
            if self.options.abort {
                self.reporter.report(&(lines.join("\n") + "\n"));
            } else {
                self.reporter.printed(print_lines(lines));
            }
        }
        if self.options.abort {
            for upload in &found {
                let path = path.with_key(upload.key.clone());
                match self.abort(&path, &upload.upload_id).await {
                    Ok(()) => self.aborted.set(self.aborted.get() + 1),
                    Err(UploadError::Interrupted) => return Err(UploadError::Interrupted),
                    Err(error) => self.reporter.about(shown(&path), error),
                }
            }
        }
        Ok(found.iter().any(|upload| is_older(upload, DAY, now)))
    }

    /// Reports unreadable start times, and the uploads that `-olderThan` therefore keeps.
    fn report_unknown_ages(&self, path: &S3Path, found: &[UnfinishedUpload]) {
        for upload in found {
            let path = shown(&path.with_key(upload.key.clone()));
            let time = StoredTime::read(&upload.initiated);
            if let Some(error) = time.error() {
                self.reporter.about(&path, error);
            }
            if self.options.older_than.is_some() && !matches!(time, StoredTime::At(_)) {
                message!("uploads: `{path}': its age is not known, so -olderThan leaves it");
            }
        }
    }

    async fn abort(&self, path: &S3Path, upload_id: &str) -> Result<(), UploadError> {
        let url = self.s3.url(path).map_err(OperationError::from)?;
        let found = match &self.journals {
            Some(journals) => journals.of_upload(&url, upload_id)?,
            None => None,
        };
        if matches!(found, Some(FoundJournal::Busy(_))) {
            return Err(UploadError::Busy);
        }
        // One that no longer exists is reported, too: it may be an object by now.
        self.uploader.uninterrupted(self.uploader.abort(path, upload_id)).await??;
        if let Some(FoundJournal::Free(left)) = found {
            left.journal.remove();
        }
        Ok(())
    }
}

/// Returns whether an upload is older. One of unknown age is not.
fn is_older(upload: &UnfinishedUpload, than: Duration, now: Timestamp) -> bool {
    let initiated = stored(&upload.initiated);
    // One of a moment that is yet to come, by another clock or rounded, has no age.
    let age = initiated.map(|initiated| now.seconds_since(initiated).unwrap_or(0));
    age.is_some_and(|age| age >= than.as_secs())
}

/// Returns a line for each upload: date (to the minute), storage class, initiator, path and upload
/// ID.
fn lines(path: &S3Path, uploads: &[UnfinishedUpload]) -> Vec<String> {
    let class = |upload: &UnfinishedUpload| column(upload.storage_class.as_deref());
    let initiator = |upload: &UnfinishedUpload| column(upload.initiator.as_deref());
    let widest = |column: &dyn Fn(&UnfinishedUpload) -> String| {
        let widths = uploads.iter().map(|upload| measure_text_width(&column(upload)));
        widths.max().unwrap_or_default()
    };
    let (classes, initiators) = (widest(&class), widest(&initiator));
    let found = core::iter::once(format!("Found {} items", uploads.len()));
    let line = |upload: &UnfinishedUpload| {
        let date = stored(&upload.initiated).map_or_else(|| "-".to_owned(), local_minute);
        let class = fitted(&class(upload), classes);
        let initiator = fitted(&initiator(upload), initiators);
        let id = column(Some(&upload.upload_id));
        let path = shown(&path.with_key(upload.key.clone()));
        format!("{date:<16} {class} {initiator} {path} {id}")
    };
    found.chain(uploads.iter().map(line)).collect()
}

fn column(text: Option<&str>) -> String {
    printable(text.unwrap_or("-"))
}

fn shown(path: &S3Path) -> String {
    printable(&path.to_string())
}

/// Reads a time: a number with a unit behind it.
pub(super) fn age(text: &str) -> Result<Duration, &'static str> {
    let wrong = "write a number with s, m, h or d behind it";
    let (number, unit) = match text.trim().split_at_checked(text.trim().len().saturating_sub(1)) {
        Some((number, "s")) => (number, 1),
        Some((number, "m")) => (number, 60),
        Some((number, "h")) => (number, 60 * 60),
        Some((number, "d")) => (number, 24 * 60 * 60),
        _ => return Err(wrong),
    };
    let number = number.parse::<u64>().map_err(|_| wrong)?;
    number.checked_mul(unit).map(Duration::from_secs).ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(key: &str, initiated: &str) -> UnfinishedUpload {
        UnfinishedUpload {
            key: key.to_owned(),
            upload_id: "V+x".to_owned(),
            initiated: initiated.to_owned(),
            storage_class: None,
            initiator: None,
        }
    }

    #[test]
    fn parses_ages_with_units() {
        for (text, seconds) in
            [("90s", 90), ("15m", 900), ("12h", 43_200), ("1d", 86_400), ("0d", 0)]
        {
            assert_eq!(age(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for bad in ["", "d", "1", "-1d", "1.5h", "1w", "99999999999999999d", "1ü"] {
            assert!(age(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn compares_ages_to_the_second_and_skips_unknown_ones() {
        let initiated = upload("k", "2015-08-30T12:36:00.000Z");
        let now = Timestamp::from(1_440_938_160 + 60);
        assert!(is_older(&initiated, Duration::from_mins(1), now));
        assert!(!is_older(&initiated, Duration::from_secs(61), now));
        assert!(!is_older(&upload("k", ""), Duration::ZERO, now));
    }

    #[test]
    fn aligns_columns_and_escapes_control_characters() {
        let path = S3Path::parse("s3a://b/d").unwrap();
        let named = UnfinishedUpload {
            storage_class: Some("STANDARD".to_owned()),
            initiator: Some("日b".to_owned()),
            ..upload("d/a b", "2015-08-30T12:36:07.000Z")
        };
        let date = local_minute(1_440_938_167.into());
        assert_eq!(
            lines(&path, &[named, upload("d/\u{1b}", "")]),
            [
                "Found 2 items",
                &format!("{date} STANDARD 日b s3a://b/d/a b V+x"),
                "-                -        -   s3a://b/d/? V+x",
            ]
        );
    }
}

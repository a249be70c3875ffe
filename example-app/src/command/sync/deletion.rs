//! The limits of `--delete`, and the list of what it deletes.

use core::fmt::Display;

use super::options::SyncOptions;
use crate::report::Reporter;
use crate::report::event::Event;
use crate::report::metrics::ObjectState;
use crate::report::record::Recorded;
use crate::s3::address::path::S3Path;
use crate::s3::content::etag::ETag;
use crate::system::standard_streams::{print, shown};

/// The reason why an extra object or file is kept that was listed for deletion.
pub(super) const CHANGED: &str = "is kept: it changed since it was listed";

/// An object, file or directory that the source does not have.
pub(super) trait Extra {
    /// Returns its path, as it is shown.
    fn path(&self) -> String;

    /// Returns its length in bytes, if it has one.
    fn len(&self) -> Option<u64>;
}

/// Returns whether `count` deletions are allowed. If not, that is reported.
pub(super) async fn are_allowed(
    options: &SyncOptions,
    reporter: &Reporter,
    count: usize,
    has_files: impl AsyncFnOnce() -> bool,
) -> bool {
    let source = options.source.display();
    match options.max_delete {
        _ if count == 0 => true,
        Some(most) if u64::try_from(count).is_ok_and(|count| count <= most) => true,
        Some(most) => {
            let what = "would be deleted at the destination";
            reporter.say(format_args!(
                "{count} {what}, more than --max-delete {most}: nothing is copied or deleted"
            ));
            false
        }
        None if has_files().await => true,
        None => {
            let what = "has no files, so nothing is deleted: is it the right source?";
            let remedy = format_args!("--max-delete {count} deletes all {count}");
            reporter.about(source, format_args!("{what} {remedy}"));
            false
        }
    }
}

/// Shows what the run is going to delete.
pub(super) fn list<'e>(
    options: &SyncOptions,
    reporter: &Reporter,
    extras: impl Iterator<Item = &'e (dyn Extra + 'e)>,
) {
    let mut lines = String::new();
    for extra in extras {
        let (path, bytes) = (extra.path(), extra.len());
        if options.dry_run {
            reporter.event(&Event::PlanDelete { object: &path, bytes });
        }
        let bytes = bytes.map(|bytes| format!(" ({bytes} bytes)")).unwrap_or_default();
        lines.extend(["delete ", &shown(&path), &bytes, "\n"]);
    }
    match options.report.stdout.is_for_people() {
        false => {}
        true if options.dry_run => reporter.printed(print(lines.as_bytes())),
        true => reporter.report(&lines),
    }
}

/// Reports that something was deleted.
pub(super) fn report_deleted(reporter: &Reporter, path: impl Display, recorded: Recorded<'_>) {
    let path = path.to_string();
    reporter.event(&Event::Deleted { object: &path, bytes: recorded.length });
    reporter.record(ObjectState::Deleted, recorded);
    reporter.done(0);
    if reporter.report.is_for_people() {
        reporter.report(&format!("Deleted {}\n", shown(&path)));
    }
}

/// Returns whether all was copied, so that the deletions may begin.
pub(super) fn may_begin(reporter: &Reporter, is_interrupted: bool) -> bool {
    let is_whole = reporter.failures() == 0 && !is_interrupted;
    if !is_whole {
        reporter.note("nothing is deleted, since not all was copied");
    }
    is_whole
}

/// An object that the source does not have.
pub(super) struct ExtraObject {
    pub(super) path: S3Path,
    pub(super) len: u64,
    pub(super) etag: Option<ETag>,
}

impl Extra for ExtraObject {
    fn path(&self) -> String {
        self.path.to_string()
    }

    fn len(&self) -> Option<u64> {
        Some(self.len)
    }
}

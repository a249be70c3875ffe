//! `rolefs -ls [options] [<path> ...]`: the contents of a directory, in Hadoop's columns.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use core::cmp::Ordering;
use std::io;

use clap::Args;
use futures_util::future::LocalBoxFuture;
use rolesig::Timestamp;

use super::directory::{Children, Entry, Tree, children, tree};
use super::file_command::{FileCommand, paths_or_home};
use super::old_name::OldName;
use super::shell::{Item, Shell, child};
use crate::report::Reporter;
use crate::report::human_size::human;
use crate::report::options::ReportOptions;
use crate::s3::address::path::S3Path;
use crate::s3::error::listing::UndecodableKey;
use crate::s3::{OperationError, PathStatus, S3};
use crate::system::ExitStatus;
use crate::system::date::{StoredTime, local_minute};
use crate::system::excerpt::printable;
use crate::system::sorted::sorted;
use crate::system::standard_streams::print_lines;
use crate::system::user::user;

mod buckets;

/// The options of `-ls`.
#[derive(Args, Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags of Hadoop's")]
pub struct LsOptions {
    /// Display the paths of files and directories only.
    #[arg(short = 'C')]
    pub paths_only: bool,
    /// Directories are listed as plain files.
    #[arg(short = 'd')]
    pub directory: bool,
    /// Formats the sizes of files in a human-readable fashion rather than a number of bytes.
    #[arg(short = 'h')]
    pub human: bool,
    /// Print ? instead of non-printable characters. On a terminal it is always done.
    #[arg(short = 'q')]
    pub printable: bool,
    /// Recursively list the contents of directories.
    #[arg(short = 'R')]
    pub recursive: bool,
    /// Sort files by modification time (most recent first).
    #[arg(short = 't')]
    pub by_time: bool,
    /// Sort files by size.
    #[arg(short = 'S')]
    pub by_size: bool,
    /// Reverse the order of the sort.
    #[arg(short = 'r')]
    pub reversed: bool,
    /// Use time of last access instead of modification for display and sorting. S3 keeps no such
    /// time: 1970-01-01 stands for it.
    #[arg(short = 'u')]
    pub accessed: bool,
    /// s3a://bucket/dir; s3a:// for the buckets; without one, what lies in /user/<currentUser>.
    #[arg(value_name = "path")]
    pub paths: Vec<String>,
    /// The old name that it was called by.
    #[arg(skip)]
    pub old: Option<OldName>,
}

impl FileCommand for LsOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(ls(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        let mut paths = paths_or_home(&self.paths);
        paths.retain(|written| !buckets::are_named(written));
        paths
    }
}

/// A tree of up to this many objects is asked for at once.
const AT_ONCE: usize = 5_000;

/// Lists paths. Missing ones are reported.
pub async fn ls(shell: Shell<'_>, options: &LsOptions) -> ExitStatus {
    let reporter = OldName::reporter(options.old, "ls", ReportOptions::default());
    for written in paths_or_home(&options.paths) {
        if buckets::are_named(written) {
            buckets::list(shell, written, options, &reporter).await;
            continue;
        }
        for item in shell.found(written, &reporter).await {
            match list(shell, &item, options, &reporter).await {
                Ok(()) => {}
                Err(ListError::Off(error)) => reporter.about(&item.written, error),
                Err(ListError::Stdout(error)) => reporter.printed(Err(error)),
            }
        }
    }
    reporter.ending()
}

/// The reason why a listing is incomplete.
enum ListError {
    /// S3 refused, or did not answer.
    Off(OperationError),
    /// Stdout cannot be written.
    Stdout(io::Error),
}

impl From<OperationError> for ListError {
    fn from(error: OperationError) -> Self {
        Self::Off(error)
    }
}

impl From<io::Error> for ListError {
    fn from(error: io::Error) -> Self {
        Self::Stdout(error)
    }
}

async fn list(
    shell: Shell<'_>,
    item: &Item,
    options: &LsOptions,
    reporter: &Reporter,
) -> Result<(), ListError> {
    if options.directory || !item.is_directory() {
        let itself = itself(item);
        report_unreadable([&itself], "", options, reporter);
        return Ok(print_lines(lines(&[itself], "", options))?);
    }
    if options.recursive {
        return below(shell.s3, &item.path, &item.written, options, reporter).await;
    }
    let entries = entries(shell.s3, &item.path, options, reporter).await?;
    report_unreadable(&entries, &item.written, options, reporter);
    if !entries.is_empty() && !options.paths_only {
        print_lines([format!("Found {} items", entries.len())])?;
    }
    Ok(print_lines(lines(&entries, &item.written, options))?)
}

/// Returns the contents of a directory, in order; what cannot be named is reported.
async fn entries(
    s3: &S3,
    directory: &S3Path,
    options: &LsOptions,
    reporter: &Reporter,
) -> Result<Vec<Entry>, OperationError> {
    let Children { entries, not_utf_8 } = children(s3, directory).await?;
    report_not_utf_8(directory, &not_utf_8, reporter);
    Ok(ordered(entries, options))
}

fn report_not_utf_8(directory: &S3Path, keys: &[String], reporter: &Reporter) {
    for key in keys {
        reporter.about(directory.with_key(key), UndecodableKey::REASON);
    }
}

/// Lists the entries of each directory, and those below it right after it. A tree that is not large
/// is requested at once, a larger one directory by directory. Then only the entries of the
/// directories on the way are in memory.
async fn below(
    s3: &S3,
    directory: &S3Path,
    written: &str,
    options: &LsOptions,
    reporter: &Reporter,
) -> Result<(), ListError> {
    let prefix = directory.directory_prefix();
    if let Some(tree) = tree(s3, directory, AT_ONCE).await? {
        report_not_utf_8(directory, tree.not_utf_8(), reporter);
        return Ok(print_lines(of_tree(&tree, &prefix, written, options, reporter))?);
    }
    let entries = entries(s3, directory, options, reporter).await?;
    report_unreadable(&entries, written, options, reporter);
    for (entry, line) in entries.iter().zip(lines(&entries, written, options)) {
        print_lines([line])?;
        if entry.is_directory {
            let inside = directory.with_key(format!("{prefix}{}/", entry.name));
            let written = child(written, &entry.name);
            Box::pin(below(s3, &inside, &written, options, reporter)).await?;
        }
    }
    Ok(())
}

fn of_tree(
    tree: &Tree,
    prefix: &str,
    written: &str,
    options: &LsOptions,
    reporter: &Reporter,
) -> Vec<String> {
    let entries = ordered(tree.of(prefix), options);
    report_unreadable(&entries, written, options, reporter);
    let mut all = Vec::new();
    for (entry, line) in entries.iter().zip(lines(&entries, written, options)) {
        all.push(line);
        if entry.is_directory {
            let inside = format!("{prefix}{}/", entry.name);
            let written = child(written, &entry.name);
            all.extend(of_tree(tree, &inside, &written, options, reporter));
        }
    }
    all
}

/// Returns an entry whose name is the whole path.
fn itself(item: &Item) -> Entry {
    let (size, modified) = match &item.status {
        PathStatus::File(attributes) => {
            (attributes.len.unwrap_or_default(), attributes.stored_time())
        }
        PathStatus::Directory => (0, StoredTime::Unreported),
    };
    Entry { name: item.written.clone(), is_directory: item.is_directory(), size, modified }
}

/// Sorts entries, which come by name; what is equal stays so.
fn ordered(entries: Vec<Entry>, options: &LsOptions) -> Vec<Entry> {
    let order = |one: &Entry, other: &Entry| -> Ordering {
        if options.by_time {
            shown_time(other, options).cmp(&shown_time(one, options))
        } else if options.by_size {
            other.size.cmp(&one.size)
        } else {
            one.name.cmp(&other.name)
        }
    };
    sorted(entries, &|one, other| {
        let ordered = order(one, other);
        if options.reversed { ordered.reverse() } else { ordered }
    })
}

/// Returns the time to show. S3 keeps no time of access: it is 1970, as in S3A.
fn shown_time(entry: &Entry, options: &LsOptions) -> Timestamp {
    if options.accessed { Timestamp::EPOCH } else { entry.modified.or_epoch() }
}

/// Returns the date, as wide as one where it cannot be read.
fn shown_date(entry: &Entry, options: &LsOptions) -> String {
    match entry.modified {
        StoredTime::Unreadable(_) if !options.accessed => "????-??-?? ??:??".to_owned(),
        _ => local_minute(shown_time(entry, options)),
    }
}

/// Reports the times that cannot be read, where they are shown or decide the order.
fn report_unreadable<'e>(
    entries: impl IntoIterator<Item = &'e Entry>,
    parent: &str,
    options: &LsOptions,
    reporter: &Reporter,
) {
    if options.accessed || options.paths_only && !options.by_time {
        return;
    }
    for entry in entries {
        if let Some(error) = entry.modified.error() {
            reporter.about(child(parent, &entry.name), error);
        }
    }
}

/// Permissions, replication, owner, group, size, date (to the minute) and path: S3 knows three of
/// them, and Hadoop's S3A fills in the others just so.
fn lines<'l>(
    entries: &'l [Entry],
    parent: &'l str,
    options: &'l LsOptions,
) -> impl Iterator<Item = String> + 'l {
    let user = user();
    let width = entries.iter().map(|entry| entry.size.to_string().len()).max().unwrap_or(0);
    let width = width.max(10);
    entries.iter().map(move |entry| {
        let path = child(parent, &entry.name);
        let path = if options.printable { printable(&path) } else { path };
        if options.paths_only {
            return path;
        }
        let (permissions, replication) =
            if entry.is_directory { ("drwxrwxrwx", "-") } else { ("-rw-rw-rw-", "1") };
        let size = if options.human { human(entry.size) } else { entry.size.to_string() };
        let date = shown_date(entry, options);
        format!("{permissions} {replication:>3} {user} {user} {size:>width$} {date} {path}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, size: u64, modified: u32) -> Entry {
        let modified = StoredTime::At(modified.into());
        Entry { name: name.to_owned(), is_directory: false, size, modified }
    }

    #[test]
    fn prints_columns_as_hadoop_does() {
        let (user, date) = (user(), local_minute(1_440_938_160.into()));
        let entry = entry("a b", 1536, 1_440_938_160);
        let lines = |parent: &str, options: &LsOptions| {
            lines(core::slice::from_ref(&entry), parent, options).collect::<Vec<_>>()
        };
        let plain = lines("s3a://b/d", &LsOptions::default());
        assert_eq!(
            plain,
            [format!("-rw-rw-rw-   1 {user} {user}       1536 {date} s3a://b/d/a b")]
        );
        let epoch = local_minute(Timestamp::EPOCH);
        let options = LsOptions { human: true, accessed: true, ..LsOptions::default() };
        assert_eq!(
            lines("/", &options),
            [format!("-rw-rw-rw-   1 {user} {user}      1.5 K {epoch} /a b")]
        );
        let options = LsOptions { paths_only: true, ..LsOptions::default() };
        assert_eq!(lines("d", &options), ["d/a b"]);
    }

    #[test]
    fn orders_are_hadoops() {
        let entries = || vec![entry("a", 1, 3), entry("b", 3, 1), entry("c", 1, 2)];
        let names = |options: LsOptions| {
            let entries = ordered(entries(), &options).into_iter();
            entries.map(|entry| entry.name).collect::<String>()
        };
        let plain = LsOptions::default();
        assert_eq!(names(plain.clone()), "abc");
        assert_eq!(names(LsOptions { reversed: true, ..plain.clone() }), "cba");
        assert_eq!(names(LsOptions { by_time: true, ..plain.clone() }), "acb");
        assert_eq!(names(LsOptions { by_time: true, reversed: true, ..plain.clone() }), "bca");
        assert_eq!(names(LsOptions { by_size: true, ..plain.clone() }), "bac");
        assert_eq!(names(LsOptions { by_size: true, reversed: true, ..plain }), "acb");
    }
}

//! `rolefs -du [-s] [-h] [-v] [-x] <path> ...`: the sizes of files and directories.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use core::pin::pin;
use std::collections::BTreeMap;

use clap::Args;
use futures_util::TryStreamExt as _;
use futures_util::future::LocalBoxFuture;

use super::file_command::{FileCommand, paths_or_home};
use super::old_name::OldName;
use super::shell::{Item, Shell, child};
use crate::report::human_size::human;
use crate::report::options::ReportOptions;
use crate::s3::address::path::S3Path;
use crate::s3::error::listing::UndecodableKey;
use crate::s3::{OperationError, PathStatus, S3};
use crate::system::ExitStatus;
use crate::system::standard_streams::print_lines;

/// The options of `-du`.
#[derive(Args, Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags of Hadoop's")]
pub struct DuOptions {
    /// Rather than showing the size of each individual file that matches the pattern, shows the
    /// total (summary) size.
    #[arg(short = 's')]
    pub summary: bool,
    /// Formats the sizes of files in a human-readable fashion rather than a number of bytes.
    #[arg(short = 'h')]
    pub human: bool,
    /// Displays a header line.
    #[arg(short = 'v')]
    pub header: bool,
    /// Excludes snapshots from being counted. S3 has none.
    #[arg(short = 'x')]
    pub exclude_snapshots: bool,
    /// s3a://bucket/dir; without one, /user/<currentUser>.
    #[arg(value_name = "path")]
    pub paths: Vec<String>,
    /// The old name that it was called by.
    #[arg(skip)]
    pub old: Option<OldName>,
}

impl FileCommand for DuOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(du(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        paths_or_home(&self.paths)
    }
}

const HEADER: [&str; 3] = ["SIZE", "DISK_SPACE_CONSUMED_WITH_ALL_REPLICAS", "FULL_PATH_NAME"];

/// Sums up paths. Missing ones are reported.
async fn du(shell: Shell<'_>, options: &DuOptions) -> ExitStatus {
    let reporter = OldName::reporter(options.old, "du", ReportOptions::default());
    let mut rows = Vec::new();
    for written in options.s3_paths() {
        for item in shell.found(written, &reporter).await {
            match sizes(shell.s3, &item, options.summary).await {
                Ok(sizes) => rows.extend(sizes),
                Err(error) => reporter.about(&item.written, error),
            }
        }
    }
    reporter.printed(print(&rows, options));
    reporter.ending()
}

/// A path and its bytes.
type Row = (String, u64);

async fn sizes(s3: &S3, item: &Item, is_summary: bool) -> Result<Vec<Row>, OperationError> {
    if let PathStatus::File(attributes) = &item.status {
        return Ok(vec![(item.written.clone(), attributes.len.unwrap_or_default())]);
    }
    let below = by_name(s3, &item.path).await?;
    if is_summary {
        return Ok(vec![(item.written.clone(), below.values().sum())]);
    }
    let row = |(name, size): (String, u64)| (child(&item.written, &name), size);
    Ok(below.into_iter().map(row).collect())
}

/// Sums up what each name in a directory contains.
async fn by_name(s3: &S3, directory: &S3Path) -> Result<BTreeMap<String, u64>, OperationError> {
    let root = directory.directory_prefix();
    let escaped_root = root.as_bytes().escape_ascii().to_string();
    let mut sizes = BTreeMap::new();
    let mut pages = pin!(s3.pages(directory, &root, ""));
    while let Some(page) = pages.try_next().await? {
        for object in page.objects {
            let below = object.key.strip_prefix(&root).unwrap_or_default();
            if below.is_empty() {
                continue;
            }
            let name = below.split_once('/').map_or(below, |(name, _)| name);
            *sizes.entry(name.to_owned()).or_default() += object.size;
        }
        // A path that S3 does not answer about counts nevertheless.
        for UndecodableKey { escaped, size } in page.not_utf_8 {
            let below = escaped.strip_prefix(&escaped_root).unwrap_or(&escaped);
            let name = below.split_once('/').map_or(below, |(name, _)| name);
            *sizes.entry(name.to_owned()).or_default() += size;
        }
    }
    Ok(sizes)
}

/// Columns as wide as their widest, to the left. S3 reports no replicas: as in S3A, the size
/// is repeated.
fn table(rows: &[Row], options: &DuOptions) -> Vec<String> {
    let size = |size: u64| if options.human { human(size) } else { size.to_string() };
    let rows = rows.iter().map(|(path, bytes)| [size(*bytes), size(*bytes), path.clone()]);
    let rows: Vec<_> =
        options.header.then(|| HEADER.map(str::to_owned)).into_iter().chain(rows).collect();
    let width = |of: fn(&[String; 3]) -> &String| rows.iter().map(of).map(String::len).max();
    let first = width(|[first, ..]| first).unwrap_or_default();
    let second = width(|[_, second, _]| second).unwrap_or_default();
    rows.iter()
        .map(|[size, disk, path]| format!("{size:<first$}  {disk:<second$}  {path}"))
        .collect()
}

fn print(rows: &[Row], options: &DuOptions) -> std::io::Result<()> {
    if rows.is_empty() { Ok(()) } else { print_lines(table(rows, options)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_columns_as_hadoop_does() {
        let rows = [("/d".to_owned(), 1536), ("/x".to_owned(), 0)];
        let options = |human, header| DuOptions {
            summary: true,
            human,
            header,
            exclude_snapshots: false,
            paths: Vec::new(),
            old: None,
        };
        assert_eq!(table(&rows, &options(false, false)), ["1536  1536  /d", "0     0     /x"]);
        assert_eq!(table(&rows, &options(true, false)), ["1.5 K  1.5 K  /d", "0      0      /x"]);
        let [header, ..] = &table(&rows, &options(false, true))[..] else { panic!() };
        assert_eq!(header, "SIZE  DISK_SPACE_CONSUMED_WITH_ALL_REPLICAS  FULL_PATH_NAME");
    }
}

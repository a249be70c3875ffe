//! `rolefs -getmerge [-nl] [-skip-empty-file] <src> ... <localdst>`: several objects as one file.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use futures_util::future::LocalBoxFuture;
use tokio::io::AsyncWriteExt as _;
use tokio::task::spawn_blocking;

use super::local::{Kept, LocalFile, in_words};
use crate::command::directory::children;
use crate::command::file_command::FileCommand;
use crate::command::shell::{IS_A_DIRECTORY, Item, Shell, child};
use crate::report::Reporter;
use crate::s3::PathStatus;
use crate::s3::address::path::S3Path;
use crate::s3::content::etag::ETag;
use crate::s3::error::listing::UndecodableKey;
use crate::system::ExitStatus;
use crate::system::local_path::local_path;
use crate::transfer::download::{Download, DownloadError};
use crate::transfer::upload::Interrupt;

/// The options of `-getmerge`.
#[derive(Args, Clone, Debug)]
pub struct GetmergeOptions {
    /// Add a newline character at the end of each file.
    #[arg(long = "nl")]
    pub newline: bool,
    /// Do not add new line character for empty file.
    #[arg(long = "skip-empty-file")]
    pub skips_empty: bool,
    /// The sources, and the local file, which is overwritten.
    #[arg(value_name = "src")]
    pub paths: Vec<String>,
}

impl GetmergeOptions {
    fn named(&self) -> (&[String], Option<&String>) {
        match self.paths.split_last() {
            Some((destination, sources)) => (sources, Some(destination)),
            None => (&[], None),
        }
    }
}

impl FileCommand for GetmergeOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(getmerge(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        self.named().0.iter().map(String::as_str).collect()
    }

    fn local_paths(&self) -> Vec<&OsStr> {
        self.named().1.map(AsRef::as_ref).into_iter().collect()
    }

    fn contradiction(&self) -> Option<&'static str> {
        match self.paths.len() {
            0 => Some("Not enough arguments: expected 2 but got 0"),
            1 => Some("Not enough arguments: expected 2 but got 1"),
            _ => None,
        }
    }
}

/// An object that is joined, with its length and its `ETag` if they are known.
struct Piece {
    path: S3Path,
    written: String,
    len: Option<u64>,
    etag: Option<ETag>,
}

/// A file with all of the content, yet without its name.
struct Merged {
    local: LocalFile,
    target: PathBuf,
    /// The lengths of the objects in it, in bytes.
    lens: Vec<u64>,
}

async fn getmerge(shell: Shell<'_>, options: &GetmergeOptions) -> ExitStatus {
    let reporter = Reporter::of("getmerge");
    let interrupt = Interrupt::by_signals();
    // An incomplete file is removed when it is dropped.
    let merged = tokio::select! {
        biased;
        () = interrupt.raised() => None,
        merged = merge(shell, options, &reporter) => merged,
    };
    if let Some(Merged { local, target, lens }) = merged {
        // It is published as a whole or not at all, even if a signal arrives.
        let published = spawn_blocking(move || local.publish(&Kept::default(), false)).await;
        match published.map_err(io::Error::other).flatten() {
            Ok(()) => lens.into_iter().for_each(|len| reporter.done(len)),
            Err(error) => reporter.about(target.display(), in_words(&error)),
        }
    }
    let Some(signal) = interrupt.signal() else { return reporter.ending() };
    reporter.interrupted("fetched");
    ExitStatus::Interrupted(signal)
}

/// Writes all objects to a file without a name. Failures are reported.
async fn merge(shell: Shell<'_>, options: &GetmergeOptions, reporter: &Reporter) -> Option<Merged> {
    let (sources, Some(destination)) = options.named() else { return None };
    let target = match local_path(OsStr::new(destination)) {
        Ok(target) => target,
        Err(error) => {
            reporter.say(error);
            return None;
        }
    };
    if target.is_dir() {
        reporter.about(target.display(), IS_A_DIRECTORY);
        return None;
    }
    let mut pieces = Vec::new();
    for source in sources {
        for item in shell.found(source, reporter).await {
            pieces.extend(pieces_of(shell, item, reporter).await);
        }
    }
    if reporter.failures() > 0 {
        return None;
    }
    match joined(shell, options, pieces, &target, reporter).await {
        Ok(joined) => joined.map(|(local, lens)| Merged { local, target, lens }),
        Err(error) => {
            reporter.about(target.display(), in_words(&error));
            None
        }
    }
}

/// Returns an object itself, or the objects right in a directory, in the order of names.
async fn pieces_of(shell: Shell<'_>, item: Item, reporter: &Reporter) -> Vec<Piece> {
    if let PathStatus::File(found) = item.status {
        let (path, written) = (item.path, item.written);
        return vec![Piece { len: found.len, etag: found.etag, path, written }];
    }
    match children(shell.s3, &item.path).await {
        Err(error) => {
            reporter.about(&item.written, error);
            Vec::new()
        }
        Ok(children) => {
            for key in children.not_utf_8 {
                reporter.about(item.path.with_key(key), UndecodableKey::REASON);
            }
            let files = children.entries.into_iter().filter(|entry| !entry.is_directory);
            let piece = |entry: crate::command::directory::Entry| Piece {
                path: item.path.join(&entry.name),
                written: child(&item.written, &entry.name),
                len: Some(entry.size),
                etag: None,
            };
            files.map(piece).collect()
        }
    }
}

/// Writes all objects to a file without a name, and returns it and their lengths; `None` after a
/// failure that was reported.
async fn joined(
    shell: Shell<'_>,
    options: &GetmergeOptions,
    pieces: Vec<Piece>,
    target: &Path,
    reporter: &Reporter,
) -> io::Result<Option<(LocalFile, Vec<u64>)>> {
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    std::fs::create_dir_all(parent.unwrap_or(Path::new(".")))?;
    let local = LocalFile::create(target, true)?;
    let (mut writer, mut lens) = (local.writer()?, Vec::new());
    for Piece { path, written, len, etag } in pieces {
        let download = Download::new(shell.s3, &path, true).expecting((len, etag.as_ref()));
        let attributes = match download.to(&mut writer, &|_| ()).await {
            Ok(attributes) => attributes,
            Err(DownloadError::Write(error)) => return Err(error),
            Err(error) => {
                reporter.about(written, error);
                return Ok(None);
            }
        };
        let len = attributes.len.or(len);
        if options.newline && !(len == Some(0) && options.skips_empty) {
            writer.write_all(b"\n").await?;
        }
        lens.push(len.unwrap_or(0));
    }
    writer.flush().await?;
    Ok(Some((local, lens)))
}

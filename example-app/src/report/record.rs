//! The record of a run: a file with a line of JSON for each object, and one with metrics.
//!
//! Both appear under their names when they are complete. Until then they are `FILE.partial`; a line
//! is written there when its object is done. The run holds a lock on it, so that it alone writes
//! there.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use core::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf, absolute};
use std::time::Instant;

use clap::Args;
use serde_json::Value;

use super::metrics::{Counts, Metrics, ObjectState};
use crate::s3::address::path::S3Path;
use crate::s3::content::checksum::ChecksumAlgorithm;
use crate::s3::content::confirmation::Confirmation;
use crate::system::local_path::{local_path, local_path_parser};
use crate::system::positioned_file::FileState;

/// The files in which a command records its work.
#[derive(Args, Clone, Debug, Default)]
pub struct RecordOptions {
    /// Writes a file with a line of JSON for each object: its key, length, checksum, ETag, version
    /// and request ID. It is a --manifest of format json, too.
    #[arg(long = "report", value_name = "FILE", value_parser = local_path_parser())]
    pub file: Option<PathBuf>,
    /// Writes a file of metrics about the run, in the text format of OpenMetrics.
    #[arg(long, value_name = "FILE", value_parser = local_path_parser())]
    pub metrics: Option<PathBuf>,
}

impl RecordOptions {
    /// Returns whether a file is wanted.
    pub(crate) const fn is_wanted(&self) -> bool {
        self.file.is_some() || self.metrics.is_some()
    }

    /// Returns the error in the options, if they contradict each other.
    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        let (file, metrics) = (real(self.file.as_deref()?), real(self.metrics.as_deref()?));
        if file == metrics {
            return Some("--report and --metrics name one file: name two");
        }
        let is_one = partial(&file) == metrics || partial(&metrics) == file;
        is_one.then_some(
            "--report and --metrics differ in .partial, the name of an unfinished file: name others",
        )
    }

    /// Returns the error if a file would be a source that is put, or below one: it would be put
    /// unfinished, or take the source's place.
    pub(crate) fn sources_contradiction<'s>(
        &self,
        sources: impl IntoIterator<Item = &'s OsStr>,
    ) -> Option<&'static str> {
        let mut sources = sources.into_iter().filter(|source| *source != "-");
        let is_below = |source| local_path(source).is_ok_and(|source| self.is_below(&source));
        (self.is_wanted() && sources.any(is_below))
            .then_some("--report and --metrics must not be among the files that are put")
    }

    /// Returns the error if a file would take the place of the one that is fetched.
    pub(crate) fn destination_contradiction(&self, destination: &OsStr) -> Option<&'static str> {
        let destination = local_path(destination).ok()?;
        (self.is_wanted() && !destination.is_dir() && self.is_below(&destination))
            .then_some("--report and --metrics must not name the destination")
    }

    /// Returns whether a file would be in this directory, or have its name. Links are followed.
    pub(crate) fn is_below(&self, directory: &Path) -> bool {
        let directory = real(directory);
        let is_below = |file: &PathBuf| file.starts_with(&directory);
        self.files().any(|file| [real(file), named(file)].iter().any(is_below))
            || self.is_unfinished(&directory)
    }

    /// Returns whether this is the name of a file that is not complete yet, which would be emptied.
    pub(crate) fn is_unfinished(&self, path: &Path) -> bool {
        let path = real(path);
        self.files().any(|file| partial(&real(file)) == path)
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.file, &self.metrics].into_iter().flatten()
    }
}

/// Returns the path that a path leads to, by its links and parent directories.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| named(path))
}

/// Returns the path of a directory entry, even of a link or of nothing.
fn named(path: &Path) -> PathBuf {
    let here = |parent: &Path| parent.as_os_str().is_empty();
    let parent = path.parent().map(|parent| if here(parent) { Path::new(".") } else { parent });
    match (parent.map(Path::canonicalize), path.file_name()) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => absolute(path).unwrap_or_else(|_| path.to_owned()),
    }
}

/// An object, and the facts about it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Recorded<'r> {
    /// The other side: its local file in either direction, or the object that it was copied from.
    pub(crate) source: Option<&'r str>,
    pub(crate) object: Option<&'r S3Path>,
    /// In bytes.
    pub(crate) length: Option<u64>,
    pub(crate) stored: Option<&'r Confirmation>,
    /// The reason of a failure.
    pub(crate) error: Option<&'r str>,
    /// The path that a failure is about, if that is all that is known.
    pub(crate) path: Option<&'r str>,
}

/// The record of a run in progress.
pub(crate) struct Record {
    report: RefCell<Option<UnfinishedFile>>,
    metrics: RefCell<Option<UnfinishedFile>>,
    counts: Cell<Counts>,
    begun: Instant,
}

/// A file that gets its name when it is complete, so that its readers see all of it or nothing.
struct UnfinishedFile {
    path: PathBuf,
    file: File,
    /// The first error. The work continues after it.
    error: Option<io::Error>,
}

/// A file that could not be written, and the reason.
pub(crate) type RecordError = (PathBuf, io::Error);

impl Record {
    /// Opens the files before the work begins; `None` if no file is wanted.
    pub(crate) fn open(options: &RecordOptions) -> Result<Option<Self>, RecordError> {
        if !options.is_wanted() {
            return Ok(None);
        }
        let open = |path: &Option<PathBuf>| path.as_deref().map(UnfinishedFile::open).transpose();
        let report = open(&options.file)?;
        let metrics = open(&options.metrics).inspect_err(|_| {
            report.iter().for_each(UnfinishedFile::discard);
        })?;
        let (report, metrics) = (RefCell::new(report), RefCell::new(metrics));
        Ok(Some(Self { report, metrics, counts: Cell::default(), begun: Instant::now() }))
    }

    /// Counts an object, and writes its line.
    pub(crate) fn add(&self, state: ObjectState, recorded: Recorded<'_>) {
        let mut counts = self.counts.get();
        counts.add(state, recorded.length);
        self.counts.set(counts);
        if let Some(report) = &mut *self.report.borrow_mut() {
            report.write(&line(state, recorded));
        }
    }

    /// Gives the files their names. Both are tried. Nothing is added to them later.
    pub(crate) fn finish(&self, command: &'static str, retries: u64) -> Vec<RecordError> {
        let duration = self.begun.elapsed();
        let metrics = Metrics { command, counts: self.counts.get(), retries, duration };
        let summary = format!("{{\"summary\":{}}}\n", metrics.json());
        let files = [(&self.report, summary), (&self.metrics, metrics.open_metrics())];
        let finish = |(file, end): (&RefCell<Option<UnfinishedFile>>, String)| {
            file.take().and_then(|file| file.finish(&end).err())
        };
        files.into_iter().filter_map(finish).collect()
    }
}

impl UnfinishedFile {
    fn open(path: &Path) -> Result<Self, RecordError> {
        let open = || {
            let path = place(path)?;
            let file = alone(&partial(&path))?;
            Ok(Self { path, file, error: None })
        };
        open().map_err(|error| (path.to_owned(), error))
    }

    fn write(&mut self, text: &str) {
        if self.error.is_none() {
            self.error = self.file.write_all(text.as_bytes()).err();
        }
    }

    /// Removes a file of a run that does not begin.
    fn discard(&self) {
        // The error that ends the run is reported, and not this one.
        let _ = fs::remove_file(partial(&self.path));
    }

    /// Writes the end of the file, and gives it its name.
    fn finish(mut self, end: &str) -> Result<(), RecordError> {
        self.write(end);
        let Self { path, file, error } = self;
        let written = error.map_or_else(|| file.sync_all(), Err);
        let named = written.and_then(|()| fs::rename(partial(&path), &path));
        named.map_err(|error| (path, error))
    }
}

/// Returns a line of the report. Fields that are not known are left out.
fn line(state: ObjectState, recorded: Recorded<'_>) -> String {
    let Recorded { source, object, length, stored, error, path } = recorded;
    let stored = stored.unwrap_or(const { &Confirmation::NOTHING });
    let checksum = stored.checksum.as_deref();
    let algorithm = stored.algorithm.filter(|_| checksum.is_some()).map(ChecksumAlgorithm::name);
    let fields: [(&str, Option<Value>); 12] = [
        ("state", Some(state.name().into())),
        ("source", source.map(Value::from)),
        ("key", object.map(|object| object.key().into())),
        ("object", object.map(|object| object.to_string().into())),
        ("length", length.map(Value::from)),
        ("checksum_algorithm", algorithm.map(Value::from)),
        ("checksum", checksum.map(Value::from)),
        ("etag", stored.etag.as_ref().map(|etag| etag.as_str().into())),
        ("version_id", stored.version_id.as_deref().map(Value::from)),
        ("request_id", stored.request_id.as_deref().map(Value::from)),
        ("path", path.map(Value::from)),
        ("error", error.map(Value::from)),
    ];
    let known = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let known: Vec<_> = known.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}\n", known.join(","))
}

/// Returns the path that a file will have: for a symbolic link, that of its target.
fn place(path: &Path) -> io::Result<PathBuf> {
    let refused = |what| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    match fs::metadata(path) {
        _ if path.as_os_str() == "-" => {
            refused("expected the name of a file: -json writes to stdout")
        }
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        // It would be renamed away: /dev/null, say.
        Ok(found) if !found.is_file() => refused("not a regular file: name another"),
        Ok(_) => path.canonicalize(),
        Err(_) => Ok(path.to_owned()),
    }
}

/// Opens an empty file that no other run writes until this one closes it. The file of a killed run
/// is replaced. Where the file system has no locks, nothing keeps two runs apart.
fn alone(path: &Path) -> io::Result<File> {
    let busy = || {
        io::Error::new(io::ErrorKind::ResourceBusy, "another run is writing it: name another file")
    };
    let file = File::options().write(true).create(true).truncate(false).open(path)?;
    if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        return Err(busy());
    }
    // The other run may have given it its name meanwhile.
    let named = fs::metadata(path).and_then(|named| FileState::of(&named));
    if named.ok() != Some(FileState::of(&file.metadata()?)?) {
        return Err(busy());
    }
    file.set_len(0)?;
    Ok(file)
}

/// Returns the name of a file that is not complete yet.
fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

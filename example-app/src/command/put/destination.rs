//! The destination of a put: its kind, and the place of each source there.

use core::future::pending;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::{Path, PathBuf};

use super::names::is_denied;
use super::options::{SourceFate, SourceList};
use super::run::{Put, To};
use super::source::{OpenedSource, is_stdin, name_of};
use super::{moved, tree};
use crate::command::shell::NO_SUCH_FILE;
use crate::s3::PathKind;
use crate::s3::address::path::{KeySyntax, S3Path};
use crate::system::descriptors;
use crate::system::excerpt::printable;
use crate::system::standard_streams::expect_stdin;
use crate::transfer::upload::{UploadError, Uploader};

impl Put<'_> {
    pub(super) async fn all(
        &self,
        sources: SourceList<'_>,
        written: &str,
        path: &S3Path,
        keys: KeySyntax,
    ) {
        if sources.is_stdin()
            && let Err(error) = expect_stdin()
        {
            return self.reporter.about("-", error);
        }
        let kind = match &self.to {
            To::Nowhere(_) => self.assumed_kind(path, &sources),
            To::S3(uploader) => match self.kind(uploader, path, &sources).await {
                Ok(kind) => kind,
                Err(error) => return self.reporter.about(written, error),
            },
        };
        if let SourceList::CommandLine(sources) = sources
            && self.options.success
            && !sources.iter().any(|source| source.is_dir())
        {
            self.reporter.note("no source is a directory, so no _SUCCESS is written");
        }
        match (sources, kind) {
            (SourceList::Manifest(manifest), PathKind::Directory | PathKind::Absent) => {
                match self.expect_directory(path).await {
                    Ok(()) => self.manifest(manifest, path, keys).await,
                    Err(reason) => self.reporter.about(path, reason),
                }
            }
            (SourceList::CommandLine(sources), PathKind::Directory) => {
                let mut names = BTreeMap::new();
                let bars = &self.reporter.bars;
                let planned = sources.iter().map(|source| bars.plan(|| tree::len_of_file(source)));
                let planned: Vec<_> = planned.collect();
                let (last, mut opening) = (sources.len(), Some(bars.opening()));
                for ((source, planned), number) in sources.iter().zip(planned).zip(1..) {
                    opening = opening.filter(|_| number < last);
                    // It begins now, and reports its length itself.
                    drop(planned);
                    self.below(source, path, &mut names).await;
                }
            }
            (SourceList::CommandLine([source]), _) => self.one(source, path, kind).await,
            (_, PathKind::Absent) => self.reporter.about(written, NO_SUCH_FILE),
            (_, PathKind::File) => self.reporter.about(written, "Is not a directory"),
        }
    }

    /// Returns the kind of the destination, with as few requests as possible. A role that can only
    /// write gets no response: with `-f` the destination is then taken as written.
    pub(super) async fn kind(
        &self,
        uploader: &Uploader<'_>,
        path: &S3Path,
        sources: &SourceList<'_>,
    ) -> Result<PathKind, UploadError> {
        if path.is_written_as_directory() {
            return Ok(PathKind::Directory);
        }
        // Several sources are for a directory: nothing is overwritten in its place.
        if !self.options.overwrite || matches!(sources, SourceList::CommandLine([_, _, ..])) {
            match uploader.ask(async |s3| s3.kind(path).await).await {
                Err(UploadError::S3(error)) if self.options.overwrite && is_denied(&error) => {}
                known => return known,
            }
        }
        match uploader.ask(async |s3| s3.is_directory(path).await).await {
            Ok(true) => Ok(PathKind::Directory),
            Ok(false) => Ok(PathKind::Absent),
            Err(UploadError::S3(error)) if is_denied(&error) => Ok(PathKind::Absent),
            Err(error) => Err(error),
        }
    }

    /// Returns the kind that the destination is written as, since S3 is not asked.
    pub(super) fn assumed_kind(&self, path: &S3Path, sources: &SourceList<'_>) -> PathKind {
        if path.is_written_as_directory() || !matches!(sources, SourceList::CommandLine([_])) {
            return PathKind::Directory;
        }
        let what = "it is not asked whether that is a directory: with a slash at its end it is \
                    taken for one";
        self.reporter.note(format_args!("`{}': {what}", printable(&path.to_string())));
        PathKind::Absent
    }

    /// Stores a source as `dir/name`, with its own name. `names` are those of the sources before.
    /// Of two sources for one key the second is an error if it would overwrite the first, or if the
    /// two are equal in a form of Unicode only. Elsewhere S3 reports that the key exists, or `-f`
    /// allows to overwrite it.
    pub(super) async fn below<'p>(
        &self,
        source: &'p Path,
        directory: &S3Path,
        names: &mut BTreeMap<String, (PathBuf, &'p Path)>,
    ) {
        if is_stdin(source) {
            return self.reporter.about(directory, "Is a directory: name the object for stdin");
        }
        let name = name_of(source);
        let Some(key) = name.to_str() else {
            return self.reporter.about(source.display(), tree::not_utf_8(&name));
        };
        if key.is_empty() {
            // As in Hadoop, what lies in the root goes right into the directory.
            return self.one(source, directory, PathKind::Directory).await;
        }
        let key = self.formed(key.to_owned());
        match (names.entry(key.clone()), self.options.sources.normalize) {
            (Entry::Vacant(entry), _) => {
                entry.insert((name, source));
            }
            (Entry::Occupied(entry), Some(form)) if entry.get().0 != name => {
                let what = form.collision(&entry.get().1.display().to_string());
                return self.reporter.about(source.display(), what);
            }
            (Entry::Occupied(entry), _)
                if self.after == SourceFate::Deleted || self.options.sources.update =>
            {
                let other = entry.get().1.display();
                let what = format_args!(
                    "would overwrite what `{other}' is stored as: name another directory"
                );
                return self.reporter.about(source.display(), what);
            }
            _ => {}
        }
        self.one(source, &directory.join(&key), PathKind::Directory).await;
    }

    /// Stores a source at exactly this path. `known` matters only if S3 was asked already.
    pub(in crate::command) async fn one(&self, source: &Path, target: &S3Path, known: PathKind) {
        if self.is_interrupted() {
            return;
        }
        let is_kept = !self.options.overwrite && !self.options.sources.update;
        if is_stdin(source) && known == PathKind::File && is_kept {
            // Before the writer of stdin has written it all.
            return self.reporter.about(target, "File exists");
        }
        match descriptors::patiently(|| OpenedSource::open(source)).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.reporter.about(source.display(), NO_SUCH_FILE);
            }
            Err(error) => self.reporter.about(source.display(), error),
            Ok(OpenedSource::Directory) if self.is_kept_out_of(source) => {
                self.reporter.about(source.display(), moved::BEHIND_A_LINK);
            }
            Ok(OpenedSource::Directory) if known == PathKind::File => {
                self.reporter.about(target, "Is not a directory");
            }
            Ok(OpenedSource::Directory) => match self.expect_directory(target).await {
                Ok(()) => self.tree(source, target).await,
                Err(reason) => self.reporter.about(target, reason),
            },
            Ok(source_found) => self.object(source_found, source, target, known).await,
        }
    }

    /// Refuses to put a directory where there is an object, which would have others below it.
    pub(super) async fn expect_directory(&self, target: &S3Path) -> Result<(), String> {
        let To::S3(uploader) = &self.to else { return Ok(()) };
        match self.names.expect_directory(uploader, target).await {
            Err(UploadError::BelowObject(object)) if object == target.without_slash() => {
                Err("Is not a directory".to_owned())
            }
            found => found.map_err(|error| error.to_string()),
        }
    }

    /// Waits until a signal arrives. None ends a plan in this way.
    pub(in crate::command) async fn interrupted(&self) {
        match &self.to {
            To::S3(uploader) => uploader.interrupt().raised().await,
            To::Nowhere(_) => pending().await,
        }
    }

    pub(in crate::command) fn is_interrupted(&self) -> bool {
        match &self.to {
            To::S3(uploader) => uploader.interrupt().signal().is_some(),
            To::Nowhere(_) => false,
        }
    }
}

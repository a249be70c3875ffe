//! Many sources: those below a directory, and those of a manifest.

use core::task::Poll;
use std::io;
use std::path::{Path, PathBuf};

use futures_util::FutureExt as _;
use futures_util::future::Either;
use futures_util::stream::{self, LocalBoxStream, StreamExt as _};
use tokio::task::spawn_blocking;

use super::options::SourceFate;
use super::run::{Put, To};
use super::source::OpenedSource;
use super::tree::{AHEAD, Refused, TreeEntry, Walk, WalkRules, len_of_file, unreadable};
use super::{manifest, moved};
use crate::command::pool::side_by_side;
use crate::command::shell::NO_SUCH_FILE;
use crate::report::progress::Planned;
use crate::s3::PathKind;
use crate::s3::address::path::{KeySyntax, S3Path};
use crate::system::descriptors;

impl Put<'_> {
    /// Stores all files below a directory, several at once. An empty directory becomes an empty
    /// object with a slash at the end of its key, as in S3's console and S3A.
    pub(super) async fn tree(&self, root: &Path, target: &S3Path) {
        let walk = Walk::new(root.to_owned(), String::new(), self.rules());
        let is_whole = self.every(walk.entries().boxed_local(), root, target).await;
        let To::S3(uploader) = &self.to else { return };
        // An empty one that was not stored, or left out, is not there to be found again.
        let is_all = is_whole && self.options.filter.is_of_all();
        if self.after == SourceFate::Deleted && is_all {
            moved::remove_directories(uploader.interrupt(), root).await;
        }
    }

    /// Stores everything that a manifest names, directories with all below them.
    pub(super) async fn manifest(&self, path: &Path, target: &S3Path, keys: KeySyntax) {
        let lines = match manifest::lines(
            path,
            self.options.sources.manifest_format.unwrap_or_default(),
            keys,
        ) {
            Ok(lines) => lines,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return self.reporter.about(path.display(), NO_SUCH_FILE);
            }
            Err(error) => return self.reporter.about(path.display(), error),
        };
        let entries = lines.flat_map(|line| match line {
            Err(reason) => Either::Left(stream::iter([Err((path.to_owned(), reason))])),
            Ok(named) => self.named(named),
        });
        self.every(entries.boxed_local(), path, target).await;
    }

    fn named(
        &self,
        manifest::ManifestEntry { path, name }: manifest::ManifestEntry,
    ) -> Either<OneEntry, LocalBoxStream<'static, Result<TreeEntry, Refused>>> {
        // A file of this name: stdin has none.
        let path = if path.as_os_str() == "-" { PathBuf::from("./-") } else { path };
        let name = self.formed(name);
        if path.is_dir() {
            if self.is_kept_out_of(&path) {
                return Either::Left(stream::iter([Err((path, moved::BEHIND_A_LINK.to_owned()))]));
            }
            let below = if name.is_empty() { name } else { name + "/" };
            return Either::Right(Walk::new(path, below, self.rules()).entries().boxed_local());
        }
        Either::Left(stream::iter([Ok(TreeEntry::File { path, name })]))
    }

    /// Returns whether a directory would be emptied behind a symbolic link that names it.
    pub(super) fn is_kept_out_of(&self, directory: &Path) -> bool {
        self.after == SourceFate::Deleted && moved::is_link(directory)
    }

    fn rules(&self) -> WalkRules {
        let follow_links = self.after == SourceFate::Kept;
        let form = self.options.sources.normalize;
        WalkRules { follow_links, filter: self.options.filter.clone(), form }
    }

    /// Returns whether there is a file below a directory that would be stored.
    pub(in crate::command) async fn has_files(&self, root: &Path) -> bool {
        let mut walk = Walk::new(root.to_owned(), String::new(), self.rules());
        let is_file = |entry| matches!(entry, Ok(TreeEntry::File { .. }));
        spawn_blocking(move || walk.any(is_file)).await.unwrap_or(false)
    }

    pub(super) fn formed(&self, name: String) -> String {
        let form = self.options.sources.normalize;
        form.map(|form| form.of(&name).into_owned()).unwrap_or(name)
    }

    /// Returns whether every entry was stored. Entries can arrive slowly, and are not awaited after
    /// a signal.
    async fn every(
        &self,
        entries: LocalBoxStream<'_, Result<TreeEntry, Refused>>,
        root: &Path,
        target: &S3Path,
    ) -> bool {
        let before = self.reporter.failures();
        let bars = &self.reporter.bars;
        let mut opening = Some(bars.opening());
        let end = stream::poll_fn(move |_| {
            drop(opening.take());
            Poll::Ready(None)
        });
        // Their lengths are counted ahead, where the total is shown.
        let ahead = if bars.are_shown() { AHEAD } else { 1 };
        let planned = |entry: Result<TreeEntry, Refused>| {
            let planned = bars.plan(|| match &entry {
                Ok(TreeEntry::File { path, .. }) => len_of_file(path),
                _ => None,
            });
            (entry, planned)
        };
        let entries = entries.map(planned).ready_chunks(ahead).flat_map(stream::iter);
        let entries = entries
            .chain(end)
            .take_until(Box::pin(self.interrupted()))
            .map(|(entry, planned)| self.entry(entry, planned, target).boxed_local())
            .boxed_local();
        side_by_side(self.at_once, entries).await;
        let is_whole = || self.reporter.failures() == before && !self.is_interrupted();
        if self.options.success && is_whole() {
            self.marker(root, &target.join("_SUCCESS")).await;
        }
        is_whole()
    }

    async fn entry(&self, entry: Result<TreeEntry, Refused>, planned: Planned, root: &S3Path) {
        if self.is_interrupted() {
            return;
        }
        match entry {
            Err((path, reason)) => self.reporter.about(path.display(), reason),
            Ok(TreeEntry::EmptyDirectory { path, name }) => {
                let marker = root.join(&name);
                self.marker(&path, &marker.with_key(marker.directory_prefix())).await;
            }
            Ok(TreeEntry::File { path, name }) => {
                match descriptors::patiently(|| OpenedSource::open(&path)).await {
                    // The target of a link must not be deleted with the directory of the link.
                    Ok(OpenedSource::Directory) => {
                        self.reporter.about(path.display(), moved::BEHIND_A_LINK);
                    }
                    Ok(source) => {
                        // It begins now, and reports its length itself.
                        drop(planned);
                        self.object(source, &path, &root.join(&name), PathKind::Directory).await;
                    }
                    Err(error) => self.reporter.about(path.display(), unreadable(&path, &error)),
                }
            }
        }
    }
}

type OneEntry = stream::Iter<core::array::IntoIter<Result<TreeEntry, Refused>, 1>>;

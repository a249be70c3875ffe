//! A copy from its paths to its objects.

use super::CopyCommand;
use crate::command::pattern::is_pattern;
use crate::command::put::SourceFate;
use crate::command::shell::{FindError, Item, NO_SUCH_FILE, Shell, child};
use crate::report::Reporter;
use crate::s3::address::path::S3Path;
use crate::s3::content::etag::ETag;
use crate::s3::{PathKind, PathStatus};
use crate::transfer::upload::{UploadError, Uploader};

/// A copy in progress.
pub(super) struct Copy<'s> {
    pub(super) shell: Shell<'s>,
    pub(super) command: &'s CopyCommand,
    pub(super) uploader: Uploader<'s>,
    pub(super) reporter: Reporter,
    /// The number of objects of a directory that are copied side by side.
    pub(super) at_once: usize,
}

/// An object to copy.
pub(super) struct Original<'o> {
    pub(super) path: &'o S3Path,
    /// As it is shown.
    pub(super) written: &'o str,
    pub(super) etag: &'o ETag,
    pub(super) len: u64,
    pub(super) class: Option<&'o str>,
}

/// The path that a copy is written to.
pub(super) struct CopyTarget {
    pub(super) path: S3Path,
    /// As it is shown.
    pub(super) shown: String,
}

impl Copy<'_> {
    /// Returns whether the sources are deleted.
    pub(super) fn is_move(&self) -> bool {
        self.command.after == SourceFate::Deleted
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.uploader.interrupt().signal().is_some()
    }

    pub(super) async fn all(&self) {
        let (sources, Some(destination)) = self.command.options.named() else { return };
        let path = match self.shell.default_fs.resolve(destination) {
            Ok(path) => path,
            Err(error) => return self.reporter.say(error),
        };
        let mut found = Vec::new();
        for source in sources {
            if self.uploader.uninterrupted(self.find(source, &mut found)).await.is_err() {
                return;
            }
        }
        let Some(first) = found.first() else { return };
        let is_directory = first.as_ref().is_ok_and(Item::is_directory);
        let shown = self.shell.shown(destination);
        let kind = match self.kind(&path).await {
            Ok(kind) => kind,
            Err(error) => return self.reporter.about(shown, error),
        };
        match kind {
            PathKind::Absent if found.len() > 1 => self.reporter.about(shown, NO_SUCH_FILE),
            PathKind::File if found.len() > 1 => self.reporter.about(shown, "Is not a directory"),
            PathKind::File if !self.command.overwrite && !self.command.options.resume => {
                self.reporter.about(shown, "File exists");
            }
            PathKind::File if is_directory => {
                self.reporter.about(shown, "Is not a directory");
            }
            PathKind::Directory
                if !self.replaces_destination(is_directory && found.len() == 1, &path) =>
            {
                for found in &found {
                    self.below(found, &path, &shown).await;
                }
            }
            _ => match first {
                Ok(item) => self.one(item, CopyTarget { path, shown }).await,
                Err(missing) => missing.report(&self.reporter),
            },
        }
    }

    /// Adds the entries of a source. As in Hadoop's FsShell, a source that cannot be copied counts:
    /// with two sources the destination must be a directory, or one would get the name that was
    /// meant for all. Only a pattern that matches nothing does not count.
    async fn find(&self, source: &str, found: &mut Vec<Result<Item, FindError>>) {
        match self.shell.find(source).await {
            Ok(items) => found.extend(items.into_iter().map(Ok)),
            Err(missing @ FindError::Absent(_)) if is_pattern(source) => {
                missing.report(&self.reporter);
            }
            Err(FindError::UndecodableKey { keys, items }) => {
                found.extend(items.into_iter().map(Ok));
                found.push(Err(FindError::UndecodableKey { keys, items: Vec::new() }));
            }
            Err(missing) => found.push(Err(missing)),
        }
    }

    /// Copies a source to a place in a directory.
    async fn below(&self, found: &Result<Item, FindError>, directory: &S3Path, shown: &str) {
        match found {
            Err(missing) => missing.report(&self.reporter),
            Ok(item) => {
                let name = item.name();
                let shown = if name.is_empty() { shown.to_owned() } else { child(shown, name) };
                self.one(item, CopyTarget { path: directory.join(name), shown }).await;
            }
        }
    }

    /// Returns whether a directory goes to exactly the destination, although that is a directory.
    fn replaces_destination(&self, is_only_directory: bool, path: &S3Path) -> bool {
        self.command.options.resume && is_only_directory && !path.is_written_as_directory()
    }

    async fn kind(&self, path: &S3Path) -> Result<PathKind, UploadError> {
        if path.is_written_as_directory() {
            return Ok(PathKind::Directory);
        }
        self.uploader.ask(async |s3| s3.kind(path).await).await
    }

    /// Copies a source to exactly this place.
    async fn one(&self, item: &Item, place: CopyTarget) {
        if self.is_interrupted() {
            return;
        }
        let attributes = match &item.status {
            PathStatus::Directory => return self.tree(item, &place).await,
            PathStatus::File(attributes) => attributes,
        };
        let (Some(etag), Some(len)) = (&attributes.etag, attributes.len) else {
            let what = "S3 does not report its length and its ETag: -get and -put copy it";
            return self.reporter.about(&item.written, what);
        };
        let is_itself =
            item.path.bucket() == place.path.bucket() && item.path.key() == place.path.key();
        if is_itself && (self.is_move() || !self.command.overwrite) {
            return self.reporter.about(&place.shown, "File exists");
        }
        if is_itself && !self.command.options.changes_objects() {
            return self.reporter.done(0);
        }
        match self.uploader.ask(async |s3| s3.object_above(&place.path).await).await {
            Ok(None) => {}
            Ok(Some(above)) => {
                return self.reporter.about(&place.shown, UploadError::BelowObject(above));
            }
            Err(error) => return self.reporter.about(&place.shown, error),
        }
        let class = attributes.storage_class.as_deref();
        let written = &item.written;
        let original = Original { path: &item.path, written, etag, len, class };
        let copied = self.object(&original, &place, true).await;
        if let (Some(copied), true) = (copied, self.is_move()) {
            self.remove_object(&original, &place, &copied).await;
        }
    }
}

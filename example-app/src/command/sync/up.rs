//! A local directory to S3.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::task::yield_now;

use super::deletion::{CHANGED, Extra, ExtraObject, are_allowed, list, may_begin, report_deleted};
use super::options::SyncOptions;
use super::reporter;
use crate::command::get::below;
use crate::command::put::{Put, SourceFate, To};
use crate::command::shell::{Item, NO_SUCH_FILE, Shell};
use crate::command::walk::objects_below;
use crate::report::progress::Direction;
use crate::report::record::Recorded;
use crate::s3::address::path::S3Path;
use crate::s3::error::retry::Stop;
use crate::s3::operation::delete_objects::{NotDeleted, ObjectIdentifier, PAGE};
use crate::s3::{OperationError, PathKind, PathStatus, S3};
use crate::system::local_path::local_path;
use crate::system::{ExitStatus, descriptors};
use crate::transfer::upload::{Interrupt, Uploader};

/// The descriptors that an object in transfer takes: its source, and a connection.
const DESCRIPTORS: usize = 2;

/// Makes a directory in S3 like a local one.
pub(super) async fn up(shell: Shell<'_>, options: &SyncOptions) -> ExitStatus {
    let reporter = match reporter(options, Direction::ToS3) {
        Ok(reporter) => reporter,
        Err(status) => return status,
    };
    let as_put = options.put();
    let mut settings = as_put.upload(shell.upload);
    settings.in_flight = descriptors::at_once(settings.in_flight, DESCRIPTORS);
    // The lines of a plan must be in order.
    let at_once = if options.dry_run { 1 } else { settings.in_flight };
    let uploader = Uploader::new(shell.s3, settings, Interrupt::by_signals());
    let to = To::S3(Box::new(uploader));
    let put = Put::new(to, &as_put, SourceFate::Kept, at_once, reporter);
    let put = if options.delete { put.resolving_pairs() } else { put };
    let up = Up { shell, options, put };
    // Both are known to be valid paths.
    if let (Ok(source), Some(written)) = (local_path(&options.source), options.destination.to_str())
        && let Ok(path) = shell.default_fs.resolve(written)
    {
        let target = path.with_key(path.directory_prefix());
        Box::pin(up.all(&source, &target)).await;
    }
    up.put.ended()
}

struct Up<'s> {
    shell: Shell<'s>,
    options: &'s SyncOptions,
    put: Put<'s>,
}

impl Up<'_> {
    async fn all(&self, source: &Path, target: &S3Path) {
        let reporter = &self.put.reporter;
        match fs::metadata(source) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return reporter.about(source.display(), "Is not a directory"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return reporter.about(source.display(), NO_SUCH_FILE);
            }
            Err(error) => return reporter.about(source.display(), error),
        }
        let extras = if self.options.delete {
            let extras = tokio::select! {
                biased;
                () = self.put.interrupted() => None,
                extras = self.extras(source, target) => extras,
            };
            let Some(extras) = extras else { return };
            extras
        } else {
            Vec::new()
        };
        self.put.one(source, target, PathKind::Directory).await;
        let is_planned = !extras.is_empty() && !self.options.dry_run;
        if is_planned && may_begin(reporter, self.put.is_interrupted()) {
            self.delete(source, target, extras).await;
        }
    }

    /// Lists the deletions of this run; `None` if they cannot be determined, or are not allowed.
    async fn extras(&self, source: &Path, target: &S3Path) -> Option<Vec<ExtraObject>> {
        let reporter = &self.put.reporter;
        let below = target.join("any");
        match self.shell.s3.retry(async |s3| s3.object_above(&below).await).await {
            Ok(None) => {}
            Ok(Some(object)) => {
                reporter.about(object, "Is not a directory");
                return None;
            }
            Err(error) => {
                reporter.about(target, error);
                return None;
            }
        }
        let status = PathStatus::Directory;
        let item = Item { written: target.to_string(), path: target.clone(), status };
        let mut extras = Vec::new();
        for object in objects_below(self.shell.s3, &item, reporter).await {
            // A signal ends the run here.
            yield_now().await;
            let path = target.with_key(object.key);
            match self.is_extra(source, target, &path) {
                Ok(true) => {
                    extras.push(ExtraObject { path, len: object.size, etag: object.etag });
                }
                Ok(false) => {}
                Err((file, error)) => reporter.about(file.display(), error),
            }
        }
        let has_files = async || self.put.has_files(source).await;
        if reporter.failures() > 0
            || !are_allowed(self.options, reporter, extras.len(), has_files).await
        {
            return None;
        }
        list(self.options, reporter, extras.iter().map(as_extra));
        Some(extras)
    }

    /// Returns whether the source has no file or directory of an object's name. Names that a filter
    /// leaves out are not compared.
    fn is_extra(
        &self,
        source: &Path,
        target: &S3Path,
        path: &S3Path,
    ) -> Result<bool, (PathBuf, io::Error)> {
        let name = path.key().strip_prefix(target.key()).unwrap_or_default();
        // The marker of the directory itself is not below it.
        if name.is_empty() || !self.options.filter.covers(name.trim_end_matches('/')) {
            return Ok(false);
        }
        let Some(local) = below(source, name) else { return Ok(true) };
        match fs::metadata(&local) {
            Ok(found) => Ok(found.is_dir() != name.ends_with('/')),
            Err(error) if is_absent(&error) => Ok(!local.is_symlink()),
            Err(error) => Err((local, error)),
        }
    }

    async fn delete(&self, source: &Path, target: &S3Path, extras: Vec<ExtraObject>) {
        let reporter = &self.put.reporter;
        let stop = &|| self.put.interrupted().boxed_local();
        let mut extras = extras.into_iter();
        loop {
            let page: Vec<_> = extras.by_ref().take(PAGE).collect();
            if page.is_empty() || self.put.is_interrupted() {
                return;
            }
            let page = self.still_extra(source, target, &page);
            let identify = |extra: &&ExtraObject| ObjectIdentifier {
                key: extra.path.key().to_owned(),
                etag: extra.etag.clone(),
            };
            let objects = page.iter().map(identify).collect();
            let mut left = BTreeMap::new();
            for one in self.shell.s3.delete_all(target, objects, stop).await {
                let Some(key) = one.key.clone() else { return reporter.about(target, one.error) };
                left.insert(key, one);
            }
            for extra in page {
                let left = left.remove(extra.path.key());
                match self.outcome(extra, left, stop).await {
                    Ok(true) => {
                        let (object, length) = (Some(&extra.path), Some(extra.len));
                        let recorded = Recorded { object, length, ..Recorded::default() };
                        report_deleted(reporter, &extra.path, recorded);
                    }
                    Ok(false) => reporter.about(&extra.path, CHANGED),
                    // S3 has it, or has not said that it deleted it.
                    Err(error) if matches!(*error, OperationError::Stopped) => {}
                    Err(error) => reporter.about(&extra.path, error),
                }
            }
            // A store can name a key otherwise than it was asked for.
            for (key, NotDeleted { error, .. }) in left {
                reporter.about(target.with_key(key), error);
            }
        }
    }

    /// Returns the objects of a page that the source still lacks. The others are reported.
    fn still_extra<'e>(
        &self,
        source: &Path,
        target: &S3Path,
        page: &'e [ExtraObject],
    ) -> Vec<&'e ExtraObject> {
        let reporter = &self.put.reporter;
        let is_still = |extra: &&ExtraObject| match self.is_extra(source, target, &extra.path) {
            Ok(true) => true,
            Ok(false) => {
                reporter.about(&extra.path, "is kept: the source has it now");
                false
            }
            Err((file, error)) => {
                reporter.about(file.display(), error);
                false
            }
        };
        page.iter().filter(is_still).collect()
    }

    /// Returns whether an object is deleted; false if it has changed since it was listed.
    async fn outcome(
        &self,
        extra: &ExtraObject,
        left: Option<NotDeleted>,
        stop: &Stop<'_>,
    ) -> Result<bool, Arc<OperationError>> {
        let Some(left) = left else { return Ok(true) };
        match &extra.etag {
            Some(etag) if left.is_changed() => {
                let delete = async |s3: &S3| s3.delete_found(&extra.path, etag).await;
                Ok(self.shell.s3.retry_unless(stop, delete).await?)
            }
            _ => Err(left.error),
        }
    }
}

fn as_extra(extra: &ExtraObject) -> &dyn Extra {
    extra
}

/// Returns whether an error means that no file has that name.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

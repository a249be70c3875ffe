//! A directory in S3 to a local one.

use core::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};
use tokio::task::{spawn_blocking, yield_now};

use super::deletion::{CHANGED, Extra, are_allowed, list, may_begin, report_deleted};
use super::extra_files::{ExtraFile, SourceNames, extra_files, link_before};
use super::options::SyncOptions;
use super::reporter;
use crate::command::get::{Get, NO_SUCH_NAME, below, in_words};
use crate::command::pool::side_by_side;
use crate::command::shell::{Item, NO_SUCH_FILE, Shell, child};
use crate::command::walk::objects_below;
use crate::report::event::Event;
use crate::report::object_progress::ObjectProgress;
use crate::report::progress::Direction;
use crate::report::record::Recorded;
use crate::s3::PathStatus;
use crate::s3::address::path::S3Path;
use crate::s3::content::confirmation::Confirmation;
use crate::s3::operation::page::Object;
use crate::system::local_path::local_path;
use crate::system::standard_streams::print_lines;
use crate::system::user::home;
use crate::system::{ExitStatus, descriptors};
use crate::transfer::event::TransferEvent;
use crate::transfer::upload::compare::existing::Existing;
use crate::transfer::upload::source::file::SourceFile;
use crate::transfer::upload::{Interrupt, Statistics, UploadError, Uploader};

/// The descriptors that an object in transfer takes: the file twice, and a connection.
const DESCRIPTORS: usize = 3;

/// Makes a local directory like one in S3.
pub(super) async fn down(shell: Shell<'_>, options: &SyncOptions) -> ExitStatus {
    let reporter = match reporter(options, Direction::FromS3) {
        Ok(reporter) => reporter,
        Err(status) => return status,
    };
    let as_get = options.get();
    let interrupt = Interrupt::by_signals();
    let uploader = Uploader::new(shell.s3, shell.upload.clone(), interrupt.clone());
    let get = Get::new(shell, &as_get, reporter, interrupt);
    let down = Down { options, get, uploader, deleted: Cell::default() };
    // Both are known to be valid paths.
    if let (Some(source), Ok(root)) = (options.source.to_str(), local_path(&options.destination)) {
        tokio::select! {
            biased;
            () = down.get.interrupt.raised() => {}
            () = Box::pin(down.all(source, &root)) => {}
        }
    }
    down.ended().await
}

struct Down<'s> {
    options: &'s SyncOptions,
    get: Get<'s>,
    /// Compares objects with files.
    uploader: Uploader<'s>,
    deleted: Cell<u64>,
}

/// An object, and its name below the directory.
struct NamedObject {
    object: Object,
    name: String,
}

impl Down<'_> {
    async fn ended(&self) -> ExitStatus {
        let reporter = &self.get.reporter;
        self.get.published().await;
        let Statistics { up_to_date, incomparable, retries, throttles, .. } =
            self.uploader.statistics();
        reporter.add_retries(retries + throttles);
        let copied = reporter.successes().saturating_sub(up_to_date + self.deleted.get());
        let verb = if self.options.dry_run { "to fetch" } else { "fetched" };
        let again = match incomparable {
            0 => String::new(),
            some => format!("; {some} of the same length, since S3 reports nothing to compare"),
        };
        reporter.note(format_args!("{up_to_date} up to date, {copied} {verb}{again}"));
        reporter.sum_up(None);
        let Some(signal) = self.get.interrupt.signal() else { return reporter.ending() };
        reporter.interrupted("completed");
        ExitStatus::Interrupted(signal)
    }

    async fn all(&self, source: &str, root: &Path) {
        let reporter = &self.get.reporter;
        let item = match self.get.shell.exactly(source).await {
            Ok(Some(item)) => item,
            Ok(None) => return reporter.about(source, NO_SUCH_FILE),
            Err(error) => return error.report(reporter),
        };
        if matches!(item.status, PathStatus::File(_)) {
            return reporter.about(&item.written, "Is not a directory");
        }
        if root.exists() && !root.is_dir() {
            return reporter.about(root.display(), "Is not a directory");
        }
        let objects = objects_below(self.get.shell.s3, &item, reporter).await;
        if reporter.failures() > 0 {
            return;
        }
        let (names, first, later) = self.named(&item, objects).await;
        let extras = if self.options.delete && root.is_dir() {
            let Some(extras) = self.extras(&names, root).await else { return };
            extras
        } else {
            Vec::new()
        };
        // The lines of a plan must be in order.
        let most = if self.options.dry_run { 1 } else { self.get.options.at_once() };
        let at_once = descriptors::at_once(most, DESCRIPTORS);
        let fetch =
            |named: NamedObject| async { self.entry(&item, named, root).await }.boxed_local();
        side_by_side(at_once, stream::iter(first).map(fetch).boxed_local()).await;
        for named in later {
            self.respelt(&item, named, root, &names).await;
        }
        let is_planned = !extras.is_empty() && !self.options.dry_run;
        if is_planned && may_begin(reporter, false) {
            self.delete(root, &extras).await;
        }
    }

    /// Returns the names of all objects, the objects that are fetched side by side, and those whose
    /// names differ from others in case only.
    async fn named(
        &self,
        item: &Item,
        objects: Vec<Object>,
    ) -> (Arc<SourceNames>, Vec<NamedObject>, Vec<NamedObject>) {
        let prefix = item.path.directory_prefix();
        let (mut names, mut first, mut later) = (SourceNames::default(), Vec::new(), Vec::new());
        for object in objects {
            // A signal ends the run here.
            yield_now().await;
            let name = object.key.strip_prefix(&prefix).unwrap_or_default().to_owned();
            if name.is_empty() || !self.options.filter.covers(name.trim_end_matches('/')) {
                continue;
            }
            if below(Path::new(""), &name).is_none() {
                self.get.reporter.about(child(&item.written, &name), NO_SUCH_NAME);
                continue;
            }
            let is_new = names.add(&name);
            if is_new { &mut first } else { &mut later }.push(NamedObject { object, name });
        }
        (Arc::new(names), first, later)
    }

    /// Lists the deletions of this run; `None` if they cannot be determined, or are not allowed.
    /// Another thread looks at the files, so that a signal is heard meanwhile.
    async fn extras(&self, names: &Arc<SourceNames>, root: &Path) -> Option<Vec<ExtraFile>> {
        let reporter = &self.get.reporter;
        if self.options.max_delete.is_none() && has_home(root) {
            let what = "holds a home directory, and nothing is deleted there: name a directory \
                        below it, or give --max-delete";
            reporter.about(root.display(), what);
            return None;
        }
        let has_files = names.has_files();
        let (walked, filter) = (root.to_owned(), self.options.filter.clone());
        let names = Arc::clone(names);
        let walk = spawn_blocking(move || extra_files(&walked, &names, &filter)).await;
        let walk = walk.unwrap_or_else(|error| Err((root.to_owned(), io::Error::other(error))));
        let extras = match walk {
            Ok(extras) => extras,
            Err((path, error)) => {
                reporter.about(path.display(), error);
                return None;
            }
        };
        let files = extras.iter().filter(|extra| !extra.is_directory()).count();
        if !are_allowed(self.options, reporter, files, async || has_files).await {
            return None;
        }
        list(self.options, reporter, extras.iter().map(as_extra));
        Some(extras)
    }

    /// Fetches an object whose name differs from another one in case only, unless the file system
    /// takes both for one name.
    async fn respelt(&self, item: &Item, named: NamedObject, root: &Path, names: &SourceNames) {
        if let Some(twin) = names.twin(root, &named.name, &root.join(&named.name)) {
            let what =
                format_args!("is `{twin}' in this file system: get it alone, to another name");
            return self.get.reporter.about(child(&item.written, &named.name), what);
        }
        self.entry(item, named, root).await;
    }

    /// Fetches an object unless the file has its content. A marker becomes a directory.
    async fn entry(&self, item: &Item, NamedObject { object, name }: NamedObject, root: &Path) {
        let reporter = &self.get.reporter;
        let written = child(&item.written, &name);
        let Some(target) = below(root, &name) else {
            return reporter.about(written, NO_SUCH_NAME);
        };
        let path = item.path.with_key(&object.key);
        if name.ends_with('/') {
            if !self.options.dry_run && !target.is_dir() {
                self.make_directory(root, &target, &target);
            }
            return;
        }
        let progress = || ObjectProgress::open(reporter, &path, &target, None);
        match self.is_up_to_date(&path, &object, &target).await {
            Err(UploadError::Changed) => {
                return reporter
                    .about(target.display(), "changes while it is compared, and is kept");
            }
            Err(error) => return reporter.about(&written, error),
            Ok(Some(held)) => {
                let progress = progress();
                progress.on_event(TransferEvent::Whole { stored: &held });
                return progress.up_to_date(Some(object.size));
            }
            Ok(None) => {}
        }
        if self.options.dry_run {
            return self.report_plan(&path.to_string(), &target, object.size);
        }
        let parent = target.parent().unwrap_or(root);
        if self.make_directory(root, &target, parent) {
            let planned = reporter.bars.plan(|| None);
            let expected = (Some(object.size), object.etag.as_ref());
            self.get.file(&path, (expected, planned), &written, &target).await;
        }
    }

    /// Returns what S3 states about an object if the file has its content.
    async fn is_up_to_date(
        &self,
        path: &S3Path,
        object: &Object,
        target: &Path,
    ) -> Result<Option<Box<Confirmation>>, UploadError> {
        let is_long = |found: fs::Metadata| found.is_file() && found.len() == object.size;
        if !fs::metadata(target).is_ok_and(is_long) {
            return Ok(None);
        }
        let file = descriptors::patiently(|| File::open(target)).await?;
        let file = SourceFile::new(file, target)?;
        match self.uploader.existing(&file, path).await? {
            Existing::Same { held, .. } => Ok(Some(held)),
            Existing::Nothing | Existing::Other { .. } => Ok(None),
        }
    }

    /// Makes a directory for a target, and returns whether the target is in the destination.
    fn make_directory(&self, root: &Path, target: &Path, directory: &Path) -> bool {
        let reporter = &self.get.reporter;
        if let Some(link) = link_before(root, target) {
            let what = format!(
                "lies behind a symbolic link ({}), outside of the destination",
                link.display()
            );
            reporter.about(target.display(), what);
            return false;
        }
        match fs::create_dir_all(directory) {
            Ok(()) => true,
            Err(error) => {
                reporter.about(target.display(), in_words(&error));
                false
            }
        }
    }

    fn report_plan(&self, object: &str, target: &Path, bytes: u64) {
        let reporter = &self.get.reporter;
        let file = target.display().to_string();
        reporter.event(&Event::Plan { object, file: &file, bytes: Some(bytes), parts: None });
        reporter.done(bytes);
        if self.options.report.stdout.is_for_people() {
            reporter.printed(print_lines([format!("{object} -> {file} ({bytes} bytes)")]));
        }
    }

    async fn delete(&self, root: &Path, extras: &[ExtraFile]) {
        let reporter = &self.get.reporter;
        for extra in extras {
            // A signal ends the run here.
            yield_now().await;
            match extra.delete(root) {
                Ok(true) => {
                    let path = extra.path();
                    let recorded =
                        Recorded { path: Some(&path), length: extra.len(), ..Recorded::default() };
                    report_deleted(reporter, &path, recorded);
                    self.deleted.set(self.deleted.get() + 1);
                }
                // It is no longer empty, or an entry in it was kept.
                Ok(false) if extra.is_directory() => {}
                Ok(false) => reporter.about(extra.path.display(), CHANGED),
                Err(error) => reporter.about(extra.path.display(), in_words(&error)),
            }
        }
    }
}

fn as_extra(extra: &ExtraFile) -> &dyn Extra {
    extra
}

/// Returns whether a directory is `/`, the user's home, or holds it.
fn has_home(root: &Path) -> bool {
    let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
    let root = real(root.to_owned());
    root.parent().is_none() || home().is_some_and(|home| real(home).starts_with(&root))
}

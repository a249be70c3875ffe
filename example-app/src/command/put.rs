//! `rolefs -put [-f] [-p] [-l] [-d] [-resume] [-t <n>] [-q <n>] <localsrc> ... <dst>`: local files,
//! directories and stdin to S3.
//!
//! Unlike Hadoop's, this writes no `._COPYING_` object to be renamed, which on S3 would be a second
//! copy: an object appears when it is whole, and `-d` changes nothing. It does not ask whether the
//! parent directory exists, since S3 has none.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::{Path, PathBuf};

use super::kind::FileCommand;
use super::shell::NO_SUCH_FILE;
use super::shell::Shell;
use crate::report::Reporter;
use crate::s3::bandwidth::Bandwidth;
use crate::s3::path::{DefaultFs, Keys, S3Path};
use crate::s3::{Kind, S3Failure};
use crate::system::ExitStatus;
use crate::system::descriptors;
use crate::system::local_path::local_path;
use crate::system::standard_streams::expect_stdin;
use crate::upload::planner::PlanSettings;
use crate::upload::{Interrupt, UploadError, UploadSettings, Uploader};
use futures_util::future::LocalBoxFuture;
use http::HeaderMap;

mod content_type;
mod entries;
mod filter;
mod form;
mod manifest;
mod moved;
mod names;
mod object;
mod object_options;
mod options;
mod source;
mod source_options;
mod tree;
mod update;

pub use filter::Filter;
pub use form::Form;
pub use manifest::ManifestFormat;
use names::Names;
pub use object_options::{Encryption, Metadata, ObjectOptions};
pub use options::PutOptions;
use source::{Source, name_of};
pub use source_options::SourceOptions;

/// The descriptors that an object in transfer takes: its source, its journal, and a connection.
const DESCRIPTORS: usize = 3;

/// The fate of a source that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sources {
    /// Kept as it is.
    Kept,
    /// Deleted, once S3 has shown that it holds all of it.
    Deleted,
}

/// `-put`, `-copyFromLocal` or `-moveFromLocal`, as it was called.
#[derive(Clone, Debug)]
pub struct PutCommand {
    /// The name that it was called by.
    pub name: &'static str,
    /// The options.
    pub options: PutOptions,
    /// The fate of the sources.
    pub after: Sources,
}

impl PutCommand {
    fn destination(&self) -> Option<&str> {
        self.options.paths.last()?.to_str()
    }
}

impl FileCommand for PutCommand {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(put(shell, self.name, &self.options, self.after))
    }

    fn s3_paths(&self) -> Vec<&str> {
        self.destination().into_iter().collect()
    }

    fn contradiction(&self) -> Option<&'static str> {
        self.options.contradiction(self.after)
    }

    fn is_quiet(&self) -> bool {
        self.options.report.quiet
    }

    fn bandwidth(&self) -> Option<Bandwidth> {
        self.options.bandwidth.map(Bandwidth::new)
    }

    fn customer_key_file(&self) -> Option<&Path> {
        self.options.object.sse_c_key_file.as_deref()
    }

    fn add_object_headers(&self, headers: &mut HeaderMap) {
        self.options.object.add_to(headers);
    }

    fn dry_run<'r>(
        &'r self,
        default_fs: &'r DefaultFs,
        configured: &'r UploadSettings,
    ) -> Option<LocalBoxFuture<'r, ExitStatus>> {
        let Self { name, options, after } = self;
        options.dry_run.then(|| {
            Box::pin(dry_run(default_fs, configured, name, options, *after))
                as LocalBoxFuture<'r, _>
        })
    }

    fn creates_objects(&self) -> bool {
        true
    }

    fn listed_afterwards(&self) -> Option<&str> {
        let is_shown = !self.options.dry_run && self.options.report.is_for_people();
        self.destination().filter(|_| is_shown)
    }
}

/// Stores the sources at the destination, each below it if it is a directory. A source that cannot
/// be stored is reported, and the next is stored. `command` is what it was called by.
async fn put(
    shell: Shell<'_>,
    command: &'static str,
    options: &PutOptions,
    after: Sources,
) -> ExitStatus {
    if options.dry_run {
        return dry_run(shell.default_fs, shell.upload, command, options, after).await;
    }
    let mut settings = options.upload(shell.upload);
    settings.in_flight = descriptors::at_once(settings.in_flight, DESCRIPTORS);
    let at_once = settings.in_flight;
    let uploader = Uploader::new(shell.s3, settings, Interrupt::by_signals())
        .with_journals(options.state.journals(), options.resume);
    let reporter = Reporter::reporting(command, options.report);
    let to = To::S3(Box::new(uploader));
    Put::new(to, options, after, at_once, reporter).run(shell.default_fs).await
}

/// Tells what [`put`] would send; sends nothing, and deletes nothing.
async fn dry_run(
    default_fs: &DefaultFs,
    configured: &UploadSettings,
    command: &'static str,
    options: &PutOptions,
    after: Sources,
) -> ExitStatus {
    let reporter = Reporter::reporting(command, options.report);
    let to = To::Nowhere(options.upload(configured).plan);
    // What is to be told in order is looked at one by one.
    Put::new(to, options, after, 1, reporter).run(default_fs).await
}

/// The place that names the sources.
#[derive(Clone, Copy)]
enum Named<'n> {
    /// The command line.
    Here(&'n [PathBuf]),
    /// A manifest.
    By(&'n Path),
}

impl Named<'_> {
    /// Returns whether stdin is read.
    fn is_stdin(&self) -> bool {
        match self {
            Self::Here(sources) => sources.iter().any(|source| is_stdin(source)),
            Self::By(manifest) => is_stdin(manifest),
        }
    }
}

/// The destination of the sources.
enum To<'s> {
    S3(Box<Uploader<'s>>),
    /// Nowhere: a plan only says how each would be cut.
    Nowhere(PlanSettings),
}

struct Put<'s> {
    to: To<'s>,
    options: &'s PutOptions,
    /// Decides which links are followed, also where nothing is sent, and so nothing deleted.
    after: Sources,
    /// Files of a directory that are looked at side by side.
    at_once: usize,
    reporter: Reporter,
    names: Names,
}

impl<'s> Put<'s> {
    fn new(
        to: To<'s>,
        options: &'s PutOptions,
        after: Sources,
        at_once: usize,
        reporter: Reporter,
    ) -> Self {
        let names = Names::new(options.sources.manifest.is_some());
        Self { to, options, after, at_once, reporter, names }
    }
}

impl Put<'_> {
    async fn run(self, default_fs: &DefaultFs) -> ExitStatus {
        let plan = match &self.to {
            To::S3(uploader) => uploader.plan(),
            To::Nowhere(plan) => *plan,
        };
        if let Some(what) = self.options.size_without_effect(plan) {
            self.reporter.note(what);
        }
        self.stored(default_fs).await;
        if !self.options.filter.include.is_empty() && self.reporter.is_empty() {
            self.reporter.note("no file matches --include");
        }
        let To::S3(uploader) = &self.to else {
            if self.options.sources.update {
                let what = "what is up to date is told, too: S3 is not asked for a plan";
                self.reporter.note(what);
            }
            self.reporter.sum_up(None);
            return self.reporter.ending();
        };
        if self.options.verbose {
            self.reporter.note(uploader.statistics());
        }
        if self.options.sources.update {
            self.reporter.note(update::Outcome(uploader.statistics()));
        }
        if let (true, Some(reason)) =
            (self.options.verbose || self.options.resume, uploader.no_journal())
        {
            let what = "no journal was written, so what is cut off cannot go on";
            self.reporter.note(format_args!("{what}: {reason}"));
        }
        self.reporter.sum_up(Some(uploader.statistics()));
        let Some(signal) = uploader.interrupt().signal() else { return self.reporter.ending() };
        self.reporter.interrupted("stored");
        ExitStatus::Interrupted(signal)
    }

    async fn stored(&self, default_fs: &DefaultFs) {
        let (destination, sources) = match self.options.named() {
            Ok(named) => named,
            Err(what) => return self.reporter.say(what),
        };
        let Some(destination) = destination.to_str() else {
            return self.reporter.say("the destination is not UTF-8, as keys must be");
        };
        let path = match default_fs.resolve(destination) {
            Err(error) => return self.reporter.say(error),
            Ok(path) => path,
        };
        let local = match sources {
            Named::By(_) => Ok(Vec::new()),
            Named::Here(sources) => {
                sources.iter().map(|source| local_path(source.as_os_str())).collect()
            }
        };
        match (local, sources) {
            (Err(error), _) => self.reporter.say(error),
            (_, Named::By(manifest)) => {
                let manifest = Named::By(manifest);
                Box::pin(self.all(manifest, destination, &path, default_fs.keys())).await;
            }
            (Ok(local), Named::Here(_)) => {
                let sources = Named::Here(&local);
                Box::pin(self.all(sources, destination, &path, default_fs.keys())).await;
            }
        }
    }

    async fn all(&self, sources: Named<'_>, written: &str, path: &S3Path, keys: Keys) {
        if sources.is_stdin()
            && let Err(error) = expect_stdin()
        {
            return self.reporter.about("-", error);
        }
        let kind = match &self.to {
            To::Nowhere(_) => self.assumed_kind(path, &sources),
            To::S3(uploader) => match self.kind(uploader, path).await {
                Ok(kind) => kind,
                Err(error) => return self.reporter.about(written, error),
            },
        };
        if let Named::Here(sources) = sources
            && self.options.success
            && !sources.iter().any(|source| source.is_dir())
        {
            self.reporter.note("no source is a directory: there is none to be marked by _SUCCESS");
        }
        match (sources, kind) {
            (Named::By(manifest), Kind::Directory | Kind::Absent) => {
                match self.expect_directory(path).await {
                    Ok(()) => self.manifest(manifest, path, keys).await,
                    Err(reason) => self.reporter.about(path, reason),
                }
            }
            (Named::Here(sources), Kind::Directory) => {
                let mut names = BTreeMap::new();
                for source in sources {
                    self.below(source, path, &mut names).await;
                }
            }
            (Named::Here([source]), _) => self.one(source, path, kind).await,
            (_, Kind::Absent) => self.reporter.about(written, NO_SUCH_FILE),
            (_, Kind::File) => self.reporter.about(written, "Is not a directory"),
        }
    }

    /// Returns the kind of the destination, with as few requests as possible. A role that can only
    /// write gets no answer: with `-f` the destination then is what it is written as.
    async fn kind(&self, uploader: &Uploader<'_>, path: &S3Path) -> Result<Kind, UploadError> {
        if path.is_written_as_directory() {
            return Ok(Kind::Directory);
        }
        if !self.options.overwrite {
            return uploader.ask(async |s3| s3.kind(path).await).await;
        }
        match uploader.ask(async |s3| s3.is_directory(path).await).await {
            Ok(true) => Ok(Kind::Directory),
            Ok(false) => Ok(Kind::Absent),
            Err(UploadError::S3(failure)) if is_denied(&failure) => Ok(Kind::Absent),
            Err(error) => Err(error),
        }
    }

    /// Returns the kind that the destination is written as, since S3 is not asked.
    fn assumed_kind(&self, path: &S3Path, sources: &Named<'_>) -> Kind {
        if path.is_written_as_directory() || !matches!(sources, Named::Here([_])) {
            return Kind::Directory;
        }
        let what = "it is not asked whether that is a directory: with a slash at its end it is \
                    taken for one";
        self.reporter.note(format_args!("`{path}': {what}"));
        Kind::Absent
    }

    /// Stores a source as `dir/name`, with its own name. `names` are those of the sources before.
    /// Of two sources for one key the second is an error if it would overwrite the first, or if the
    /// two are equal in a form of Unicode only. Elsewhere S3 reports that the key exists, or `-f`
    /// allows to overwrite it.
    async fn below<'p>(
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
            return self.one(source, directory, Kind::Directory).await;
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
                if self.after == Sources::Deleted || self.options.sources.update =>
            {
                let other = entry.get().1.display();
                let what = format_args!(
                    "would overwrite what `{other}' is stored as: name another directory"
                );
                return self.reporter.about(source.display(), what);
            }
            _ => {}
        }
        self.one(source, &directory.join(&key), Kind::Directory).await;
    }

    /// Stores a source at exactly this path. `known` matters only if S3 was asked already.
    async fn one(&self, source: &Path, target: &S3Path, known: Kind) {
        if self.is_interrupted() {
            return;
        }
        let is_kept = !self.options.overwrite && !self.options.sources.update;
        if is_stdin(source) && known == Kind::File && is_kept {
            // Before whoever writes to stdin has written it all.
            return self.reporter.about(target, "File exists");
        }
        match descriptors::patiently(|| Source::open(source)).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.reporter.about(source.display(), NO_SUCH_FILE);
            }
            Err(error) => self.reporter.about(source.display(), error),
            Ok(Source::Directory) if self.is_kept_out_of(source) => {
                self.reporter.about(source.display(), moved::BEHIND_A_LINK);
            }
            Ok(Source::Directory) if known == Kind::File => {
                self.reporter.about(target, "Is not a directory");
            }
            Ok(Source::Directory) => match self.expect_directory(target).await {
                Ok(()) => self.tree(source, target).await,
                Err(reason) => self.reporter.about(target, reason),
            },
            Ok(source_found) => self.object(source_found, source, target, known).await,
        }
    }

    /// Refuses to put a directory where there is an object, which would have others below it.
    async fn expect_directory(&self, target: &S3Path) -> Result<(), String> {
        let To::S3(uploader) = &self.to else { return Ok(()) };
        match self.names.expect_directory(uploader, target).await {
            Err(UploadError::BelowObject(object)) if object == target.without_slash() => {
                Err("Is not a directory".to_owned())
            }
            told => told.map_err(|failure| failure.to_string()),
        }
    }

    fn is_interrupted(&self) -> bool {
        match &self.to {
            To::S3(uploader) => uploader.interrupt().signal().is_some(),
            To::Nowhere(_) => false,
        }
    }
}

fn is_denied(failure: &S3Failure) -> bool {
    matches!(failure, S3Failure::S3(error) if error.code == "AccessDenied")
}

fn is_stdin(source: &Path) -> bool {
    source.as_os_str() == "-"
}

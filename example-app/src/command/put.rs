//! `rolefs -put [-f] [-p] [-l] [-d] [-resume] [-t <n>] [-q <n>] <localsrc> ... <dst>`: local files,
//! directories and stdin to S3.
//!
//! Unlike Hadoop's, this writes no `._COPYING_` object to be renamed, which on S3 would be a second
//! copy: an object appears when it is whole, and `-d` changes nothing. It does not ask whether the
//! parent directory exists, since S3 has none.

use std::io;
use std::path::{Path, PathBuf};

use futures_util::stream::{self, StreamExt as _};

use super::shell::Shell;
use super::{Complaints, Ending, NO_SUCH_FILE};
use crate::s3::path::{DefaultFs, S3Path};
use crate::s3::{Kind, S3Failure};
use crate::upload::planner::PlanSettings;
use crate::upload::{Interrupt, UploadFailure, UploadSettings, Uploader};

mod filter;
mod moved;
mod object;
mod object_options;
mod options;
mod source;
mod tree;

pub use filter::Filter;
pub use object_options::{Encryption, Metadata, ObjectOptions};
pub use options::PutOptions;
use source::Source;

/// What becomes of a source that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sources {
    /// It stays.
    Kept,
    /// It is deleted, once S3 has shown that it holds all of it.
    Deleted,
}

/// Stores the sources at the destination, each below it if it is a directory. A source that cannot
/// be stored is reported, and the next is stored. `command` is what it was called by.
pub async fn put(
    shell: Shell<'_>,
    command: &'static str,
    options: &PutOptions,
    after: Sources,
) -> Ending {
    if options.dry_run {
        return dry_run(shell.default_fs, shell.upload, command, options).await;
    }
    let settings = options.upload(shell.upload);
    let at_once = settings.in_flight;
    let uploader = Uploader::new(shell.s3, settings, Interrupt::by_signals())
        .with_journals(options.state.journals(), options.resume);
    let complaints = Complaints::reporting(command, options.report);
    let put = Put { to: To::S3(Box::new(uploader)), options, after, at_once, complaints };
    put.run(shell.default_fs).await
}

/// Tells what [`put`] would send, and sends nothing.
pub async fn dry_run(
    default_fs: &DefaultFs,
    configured: &UploadSettings,
    command: &'static str,
    options: &PutOptions,
) -> Ending {
    let complaints = Complaints::reporting(command, options.report);
    let to = To::Nowhere(options.upload(configured).plan);
    // What is to be told in order is looked at one by one.
    let (after, at_once) = (Sources::Kept, 1);
    Put { to, options, after, at_once, complaints }.run(default_fs).await
}

/// Where the sources go.
enum To<'s> {
    S3(Box<Uploader<'s>>),
    /// It is only told how each would be cut.
    Nowhere(PlanSettings),
}

struct Put<'s> {
    to: To<'s>,
    options: &'s PutOptions,
    after: Sources,
    /// Files of a directory that are looked at side by side.
    at_once: usize,
    complaints: Complaints,
}

impl Put<'_> {
    async fn run(self, default_fs: &DefaultFs) -> Ending {
        let plan = match &self.to {
            To::S3(uploader) => uploader.plan(),
            To::Nowhere(plan) => *plan,
        };
        if let Some(what) = self.options.size_without_effect(plan) {
            self.complaints.note(what);
        }
        self.stored(default_fs).await;
        let To::S3(uploader) = &self.to else {
            self.complaints.sum_up(None);
            return self.complaints.ending();
        };
        if self.options.verbose {
            self.complaints.note(uploader.statistics());
        }
        if let (true, Some(reason)) =
            (self.options.verbose || self.options.resume, uploader.no_journal())
        {
            let what = "no journal was written, so what is cut off cannot go on";
            self.complaints.note(format_args!("{what}: {reason}"));
        }
        self.complaints.sum_up(Some(uploader.statistics()));
        uploader.interrupt().signal().map_or(self.complaints.ending(), Ending::Interrupted)
    }

    async fn stored(&self, default_fs: &DefaultFs) {
        let (destination, sources) = match self.options.paths.split_last() {
            Some((destination, sources)) if !sources.is_empty() => (destination, sources),
            _ => {
                let what = "no destination: name it last, as s3a://bucket/dir/";
                return self.complaints.say(what);
            }
        };
        let Some(destination) = destination.to_str() else {
            return self.complaints.say("the destination is not UTF-8, as keys must be");
        };
        match default_fs.resolve(destination) {
            Err(error) => self.complaints.say(error),
            Ok(path) => Box::pin(self.all(sources, destination, &path)).await,
        }
    }

    async fn all(&self, sources: &[PathBuf], written: &str, path: &S3Path) {
        let kind = match &self.to {
            To::Nowhere(_) => self.assumed_kind(path, sources.len()),
            To::S3(uploader) => match self.kind(uploader, path).await {
                Ok(kind) => kind,
                Err(error) => return self.complaints.about(written, error),
            },
        };
        match (sources, kind) {
            (_, Kind::Directory) => {
                for source in sources {
                    self.below(source, path).await;
                }
            }
            ([source], _) => self.one(source, path, kind).await,
            (_, Kind::Absent) => self.complaints.about(written, NO_SUCH_FILE),
            (_, Kind::File) => self.complaints.about(written, "Is not a directory"),
        }
    }

    /// What the destination is, with as few questions as will do. A role that may only write gets no
    /// answer to them: with `-f` the destination is then what it is written as.
    async fn kind(&self, uploader: &Uploader<'_>, path: &S3Path) -> Result<Kind, UploadFailure> {
        if path.is_written_as_directory() {
            return Ok(Kind::Directory);
        }
        if !self.options.overwrite {
            return uploader.ask(async |s3| s3.kind(path).await).await;
        }
        match uploader.ask(async |s3| s3.is_directory(path).await).await {
            Ok(true) => Ok(Kind::Directory),
            Ok(false) => Ok(Kind::Absent),
            Err(UploadFailure::S3(failure)) if is_denied(&failure) => Ok(Kind::Absent),
            Err(error) => Err(error),
        }
    }

    /// What it would be if it is as it is written, since S3 is not asked.
    fn assumed_kind(&self, path: &S3Path, sources: usize) -> Kind {
        if path.is_written_as_directory() || sources > 1 {
            return Kind::Directory;
        }
        let what = "it is not asked whether that is a directory: with a slash at its end it is taken for one";
        self.complaints.note(format_args!("`{path}': {what}"));
        Kind::Absent
    }

    /// `dir/name`, with the name that the source has.
    async fn below(&self, source: &Path, directory: &S3Path) {
        if is_stdin(source) {
            return self.complaints.about(directory, "Is a directory: name the object for stdin");
        }
        // Absolute, so that `.` has a name too.
        let name =
            std::path::absolute(source).ok().and_then(|path| path.file_name().map(Into::into));
        let name: PathBuf = name.unwrap_or_default();
        match name.to_str().filter(|name| !name.is_empty()) {
            None => self.complaints.about(source.display(), "has no name that a key could have"),
            Some(name) => self.one(source, &directory.join(name), Kind::Directory).await,
        }
    }

    /// To exactly this path; what it is matters only if it was asked for already.
    async fn one(&self, source: &Path, target: &S3Path, known: Kind) {
        if self.is_interrupted() {
            return;
        }
        if is_stdin(source) && known == Kind::File && !self.options.overwrite {
            // Before whoever writes to stdin has written it all.
            return self.complaints.about(target, "File exists");
        }
        match Source::open(source) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.complaints.about(source.display(), NO_SUCH_FILE);
            }
            Err(error) => self.complaints.about(source.display(), error),
            Ok(Source::Directory) if known == Kind::File => {
                self.complaints.about(target, "Is not a directory");
            }
            Ok(Source::Directory) => self.tree(source, target).await,
            Ok(source_found) => self.object(source_found, source, target, known).await,
        }
    }

    /// All files below a directory, several at once. An empty directory becomes an empty object with
    /// a slash at the end of its key, as S3's console and S3A have it.
    async fn tree(&self, root: &Path, target: &S3Path) {
        let before = self.complaints.failures();
        let entries =
            stream::iter(tree::walk(root, self.after == Sources::Kept, &self.options.filter));
        entries
            .for_each_concurrent(self.at_once, async |entry| self.entry(entry, target).await)
            .await;
        if self.options.success && self.complaints.failures() == before && !self.is_interrupted() {
            self.marker(root, &target.join("_SUCCESS")).await;
        }
        // An empty one that was not stored, or left out, is not there to be found again.
        let is_whole = self.complaints.failures() == before && !self.is_interrupted();
        if self.after == Sources::Deleted && is_whole && self.options.filter.is_of_all() {
            moved::remove_directories(root);
        }
    }

    async fn entry(&self, entry: Result<tree::Entry, (PathBuf, String)>, root: &S3Path) {
        if self.is_interrupted() {
            return;
        }
        match entry {
            Err((path, reason)) => self.complaints.about(path.display(), reason),
            Ok(tree::Entry::EmptyDirectory { path, name }) => {
                let marker = root.join(&name);
                self.marker(&path, &marker.with_key(marker.directory_prefix())).await;
            }
            Ok(tree::Entry::File { path, name }) => match Source::open(&path) {
                // What it leads to is not to be deleted with the directory that the link is in.
                Ok(Source::Directory) => {
                    let reason = "is a symbolic link to a directory: name it by itself";
                    self.complaints.about(path.display(), reason);
                }
                Ok(source) => self.object(source, &path, &root.join(&name), Kind::Directory).await,
                Err(error) => self.complaints.about(path.display(), error),
            },
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

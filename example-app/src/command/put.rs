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
use crate::positioned_file::FileState;
use crate::progress::Bars;
use crate::s3::path::S3Path;
use crate::s3::{Kind, S3Failure};
use crate::upload::resume::{Found, LocalFile, Unfinished};
use crate::upload::{Interrupt, Target, UploadFailure, Uploader};

mod moved;
mod options;
mod source;
mod tree;

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
    let complaints = Complaints::of(command);
    let (destination, sources) = match options.paths.split_last() {
        Some((destination, sources)) if !sources.is_empty() => (destination, sources),
        _ => {
            complaints.say("no destination: name it last, as s3a://bucket/dir/");
            return complaints.ending();
        }
    };
    let Some(destination) = destination.to_str() else {
        complaints.say("the destination is not UTF-8, as keys must be");
        return complaints.ending();
    };
    let settings = options.upload(shell.upload);
    let at_once = settings.in_flight;
    let uploader = Uploader::new(shell.s3, settings, Interrupt::by_signals())
        .with_journals(options.state.journals(), options.resume);
    let put = Put { uploader, options, after, at_once, complaints, bars: Bars::new() };
    match shell.default_fs.resolve(destination) {
        Err(error) => put.complaints.say(error),
        Ok(path) => Box::pin(put.all(sources, destination, &path)).await,
    }
    put.end(command)
}

struct Put<'s> {
    uploader: Uploader<'s>,
    options: &'s PutOptions,
    after: Sources,
    /// Files of a directory that are looked at side by side.
    at_once: usize,
    complaints: Complaints,
    bars: Bars,
}

impl Put<'_> {
    fn end(self, command: &str) -> Ending {
        if self.options.verbose {
            eprintln!("{command}: {}", self.uploader.statistics());
            if let Some(reason) = self.uploader.no_journal() {
                eprintln!("{command}: no journal was written, for -resume: {reason}");
            }
        }
        self.uploader.interrupt().signal().map_or(self.complaints.ending(), Ending::Interrupted)
    }

    async fn all(&self, sources: &[PathBuf], written: &str, path: &S3Path) {
        let kind = match self.kind(path).await {
            Ok(kind) => kind,
            Err(error) => return self.complaints.about(written, error),
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
    async fn kind(&self, path: &S3Path) -> Result<Kind, UploadFailure> {
        if path.is_written_as_directory() {
            return Ok(Kind::Directory);
        }
        if !self.options.overwrite {
            return self.uploader.ask(async |s3| s3.kind(path).await).await;
        }
        match self.uploader.ask(async |s3| s3.is_directory(path).await).await {
            Ok(true) => Ok(Kind::Directory),
            Ok(false) => Ok(Kind::Absent),
            Err(UploadFailure::S3(failure)) if is_denied(&failure) => Ok(Kind::Absent),
            Err(error) => Err(error),
        }
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
        let entries = stream::iter(tree::walk(root, self.after == Sources::Kept));
        entries
            .for_each_concurrent(self.at_once, async |entry| self.entry(entry, target).await)
            .await;
        if self.after == Sources::Deleted {
            moved::remove_directories(root);
        }
    }

    async fn entry(&self, entry: Result<tree::Entry, (PathBuf, String)>, root: &S3Path) {
        if self.is_interrupted() {
            return;
        }
        match entry {
            Err((path, reason)) => self.complaints.about(path.display(), reason),
            Ok(tree::Entry::EmptyDirectory { name }) => {
                let marker = root.join(&name);
                let marker = marker.with_key(marker.directory_prefix());
                let headers = http::HeaderMap::new();
                let target = Target { path: &marker, headers: &headers, if_absent: false };
                if let Err(error) = self.uploader.nothing(&target).await {
                    self.complaints.about(marker, error);
                }
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

    async fn object(&self, source: Source, local: &Path, target: &S3Path, known: Kind) {
        let was = moved::state(&source);
        let headers = self.options.headers(&source);
        let stored = Target { path: target, headers: &headers, if_absent: !self.options.overwrite };
        match self.store(source, local, &stored, known).await {
            Err(error) => self.complaints.about(target, error),
            Ok(()) if self.after == Sources::Deleted => self.remove(local, was, target).await,
            Ok(()) => {}
        }
    }

    async fn remove(&self, local: &Path, was: Option<FileState>, target: &S3Path) {
        if let Err(reason) = moved::remove(&self.uploader, local, was, target).await {
            self.complaints.about(local.display(), format_args!("is kept: {reason}"));
        }
    }

    async fn store(
        &self,
        source: Source,
        local: &Path,
        target: &Target<'_>,
        known: Kind,
    ) -> Result<(), UploadFailure> {
        match source {
            Source::Directory => Ok(()),
            Source::Unmeasured(reader) => {
                self.expect_absent(target, known).await?;
                let progress = self.bars.of(local);
                let acknowledged = |bytes| progress.advance(bytes);
                let stored = self.uploader.reader(reader, target, &acknowledged).await;
                progress.end();
                stored
            }
            Source::File { file, .. } => {
                let file = LocalFile::new(file, local)?;
                let unfinished = match self.unfinished(&file, target).await? {
                    Found::Object => return Ok(()),
                    Found::Unfinished(unfinished) => Some(unfinished),
                    Found::Nothing => None,
                };
                self.expect_absent(target, known).await?;
                self.file(&file, local, unfinished, target).await
            }
        }
    }

    async fn file(
        &self,
        file: &LocalFile,
        local: &Path,
        unfinished: Option<Unfinished>,
        target: &Target<'_>,
    ) -> Result<(), UploadFailure> {
        let progress = self.bars.of(local);
        progress.expect(file.len());
        let acknowledged = |bytes| progress.advance(bytes);
        let stored = self.uploader.file(file, unfinished, target, &acknowledged).await;
        progress.end();
        stored
    }

    /// Whether there is no object, unless it is to be overwritten.
    async fn expect_absent(&self, target: &Target<'_>, known: Kind) -> Result<(), UploadFailure> {
        let exists = match known {
            _ if !target.if_absent => false,
            Kind::File => true,
            Kind::Absent => false,
            Kind::Directory => self.uploader.ask(async |s3| s3.exists(target.path).await).await?,
        };
        if exists { Err(UploadFailure::Exists) } else { Ok(()) }
    }

    /// With `-resume`, what there is of the object; what a person should know goes to stderr.
    async fn unfinished(
        &self,
        file: &LocalFile,
        target: &Target<'_>,
    ) -> Result<Found, UploadFailure> {
        if !self.options.resume {
            return Ok(Found::Nothing);
        }
        let search = self.uploader.unfinished(file, target).await?;
        let command = self.complaints.command();
        let say = |note: &str| eprintln!("{command}: `{}': {note}", target.path);
        for note in &search.notes {
            say(note);
        }
        match &search.found {
            Found::Nothing => {}
            Found::Object => say("was complete already: nothing is sent"),
            Found::Unfinished(unfinished) => {
                let ((held, all), id) = (unfinished.parts(), unfinished.upload_id());
                say(&format!("goes on with the upload {id}: {held} of {all} parts are there"));
            }
        }
        Ok(search.found)
    }

    fn is_interrupted(&self) -> bool {
        self.uploader.interrupt().signal().is_some()
    }
}

fn is_denied(failure: &S3Failure) -> bool {
    matches!(failure, S3Failure::S3(error) if error.code == "AccessDenied")
}

fn is_stdin(source: &Path) -> bool {
    source.as_os_str() == "-"
}

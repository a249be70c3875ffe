//! `rolefs -put [-f] [-d] [-l] <localsrc> ... <dst>`: local files and directories to S3.
//!
//! Unlike Hadoop's, this writes no `._COPYING_` object to be renamed, which on S3 would be a second
//! copy: an object appears when it is whole, and `-d` changes nothing. It does not ask whether the
//! parent directory exists, since S3 has none.

use std::path::{Path, PathBuf};

use super::{Complaints, Ending, NO_SUCH_FILE};
use crate::progress::Progress;
use crate::s3::path::S3Path;
use crate::s3::{Kind, S3, S3Failure};

mod source;
mod tree;

use source::{Source, StoreError};

/// Stores the sources at `destination`, each below it if it is a directory. A source that cannot
/// be stored is reported, and the next is stored.
pub async fn put(s3: &S3, sources: &[PathBuf], destination: &str, overwrite: bool) -> Ending {
    let mut put = Put { s3, overwrite, complaints: Complaints::of("put") };
    match S3Path::parse(destination) {
        Err(error) => put.complaints.say(error),
        Ok(path) => put.all(sources, destination, &path).await,
    }
    put.complaints.ending()
}

struct Put<'s> {
    s3: &'s S3,
    overwrite: bool,
    complaints: Complaints,
}

impl Put<'_> {
    async fn all(&mut self, sources: &[PathBuf], written: &str, path: &S3Path) {
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
    async fn kind(&self, path: &S3Path) -> Result<Kind, S3Failure> {
        if path.is_written_as_directory() {
            return Ok(Kind::Directory);
        }
        if !self.overwrite {
            return self.s3.kind(path).await;
        }
        match self.s3.is_directory(path).await {
            Ok(true) => Ok(Kind::Directory),
            Ok(false) => Ok(Kind::Absent),
            Err(S3Failure::S3(error)) if error.code == "AccessDenied" => Ok(Kind::Absent),
            Err(error) => Err(error),
        }
    }

    /// `dir/name`, with the name that the source has.
    async fn below(&mut self, source: &Path, directory: &S3Path) {
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
    async fn one(&mut self, source: &Path, target: &S3Path, known: Kind) {
        if is_stdin(source) && known == Kind::File && !self.overwrite {
            // Before whoever writes to stdin has written it all.
            return self.complaints.about(target, "File exists");
        }
        match Source::open(source).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.complaints.about(source.display(), NO_SUCH_FILE);
            }
            Err(error) => self.complaints.about(source.display(), error),
            Ok(Source::Directory) if known == Kind::File => {
                self.complaints.about(target, "Is not a directory");
            }
            Ok(Source::Directory) => self.tree(source, target).await,
            Ok(Source::File(file)) => self.file(file, source, target, known).await,
        }
    }

    /// All files below a directory. An empty directory becomes an empty object with a slash at the
    /// end of its key, as S3's console and S3A have it.
    async fn tree(&mut self, root: &Path, target: &S3Path) {
        for entry in tree::walk(root) {
            match entry {
                Err((path, reason)) => self.complaints.about(path.display(), reason),
                Ok(tree::Entry::EmptyDirectory { name }) => {
                    let marker = target.join(&name);
                    let marker = marker.with_key(marker.directory_prefix());
                    if let Err(error) = source::store_empty(self.s3, &marker).await {
                        self.complaints.about(marker, error);
                    }
                }
                Ok(tree::Entry::File { path, name }) => match Source::open(&path).await {
                    Ok(Source::File(file)) => {
                        self.file(file, &path, &target.join(&name), Kind::Directory).await;
                    }
                    Ok(Source::Directory) => {}
                    Err(error) => self.complaints.about(path.display(), error),
                },
            }
        }
    }

    async fn file(&mut self, file: source::File, local: &Path, target: &S3Path, known: Kind) {
        if !self.overwrite {
            let exists = match known {
                Kind::File => Ok(true),
                Kind::Absent => Ok(false),
                Kind::Directory => self.s3.exists(target).await,
            };
            match exists {
                Ok(false) => {}
                Ok(true) => return self.complaints.about(target, "File exists"),
                Err(error) => return self.complaints.about(target, error),
            }
        }
        let progress = Progress::of(local);
        if let Err(error) = file.store(self.s3, target, !self.overwrite, &progress).await {
            match error {
                StoreError::S3(S3Failure::S3(error)) if error.code == "PreconditionFailed" => {
                    self.complaints.about(target, "File exists");
                }
                error => self.complaints.about(target, error),
            }
        }
        progress.end();
    }
}

fn is_stdin(source: &Path) -> bool {
    source.as_os_str() == "-"
}

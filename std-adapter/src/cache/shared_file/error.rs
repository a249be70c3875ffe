//! Why a file cannot be shared.

use core::time::Duration;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a file cannot be shared. A [`Cache`](crate::Cache) that has one fetches credentials without it
/// then, and says so by [`shared_file_error`](crate::Cache::shared_file_error). Where
/// [`SharedFile::new`] says it, a program need not end either: it may do without the file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SharedFileError {
    /// The directory cannot be made, or is none.
    #[error("{}: {source}: name a directory of your own for shared credentials", path.display())]
    Directory {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is another user's.
    #[error(
        "{} belongs to user {owner}: name a directory of your own for shared credentials",
        path.display()
    )]
    Foreign {
        /// The directory or file.
        path: PathBuf,
        /// The number of the user.
        owner: u32,
    },
    /// Others could change it, or read it.
    #[error(
        "{path} is open to other users (mode {mode:04o}): run `chmod {closing}",
        path = path.display(),
        closing = if *is_directory {
            format!("go-w {}`, or name another directory for shared credentials", path.display())
        } else {
            format!("go= {}`", path.display())
        }
    )]
    Open {
        /// The directory or file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// Which of the two.
        is_directory: bool,
    },
    /// It is no file.
    #[error("{} is no regular file: remove it", path.display())]
    NoFile {
        /// Its path.
        path: PathBuf,
    },
    /// The operating system says no.
    #[error(
        "{} could not be {what}: {source}: check the rights and the space there, or share no file",
        path.display()
    )]
    File {
        /// Its path.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The file system takes too long.
    #[error("{}: the file system took more than {} s: name a directory on this host", path.display(), after.as_secs())]
    Slow {
        /// The file.
        path: PathBuf,
        /// How long it was waited for.
        after: Duration,
    },
    /// The thread that used it did not come to its end, or did not begin.
    #[error("there was no thread to use the shared file on: raise the limit of processes")]
    CutOff,
}

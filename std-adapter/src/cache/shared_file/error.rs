//! The reasons why a file cannot be shared.

use core::time::Duration;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// The reason why a file cannot be shared. A [`Cache`](crate::Cache) then fetches credentials
/// without it, and reports that by [`shared_file_error`](crate::Cache::shared_file_error). Where
/// [`SharedFile::new`](super::SharedFile::new) says it, a program need not end either: it may do
/// without the file.
///
/// ```
/// use rolesig_std::cache::{CacheSettings, SharedFile};
///
/// /// Shares credentials if that is possible, and says why it is not.
/// fn settings(directory: &std::path::Path, key: &str) -> CacheSettings {
///     let shared_file = SharedFile::new(directory, key);
///     let mut settings = CacheSettings::default();
///     settings.shared_file = shared_file.inspect_err(|error| eprintln!("{error}")).ok();
///     settings
/// }
///
/// # let file = tempfile::NamedTempFile::new()?;
/// let no_directory = file.path();
/// assert!(settings(no_directory, "key").shared_file.is_none());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SharedFileError {
    /// The directory cannot be created, or is not a directory.
    #[error("{}: {source}: name a directory of your own for shared credentials", path.display())]
    Directory {
        /// Its path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// Another user owns it.
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
        /// The one of the two.
        is_directory: bool,
    },
    /// It is not a regular file.
    #[error("{} is not a regular file: remove it", path.display())]
    NoFile {
        /// Its path.
        path: PathBuf,
    },
    /// The operating system refuses it.
    #[error(
        "{} could not be {what}: {source}: check the permissions and the free space there, or do not share a file",
        path.display()
    )]
    File {
        /// Its path.
        path: PathBuf,
        /// The operation that was tried.
        what: &'static str,
        /// The reason.
        source: io::Error,
    },
    /// The file system takes too long.
    #[error(
        "{}: the file system took more than {} s: name a directory on this host",
        path.display(),
        after.as_secs()
    )]
    Slow {
        /// The file.
        path: PathBuf,
        /// The time that it was waited for.
        after: Duration,
    },
    /// The thread that used it did not come to its end, or did not begin.
    #[error("no thread could be started to use the shared file: raise the limit of processes")]
    CutOff,
}

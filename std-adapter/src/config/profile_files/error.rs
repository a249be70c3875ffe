//! The reasons why profile files cannot be read.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::ini::ProfileSyntaxError;

/// The reason why the files cannot be read.
///
/// ```
/// use rolesig_std::config::{ProfileFiles, ProfileFilesError};
///
/// let error = ProfileFiles::parse("[default]\nregion eu-west-1\n", "").unwrap_err();
/// assert!(matches!(error, ProfileFilesError::Malformed { line: 2, .. }));
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProfileFilesError {
    /// A location begins with `~` and it is not known where that is.
    #[error(
        "{variable} is below a home directory that is not known: set HOME (it is empty or not set, \
         and the system has none for this user), or give a path without ~"
    )]
    Home {
        /// The variable with the location.
        variable: &'static str,
    },
    /// An existing file cannot be read.
    #[error(
        "{}: {error}: fix that, or name another file in AWS_CONFIG_FILE or \
         AWS_SHARED_CREDENTIALS_FILE",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        error: io::Error,
    },
    /// A file is in another encoding.
    #[error("{}:{line}: not UTF-8: save the file in that encoding", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// A line is invalid.
    #[error("{}:{line}: {malformed}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// The error in it.
        #[source]
        malformed: ProfileSyntaxError,
    },
}

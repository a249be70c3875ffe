//! Texts that are not paths, in S3 or on this host: errors of usage, before anything is asked.

use std::ffi::OsStr;

use thiserror::Error;

use super::file_command::FileCommand;
use crate::s3::address::path::{DefaultFs, KeySyntax, S3Path, S3PathError};
use crate::system::local_path::local_path;

/// An argument that is not a path.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub(crate) struct PathArgumentError(String);

/// Checks that the arguments are paths, for any default file system.
///
/// # Errors
/// With the first one that is not.
pub(crate) fn check(command: &dyn FileCommand, keys: KeySyntax) -> Result<(), PathArgumentError> {
    check_in(command, &DefaultFs::any().with_keys(keys))?;
    for path in command.local_paths() {
        local_path(path).map_err(|error| PathArgumentError(error.to_string()))?;
    }
    let not_utf_8 = |path: &&&OsStr| path.to_str().is_none();
    match command.written_paths().iter().find(not_utf_8) {
        Some(path) => {
            Err(PathArgumentError(format!("`{}': not UTF-8, as keys must be", path.display())))
        }
        None => Ok(()),
    }
}

/// Checks that the arguments are paths in S3, where this is the default file system.
///
/// # Errors
/// With the first one that is not.
pub(crate) fn check_in(
    command: &dyn FileCommand,
    default_fs: &DefaultFs,
) -> Result<(), PathArgumentError> {
    let paths = command.written_paths();
    let read = paths.iter().filter_map(|path| path.to_str()).map(|path| default_fs.resolve(path));
    match read.filter_map(Result::err).find(S3PathError::is_of_usage) {
        Some(error) => Err(PathArgumentError(error.to_string())),
        None => Ok(()),
    }
}

/// Checks that a text is a bucket, by its name or its URL.
///
/// # Errors
/// If it is neither, with what it should look like.
pub(super) fn check_bucket(text: &str) -> Result<(), S3PathError> {
    if S3Path::parse(&format!("s3a://{text}")).is_ok_and(|path| path.key().is_empty()) {
        return Ok(());
    }
    DefaultFs::default().resolve(text).map(drop)
}

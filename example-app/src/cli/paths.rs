//! Paths that are none, wherever they lie: they are errors of usage, and nothing is asked.

use std::ffi::OsStr;

use super::complaint::wrong;
use super::{FileCommand, GenericOptions};
use crate::command::Ending;
use crate::local_path::local_path;
use crate::s3::address::path::{DefaultFs, S3Path, S3PathError};

/// Refuses what is no path of S3, or of a local file, before anything is asked.
///
/// # Errors
/// With the first one, after it has been told.
pub(super) fn refuse(generic: &GenericOptions, files: &FileCommand) -> Result<(), Ending> {
    let told = |what: String| wrong(files.name(), &what);
    refuse_in(files, &DefaultFs::any().with_keys(generic.keys()))?;
    for path in local(files) {
        local_path(path).map_err(|error| told(error.to_string()))?;
    }
    let not_utf_8 = |path: &&&OsStr| path.to_str().is_none();
    match in_s3(files).iter().find(not_utf_8) {
        Some(path) => Err(told(format!("`{}': not UTF-8, as keys must be", path.display()))),
        None => Ok(()),
    }
}

/// Refuses what is no path of S3 where this is the default file system.
///
/// # Errors
/// With the first one, after it has been told.
pub(crate) fn refuse_in(files: &FileCommand, default_fs: &DefaultFs) -> Result<(), Ending> {
    let paths = in_s3(files);
    let read = paths.iter().filter_map(|path| path.to_str()).map(|path| default_fs.resolve(path));
    match read.filter_map(Result::err).find(S3PathError::is_of_usage) {
        Some(error) => Err(wrong(files.name(), &error.to_string())),
        None => Ok(()),
    }
}

/// Refuses what is no bucket, neither by its name nor by its URL.
///
/// # Errors
/// If it is none, with what it should look like.
pub(super) fn refuse_bucket(text: &str) -> Result<(), S3PathError> {
    if S3Path::parse(&format!("s3a://{text}")).is_ok_and(|path| path.key().is_empty()) {
        return Ok(());
    }
    DefaultFs::default().resolve(text).map(drop)
}

/// The paths in S3. A destination that is missing is told of elsewhere.
fn in_s3(files: &FileCommand) -> Vec<&OsStr> {
    match files {
        FileCommand::Get(options) | FileCommand::CopyToLocal(options) => {
            options.written().0.iter().map(AsRef::as_ref).collect()
        }
        _ => match files.as_put() {
            Some((_, put, _)) => put.written().1.map(AsRef::as_ref).into_iter().collect(),
            None => files.s3_paths().into_iter().map(AsRef::as_ref).collect(),
        },
    }
}

/// The paths of local files.
fn local(files: &FileCommand) -> Vec<&OsStr> {
    match files {
        FileCommand::Get(options) | FileCommand::CopyToLocal(options) => {
            options.written().1.map(AsRef::as_ref).into_iter().collect()
        }
        _ => files.as_put().map_or_else(Vec::new, |(_, put, _)| {
            put.written().0.iter().map(AsRef::as_ref).collect()
        }),
    }
}

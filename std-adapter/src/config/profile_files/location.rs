//! The locations of the files, and their bytes.

use core::str;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::ProfileFilesError;
use crate::config::environment::Environment;
use crate::read::file_or_pipe::read_file_or_pipe;

/// The most bytes of a file.
const LIMIT: usize = 16 * 1024 * 1024;

/// Reads a file; returns `None` if it does not exist.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, ProfileFilesError> {
    match read_file_or_pipe(path, LIMIT) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_absent(error.kind()) => Ok(None),
        Err(error) => Err(ProfileFilesError::Read { path: path.to_owned(), error }),
    }
}

const fn is_absent(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

pub(super) fn utf8(bytes: Option<&Zeroizing<Vec<u8>>>) -> Result<&str, usize> {
    let bytes = bytes.map(|bytes| bytes.as_slice()).unwrap_or_default();
    str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        before.split(|byte| *byte == b'\n').count()
    })
}

/// Returns the path of a file; `None` without a home directory.
pub(super) fn location(
    environment: &Environment,
    variable: &'static str,
    name: &str,
) -> Result<Option<PathBuf>, ProfileFilesError> {
    let home = environment.home();
    let Some(location) = environment.get(variable) else {
        return Ok(home.map(|home| home.join(".aws").join(name)));
    };
    let Some(below) = location.strip_prefix('~') else { return Ok(Some(location.into())) };
    let is_separated = below.is_empty() || below.starts_with(std::path::is_separator);
    match home.filter(|_| is_separated) {
        Some(home) => Ok(Some(home.join(below.trim_start_matches(std::path::is_separator)))),
        None => Err(ProfileFilesError::Home { variable }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location_of(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let environment = variables.iter().copied().collect();
        location(&environment, "AWS_CONFIG_FILE", "config").unwrap()
    }

    #[test]
    fn finds_the_file_by_variables_and_home() {
        let is = |variables, path: &str| assert_eq!(location_of(variables), Some(path.into()));
        assert_eq!(location_of(&[]), None);
        is(&[("HOME", "/h")], "/h/.aws/config");
        is(&[("HOME", "/h"), ("USERPROFILE", "/u")], "/h/.aws/config");
        is(&[("USERPROFILE", "/u"), ("HOMEPATH", "/p")], "/u/.aws/config");
        is(&[("HOMEDRIVE", "/d"), ("HOMEPATH", "/p")], "/d/p/.aws/config");
        is(&[("HOME", "/h"), ("AWS_CONFIG_FILE", "~/x")], "/h/x");
        is(&[("HOME", "/h"), ("AWS_CONFIG_FILE", "x~")], "x~");
        for variables in [
            [("HOME", "/h"), ("AWS_CONFIG_FILE", "~other/x")],
            [("AWS_REGION", ""), ("AWS_CONFIG_FILE", "~/x")],
        ] {
            let environment = variables.into_iter().collect();
            let error = location(&environment, "AWS_CONFIG_FILE", "config").unwrap_err();
            assert!(error.to_string().starts_with("AWS_CONFIG_FILE is below"), "{error}");
        }
    }
}

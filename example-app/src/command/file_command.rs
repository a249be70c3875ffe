//! The trait of commands about files in S3.

use core::fmt;
use std::ffi::OsStr;
use std::path::Path;

use futures_util::future::LocalBoxFuture;
use http::HeaderMap;

use super::shell::Shell;
use crate::s3::address::path::DefaultFs;
use crate::s3::content::bandwidth::Bandwidth;
use crate::system::ExitStatus;
use crate::transfer::upload::UploadSettings;

/// A command about files in S3: a command of Hadoop's shell, or one like it.
pub trait FileCommand {
    /// Runs the command.
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus>;

    /// Returns the paths in S3, as they are written. The first one names the bucket whose settings
    /// hold.
    fn s3_paths(&self) -> Vec<&str>;

    /// Returns the paths in S3 as they are written, also those that are not UTF-8.
    fn written_paths(&self) -> Vec<&OsStr> {
        self.s3_paths().into_iter().map(AsRef::as_ref).collect()
    }

    /// Returns the paths of local files, as they are written.
    fn local_paths(&self) -> Vec<&OsStr> {
        Vec::new()
    }

    /// Returns the error in the options, if they contradict each other.
    fn contradiction(&self) -> Option<&'static str> {
        None
    }

    /// Returns whether only errors are reported.
    fn is_quiet(&self) -> bool {
        false
    }

    /// Returns the limit for the rate of contents.
    fn bandwidth(&self) -> Option<Bandwidth> {
        None
    }

    /// Returns the file that holds the key for SSE-C.
    fn customer_key_file(&self) -> Option<&Path> {
        None
    }

    /// Adds the headers that the options set for every stored object.
    fn add_object_headers(&self, headers: &mut HeaderMap) {
        let _ = headers;
    }

    /// Returns the command without S3, if the options ask for a plan only.
    fn dry_run<'r>(
        &'r self,
        default_fs: &'r DefaultFs,
        configured: &'r UploadSettings,
    ) -> Option<LocalBoxFuture<'r, ExitStatus>> {
        let _ = (default_fs, configured);
        None
    }

    /// Returns whether the command creates objects. The sandbox creates their buckets.
    fn creates_objects(&self) -> bool {
        false
    }

    /// Returns the path that the sandbox lists once the command is done.
    fn listed_afterwards(&self) -> Option<&str> {
        None
    }
}

/// Returns the paths, or the home directory if there are none.
pub(crate) fn paths_or_home(paths: &[String]) -> Vec<&str> {
    if paths.is_empty() { vec!["."] } else { borrowed(paths) }
}

/// Returns the paths as slices.
pub(crate) fn borrowed(paths: &[String]) -> Vec<&str> {
    paths.iter().map(String::as_str).collect()
}

/// Shows no options.
impl fmt::Debug for dyn FileCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileCommand(..)")
    }
}

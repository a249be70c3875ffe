//! `rolefs -sync [--delete] [--dry-run] … <src> <dst>`: makes a directory in S3 like a local one,
//! or a local one like one in S3.
//!
//! Contents are compared, not dates. Nothing outside of the destination is changed. With
//! `--delete`, nothing is deleted before the source is listed to its end and copied completely.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use futures_util::future::LocalBoxFuture;
use http::HeaderMap;

use super::file_command::FileCommand;
use super::shell::Shell;
use crate::report::Reporter;
use crate::report::progress::Direction;
use crate::s3::content::bandwidth::Bandwidth;
use crate::system::ExitStatus;
use crate::system::local_path::S3_SCHEMES;

mod deletion;
mod down;
mod extra_files;
mod options;
mod up;

pub use options::SyncOptions;

/// Returns whether a path begins with a scheme of S3, valid or not.
fn is_in_s3(path: &OsStr) -> bool {
    let first = path.to_str().and_then(|path| path.split('/').next()).unwrap_or_default();
    first.split_once(':').is_some_and(|(scheme, _)| S3_SCHEMES.contains(&scheme))
}

impl SyncOptions {
    /// Returns whether the destination is in S3.
    fn is_up(&self) -> bool {
        is_in_s3(&self.destination)
    }

    /// Returns the path in S3, and the local one.
    fn sides(&self) -> (&OsString, &OsString) {
        if self.is_up() {
            (&self.destination, &self.source)
        } else {
            (&self.source, &self.destination)
        }
    }
}

impl FileCommand for SyncOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        if self.is_up() { Box::pin(up::up(shell, self)) } else { Box::pin(down::down(shell, self)) }
    }

    fn s3_paths(&self) -> Vec<&str> {
        self.sides().0.to_str().into_iter().collect()
    }

    fn written_paths(&self) -> Vec<&OsStr> {
        vec![self.sides().0]
    }

    fn local_paths(&self) -> Vec<&OsStr> {
        vec![self.sides().1]
    }

    fn contradiction(&self) -> Option<&'static str> {
        match (is_in_s3(&self.source), is_in_s3(&self.destination)) {
            (true, true) => return Some("both are in S3: -cp copies within S3"),
            (false, false) => return Some("one side must be in S3: write s3a://bucket/dir"),
            _ => {}
        }
        let directory = self.sides().1;
        if directory == "-" {
            return Some("expected a local directory, not stdin or stdout");
        }
        self.options_contradiction(directory)
    }

    fn is_quiet(&self) -> bool {
        self.report.stdout.quiet
    }

    fn bandwidth(&self) -> Option<Bandwidth> {
        self.bandwidth.map(Bandwidth::new)
    }

    fn customer_key_file(&self) -> Option<&Path> {
        self.object.sse_c_key_file.as_deref()
    }

    fn add_object_headers(&self, headers: &mut HeaderMap) {
        self.object.add_to(headers);
    }

    fn creates_objects(&self) -> bool {
        self.is_up()
    }
}

/// Returns the reporter of a transfer in this direction. A plan alone shows no progress.
fn reporter(options: &SyncOptions, direction: Direction) -> Result<Reporter, ExitStatus> {
    if options.dry_run {
        return Ok(Reporter::reporting("sync", options.report.stdout));
    }
    Reporter::transferring("sync", &options.report, direction)
}

//! `rolefs -put [-f] [-p] [-l] [-d] [-resume] [-t <n>] [-q <n>] <localsrc> ... <dst>`: local files,
//! directories and stdin to S3.
//!
//! Unlike Hadoop's, this writes no `._COPYING_` object to be renamed, which on S3 would be a second
//! copy: an object appears when it is complete, and `-d` changes nothing. It does not ask whether
//! the parent directory exists, since S3 has none.

use std::ffi::OsStr;
use std::path::Path;

use futures_util::future::LocalBoxFuture;
use http::HeaderMap;

use super::file_command::FileCommand;
use super::shell::Shell;
use crate::report::Reporter;
use crate::report::progress::Direction;
use crate::s3::address::path::DefaultFs;
use crate::s3::content::bandwidth::Bandwidth;
use crate::system::{ExitStatus, descriptors};
use crate::transfer::upload::{Interrupt, UploadSettings, Uploader};

mod content_type;
mod destination;
mod entries;
mod filter;
mod form;
mod manifest;
mod moved;
mod names;
mod object;
mod object_options;
mod options;
mod run;
mod source;
mod source_options;
mod tree;
mod update;
mod update_summary;

pub use filter::Filter;
pub use form::UnicodeForm;
pub use manifest::{LineError, Lines, ManifestEntry, ManifestFormat};
pub use object_options::{Encryption, Metadata, ObjectOptions};
pub(crate) use options::{NO_RECORD, part_size};
pub use options::{PutOptions, SourceFate};
pub(super) use run::{Put, To};
pub use source_options::SourceOptions;

/// The descriptors that an object in transfer takes: its source, its journal, and a connection.
const DESCRIPTORS: usize = 3;

/// `-put`, `-copyFromLocal` or `-moveFromLocal`, as it was called.
#[derive(Clone, Debug)]
pub struct PutCommand {
    /// The name it was called by.
    pub name: &'static str,
    /// The options.
    pub options: PutOptions,
    /// The fate of the sources.
    pub after: SourceFate,
}

impl PutCommand {
    fn destination(&self) -> Option<&str> {
        self.options.paths.last()?.to_str()
    }
}

impl FileCommand for PutCommand {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(put(shell, self.name, &self.options, self.after))
    }

    fn s3_paths(&self) -> Vec<&str> {
        self.destination().into_iter().collect()
    }

    fn contradiction(&self) -> Option<&'static str> {
        self.options.contradiction(self.after)
    }

    fn written_paths(&self) -> Vec<&OsStr> {
        self.options.written().1.map(AsRef::as_ref).into_iter().collect()
    }

    fn local_paths(&self) -> Vec<&OsStr> {
        self.options.written().0.iter().map(AsRef::as_ref).collect()
    }

    fn is_quiet(&self) -> bool {
        self.options.report.stdout.quiet
    }

    fn bandwidth(&self) -> Option<Bandwidth> {
        self.options.bandwidth.map(Bandwidth::new)
    }

    fn customer_key_file(&self) -> Option<&Path> {
        self.options.object.sse_c_key_file.as_deref()
    }

    fn add_object_headers(&self, headers: &mut HeaderMap) {
        self.options.object.add_to(headers);
    }

    fn dry_run<'r>(
        &'r self,
        default_fs: &'r DefaultFs,
        configured: &'r UploadSettings,
    ) -> Option<LocalBoxFuture<'r, ExitStatus>> {
        let Self { name, options, after } = self;
        if !options.dry_run {
            return None;
        }
        Some(Box::pin(dry_run(default_fs, configured, name, options, *after)))
    }

    fn creates_objects(&self) -> bool {
        true
    }

    fn listed_afterwards(&self) -> Option<&str> {
        let is_shown = !self.options.dry_run && self.options.report.stdout.is_for_people();
        self.destination().filter(|_| is_shown)
    }
}

/// Stores the sources at the destination, each below it if it is a directory. A source that cannot
/// be stored is reported, and the next is stored. `command` is the name it was called by.
async fn put(
    shell: Shell<'_>,
    command: &'static str,
    options: &PutOptions,
    after: SourceFate,
) -> ExitStatus {
    if options.dry_run {
        return dry_run(shell.default_fs, shell.upload, command, options, after).await;
    }
    let mut settings = options.upload(shell.upload);
    settings.in_flight = descriptors::at_once(settings.in_flight, DESCRIPTORS);
    let at_once = settings.in_flight;
    let uploader = Uploader::new(shell.s3, settings, Interrupt::by_signals())
        .with_journals(options.state.journals(), options.resume);
    let reporter = match Reporter::transferring(command, &options.report, Direction::ToS3) {
        Ok(reporter) => reporter,
        Err(status) => return status,
    };
    let to = To::S3(Box::new(uploader));
    Put::new(to, options, after, at_once, reporter).run(shell.default_fs).await
}

/// Reports what [`put`] would send; sends nothing, and deletes nothing.
async fn dry_run(
    default_fs: &DefaultFs,
    configured: &UploadSettings,
    command: &'static str,
    options: &PutOptions,
    after: SourceFate,
) -> ExitStatus {
    let reporter = Reporter::reporting(command, options.report.stdout);
    let to = To::Nowhere(options.upload(configured).plan);
    // Reports must be in order, so the entries are looked at one by one.
    Put::new(to, options, after, 1, reporter).run(default_fs).await
}

//! `rolefs -cp [-f] [-p] [-d] … <src> ... <dst>` and `-mv <src> ... <dst>`: copies within S3, which
//! S3 makes itself.
//!
//! Unlike Hadoop's, `-mv` also moves from one bucket to another, and deletes nothing before all of
//! a source is proven to be at the destination. No `._COPYING_` object is written: an object
//! appears when it is complete.

use std::path::{Path, PathBuf};

use futures_util::future::LocalBoxFuture;
use http::HeaderMap;

use super::file_command::FileCommand;
use super::get::{GetCommand, GetOptions};
use super::put::{PutCommand, PutOptions, SourceFate};
use super::shell::Shell;
use crate::report::Reporter;
use crate::report::progress::Direction;
use crate::system::{ExitStatus, descriptors};
use crate::transfer::upload::plan::{MAX_PART_LEN, PlanSettings};
use crate::transfer::upload::{Interrupt, UploadSettings, Uploader};

mod object;
mod options;
mod proof;
mod removal;
mod run;
mod tree;

pub use options::{CopyOptions, CpOptions};
use run::Copy;

/// The descriptors that an object in transfer takes: its journal, and a connection.
const DESCRIPTORS: usize = 2;

/// `-cp` or `-mv`, as it was called.
#[derive(Clone, Debug)]
pub struct CopyCommand {
    /// The name it was called by.
    pub name: &'static str,
    /// The options that both have.
    pub options: CopyOptions,
    /// True if an object at the destination is overwritten.
    pub overwrite: bool,
    /// True if the attributes that `-put -p` keeps of a local file are kept.
    pub preserve: bool,
    /// The fate of the sources.
    pub after: SourceFate,
}

/// Returns whether a path is one of this host: a URI of `file`.
fn is_local(path: &str) -> bool {
    let scheme = path.split('/').next().unwrap_or_default().split_once(':');
    scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("file"))
}

impl CopyCommand {
    /// Returns the local paths: sources, and the destination.
    fn local(&self) -> (Vec<&String>, Option<&String>) {
        let (sources, destination) = self.options.named();
        let local = |path: &&String| is_local(path);
        (sources.iter().filter(local).collect(), destination.filter(local))
    }

    /// Returns the settings of uploads: an object is copied in parts if one request cannot, or if
    /// the options say so.
    fn settings(&self, configured: &UploadSettings) -> UploadSettings {
        let CopyOptions { part_size, multipart_threshold, .. } = self.options;
        let plan = configured.plan;
        let in_flight = self.options.requests.in_flight().unwrap_or(configured.in_flight);
        UploadSettings {
            plan: PlanSettings {
                part_len: part_size.unwrap_or(plan.part_len),
                threshold: multipart_threshold.unwrap_or(MAX_PART_LEN),
                ..plan
            },
            in_flight: descriptors::at_once(in_flight, DESCRIPTORS),
            ..configured.clone()
        }
    }

    /// Puts local sources, as `-put` does.
    fn put(&self) -> PutCommand {
        let options = PutOptions {
            overwrite: self.overwrite,
            preserve: self.preserve,
            requests: self.options.requests.clone(),
            resume: self.options.resume,
            report: self.options.report.clone(),
            part_size: self.options.part_size,
            multipart_threshold: self.options.multipart_threshold,
            object: self.options.object.clone(),
            state: self.options.state.clone(),
            paths: self.options.paths.iter().map(PathBuf::from).collect(),
            ..PutOptions::default()
        };
        PutCommand { name: self.name, options, after: self.after }
    }

    /// Gets objects to a local destination, as `-get` does.
    fn get(&self) -> GetCommand {
        let options = GetOptions {
            overwrite: self.overwrite,
            preserve: self.preserve,
            threads: self.options.requests.threads,
            report: self.options.report.clone(),
            sse_c_key_file: self.options.object.sse_c_key_file.clone(),
            paths: self.options.paths.iter().map(Into::into).collect(),
            ..GetOptions::default()
        };
        GetCommand { name: self.name, options }
    }
}

impl FileCommand for CopyCommand {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(async move {
            match self.local() {
                (sources, None) if sources.is_empty() => copy(shell, self).await,
                local if self.after == SourceFate::Deleted => other_file_system(self, &local),
                (_, None) => self.put().run(shell).await,
                (_, Some(_)) => self.get().run(shell).await,
            }
        })
    }

    fn s3_paths(&self) -> Vec<&str> {
        self.options.paths.iter().map(String::as_str).filter(|path| !is_local(path)).collect()
    }

    fn local_paths(&self) -> Vec<&std::ffi::OsStr> {
        let (sources, destination) = self.local();
        sources.into_iter().chain(destination).map(AsRef::as_ref).collect()
    }

    fn contradiction(&self) -> Option<&'static str> {
        let (sources, destination) = self.options.named();
        let local = self.local();
        if self.options.paths.is_empty() {
            Some("Not enough arguments: expected 2 but got 0")
        } else if sources.is_empty() || destination.is_none() {
            Some("Not enough arguments: expected 2 but got 1")
        } else if self.after == SourceFate::Kept && !local.0.is_empty() && local.1.is_some() {
            Some("both are local files: cp copies them")
        } else if !local.0.is_empty() && local.0.len() < sources.len() {
            Some("sources are local files or objects, not both: copy them one after the other")
        } else {
            let (files, (sources, destination)) = (&self.options.report.files, local);
            let below = || files.sources_contradiction(sources.into_iter().map(AsRef::as_ref));
            let at_destination = || files.destination_contradiction(destination?.as_ref());
            let report = files.contradiction().or_else(below).or_else(at_destination);
            report.or_else(|| self.options.object.contradiction())
        }
    }

    fn is_quiet(&self) -> bool {
        self.options.report.stdout.quiet
    }

    fn customer_key_file(&self) -> Option<&Path> {
        self.options.object.sse_c_key_file.as_deref()
    }

    fn add_object_headers(&self, headers: &mut HeaderMap) {
        self.options.object.add_to(headers);
    }

    fn creates_objects(&self) -> bool {
        true
    }
}

/// Refuses to move between file systems, in Hadoop's words: only a copy can be compared first.
fn other_file_system(command: &CopyCommand, local: &(Vec<&String>, Option<&String>)) -> ExitStatus {
    let reporter = Reporter::reporting(command.name, command.options.report.stdout);
    let (sources, _) = command.options.named();
    let here = local.1.map_or_else(|| local.0.clone(), |_| sources.iter().collect());
    for source in here {
        reporter.about(source, "Does not match target filesystem");
    }
    reporter.ending()
}

/// Copies the sources to the destination, each below it if it is a directory. One that cannot be
/// copied is reported, and the next is copied.
async fn copy(shell: Shell<'_>, command: &CopyCommand) -> ExitStatus {
    let settings = command.settings(shell.upload);
    let at_once = settings.in_flight;
    let options = &command.options;
    let uploader = Uploader::new(shell.s3, settings, Interrupt::by_signals())
        .with_journals(options.state.journals(), options.resume);
    let reporter = match Reporter::transferring(command.name, &options.report, Direction::ToS3) {
        Ok(reporter) => reporter,
        Err(status) => return status,
    };
    let copy = Copy { shell, command, uploader, reporter, at_once };
    copy.all().await;
    copy.reporter.sum_up(Some(copy.uploader.statistics()));
    let Some(signal) = copy.uploader.interrupt().signal() else { return copy.reporter.ending() };
    copy.reporter.interrupted("copied");
    ExitStatus::Interrupted(signal)
}

//! `rolefs -get [options] <src> ... <localdst>`: objects and directories to local files.
//!
//! A file appears under its name when it is complete and checked; until then it has another one
//! beside it, as in Hadoop. Unlike Hadoop's, this takes `-` for stdout.

use core::pin::pin;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};

use super::cat::to_stdout;
use super::file_command::FileCommand;
use super::pool::side_by_side;
use super::shell::{Item, NO_SUCH_FILE, Shell, child};
use crate::report::Reporter;
use crate::report::progress::{Direction, Planned};
use crate::s3::PathStatus;
use crate::s3::content::bandwidth::Bandwidth;
use crate::s3::error::listing::UndecodableKey;
use crate::s3::operation::page::Object;
use crate::system::{ExitStatus, descriptors, standard_streams};
use crate::transfer::upload::Interrupt;

mod crc;
mod fetch;
mod local;
mod merge;
mod options;

pub(super) use fetch::Get;
pub(super) use local::{below, in_words};
pub use merge::GetmergeOptions;
pub use options::GetOptions;

/// `-get`, or `-copyToLocal`, as it was called.
#[derive(Clone, Debug)]
pub struct GetCommand {
    /// The name it was called by.
    pub name: &'static str,
    /// The options.
    pub options: GetOptions,
}

impl FileCommand for GetCommand {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(get(shell, self.name, &self.options))
    }

    fn s3_paths(&self) -> Vec<&str> {
        self.options.sources()
    }

    fn written_paths(&self) -> Vec<&OsStr> {
        self.options.written().0.iter().map(AsRef::as_ref).collect()
    }

    fn local_paths(&self) -> Vec<&OsStr> {
        self.options.written().1.map(AsRef::as_ref).into_iter().collect()
    }

    fn contradiction(&self) -> Option<&'static str> {
        let files = &self.options.report.files;
        let destination = self.options.written().1;
        if destination.is_some_and(|path| path == "-") && files.is_wanted() {
            return Some("--report and --metrics are for files that are fetched, not for stdout");
        }
        let at_destination = || files.destination_contradiction(destination?);
        files.contradiction().or_else(at_destination)
    }

    fn is_quiet(&self) -> bool {
        self.options.report.stdout.quiet
    }

    fn bandwidth(&self) -> Option<Bandwidth> {
        self.options.bandwidth.map(Bandwidth::new)
    }

    fn customer_key_file(&self) -> Option<&Path> {
        self.options.sse_c_key_file.as_deref()
    }
}

/// Stores the sources at the destination, each below it if it is a directory. A source that cannot
/// be fetched is reported, and the next one is fetched. `command` is the name it was called by.
async fn get(shell: Shell<'_>, command: &'static str, options: &GetOptions) -> ExitStatus {
    let (sources, destination) = match options.sources_and_destination() {
        Ok(named) => named,
        Err(reason) => {
            let reporter = Reporter::reporting(command, options.report.stdout);
            reporter.say(reason);
            return reporter.ending();
        }
    };
    let reporter = match Reporter::transferring(command, &options.report, Direction::FromS3) {
        Ok(reporter) => reporter,
        Err(status) => return status,
    };
    let interrupt = Interrupt::by_signals();
    let get = Get::new(shell, options, reporter, interrupt);
    // An incomplete file is removed when it is dropped.
    tokio::select! {
        biased;
        () = get.interrupt.raised() => {}
        () = Box::pin(get.all(&sources, &destination)) => {}
    }
    get.published().await;
    get.reporter.sum_up(None);
    let Some(signal) = get.interrupt.signal() else { return get.reporter.ending() };
    get.reporter.interrupted("fetched");
    ExitStatus::Interrupted(signal)
}

/// The descriptors that a file in transfer takes: the file twice, its checksums, and a connection.
pub(super) const DESCRIPTORS: usize = 4;

impl Get<'_> {
    async fn all(&self, sources: &[&str], destination: &Path) {
        let shown = destination.display();
        let is_stdout = destination.as_os_str() == "-";
        if is_stdout && self.options.report.stdout.json {
            return self.reporter.say("stdout is for the content: leave out -json");
        }
        let is_directory = destination.is_dir();
        let is_there = destination.exists();
        match sources {
            _ if is_stdout || is_directory => {}
            [_, _, ..] if is_there => return self.reporter.about(shown, "Is not a directory"),
            [_, _, ..] => return self.reporter.about(shown, NO_SUCH_FILE),
            _ if is_there && !self.options.overwrite => {
                return self.reporter.about(shown, "File exists");
            }
            _ => {}
        }
        let items = self.found(sources).await;
        match &items[..] {
            _ if is_stdout => {
                let mut stdout = match standard_streams::open_stdout() {
                    Ok(stdout) => stdout,
                    Err(error) => return self.reporter.unwritten(error),
                };
                let is_checked = !self.options.ignore_crc;
                for item in &items {
                    to_stdout(self.shell.s3, item, is_checked, &mut stdout, &self.reporter).await;
                }
            }
            _ if is_directory => {
                let planned: Vec<_> = items.iter().map(|item| self.planned(item)).collect();
                let (last, mut opening) = (items.len(), Some(self.reporter.bars.opening()));
                for ((item, planned), number) in items.iter().zip(planned).zip(1..) {
                    opening = opening.filter(|_| number < last);
                    match named_below(destination, item.name()) {
                        Some(target) => self.one(item, planned, &target).await,
                        None => self.reporter.about(&item.written, NO_SUCH_NAME),
                    }
                }
            }
            [item] => match missing_parent(destination) {
                Some(at) => self.reporter.about(shown, format_args!("{NO_SUCH_FILE}: `{at}'")),
                None => self.one(item, self.planned(item), destination).await,
            },
            [] => {}
            _ => self.reporter.about(shown, "Is not a directory"),
        }
    }

    async fn found(&self, sources: &[&str]) -> Vec<Item> {
        let mut items = Vec::new();
        for source in sources {
            items.extend(self.shell.found(source, &self.reporter).await);
        }
        items
    }

    /// Counts what will be fetched.
    fn planned(&self, item: &Item) -> Planned {
        self.reporter.bars.plan(|| match &item.status {
            PathStatus::File(found) => found.len,
            PathStatus::Directory => None,
        })
    }

    /// Fetches an object to exactly this path.
    async fn one(&self, item: &Item, planned: Planned, target: &Path) {
        match &item.status {
            PathStatus::File(found) => {
                let listed = (found.len, found.etag.as_ref());
                self.file(&item.path, (listed, planned), &item.written, target).await;
            }
            PathStatus::Directory => self.tree(item, target).await,
        }
    }

    /// Fetches everything below a directory.
    async fn tree(&self, item: &Item, target: &Path) {
        if let Err(error) = std::fs::create_dir_all(target) {
            return self.reporter.about(target.display(), in_words(&error));
        }
        let prefix = item.path.directory_prefix();
        let at_once = descriptors::at_once(self.options.at_once(), DESCRIPTORS);
        let mut pages = pin!(self.shell.s3.pages(&item.path, &prefix, ""));
        let bars = &self.reporter.bars;
        let _until_all_are_listed = bars.opening();
        loop {
            match pages.try_next().await {
                Err(error) => return self.reporter.about(&item.written, error),
                Ok(None) => return,
                Ok(Some(page)) => {
                    for UndecodableKey { escaped, .. } in page.not_utf_8 {
                        let key = item.path.with_key(escaped);
                        self.reporter.about(key, UndecodableKey::REASON);
                    }
                    let planned = |object: Object| {
                        let planned = bars.plan(|| Some(object.size));
                        (object, planned)
                    };
                    // All of them, before the first is fetched.
                    let objects: Vec<_> = page.objects.into_iter().map(planned).collect();
                    let fetch = |(object, planned)| {
                        self.entry(item, &prefix, (object, planned), target).boxed_local()
                    };
                    side_by_side(at_once, stream::iter(objects).map(fetch).boxed_local()).await;
                }
            }
        }
    }

    /// Fetches an object below a directory; a marker becomes a directory.
    async fn entry(
        &self,
        item: &Item,
        prefix: &str,
        (object, planned): (Object, Planned),
        root: &Path,
    ) {
        let key = object.key.as_str();
        let name = key.strip_prefix(prefix).unwrap_or_default();
        if name.is_empty() {
            return;
        }
        let written = child(&item.written, name);
        let Some(target) = below(root, name) else {
            return self.reporter.about(written, NO_SUCH_NAME);
        };
        let directory = if name.ends_with('/') { Some(target.as_path()) } else { target.parent() };
        if let Err(error) = directory.map_or(Ok(()), std::fs::create_dir_all) {
            return self.reporter.about(target.display(), in_words(&error));
        }
        if !name.ends_with('/') {
            let expected = (Some(object.size), object.etag.as_ref());
            self.file(&item.path.with_key(key), (expected, planned), &written, &target).await;
        }
    }
}

/// The reason why a key cannot be the name of a file.
pub(super) const NO_SUCH_NAME: &str = "no local file has such a name: get it alone, to a name that you \
    choose; --exact-keys takes a path unchanged";

/// Returns `a` and not `./a`, as Hadoop shows it. A bucket's files go right into the directory.
/// `None` for a name that would lead out of it.
fn named_below(directory: &Path, name: &str) -> Option<PathBuf> {
    match name {
        "" => Some(directory.to_owned()),
        name if directory.as_os_str() == "." => below(Path::new(""), name),
        name => below(directory, name),
    }
}

/// Returns the directory of a destination, if it does not exist.
fn missing_parent(destination: &Path) -> Option<String> {
    let at = std::path::absolute(destination).unwrap_or_else(|_| PathBuf::from(destination));
    let is_missing = !at.parent().is_some_and(Path::is_dir);
    is_missing.then(|| format!("file:{}", at.display()))
}

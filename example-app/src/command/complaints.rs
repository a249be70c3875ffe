//! What a command could not do, and what it did.

use core::cell::{Cell, RefCell};
use core::fmt::Display;
use std::io::{self, Write as _};

use super::Ending;
use super::event::Event;
use super::report::ReportOptions;
use crate::progress::Bars;
use crate::upload::Statistics;

/// How many failures are named at the end.
const NAMED: usize = 3;

/// Reports what a command could not do, in Hadoop's form, and remembers it for the exit code; and as
/// events what happens, if it is told to.
pub(crate) struct Complaints {
    command: &'static str,
    pub(super) report: ReportOptions,
    /// How far objects are: for people.
    pub(super) bars: Bars,
    any: Cell<bool>,
    done: Cell<u64>,
    bytes: Cell<u64>,
    failed: Cell<u64>,
    /// The first of what failed.
    named: RefCell<Vec<String>>,
}

/// What S3 calls what failed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ids<'i> {
    pub(crate) upload: Option<&'i str>,
    pub(crate) request: Option<&'i str>,
}

impl Complaints {
    pub(crate) fn of(command: &'static str) -> Self {
        Self::reporting(command, ReportOptions::default())
    }

    /// As the options say.
    pub(crate) fn reporting(command: &'static str, report: ReportOptions) -> Self {
        let (done, bytes, failed) = Default::default();
        let (any, named) = Default::default();
        let bars = Bars::new(report.is_for_people());
        Self { command, report, bars, any, done, bytes, failed, named }
    }

    /// ``put: `path': reason``.
    pub(crate) fn about(&self, path: impl Display, reason: impl Display) {
        self.about_request(path, reason, Ids::default());
    }

    /// The same, with what S3 calls it.
    pub(crate) fn about_request(&self, path: impl Display, reason: impl Display, ids: Ids<'_>) {
        let (path, reason) = (path.to_string(), reason.to_string());
        self.line(format_args!("`{path}': {reason}"));
        let (upload_id, request_id) = (ids.upload, ids.request);
        self.event(&Event::Error { path: Some(&path), upload_id, request_id, reason: &reason });
        self.failed.set(self.failed.get() + 1);
        let mut named = self.named.borrow_mut();
        if named.len() < NAMED {
            named.push(format!("`{path}'"));
        }
    }

    /// `put: reason`.
    pub(crate) fn say(&self, reason: impl Display) {
        let reason = reason.to_string();
        self.line(&reason);
        let (path, upload_id, request_id) = Default::default();
        self.event(&Event::Error { path, upload_id, request_id, reason: &reason });
        self.failed.set(self.failed.get() + 1);
    }

    fn line(&self, what: impl Display) {
        // A terminal obeys some characters, which keys and servers may send.
        let what = what.to_string().replace(|c: char| c.is_control() && c != '\n', "?");
        self.bars.aside(|| eprintln!("{}: {what}", self.command));
        self.any.set(true);
    }

    /// What a person should know, and is no failure.
    pub(crate) fn note(&self, what: impl Display) {
        if !self.report.quiet {
            self.bars.aside(|| eprintln!("{}: {what}", self.command));
        }
    }

    /// How many things were not done.
    pub(crate) const fn failures(&self) -> u64 {
        self.failed.get()
    }

    /// Whether nothing was done, and nothing failed.
    pub(crate) const fn is_empty(&self) -> bool {
        self.done.get() == 0 && self.failed.get() == 0 && !self.any.get()
    }

    /// One more is done.
    pub(crate) fn done(&self, bytes: u64) {
        self.done.set(self.done.get() + 1);
        self.bytes.set(self.bytes.get() + bytes);
    }

    /// A line of JSON, if that is wanted.
    pub(crate) fn event(&self, event: &Event<'_>) {
        let ReportOptions { json, quiet } = self.report;
        if !json || quiet && !matches!(event, Event::Error { .. }) {
            return;
        }
        let mut stdout = io::stdout().lock();
        let line = serde_json::to_string(event).map_err(io::Error::from);
        let written = line.and_then(|line| writeln!(stdout, "{line}"));
        if let Err(error) = written.and_then(|()| stdout.flush()) {
            // Not as an event: there is nowhere to write it.
            if error.kind() != io::ErrorKind::BrokenPipe {
                eprintln!("{}: {error}", self.command);
            }
            self.any.set(true);
        }
    }

    /// What could not be written to stdout. Whoever reads it may have had enough.
    pub(crate) fn printed(&self, outcome: io::Result<()>) {
        match outcome {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.any.set(true),
            Err(error) => self.say(error),
        }
    }

    /// How much was done and how much was not: told if more than one thing was not.
    pub(crate) fn sum_up(&self, uploads: Option<Statistics>) {
        let (done, failed, bytes) = (self.done.get(), self.failed.get(), self.bytes.get());
        if failed > 1 {
            let named = self.named.borrow();
            let more = failed.saturating_sub(u64::try_from(named.len()).unwrap_or(0));
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let (all, named) = (done + failed, named.join(", "));
            let command = self.command;
            self.bars.aside(|| eprintln!("{command}: {failed} of {all} failed: {named}{more}"));
        }
        self.event(&Event::Summary { done, failed, bytes, uploads });
    }

    pub(crate) fn ending(&self) -> Ending {
        if self.any.get() { Ending::Failed } else { Ending::Done }
    }
}

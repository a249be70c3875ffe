//! The report of a command's work and failures.

use core::cell::{Cell, RefCell};
use core::fmt::Display;
use std::io::{self, IsTerminal as _};

use rolesig_std::config::mask_logins;

use crate::report::event::Event;
use crate::report::metrics::ObjectState;
use crate::report::options::{ReportOptions, TransferReportOptions};
use crate::report::progress::{Bars, Direction};
use crate::report::record::{Record, Recorded};
use crate::system::excerpt::printable;
use crate::system::{ExitStatus, signals, standard_streams};
use crate::transfer::upload::Statistics;

/// The number of failures that the last line names.
const NAMED: usize = 3;

/// Reports a command's failures, in Hadoop's form, and remembers them for the exit code.
/// Writes events, if they are wanted.
pub(crate) struct Reporter {
    command: &'static str,
    pub(crate) report: ReportOptions,
    /// The progress of objects, for people.
    pub(crate) bars: Bars,
    any: Cell<bool>,
    /// True if reports on stdout are lost.
    is_unheard: Cell<bool>,
    /// True once the requested output could not be written to stdout.
    is_stdout_lost: Cell<bool>,
    done: Cell<u64>,
    bytes: Cell<u64>,
    failed: Cell<u64>,
    /// Requests of downloads that were sent again.
    retries: Cell<u64>,
    /// The first paths that failed, and how often.
    named: RefCell<Vec<(String, u64)>>,
    record: Option<Record>,
}

/// The IDs that S3 gave something that failed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ids<'i> {
    pub(crate) upload: Option<&'i str>,
    pub(crate) request: Option<&'i str>,
}

impl Reporter {
    pub(crate) fn of(command: &'static str) -> Self {
        Self::reporting(command, ReportOptions::default())
    }

    /// Returns a reporter with these options. It shows no progress: what the command writes to
    /// stdout may be on the same terminal.
    pub(crate) fn reporting(command: &'static str, report: ReportOptions) -> Self {
        Self::with_bars(command, report, Bars::none())
    }

    /// Returns the reporter of a transfer, with lines on a terminal for what goes in this
    /// direction. It writes a record of the run, too, if one is wanted.
    ///
    /// # Errors
    /// If a file of the record cannot be written. That is reported.
    pub(crate) fn transferring(
        command: &'static str,
        options: &TransferReportOptions,
        direction: Direction,
    ) -> Result<Self, ExitStatus> {
        let report = options.stdout;
        let bars = Bars::new(report.is_for_people(), direction);
        let reporter = Self::with_bars(command, report, bars);
        match Record::open(&options.files) {
            Ok(record) => Ok(Self { record, ..reporter }),
            Err((path, error)) => {
                reporter.about(path.display(), error);
                Err(reporter.ending())
            }
        }
    }

    fn with_bars(command: &'static str, report: ReportOptions, bars: Bars) -> Self {
        let (done, bytes, failed, retries) = Default::default();
        let (any, is_unheard, is_stdout_lost, named) = Default::default();
        let record = None;
        Self {
            command,
            report,
            bars,
            any,
            is_unheard,
            is_stdout_lost,
            done,
            bytes,
            failed,
            retries,
            named,
            record,
        }
    }

    /// Adds an object to the record, if there is one.
    pub(crate) fn record(&self, state: ObjectState, recorded: Recorded<'_>) {
        if let Some(record) = &self.record {
            record.add(state, recorded);
        }
    }

    /// Reports a failure: ``put: `path': reason``.
    pub(crate) fn about(&self, path: impl Display, reason: impl Display) {
        self.failure(&path, &reason, Ids::default(), Recorded::default());
    }

    /// Reports a failure, with the IDs that S3 gave.
    pub(crate) fn about_request(&self, path: impl Display, reason: impl Display, ids: Ids<'_>) {
        self.failure(&path, &reason, ids, Recorded::default());
    }

    /// Reports a failure, with what is known of the object for the record.
    pub(crate) fn failure(
        &self,
        path: &dyn Display,
        reason: &dyn Display,
        ids: Ids<'_>,
        recorded: Recorded<'_>,
    ) {
        let (mut path, reason) = (path.to_string(), mask_logins(&reason.to_string()).into_owned());
        // A path only where no object is known. An argument can be a URL.
        if recorded.object.is_none() {
            path = mask_logins(&path).into_owned();
        }
        let path_only = recorded.object.is_none().then_some(path.as_str());
        self.record(
            ObjectState::Failed,
            Recorded { error: Some(&reason), path: path_only, ..recorded },
        );
        let shown = printable(&path);
        self.line(&format_args!("`{shown}': {reason}"));
        let (upload_id, request_id) = (ids.upload, ids.request);
        self.event(&Event::Error { path: Some(&path), upload_id, request_id, reason: &reason });
        self.failed.set(self.failed.get() + 1);
        let mut named = self.named.borrow_mut();
        if let Some((_, count)) = named.iter_mut().find(|(known, _)| *known == shown) {
            *count += 1;
        } else if named.len() < NAMED {
            named.push((shown, 1));
        }
    }

    /// Reports a failure without a path: `put: reason`.
    pub(crate) fn say(&self, reason: impl Display) {
        let reason = mask_logins(&reason.to_string()).into_owned();
        self.line(&reason);
        let (path, upload_id, request_id) = Default::default();
        self.event(&Event::Error { path, upload_id, request_id, reason: &reason });
        let recorded = Recorded { error: Some(&reason), ..Recorded::default() };
        self.record(ObjectState::Failed, recorded);
        self.failed.set(self.failed.get() + 1);
    }

    fn line(&self, what: &dyn Display) {
        self.print(&what.to_string());
        self.any.set(true);
    }

    /// Reports what the user should know, other than failures.
    pub(crate) fn note(&self, what: impl Display) {
        if !self.report.quiet {
            self.note_always(what);
        }
    }

    /// Returns the number of objects that are done.
    pub(crate) const fn successes(&self) -> u64 {
        self.done.get()
    }

    /// Returns the number of failures.
    pub(crate) const fn failures(&self) -> u64 {
        self.failed.get()
    }

    /// Returns whether nothing was done, and nothing failed.
    pub(crate) const fn is_empty(&self) -> bool {
        self.done.get() == 0 && self.failed.get() == 0 && !self.any.get()
    }

    /// Counts one more object as done.
    pub(crate) fn done(&self, bytes: u64) {
        self.done.set(self.done.get() + 1);
        self.bytes.set(self.bytes.get() + bytes);
    }

    /// Counts requests that were sent again, other than those in the statistics of uploads.
    pub(crate) fn add_retries(&self, count: u64) {
        self.retries.set(self.retries.get() + count);
    }

    /// Writes an event as a line of JSON, if that is wanted.
    pub(crate) fn event(&self, event: &Event<'_>) {
        let ReportOptions { json, quiet } = self.report;
        if !json || quiet && !matches!(event, Event::Error { .. }) {
            return;
        }
        // Only a map whose keys are not strings could fail, and an event has none.
        let line = serde_json::to_string(event).unwrap_or_default() + "\n";
        if matches!(event, Event::Plan { .. } | Event::PlanDelete { .. }) {
            // The result of the command, and not the notes beside it.
            return self.printed(standard_streams::print(line.as_bytes()));
        }
        self.report(&line);
    }

    /// Reports progress to stdout. The work continues if nobody reads that, and the exit code
    /// says how the work ended.
    pub(crate) fn report(&self, line: &str) {
        if self.bars.are_shown() && io::stdout().is_terminal() {
            let line = line.to_owned();
            // A terminal that is lost ends the program by SIGHUP.
            return self.bars.aside(move || drop(standard_streams::report(line.as_bytes())));
        }
        let written = standard_streams::report(line.as_bytes());
        if let Err(error) = written
            && !self.is_unheard.replace(true)
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            // Not as an event: there is nowhere to write it.
            self.note_always(format_args!(
                "stdout takes no more reports, and the work continues: {error}"
            ));
        }
    }

    /// Returns whether the requested output could not be written, so that there is nothing left to
    /// do.
    pub(crate) const fn is_stdout_lost(&self) -> bool {
        self.is_stdout_lost.get()
    }

    /// Reports, once, that the requested output could not be written to stdout.
    pub(crate) fn printed(&self, outcome: io::Result<()>) {
        if let Err(error) = outcome {
            if !self.is_stdout_lost.replace(true) {
                // No event: it would go to the same place.
                self.line(&format_args!("stdout: {error}"));
            }
            self.failed.set(self.failed.get() + 1);
        }
    }

    /// Reports an error as [`printed`](Self::printed) does. If nobody reads stdout any more, the
    /// program ends.
    pub(crate) fn unwritten(&self, error: io::Error) {
        if error.kind() == io::ErrorKind::BrokenPipe {
            signals::end_by_pipe();
        }
        self.printed(Err(error));
    }

    fn note_always(&self, what: impl Display) {
        self.print(&what.to_string());
    }

    fn print(&self, what: &str) {
        let command = self.command;
        // Some errors have more than one line.
        let what = what.to_owned();
        self.bars.aside(move || message!("{command}: {what}"));
    }

    /// Reports how much was done and how much failed, if more than one thing failed.
    pub(crate) fn sum_up(&self, uploads: Option<Statistics>) {
        let counted = |uploads: Statistics| uploads.retries + uploads.throttles;
        let retries = uploads.map_or_else(|| self.retries.get(), counted);
        let unwritten = self.record.as_ref().map(|record| record.finish(self.command, retries));
        for (path, error) in unwritten.into_iter().flatten() {
            self.about(path.display(), error);
        }
        let (done, failed, bytes) = (self.done.get(), self.failed.get(), self.bytes.get());
        if failed > 1 {
            let named = self.named.borrow();
            let more = failed.saturating_sub(named.iter().map(|(_, count)| count).sum());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let named: Vec<_> = named.iter().map(|(path, _)| format!("`{path}'")).collect();
            let (all, named) = (done + failed, named.join(", "));
            self.print(&format!("{failed} of {all} failed: {named}{more}"));
        }
        self.event(&Event::Summary { done, failed, bytes, uploads });
    }

    /// Reports, after a signal, what was done (`verb`) before it, and stays.
    pub(crate) fn interrupted(&self, verb: &str) {
        let (done, bytes) = (self.done.get(), self.bytes.get());
        if done > 0 {
            let what =
                format_args!("interrupted: {done} objects ({bytes} bytes) were {verb} before");
            self.note_always(what);
        } else if !self.any.get() {
            self.note_always(format_args!("interrupted: nothing was {verb}"));
        }
    }

    pub(crate) fn ending(&self) -> ExitStatus {
        if self.any.get() { ExitStatus::Failed } else { ExitStatus::Done }
    }
}

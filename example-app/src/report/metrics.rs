//! The metrics of a run.
//!
//! Source: `OpenMetrics` 1.0, "Text Format". All are gauges, since each run replaces them.

use core::fmt::Write as _;
use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

/// The state of an object at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectState {
    /// It is complete at its destination.
    Done,
    /// The destination had it already.
    UpToDate,
    /// It is no longer at the destination.
    Deleted,
    /// It was not transferred.
    Failed,
}

impl ObjectState {
    /// Returns its name, in reports and in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::UpToDate => "up_to_date",
            Self::Deleted => "deleted",
            Self::Failed => "failed",
        }
    }
}

/// The number of objects in each state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    done: u64,
    up_to_date: u64,
    deleted: u64,
    failed: u64,
    /// The bytes of the objects that were transferred.
    bytes: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, state: ObjectState, length: Option<u64>) {
        let (count, bytes) = match state {
            ObjectState::Done => (&mut self.done, length.unwrap_or(0)),
            ObjectState::UpToDate => (&mut self.up_to_date, 0),
            ObjectState::Deleted => (&mut self.deleted, 0),
            ObjectState::Failed => (&mut self.failed, 0),
        };
        *count += 1;
        self.bytes += bytes;
    }
}

/// The metrics of a run.
pub(crate) struct Metrics {
    pub(crate) command: &'static str,
    pub(crate) counts: Counts,
    /// Requests that were sent again.
    pub(crate) retries: u64,
    pub(crate) duration: Duration,
}

impl Metrics {
    /// Writes them as an object of JSON, for the last line of a report.
    pub(crate) fn json(&self) -> String {
        let Self { command, counts, retries, duration } = self;
        let Counts { done, up_to_date, deleted, failed, bytes } = counts;
        let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        format!(
            "{{\"command\":\"{command}\",\"done\":{done},\"up_to_date\":{up_to_date},\
             \"deleted\":{deleted},\"failed\":{failed},\"bytes\":{bytes},\
             \"retries\":{retries},\"milliseconds\":{milliseconds}}}"
        )
    }

    /// Writes them in the text format of `OpenMetrics`.
    pub(crate) fn open_metrics(&self) -> String {
        let Self { command, counts, retries, duration } = self;
        // Without floating-point numbers, whose text takes much code.
        let seconds = format!("{}.{:03}", duration.as_secs(), duration.subsec_millis());
        let Counts { done, up_to_date, deleted, failed, bytes } = counts;
        let mut text = String::from(
            "# HELP rolefs_run_objects Objects of the last run, by their state.\n\
             # TYPE rolefs_run_objects gauge\n",
        );
        for (state, count) in [
            (ObjectState::Done, done),
            (ObjectState::UpToDate, up_to_date),
            (ObjectState::Deleted, deleted),
            (ObjectState::Failed, failed),
        ] {
            let state = state.name();
            // Writing to a `String` does not fail.
            let _ = writeln!(
                text,
                "rolefs_run_objects{{command=\"{command}\",state=\"{state}\"}} {count}"
            );
        }
        let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        for (name, unit, help, value) in [
            (
                "transferred_bytes",
                "bytes",
                "Bytes of the objects that were transferred.",
                bytes.to_string(),
            ),
            ("retries", "", "Requests that were sent again.", retries.to_string()),
            ("duration_seconds", "seconds", "Time that the run took.", seconds),
            ("end_time_seconds", "seconds", "When the run ended, since 1970.", ended.to_string()),
        ] {
            let _ =
                writeln!(text, "# HELP rolefs_run_{name} {help}\n# TYPE rolefs_run_{name} gauge");
            if !unit.is_empty() {
                let _ = writeln!(text, "# UNIT rolefs_run_{name} {unit}");
            }
            let _ = writeln!(text, "rolefs_run_{name}{{command=\"{command}\"}} {value}");
        }
        text.push_str("# EOF\n");
        text
    }
}

//! Deprecated names of commands, which Hadoop's shell still accepts.

use crate::report::Reporter;
use crate::report::options::ReportOptions;

/// The old name of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldName {
    /// The name.
    pub name: &'static str,
    /// The command line that has replaced it.
    pub instead: &'static str,
}

impl OldName {
    /// Returns the reporter of a command that was called by its name, or by an old one, which is
    /// reported.
    pub(super) fn reporter(
        old: Option<Self>,
        name: &'static str,
        report: ReportOptions,
    ) -> Reporter {
        let reporter = Reporter::reporting(old.map_or(name, |old| old.name), report);
        if let Some(old) = old {
            reporter.note(format_args!("DEPRECATED: Please use '{}' instead.", old.instead));
        }
        reporter
    }
}

//! The commands of the shell, one module each.

pub mod cat;
pub mod credentials;
mod directory;
pub mod du;
pub mod explain;
pub mod get;
mod human;
pub mod ls;
pub mod mkdir;
pub mod put;
pub mod rm;
pub mod shell;
pub mod show_config;
pub mod sign;
pub mod stat;
pub mod state;
pub mod test;
pub mod touchz;
pub mod uploads;
pub mod whoami;

use core::cell::Cell;
use core::fmt::Display;
use std::io;
use std::process::ExitCode;

use crate::upload::exit_code;

/// How a command ended, as Hadoop's shell counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All done: 0.
    Done,
    /// At least one thing was not done, and was reported: 1.
    Failed,
    /// A signal of this number ended it: 128 and the number, as shells count it.
    Interrupted(u8),
    /// The command line was not understood: 255.
    Usage,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(match ending {
            Ending::Done => 0,
            Ending::Failed => 1,
            Ending::Interrupted(signal) => exit_code(signal),
            Ending::Usage => 255,
        })
    }
}

/// Reports what a command could not do, in Hadoop's form, and remembers it for the exit code.
pub(crate) struct Complaints {
    command: &'static str,
    any: Cell<bool>,
}

impl Complaints {
    pub(crate) const fn of(command: &'static str) -> Self {
        Self { command, any: Cell::new(false) }
    }

    /// What it was called by.
    pub(crate) const fn command(&self) -> &'static str {
        self.command
    }

    /// ``put: `path': reason``.
    pub(crate) fn about(&self, path: impl Display, reason: impl Display) {
        self.say(format_args!("`{path}': {reason}"));
    }

    /// `put: reason`.
    pub(crate) fn say(&self, reason: impl Display) {
        eprintln!("{}: {reason}", self.command);
        self.any.set(true);
    }

    /// What could not be written to stdout. Whoever reads it may have had enough.
    pub(crate) fn printed(&self, outcome: io::Result<()>) {
        match outcome {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.any.set(true),
            Err(error) => self.say(error),
        }
    }

    pub(crate) fn ending(self) -> Ending {
        if self.any.get() { Ending::Failed } else { Ending::Done }
    }
}

/// Hadoop's words for what has no content.
pub(crate) const IS_A_DIRECTORY: &str = "Is a directory";

/// The owner and group of all there is: S3 knows none, and S3A names the user.
pub(crate) fn user() -> String {
    std::env::var("USER").unwrap_or_else(|_| "user".to_owned())
}

/// Hadoop's words for what is not there.
pub(crate) const NO_SUCH_FILE: &str = "No such file or directory";

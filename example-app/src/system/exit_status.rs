//! The exit status, as Hadoop's shell counts it.

use std::io;
use std::process::ExitCode;

use crate::system::signals;

/// The status that a command ended with, as Hadoop's shell counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// All done: 0.
    Done,
    /// At least one thing was not done, and was reported: 1.
    Failed,
    /// A signal of this number interrupted it, and the program dies by it: shells count 128 and the
    /// number.
    Interrupted(u8),
    /// The command line was not understood: 255.
    Usage,
}

impl ExitStatus {
    /// Returns the exit code, or dies by the signal that interrupted the command.
    pub fn end(self) -> ExitCode {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Interrupted(signal) => signals::end_by(signal),
            Self::Usage => 255,
        }
        .into()
    }

    /// Returns the outcome of a command whose work is its output on stdout; reports why it could
    /// not.
    pub(crate) fn of_printed(command: &str, printed: io::Result<()>) -> Self {
        match printed {
            Ok(()) => Self::Done,
            Err(error) => {
                message!("{command}: stdout: {error}");
                Self::Failed
            }
        }
    }
}

//! The commands of the shell, one module each.

mod account;
pub mod cat;
mod complaints;
pub mod credentials;
mod directory;
pub mod du;
mod event;
pub mod explain;
pub mod get;
mod human;
pub mod ls;
pub mod mkdir;
pub mod put;
pub mod report;
pub mod rm;
pub mod shell;
pub mod show_config;
pub mod sign;
mod size;
pub mod stat;
pub mod state;
pub mod test;
pub mod touchz;
pub mod uploads;
pub mod whoami;

use std::process::ExitCode;

pub(crate) use complaints::Complaints;

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

/// Hadoop's words for what has no content.
pub(crate) const IS_A_DIRECTORY: &str = "Is a directory";

/// The owner and group of all there is: S3 knows none, and S3A names the user.
pub(crate) fn user() -> String {
    std::env::var("USER").unwrap_or_else(|_| "user".to_owned())
}

/// Hadoop's words for what is not there.
pub(crate) const NO_SUCH_FILE: &str = "No such file or directory";

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

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) use complaints::Complaints;

use crate::signals;

/// How a command ended, as Hadoop's shell counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
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

impl Ending {
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

    /// Returns how a command ended whose work is what it writes to stdout; reports why it could not.
    pub(crate) fn of_printed(command: &str, printed: io::Result<()>) -> Self {
        match printed {
            Ok(()) => Self::Done,
            Err(error) => {
                tell!("{command}: stdout: {error}");
                Self::Failed
            }
        }
    }
}

/// Hadoop's words for what has no content.
pub(crate) const IS_A_DIRECTORY: &str = "Is a directory";

/// Returns the user's home directory: `HOME`, or what the system's database of users says if that is
/// not set or empty.
pub(crate) fn home() -> Option<PathBuf> {
    let set = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    set.or_else(std::env::home_dir).filter(|home| !home.as_os_str().is_empty())
}

/// The owner and group of all there is: S3 knows none, and S3A names the user. By Hadoop's variable, as
/// the login says, or whose process it is.
pub(crate) fn user() -> String {
    let names = ["HADOOP_USER_NAME", "USER", "LOGNAME"];
    let named = names.into_iter().filter_map(|name| std::env::var(name).ok());
    named.chain(user_of_process()).find(|name| is_name(name)).unwrap_or_else(|| "user".to_owned())
}

/// Returns whether a user's directory can have this name: any other would lead out of `/user`.
fn is_name(user: &str) -> bool {
    !matches!(user, "" | "." | "..") && !user.contains('/')
}

#[cfg(unix)]
fn user_of_process() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let mut users = users.lines().map(|line| line.split(':'));
    users.find_map(|mut fields| {
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

#[cfg(not(unix))]
fn user_of_process() -> Option<String> {
    None
}

/// Hadoop's words for what is not there.
pub(crate) const NO_SUCH_FILE: &str = "No such file or directory";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_user_leads_out_of_the_directory_of_users() {
        for name in ["", ".", "..", "/", "a/b", "/etc"] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_name("hadoop") && is_name("first.last@example.com"));
    }
}

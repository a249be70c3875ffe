//! The commands of the shell, one module each.

pub mod cat;
pub mod credentials;
mod directory;
pub mod du;
pub mod explain;
pub mod get;
pub mod ls;
pub mod mkdir;
pub mod put;
pub mod rm;
pub mod shell;
pub mod show_config;
pub mod sign;
mod size;
pub mod stat;
pub mod state_directory;
pub mod test;
pub mod touchz;
pub mod uploads;
pub mod whoami;

/// Hadoop's words for a directory where a file is needed.
pub(crate) const IS_A_DIRECTORY: &str = "Is a directory";

/// Hadoop's words for a path that does not exist.
pub(crate) const NO_SUCH_FILE: &str = "No such file or directory";

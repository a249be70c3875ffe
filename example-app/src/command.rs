//! The commands of the shell, one module each. [`kind`] and [`file_command`] say what a command
//! implements; `cli::table` has a row for each.

pub mod cat;
pub mod credentials;
mod directory;
pub mod du;
pub mod explain;
pub mod file_command;
pub mod generic_options;
pub mod get;
pub mod help;
pub mod kind;
pub mod ls;
pub mod mkdir;
pub(crate) mod paths;
mod pattern;
pub mod put;
pub mod rm;
#[cfg(feature = "sandbox")]
pub(crate) mod sandboxed;
pub mod session;
pub mod shell;
pub mod show_config;
pub mod sign;
mod size;
pub mod stat;
pub mod state_directory;
pub mod test;
pub mod thread_count;
pub mod touchz;
pub mod uploads;
pub mod whoami;

//! The commands of the shell, one module each. [`kind`] and [`file_command`] say what a command
//! implements; `cli::table` has a row for each.

pub mod append_to_file;
pub mod cat;
pub mod checksum;
pub mod copy;
pub mod count;
pub mod credentials;
mod directory;
pub mod doctor;
pub mod du;
pub mod explain;
pub mod expunge;
pub mod file_command;
pub mod find;
pub mod generic_options;
pub mod get;
pub mod head;
pub mod help;
pub mod kind;
pub mod ls;
pub mod mkdir;
pub mod old_name;
pub(crate) mod paths;
mod pattern;
mod pool;
pub mod presign;
pub mod put;
pub mod request;
pub mod rm;
pub mod rmdir;
#[cfg(feature = "sandbox")]
pub(crate) mod sandboxed;
pub mod session;
pub mod setup;
pub mod shell;
pub mod show_config;
pub mod sign;
mod size;
pub mod stat;
pub mod state_directory;
pub mod sync;
pub mod test;
pub mod text;
pub mod thread_count;
pub mod touch;
pub mod touchz;
pub mod uploads;
mod walk;
pub mod whoami;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use self::pattern::is_match;

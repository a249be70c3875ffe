//! The machine: its files, descriptors, streams, signals, terminal, time zone and users.

#[macro_use]
pub mod standard_streams;

pub(crate) mod date;
pub(crate) mod descriptors;
pub(crate) mod excerpt;
pub(crate) mod exit_status;
pub(crate) mod file_time;
pub mod local_path;
pub mod positioned_file;
pub mod signals;
pub(crate) mod sorted;
mod time_zone;
pub(crate) mod token_code;
pub(crate) mod user;

pub use exit_status::ExitStatus;

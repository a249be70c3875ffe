//! The command line: Hadoop's words, read by clap.
//!
//! `table` has a row for each command; the options of a command are the fields of its struct in
//! [`command`](crate::command), a row each. The parser, `-help`, `-usage`, the manual page, the
//! completions and the usage in the manual are made of these rows.
//!
//! Hadoop's shell has options with one dash and many letters, and commands that look like options.
//! clap has neither, so `words` translates the command line before clap sees it.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::system::ExitStatus;

mod arguments;
mod empty;
mod grammar;
mod help;
mod manual;
mod nearest;
mod process;
mod run;
mod synopsis;
mod table;
mod usage_error;
mod words;

pub use arguments::{Arguments, parse};

/// Runs the program: reads the command line, runs the command, and returns the exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    parse(arguments).map_or_else(ExitStatus::end, |arguments| process::run(arguments).end())
}

#[cfg(test)]
mod tests;

//! The command line: Hadoop's words, read by clap.
//!
//! [`table`] has a row for each command; the options of a command are the fields of its struct in
//! [`command`](crate::command), a row each. The parser, `-help`, `-usage`, the manual page, the
//! completions and the usage in the manual are made of these rows.
//!
//! Hadoop's shell has options with one dash and many letters, and commands that look like options.
//! clap has neither, so `words` translates the command line before clap sees it.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgMatches, FromArgMatches as _};

use crate::command::generic_options::GenericOptions;
use crate::command::kind::Command;
use crate::system::ExitStatus;

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

use grammar::grammar;
use table::row;
use usage_error::UsageError;
use words::{Words, translate};

/// A command line that was understood.
#[derive(Debug)]
pub struct Arguments {
    /// The options before the command.
    pub generic: GenericOptions,
    /// The name of the command.
    pub name: &'static str,
    /// The command.
    pub command: Command,
}

/// Runs the program: reads the command line, runs the command, and returns the exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    parse(arguments).map_or_else(ExitStatus::end, |arguments| process::run(arguments).end())
}

/// Reads the command line.
///
/// # Errors
/// If there is nothing to run: help was asked for and printed, or a mistake was reported.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, ExitStatus> {
    let words = translate(arguments);
    read(&words).map_err(|error| error.report(&words))
}

fn read(words: &Words) -> Result<Arguments, UsageError> {
    let matches = grammar().try_get_matches_from(&words.all)?;
    empty::refuse(&matches)?;
    let generic = GenericOptions::from_arg_matches(&matches)?;
    if let Some(what) = generic.contradiction() {
        return Err(UsageError::Generic(what));
    }
    let (name, command) = command(&matches)?;
    match command.contradiction(generic.keys()) {
        Some(what) => Err(UsageError::Command(what)),
        None => Ok(Arguments { generic: generic.without_empty_variables(), name, command }),
    }
}

fn command(matches: &ArgMatches) -> Result<(&'static str, Command), UsageError> {
    // The grammar requires a command, and knows those of the table only.
    let named = matches.subcommand().and_then(|(name, matches)| Some((row(name)?, matches)));
    let (row, matches) = named.ok_or(UsageError::NoCommand)?;
    Ok((row.name, (row.read)(matches)?))
}

#[cfg(test)]
mod tests;

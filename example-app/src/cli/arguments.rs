//! The arguments of the command line, as they were understood.

use std::ffi::OsString;

use clap::{ArgMatches, FromArgMatches as _};

use super::empty;
use super::grammar::grammar;
use super::table::row;
use super::usage_error::UsageError;
use super::words::{Words, translate};
use crate::command::generic_options::GenericOptions;
use crate::command::kind::Command;
use crate::system::ExitStatus;

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
    if let (Command::Remote(_), Some(what)) = (&command, generic.wrong_place()) {
        return Err(UsageError::Generic(what));
    }
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

//! Empty arguments, such as those of a script whose variable is not set. They are refused: read as
//! a path, `-rm -r ""` would delete the home directory.

use std::ffi::OsStr;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::grammar::{grammar, of_row};
use super::synopsis::dashed;
use super::table::row;
use super::usage_error::{UsageError, without_value};

/// Refuses an empty argument, of the program or of its command.
///
/// # Errors
/// With the first one.
pub(super) fn refuse(matches: &ArgMatches) -> Result<(), UsageError> {
    if let Some(id) = first_empty(matches) {
        return Err(error(&grammar(), id, UsageError::Generic));
    }
    // Both report an unknown command themselves.
    let command = matches.subcommand().filter(|(name, _)| !["help", "usage"].contains(name));
    if let Some((name, matches)) = command
        && let (Some(row), Some(id)) = (row(name), first_empty(matches))
    {
        return Err(error(&of_row(row), id, UsageError::Command));
    }
    Ok(())
}

/// Returns the first argument that the command line gave empty.
fn first_empty(matches: &ArgMatches) -> Option<&str> {
    matches.ids().map(clap::Id::as_str).find(|id| {
        let is_given = matches.value_source(id) == Some(ValueSource::CommandLine);
        let values = matches.try_get_raw(id).ok().flatten().filter(|_| is_given);
        values.is_some_and(|mut values| values.any(OsStr::is_empty))
    })
}

/// Returns the error for an argument: an option without a value, or an empty path.
fn error(grammar: &clap::Command, id: &str, of: fn(String) -> UsageError) -> UsageError {
    let argument = grammar.get_arguments().find(|argument| argument.get_id() == id);
    match argument.and_then(dashed) {
        Some(option) => of(without_value(&option)),
        None => UsageError::EmptyArgument,
    }
}

//! Arguments that are empty: those of a script whose variable is not set. None is taken for
//! something else, such as the home directory, which `-rm -r ""` would delete.

use std::ffi::OsStr;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::grammar::{grammar, of_row};
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
    // The two say themselves that there is no command of that name.
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
    let Some(argument) = argument.filter(|argument| !argument.is_positional()) else {
        return UsageError::EmptyArgument;
    };
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    of(without_value(&long.or(short).unwrap_or_default()))
}

//! Arguments that are empty: those of a script whose variable is not set. None is taken for something
//! else, such as the home directory, which `-rm -r ""` would delete.

use std::ffi::OsStr;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, Error};

use super::Arguments;

/// Refuses an empty argument, of the program or of its command.
///
/// # Errors
/// With the first one.
pub(super) fn refuse(matches: &ArgMatches) -> Result<(), Error> {
    // The two say themselves that there is no command of that name.
    let command = matches.subcommand().filter(|(name, _)| !["help", "usage"].contains(name));
    let command = command.map(|(name, inside)| (Some(name), inside));
    for (name, matches) in core::iter::once((None, matches)).chain(command) {
        for id in matches.ids().map(clap::Id::as_str) {
            let is_given = matches.value_source(id) == Some(ValueSource::CommandLine);
            let values = matches.try_get_raw(id).ok().flatten().filter(|_| is_given);
            if values.is_some_and(|mut values| values.any(OsStr::is_empty)) {
                return Err(empty(name, id));
            }
        }
    }
    Ok(())
}

/// The error that clap makes of an option that has no value.
fn empty(command: Option<&str>, id: &str) -> Error {
    let mut all = Arguments::command();
    // Only then arguments can be shown.
    all.build();
    let command = command.and_then(|name| all.find_subcommand(name)).unwrap_or(&all);
    let argument = command.get_arguments().find(|argument| argument.get_id() == id);
    let shown = argument.map(ToString::to_string).unwrap_or_default();
    let mut error = Error::new(ErrorKind::InvalidValue);
    error.insert(ContextKind::InvalidArg, ContextValue::String(shown));
    error.insert(ContextKind::InvalidValue, ContextValue::String(String::new()));
    error
}

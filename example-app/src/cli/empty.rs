//! Arguments that are empty: those of a script whose variable is not set. None is taken for something
//! else, such as the home directory, which `-rm -r ""` would delete.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Error};

/// Refuses an empty argument, of the program or of its command.
///
/// # Errors
/// With the first one.
pub(super) fn refuse(matches: &ArgMatches) -> Result<(), Error> {
    let command = matches.subcommand();
    let all = core::iter::once(matches).chain(
        // They say themselves that there is no command of that name.
        command.filter(|(name, _)| !["help", "usage"].contains(name)).map(|(_, inside)| inside),
    );
    for matches in all {
        for id in matches.ids().map(clap::Id::as_str) {
            let is_given = matches.value_source(id) == Some(ValueSource::CommandLine);
            let values = matches.try_get_raw(id).ok().flatten().filter(|_| is_given);
            if values.is_some_and(|mut values| values.any(|value| value.is_empty())) {
                return Err(empty(id));
            }
        }
    }
    Ok(())
}

fn empty(id: &str) -> Error {
    let mut error = Error::new(ErrorKind::InvalidValue);
    error.insert(ContextKind::InvalidArg, ContextValue::String(id.replace('_', "-")));
    error.insert(ContextKind::InvalidValue, ContextValue::String(String::new()));
    error
}

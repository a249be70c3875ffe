//! What is wrong with a command line, in Hadoop's words where it has some.

use clap::error::{ContextKind, ErrorKind};

use super::help;
use crate::s3::path::S3PathError;
use crate::system::ExitStatus;

/// Says what is wrong.
pub(super) fn complain(error: &clap::Error, command: Option<&str>) -> ExitStatus {
    let command = command.unwrap_or_default();
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            return help::print(&error.render().to_string());
        }
        ErrorKind::InvalidSubcommand => {
            tell!("-{command}: Unknown command");
            tell!("{}", help::usage_of_all());
        }
        ErrorKind::UnknownArgument if !command.is_empty() => {
            let option = context(ContextKind::InvalidArg);
            tell(command, &format!("Illegal option {option}"));
        }
        ErrorKind::ValueValidation if is_thread_count(error) => {
            let value = context(ContextKind::InvalidValue);
            tell(command, &format!("For input string: \"{value}\""));
        }
        ErrorKind::InvalidValue if context(ContextKind::InvalidValue).is_empty() => {
            let argument = context(ContextKind::InvalidArg);
            let told = empty(command, &argument);
            if command.is_empty() { tell!("rolefs: {told}") } else { tell(command, &told) }
        }
        ErrorKind::MissingRequiredArgument if command == "test" && !lacks(error, "<path>") => {
            tell(command, "No test flag given");
        }
        ErrorKind::ArgumentConflict if command == "test" => {
            tell(command, "Only one test flag is allowed");
        }
        ErrorKind::MissingRequiredArgument if lacks(error, "--manifest <FILE>") => {
            tell(command, "--manifest-format is for --manifest");
        }
        ErrorKind::MissingRequiredArgument if help::is_hadoops(command) => {
            return not_enough(command);
        }
        ErrorKind::ArgumentConflict if context(ContextKind::InvalidArg).contains("sandbox") => {
            tell!(
                "rolefs: -sandbox has an endpoint and a region of its own: leave out --endpoint and \
                 --region"
            );
        }
        // Not called with anything: what there is.
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            tell!("{}", error.render());
        }
        _ if command.is_empty() => tell!("rolefs: {}", in_a_line(error)),
        _ => tell(command, &in_a_line(error)),
    }
    ExitStatus::Usage
}

/// Describes an argument that is empty. Of paths it is said as Hadoop says it.
fn empty(command: &str, argument: &str) -> String {
    let name = argument.split([' ', '=']).next().unwrap_or_default();
    if name.starts_with('-') {
        format!("{name}: expected a value, and it is empty: is a variable not set?")
    } else if help::is_hadoops(command) || command == "uploads" {
        S3PathError::Empty.to_string()
    } else {
        "an argument is empty: is a variable not set?".to_owned()
    }
}

/// Nothing was named.
pub(super) fn not_enough(command: &str) -> ExitStatus {
    wrong(command, "Not enough arguments: expected 1 but got 0")
}

/// What clap cannot see.
pub(super) fn wrong(command: &str, what: &str) -> ExitStatus {
    tell(command, what);
    ExitStatus::Usage
}

/// What clap says, without its usage and tips.
fn in_a_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().take_while(|line| !line.is_empty()).map(str::trim);
    lines.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned()
}

fn tell(command: &str, what: &str) {
    tell!("-{command}: {what}");
    tell!("{}", help::usage_of(command).unwrap_or_else(help::usage_of_all));
}

fn lacks(error: &clap::Error, argument: &str) -> bool {
    let missing = error.get(ContextKind::InvalidArg).map(ToString::to_string);
    missing.is_some_and(|missing| missing.contains(argument))
}

/// Whether it is a number of Hadoop's that is none.
fn is_thread_count(error: &clap::Error) -> bool {
    let argument = error.get(ContextKind::InvalidArg).map(ToString::to_string);
    argument.is_some_and(|argument| argument.starts_with("-t ") || argument.starts_with("-q "))
}

//! Mistakes in a command line, in Hadoop's words where it has some.

use core::error::Error;

use clap::Arg;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use thiserror::Error;

use super::grammar::{grammar, options};
use super::help::{print, usage_of, usage_of_all};
use super::nearest::nearest;
use super::synopsis::names;
use super::table::{COMMANDS, Row, row};
use super::words::Words;
use crate::command::shell::NOT_ENOUGH_ARGUMENTS;
use crate::command::thread_count::NumberFormatError;
use crate::s3::address::path::S3PathError;
use crate::system::ExitStatus;
use crate::system::excerpt::printable;

/// A command line that cannot be run.
#[derive(Debug, Error)]
pub(super) enum UsageError {
    /// clap does not take it, or it asks for help.
    #[error(transparent)]
    Clap(#[from] clap::Error),
    /// An option before the command is wrong.
    #[error("{0}")]
    Generic(String),
    /// An option of the command is wrong.
    #[error("{0}")]
    Command(String),
    /// A positional argument is empty.
    #[error("an argument is empty: is a variable not set?")]
    EmptyArgument,
    /// There is no command.
    #[error("expected a command, such as -ls: rolefs -help tells what each does")]
    NoCommand,
    /// An empty word, or a dash, in place of the command.
    #[error("expected a command, and it is empty: is a variable not set?")]
    EmptyCommand,
}

impl UsageError {
    /// Reports the mistake on stderr, with the usage; prints the help if that was asked for.
    pub(super) fn report(self, words: &Words) -> ExitStatus {
        let name = words.command.as_deref().unwrap_or_default();
        let known = row(name);
        match self {
            Self::Clap(error) => return of_clap(&error, words, known),
            Self::Generic(what) => tell!("rolefs: {what}"),
            Self::EmptyArgument if known.is_some_and(has_paths) => {
                tell_with_usage(known, &S3PathError::Empty.to_string());
            }
            Self::NoCommand | Self::EmptyCommand => {
                tell!("rolefs: {self}");
                tell!("{}", usage_of_all());
            }
            Self::Command(_) | Self::EmptyArgument => {
                tell_with_usage(known, &self.to_string());
            }
        }
        ExitStatus::Usage
    }
}

/// Returns whether the positional arguments of a command are paths in S3.
fn has_paths(row: &Row) -> bool {
    row.is_hadoops || row.name == "uploads"
}

/// Reports what clap found, or prints what it was asked for.
fn of_clap(error: &clap::Error, words: &Words, row: Option<&'static Row>) -> ExitStatus {
    let name = words.command.as_deref().unwrap_or_default();
    match (error.kind(), row) {
        (ErrorKind::DisplayHelp | ErrorKind::DisplayVersion, _) => {
            return print(&error.render().to_string());
        }
        (ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, _) => {
            return UsageError::NoCommand.report(words);
        }
        (ErrorKind::InvalidSubcommand, _) if name.is_empty() => {
            return UsageError::EmptyCommand.report(words);
        }
        (ErrorKind::InvalidSubcommand, _) => {
            tell!("-{}: Unknown command", printable(name));
            if let Some(near) = nearest(name, COMMANDS.iter().map(|row| row.name)) {
                tell!("Did you mean -{near}?");
            }
            tell!("rolefs -help lists the commands, and -usage how they are called");
        }
        (ErrorKind::UnknownArgument, _)
            if is_of_sandbox(&context(error, ContextKind::InvalidArg)) =>
        {
            tell!("rolefs: {NO_SANDBOX}");
        }
        (ErrorKind::UnknownArgument, Some(row)) => {
            let option = context(error, ContextKind::InvalidArg);
            tell!("-{name}: Illegal option {option}");
            if let Some(near) = nearest_option(row, words) {
                tell!("Did you mean {near}?");
            }
            tell!("{}", usage_of(row));
        }
        (ErrorKind::InvalidValue, Some(_)) if is_empty_positional(error) => {
            return UsageError::EmptyArgument.report(words);
        }
        (ErrorKind::MissingRequiredArgument, Some(row)) if row.is_hadoops => {
            tell_with_usage(Some(row), NOT_ENOUGH_ARGUMENTS);
        }
        // An option before the command can be wrong, too.
        _ => tell_with_usage(row.filter(|row| is_of(row, error)), &message(error)),
    }
    ExitStatus::Usage
}

/// The message of a program that was built without the sandbox.
const NO_SANDBOX: &str =
    "-sandbox: this program was built without it: build it with --features sandbox";

/// Returns whether an unknown option is one of a build with the sandbox. clap has no id for an
/// argument that it does not know or that is wrong: it tells its text, such as `--name <VALUE>`.
fn is_of_sandbox(option: &str) -> bool {
    let name = option.split(['=', ' ']).next();
    cfg!(not(feature = "sandbox")) && matches!(name, Some("--sandbox" | "--sandbox-dir"))
}

/// Returns whether what clap found is about an argument of a command. clap tells its text, such as
/// `--name <VALUE>`, and not its id.
fn is_of(row: &Row, error: &clap::Error) -> bool {
    let argument = context(error, ContextKind::InvalidArg);
    let name = argument.split([' ', '=']).next().unwrap_or_default();
    let is_named =
        |option: &Arg| option.get_long().is_some_and(|long| name.strip_prefix("--") == Some(long));
    !grammar().get_arguments().any(is_named) || options(row).iter().any(is_named)
}

/// Returns whether a positional argument is empty. Parsers of paths refuse it.
fn is_empty_positional(error: &clap::Error) -> bool {
    let argument = context(error, ContextKind::InvalidArg);
    context(error, ContextKind::InvalidValue).is_empty() && !argument.starts_with('-')
}

/// Reports an argument of a command that is wrong, once it runs.
pub(super) fn report_late(name: &str, what: &str) -> ExitStatus {
    tell_with_usage(row(name), what);
    ExitStatus::Usage
}

/// Reports what is wrong with a command, and how it is called; or with the options before it.
fn tell_with_usage(row: Option<&Row>, what: &str) {
    match row {
        None => tell!("rolefs: {what}"),
        Some(row) => {
            tell!("-{}: {what}", row.name);
            tell!("{}", usage_of(row));
        }
    }
}

/// Returns the name nearest to the first word that looks like an option and is not one.
fn nearest_option(row: &Row, words: &Words) -> Option<String> {
    let own = options(row);
    let options: Vec<_> = own.iter().filter_map(names).flatten().collect();
    let names = || options.iter().map(|name| name.trim_start_matches('-'));
    let given = words.all.iter().filter_map(|word| word.to_str()?.strip_prefix('-'));
    let given = given.map(|word| word.trim_start_matches('-')).filter(|word| word.len() > 2);
    let mut unknown = given.filter(|word| names().all(|name| name != *word));
    let near = unknown.find_map(|word| nearest(word, names()))?;
    options.iter().find(|name| name.trim_start_matches('-') == near).cloned()
}

/// Returns what clap found, as a clause.
fn message(error: &clap::Error) -> String {
    let argument = context(error, ContextKind::InvalidArg);
    let value = context(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => {
            without_value(argument.split([' ', '=']).next().unwrap_or_default())
        }
        ErrorKind::InvalidValue => {
            let possible = context(error, ContextKind::ValidValue);
            format!("invalid value '{value}' for '{argument}' [possible values: {possible}]")
        }
        ErrorKind::ValueValidation => {
            let cause = error.source();
            if let Some(number) = cause.and_then(<dyn Error>::downcast_ref::<NumberFormatError>) {
                return number.to_string();
            }
            let cause = cause.map(ToString::to_string).unwrap_or_default();
            format!("invalid value '{value}' for '{argument}': {cause}")
        }
        ErrorKind::UnknownArgument => format!("unexpected argument '{argument}'"),
        ErrorKind::MissingRequiredArgument => format!("expected {argument}"),
        ErrorKind::ArgumentConflict => {
            let other = context(error, ContextKind::PriorArg);
            if other == argument {
                format!("'{argument}' is given more than once: expected it once")
            } else {
                format!("'{argument}' cannot be used with '{other}': leave out one of them")
            }
        }
        ErrorKind::TooManyValues => format!("unexpected value '{value}' for '{argument}'"),
        ErrorKind::NoEquals => format!("expected an equals sign and a value after '{argument}'"),
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8: rename what it names".to_owned(),
        kind => format!("{kind} {argument}").trim_end().to_owned(),
    }
}

/// Returns the message for an option whose value is empty or missing.
pub(super) fn without_value(option: &str) -> String {
    format!("{option}: expected a value, and it is empty: is a variable not set?")
}

/// Returns a part of what clap found, as text.
fn context(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::None) | None => String::new(),
        Some(value) => printable(&value.to_string()),
    }
}

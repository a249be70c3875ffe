//! Mistakes in a command line, in Hadoop's words where it has some.

use core::error::Error;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use thiserror::Error;

use super::grammar::{grammar, options};
use super::help::{print, usage_of, usage_of_all};
use super::nearest::nearest;
use super::synopsis::{dashed, names};
use super::table::{COMMANDS, Row, row};
use super::words::Words;
use crate::command::shell::NOT_ENOUGH_ARGUMENTS;
use crate::command::thread_count::NumberFormatError;
use crate::s3::address::path::S3PathError;
use crate::system::ExitStatus;
use crate::system::excerpt::printable;
use crate::system::standard_streams::write_stderr;

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
    #[error("expected a command, such as -ls: rolefs -help describes each")]
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
            Self::Generic(what) => message!("rolefs: {what}"),
            Self::EmptyArgument if known.is_some_and(reports_empty_as_hadoop) => {
                report_with_usage(known, &S3PathError::Empty.to_string());
            }
            Self::NoCommand | Self::EmptyCommand => {
                message!("rolefs: {self}");
                write_stderr(format_args!("{}\n", usage_of_all()));
            }
            Self::Command(_) | Self::EmptyArgument => {
                report_with_usage(known, &self.to_string());
            }
        }
        ExitStatus::Usage
    }
}

/// Returns whether an empty argument is reported in Hadoop's words.
fn reports_empty_as_hadoop(row: &Row) -> bool {
    row.is_hadoops || row.name == "uploads"
}

/// Reports clap's error, or prints the requested text.
fn of_clap(error: &clap::Error, words: &Words, row: Option<&'static Row>) -> ExitStatus {
    let name = words.command.as_deref().unwrap_or_default();
    let option = context(error, ContextKind::InvalidArg);
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
            message!("-{}: Unknown command", printable(name));
            if let Some(near) = nearest(name, COMMANDS.iter().map(|row| row.name)) {
                message!("Did you mean -{near}?");
            }
            message!("rolefs -help lists the commands, and -usage how they are called");
        }
        (ErrorKind::UnknownArgument, _) if asks_for_sandbox(words) => {
            message!("rolefs: {NO_SANDBOX}");
        }
        (ErrorKind::UnknownArgument, _) if words.has_before_command(&option) => {
            message!("rolefs: unknown option {option}: {NOT_GENERIC}");
            let generic = grammar();
            let longs = generic.get_arguments().filter_map(Arg::get_long);
            if let Some(near) = nearest(option.trim_start_matches('-'), longs) {
                message!("Did you mean --{near}?");
            }
        }
        (ErrorKind::UnknownArgument, Some(row)) => {
            message!("-{name}: Illegal option {option}");
            let long = option.strip_prefix("--");
            if long.is_some() && grammar().get_arguments().any(|other| other.get_long() == long) {
                message!("It comes before the command: rolefs {option} ... -{name}");
            } else if let Some(near) = nearest_option(row, words) {
                message!("Did you mean {near}?");
            }
            message!("{}", usage_of(row));
        }
        (ErrorKind::InvalidValue, Some(row)) if is_empty_positional(error, row) => {
            return UsageError::EmptyArgument.report(words);
        }
        (ErrorKind::MissingRequiredArgument, Some(row)) if row.is_hadoops => {
            report_with_usage(Some(row), NOT_ENOUGH_ARGUMENTS);
        }
        // An option before the command can be wrong, too.
        _ => report_with_usage(row.filter(|row| !is_generic(error, row)), &message(error, row)),
    }
    ExitStatus::Usage
}

/// The places of options.
const NOT_GENERIC: &str =
    "rolefs --help lists the options before the command; its own come after it";

/// The message of a program that was built without the sandbox.
const NO_SANDBOX: &str =
    "-sandbox: this program was built without it: build it with --features sandbox";

/// Returns whether a command line has an option that only builds with the sandbox have.
fn asks_for_sandbox(words: &Words) -> bool {
    let is_one = |word: &OsString| {
        let name = word.to_str().and_then(|word| word.split('=').next());
        matches!(name, Some("--sandbox" | "--sandbox-dir"))
    };
    cfg!(not(feature = "sandbox")) && words.all.iter().any(is_one)
}

/// Returns whether an error of clap is about an option before the command.
fn is_generic(error: &clap::Error, row: &Row) -> bool {
    let clap = built();
    let of_row = clap.find_subcommand(row.name).and_then(|command| argument_in(command, error));
    of_row.is_none() && argument_in(&clap, error).is_some()
}

/// Returns whether a positional argument of a command is empty. Parsers of paths refuse it.
fn is_empty_positional(error: &clap::Error, row: &Row) -> bool {
    let clap = built();
    let argument = clap.find_subcommand(row.name).and_then(|row| argument_in(row, error));
    context(error, ContextKind::InvalidValue).is_empty() && argument.is_some_and(Arg::is_positional)
}

/// Returns the grammar with all that clap adds to it: only then can its arguments be displayed.
fn built() -> Command {
    let mut clap = grammar();
    clap.build();
    clap
}

/// Returns the argument of a command that an error of clap is about. The error holds no id, but the
/// argument as clap displays it, so each argument is displayed and compared.
fn argument_in<'c>(command: &'c Command, error: &clap::Error) -> Option<&'c Arg> {
    let named = context(error, ContextKind::InvalidArg);
    command.get_arguments().find(|argument| argument.to_string() == named)
}

/// Reports an argument of a command that is wrong, once it runs.
pub(super) fn report_late(name: &str, what: &str) -> ExitStatus {
    report_with_usage(row(name), what);
    ExitStatus::Usage
}

/// Reports what is wrong with a command, and how it is called; or with the options before it.
fn report_with_usage(row: Option<&Row>, what: &str) {
    match row {
        None => message!("rolefs: {what}"),
        Some(row) => {
            message!("-{}: {what}", row.name);
            message!("{}", usage_of(row));
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
fn message(error: &clap::Error, row: Option<&Row>) -> String {
    let argument = context(error, ContextKind::InvalidArg);
    let value = context(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => {
            let clap = built();
            let of_row = row.and_then(|row| argument_in(clap.find_subcommand(row.name)?, error));
            let option = of_row.or_else(|| argument_in(&clap, error)).and_then(dashed);
            without_value(&option.unwrap_or(argument))
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
        ErrorKind::InvalidUtf8 => {
            "expected UTF-8 in all arguments: rename the file or the key that has other bytes"
                .to_owned()
        }
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

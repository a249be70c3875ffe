//! The grammar that clap reads, made of the table.

use clap::{Arg, Args as _, Command};

use super::synopsis::synopsis;
use super::table::{COMMANDS, Row};
use crate::command::generic_options::GenericOptions;

/// Returns the grammar of the whole command line.
pub(super) fn grammar() -> Command {
    GenericOptions::augment_args(Command::new("rolefs"))
        .version(env!("CARGO_PKG_VERSION"))
        .about("A Hadoop-style file shell for S3 that runs on role credentials")
        .long_about(
            "A Hadoop-style file shell for S3 that runs on role credentials.\n\n\
             Paths in S3 are written s3a://bucket/key. Options before the command hold for all \
             commands.",
        )
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(COMMANDS.iter().map(of_row))
}

/// Returns the grammar of a command.
pub(super) fn of_row(row: &Row) -> Command {
    let command = (row.options)(Command::new(row.name));
    // Some of Hadoop's commands have an option -h.
    let has_h = command.get_arguments().any(|argument| argument.get_short() == Some('h'));
    command
        .aliases(row.aliases)
        .about(row.about)
        .long_about(None)
        .override_usage(synopsis(row))
        .after_help(examples(row))
        .disable_help_flag(has_h)
}

/// Returns the options of a command, in the order of its struct.
pub(super) fn options(row: &Row) -> Vec<Arg> {
    let command = (row.options)(Command::new(row.name));
    command.get_arguments().filter(|argument| !argument.is_positional()).cloned().collect()
}

/// Returns the examples of a command as lines for `-help`.
pub(super) fn examples(row: &Row) -> String {
    let lines = row.examples.iter().map(|example| format!("\n  rolefs {example}"));
    lines.fold("Examples:".to_owned(), |all, line| all + &line)
}

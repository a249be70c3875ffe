//! The table of commands. An option is a field of its command's struct, and the attributes there
//! are its row: name, value, parser, default, and the help as its documentation.
//!
//! Adding a command takes a module in `command/` and a row in `rows.rs`.

use clap::ArgMatches;
use clap::error::Error;

use crate::command::kind::Command;

mod read;
mod rows;

pub(super) use rows::COMMANDS;

/// A command.
pub(super) struct Row {
    /// The name. It is understood with a dash in front, too, as Hadoop writes it.
    pub(super) name: &'static str,
    /// Other names, which `-help` does not show. A command that has some takes two dashes, too.
    pub(super) aliases: &'static [&'static str],
    /// True if Hadoop's shell has the command. Mistakes are then reported in Hadoop's words.
    pub(super) is_hadoops: bool,
    /// The help.
    pub(super) about: &'static str,
    /// The words that follow the name; `{options}` stands for all options.
    pub(super) usage: &'static str,
    /// Command lines, without the name of the program.
    pub(super) examples: &'static [&'static str],
    /// Adds the options to a grammar.
    pub(super) options: fn(clap::Command) -> clap::Command,
    /// Reads the command.
    pub(super) read: fn(&ArgMatches) -> Result<Command, Error>,
}

impl Row {
    /// Returns whether the command is also understood with two dashes in front.
    pub(super) const fn has_two_dashes(&self) -> bool {
        !self.aliases.is_empty()
    }
}

/// The parts that the rows of Hadoop's commands share.
const HADOOPS: Row = Row { is_hadoops: true, ..OWN };

/// The parts that the rows of rolefs's own commands share.
const OWN: Row = Row {
    name: "",
    aliases: &[],
    is_hadoops: false,
    about: "",
    usage: "",
    examples: &[],
    options: |command| command,
    read: |_| Err(Error::new(clap::error::ErrorKind::InvalidSubcommand)),
};

/// Returns the row of a command, by its name or another one.
pub(super) fn row(name: &str) -> Option<&'static Row> {
    COMMANDS.iter().find(|row| row.name == name || row.aliases.contains(&name))
}

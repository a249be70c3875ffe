//! The command line: Hadoop's words, read by clap.
//!
//! Hadoop's shell has options with one dash and many letters, and commands that look like options.
//! clap has neither, so the words in front are translated before it sees them; its errors are
//! worded as Hadoop's afterwards.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::command::credentials::CredentialsOptions;
use crate::command::whoami::WhoamiOptions;
use crate::command::{Ending, stat};

mod complaint;
mod file_command;
mod generic_options;
pub mod help;
mod local_command;
mod words;

use complaint::complain;
pub use file_command::FileCommand;
pub use generic_options::GenericOptions;
pub use local_command::LocalCommand;
use words::translate;

/// A Hadoop-style file shell for S3 that runs on role credentials.
///
/// Paths in S3 are written s3a://bucket/key. Options before the command hold for all commands.
#[derive(Debug, Parser)]
#[command(name = "rolefs", version, disable_help_subcommand = true)]
pub struct Arguments {
    /// What holds for all commands.
    #[command(flatten)]
    pub generic: GenericOptions,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. Each is also understood with a dash in front, as Hadoop writes it.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "a program has one")]
pub enum Command {
    /// What asks a service.
    #[command(flatten)]
    Service(ServiceCommand),
    /// What does without.
    #[command(flatten)]
    Local(LocalCommand),
}

/// Commands that ask a service, and for which Hadoop's configuration holds.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "a program has one")]
pub enum ServiceCommand {
    /// What is about files.
    #[command(flatten)]
    Files(FileCommand),
    /// Show which credentials there are: whose, from which provider, and until when. The providers
    /// that were asked are listed on stderr.
    #[command(override_usage = "-credentials [--format text|json|env|process] [--show-secrets]")]
    Credentials(CredentialsOptions),
    /// Show the settings of S3A that are in force, for all buckets or for one, and where each comes
    /// from. Secrets are masked.
    #[command(
        name = "showConfig",
        alias = "show-config",
        override_usage = "-showConfig [<bucket>]"
    )]
    ShowConfig {
        /// The bucket.
        bucket: Option<String>,
    },
    /// Ask STS whose the credentials are.
    #[command(override_usage = "-whoami [--format text|json]")]
    Whoami(WhoamiOptions),
}

/// What there is to do, or how the program ends at once.
///
/// # Errors
/// After it has printed help, or what was wrong with the command line.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, Ending> {
    let words = translate(arguments);
    let parsed = Arguments::try_parse_from(words.all);
    let arguments = parsed.map_err(|error| complain(&error, words.command.as_deref()))?;
    let Command::Service(ServiceCommand::Files(files)) = &arguments.command else {
        return Ok(arguments);
    };
    match files {
        FileCommand::Stat { words } if stat::split(words).1.is_empty() => {
            Err(complaint::not_enough("stat"))
        }
        _ => match files.as_put().map(|(name, put, after)| (name, put.contradiction(after))) {
            Some((name, Some(what))) => Err(complaint::wrong(name, what)),
            _ => Ok(arguments),
        },
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Arguments::command().debug_assert();
    }
}

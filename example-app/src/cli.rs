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
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::command::credentials::CredentialsOptions;
use crate::command::stat;
use crate::command::whoami::WhoamiOptions;
use crate::configuration::ConfigurationError;
use crate::system::ExitStatus;

mod complaint;
mod empty;
mod file_command;
mod generic_options;
pub mod help;
mod local_command;
mod process;
mod run;
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

/// Runs the program: reads the command line, runs the command, and returns the exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    parse(arguments).map_or_else(ExitStatus::end, |arguments| process::run(arguments).end())
}

/// What there is to do, or how the program ends at once.
///
/// # Errors
/// After it has printed help, or what was wrong with the command line.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, ExitStatus> {
    let words = translate(arguments);
    let matched = Arguments::command().try_get_matches_from(words.all);
    let parsed = matched.and_then(|matches| {
        empty::refuse(&matches)?;
        Arguments::from_arg_matches(&matches)
    });
    let Arguments { generic, command } =
        parsed.map_err(|error| complain(&error, words.command.as_deref()))?;
    if let Some(definition) = generic.definitions.iter().find(|one| one.parts().is_none()) {
        let name = definition.name().to_owned();
        tell!("rolefs: {}", ConfigurationError::Definition { name });
        return Err(ExitStatus::Usage);
    }
    let arguments = Arguments { generic: generic.without_empty_variables(), command };
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
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Arguments::command().debug_assert();
    }

    fn ending(words: &[&str]) -> Option<ExitStatus> {
        parse(words.iter().map(OsString::from)).err()
    }

    /// What else a command needs to be understood.
    fn needed(command: &str) -> &'static [&'static str] {
        match command {
            "test" => &["-e"],
            "sign" | "explain" => &["--service", "s3", "--request", "r"],
            _ => &[],
        }
    }

    /// A new command, and a new option, are walked without being named here.
    #[test]
    fn no_command_takes_an_empty_argument() {
        let mut grammar = Arguments::command();
        grammar.build();
        let mut positionals = 0;
        for command in grammar.get_subcommands() {
            let name = command.get_name();
            if ["help", "usage"].contains(&name) {
                // They are told by name that there is no such command.
                continue;
            }
            let begin = ["rolefs", name];
            for argument in command.get_positionals() {
                let before: &[&str] = if argument.get_num_args().is_some_and(|n| n.max_values() > 1)
                {
                    &["s3a://b/x"]
                } else {
                    &[]
                };
                let (needed, empty) = (needed(name), [""]);
                for words in [
                    [&begin[..], needed, &empty].concat(),
                    [&begin[..], needed, before, &empty].concat(),
                    [&begin[..], needed, &empty, before].concat(),
                ] {
                    assert_eq!(ending(&words), Some(ExitStatus::Usage), "{words:?}");
                }
                positionals += 1;
            }
            for option in command.get_arguments().filter(|option| !option.is_positional()) {
                let Some(long) = option.get_long().filter(|_| option.get_action().takes_values())
                else {
                    continue;
                };
                let option = format!("--{long}");
                for option in [&[option.as_str(), ""][..], &[&format!("{option}=")]] {
                    let words = [&begin[..], needed(name), option, &["s3a://b/x", "s3a://b/y"]];
                    assert_eq!(ending(&words.concat()), Some(ExitStatus::Usage), "{words:?}");
                }
            }
        }
        assert!(positionals > 15, "{positionals}");
        for option in grammar.get_arguments().filter(|option| option.get_action().takes_values()) {
            let Some(long) = option.get_long() else { continue };
            let words = ["rolefs", &format!("--{long}"), "", "-ls", "s3a://b/x"];
            assert_eq!(ending(&words), Some(ExitStatus::Usage), "{words:?}");
        }
        for words in [
            &["rolefs", "-D", "", "-ls"][..],
            &["rolefs", "-D", "=x", "-ls"],
            &["rolefs", "-fs", "", "-ls"],
            &["rolefs", ""],
        ] {
            assert_eq!(ending(words), Some(ExitStatus::Usage), "{words:?}");
        }
    }
}

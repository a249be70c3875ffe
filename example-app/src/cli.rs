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

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::command::credentials::CredentialsOptions;
use crate::command::whoami::WhoamiOptions;
use crate::command::{Ending, stat};
use crate::configuration::ConfigurationError;
use crate::s3::address::path::S3PathError;

mod complaint;
mod empty;
mod file_command;
mod generic_options;
pub mod help;
mod local_command;
mod paths;
mod words;

use complaint::complain;
pub use file_command::FileCommand;
pub use generic_options::GenericOptions;
pub use local_command::LocalCommand;
pub(crate) use paths::refuse_in;
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
        return Err(Ending::Usage);
    }
    if let Some(Err(error)) = generic.given_fs()
        && error.is_of_usage()
    {
        tell!("rolefs: {error}");
        return Err(Ending::Usage);
    }
    let arguments = Arguments { generic: generic.without_empty_variables(), command };
    let files = match &arguments.command {
        Command::Service(ServiceCommand::Files(files)) => files,
        Command::Service(ServiceCommand::ShowConfig { bucket: Some(bucket) }) => {
            let told = |error: S3PathError| complaint::wrong("showConfig", &error.to_string());
            paths::refuse_bucket(bucket).map_err(told)?;
            return Ok(arguments);
        }
        _ => return Ok(arguments),
    };
    match files {
        FileCommand::Stat { words } if stat::split(words).1.is_empty() => {
            Err(complaint::not_enough("stat"))
        }
        _ => match files.as_put().map(|(name, put, after)| (name, put.contradiction(after))) {
            Some((name, Some(what))) => Err(complaint::wrong(name, what)),
            _ => paths::refuse(&arguments.generic, files).map(|()| arguments),
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

    fn ending(words: &[&str]) -> Option<Ending> {
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

    /// A new command is walked without being named here.
    #[test]
    fn no_command_takes_what_is_no_path() {
        let mut grammar = Arguments::command();
        grammar.build();
        let mut refused = 0;
        for command in grammar.get_subcommands() {
            let name = command.get_name();
            if ["help", "usage", "completions", "man", "sign"].contains(&name) {
                continue;
            }
            let begin = [&["rolefs", name][..], needed(name)].concat();
            let positionals: Vec<_> = command.get_positionals().collect();
            let is_many = |one: &&clap::Arg| one.get_num_args().is_some_and(|n| n.max_values() > 1);
            let takes_many = positionals.iter().any(is_many);
            let local = ["file:q", "file://host/q", "file:///%zz"];
            let in_s3 =
                ["s3a:q", "s3:/q", "s3n:", "s3a:///q", "s3a://_?/q", "s3a://b/../q", "file:q"];
            let (first, last) = match name {
                "put" | "copyFromLocal" | "moveFromLocal" => (&local[..], &in_s3[..]),
                "get" | "copyToLocal" => (&in_s3[..], &local[..]),
                "explain" => (&local[..], &local[..]),
                _ => (&in_s3[..], &in_s3[..]),
            };
            let alone = if takes_many { &[][..] } else { first };
            let alone = alone.iter().map(|path| vec![*path]);
            let first = first.iter().map(|path| vec![*path, "s3a://b/x"]);
            let last = last.iter().map(|path| vec!["s3a://b/x", *path]);
            let words: Vec<_> = alone.chain(first).chain(last).collect();
            for words in words.iter().filter(|_| !positionals.is_empty()) {
                let words = [&begin[..], words].concat();
                assert_eq!(ending(&words), Some(Ending::Usage), "{words:?}");
                refused += 1;
            }
        }
        assert!(refused > 100, "{refused}");
        for words in [
            &["rolefs", "-fs", "s3a:q", "-ls"][..],
            &["rolefs", "-fs", "q", "-ls"],
            &["rolefs", "-put", "--manifest", "file:q", "s3a://b/"],
            &["rolefs", "-put", "--manifest", "m", "s3a:q"],
            &["rolefs", "-uploads", "--abort", "s3a:q"],
        ] {
            assert_eq!(ending(words), Some(Ending::Usage), "{words:?}");
        }
        // What another file system may have fails for itself, as in Hadoop; what is relative may be in S3.
        for words in [
            &["rolefs", "-ls", "hdfs://b/x"][..],
            &["rolefs", "-ls", "arn:aws:s3:us-west-2:123456789012:accesspoint/ap"],
            &["rolefs", "-put", "q", "./file:q"],
            &["rolefs", "-get", "q", "./file:q"],
            &["rolefs", "-put", "q"],
            &["rolefs", "--exact-keys", "-ls", "s3a://b/../q"],
            &["rolefs", "-showConfig", "s3a://b/q"],
            &["rolefs", "-showConfig", "b"],
        ] {
            assert_eq!(ending(words), None, "{words:?}");
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
                    assert_eq!(ending(&words), Some(Ending::Usage), "{words:?}");
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
                    assert_eq!(ending(&words.concat()), Some(Ending::Usage), "{words:?}");
                }
            }
        }
        assert!(positionals > 15, "{positionals}");
        for option in grammar.get_arguments().filter(|option| option.get_action().takes_values()) {
            let Some(long) = option.get_long() else { continue };
            let words = ["rolefs", &format!("--{long}"), "", "-ls", "s3a://b/x"];
            assert_eq!(ending(&words), Some(Ending::Usage), "{words:?}");
        }
        for words in [
            &["rolefs", "-D", "", "-ls"][..],
            &["rolefs", "-D", "=x", "-ls"],
            &["rolefs", "-fs", "", "-ls"],
            &["rolefs", ""],
        ] {
            assert_eq!(ending(words), Some(Ending::Usage), "{words:?}");
        }
    }
}

//! The command line: Hadoop's words, read by clap.
//!
//! Hadoop's shell has options with one dash and many letters, and commands that look like options.
//! clap has neither, so the words in front are translated before it sees them; its errors are
//! worded as Hadoop's afterwards.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these docs are the help, shown as they are"
)]

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};

use crate::command::Ending;
use crate::command::credentials::CredentialsOptions;
use crate::command::explain::ExplainOptions;
use crate::command::put::PutOptions;
use crate::command::sign::SignOptions;
use crate::command::uploads::UploadsOptions;
use crate::command::whoami::WhoamiOptions;
use crate::configuration::Definition;

/// A Hadoop-style file shell for S3 that runs on role credentials.
///
/// Paths in S3 are written s3a://bucket/key. Options before the command hold for all commands.
#[derive(Debug, Parser)]
#[command(name = "rolefs", version, disable_help_subcommand = true)]
pub struct Arguments {
    /// Where S3 is, if it is not AWS's: a URL such as http://127.0.0.1:9000.
    /// Otherwise AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// The region of the buckets. Otherwise AWS_REGION, AWS_DEFAULT_REGION.
    #[arg(long)]
    pub region: Option<String>,
    /// The profile of ~/.aws/config and ~/.aws/credentials. Otherwise AWS_PROFILE.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Sets name to value, over all files (also: -D name=value).
    #[arg(short = 'D', value_name = "NAME=VALUE")]
    pub definitions: Vec<Definition>,
    /// A file like core-site.xml, read after it (also: -conf).
    #[arg(long, value_name = "FILE")]
    pub conf: Vec<PathBuf>,
    /// The directory of core-site.xml. Otherwise /etc/hadoop/conf, if there is one.
    #[arg(long, value_name = "DIR", env = "HADOOP_CONF_DIR")]
    pub config: Option<OsString>,
    /// A directory of one's own in which the processes of this host share the credentials that one
    /// of them fetched.
    #[arg(long, value_name = "DIR", env = "ROLEFS_CREDENTIALS_CACHE")]
    pub credentials_cache: Option<PathBuf>,
    /// Runs the command against an instance metadata service and an S3 server in this process, on
    /// loopback (also: -sandbox). They have an endpoint and a region of their own.
    #[cfg(feature = "sandbox")]
    #[arg(long, conflicts_with_all = ["endpoint", "region"])]
    pub sandbox: bool,
    /// Where the sandbox keeps its buckets.
    #[cfg(feature = "sandbox")]
    #[arg(long, value_name = "DIR", default_value = "rolefs-sandbox")]
    pub sandbox_dir: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. Each is also understood with a dash in front, as Hadoop writes it.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Copy files, directories (with all below them) or stdin (-) to S3. Fails if the object
    /// already exists, unless -f is given.
    Put(PutOptions),
    /// The same as put.
    #[command(name = "copyFromLocal")]
    CopyFromLocal(PutOptions),
    /// List what lies in directories, or single objects.
    Ls {
        /// Lists what lies below, too.
        #[arg(short = 'R')]
        recursive: bool,
        /// s3a://bucket/dir
        #[arg(required = true, num_args = 1.., value_name = "path")]
        paths: Vec<String>,
    },
    /// Write objects to stdout.
    Cat {
        /// s3a://bucket/key
        #[arg(required = true, num_args = 1.., value_name = "src")]
        sources: Vec<String>,
    },
    /// List uploads that were begun, and neither completed nor aborted: when they were begun, their
    /// storage class, by whom, the path, and the upload ID. Their parts are charged for.
    Uploads(UploadsOptions),
    /// Show which credentials there are: whose, from which provider, and until when. The providers
    /// that were asked are listed on stderr.
    Credentials(CredentialsOptions),
    /// Show the settings of S3A that are in force, for all buckets or for one, and where each comes
    /// from. Secrets are masked.
    #[command(name = "showConfig", alias = "show-config")]
    ShowConfig {
        /// The bucket.
        bucket: Option<String>,
    },
    /// Ask STS whose the credentials are.
    Whoami(WhoamiOptions),
    /// Sign a raw HTTP request from stdin with the credentials in the environment, and print what
    /// signing makes of it.
    Sign(SignOptions),
    /// Show where a server that answered SignatureDoesNotMatch and the signer here first disagree,
    /// with the credentials in the environment.
    Explain(ExplainOptions),
}

/// What there is to do, or how the program ends at once.
///
/// # Errors
/// After it has printed help, or what was wrong with the command line.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, Ending> {
    let words = translate(arguments);
    let command = words.command.clone();
    Arguments::try_parse_from(words.all).map_err(|error| complain(&error, command.as_deref()))
}

/// The words as clap wants them, and the command among them as it was written.
struct Words {
    all: Vec<OsString>,
    command: Option<String>,
}

/// Takes the dash off the command, and gives a second one to `-sandbox` before it.
fn translate(arguments: impl IntoIterator<Item = OsString>) -> Words {
    let clap = Arguments::command();
    let takes_value = |option: &str| {
        clap.get_arguments().any(|argument| {
            argument.get_long() == Some(option) && argument.get_action().takes_values()
        })
    };
    let mut all = Vec::new();
    let mut command = None;
    let mut arguments = arguments.into_iter();
    all.extend(arguments.next());
    while let Some(word) = arguments.next() {
        let Some(text) = word.to_str() else {
            all.push(word);
            continue;
        };
        if matches!(text, "--showConfig" | "--show-config") {
            command = Some("showConfig".to_owned());
            all.push("showConfig".into());
            break;
        }
        if let Some(option) = text.strip_prefix("--") {
            let takes_value = takes_value(option);
            all.push(word);
            all.extend(takes_value.then(|| arguments.next()).flatten());
        } else if let Some(definition) = text.strip_prefix("-D") {
            let is_alone = definition.is_empty();
            all.push(word);
            all.extend(is_alone.then(|| arguments.next()).flatten());
        } else if text == "-conf" {
            all.push("--conf".into());
            all.extend(arguments.next());
        } else if text == "-sandbox" {
            all.push("--sandbox".into());
        } else if matches!(text, "-h" | "-help" | "help") {
            all.push("--help".into());
        } else if text == "-V" {
            all.push(word);
        } else {
            command = Some(text.trim_start_matches('-').to_owned());
            all.push(text.trim_start_matches('-').into());
            break;
        }
    }
    all.extend(arguments.map(|word| long_option(command.as_deref(), word)));
    Words { all, command }
}

/// The words with one dash that a command has as clap's with two. A file of such a name is
/// written `./-resume`.
fn long_option(command: Option<&str>, word: OsString) -> OsString {
    match (command, word.to_str()) {
        (Some("put" | "copyFromLocal"), Some("-resume")) => "--resume".into(),
        (Some("uploads"), Some("-abort")) => "--abort".into(),
        (Some("uploads"), Some("-olderThan")) => "--older-than".into(),
        _ => word,
    }
}

/// Says what is wrong in Hadoop's words, where it has some.
fn complain(error: &clap::Error, command: Option<&str>) -> Ending {
    let command = command.unwrap_or_default();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            return Ending::Done;
        }
        ErrorKind::InvalidSubcommand => {
            eprintln!("-{command}: Unknown command");
            eprintln!(
                "Usage: rolefs [options] -put | -copyFromLocal | -ls | -cat | -uploads | -credentials | -whoami | -showConfig | -sign | -explain ...; see rolefs -help"
            );
        }
        ErrorKind::UnknownArgument if !command.is_empty() => {
            let option = error.get(ContextKind::InvalidArg).map(ToString::to_string);
            let option = option.unwrap_or_default();
            eprintln!("-{command}: Illegal option {option}");
            print_usage(command);
        }
        ErrorKind::ValueValidation if is_thread_count(error) => {
            let value = error.get(ContextKind::InvalidValue).map(ToString::to_string);
            eprintln!("-{command}: For input string: \"{}\"", value.unwrap_or_default());
            print_usage(command);
        }
        ErrorKind::MissingRequiredArgument
            if matches!(command, "put" | "copyFromLocal" | "ls" | "cat" | "uploads") =>
        {
            eprintln!("-{command}: Not enough arguments: expected 1 but got 0");
            print_usage(command);
        }
        // Only the sandbox bears with no others.
        ErrorKind::ArgumentConflict => eprintln!(
            "rolefs: -sandbox has an endpoint and a region of its own: leave out --endpoint and --region"
        ),
        _ => {
            let _ = error.print();
        }
    }
    Ending::Usage
}

/// Whether it is a number of Hadoop's that is none.
fn is_thread_count(error: &clap::Error) -> bool {
    let argument = error.get(ContextKind::InvalidArg).map(ToString::to_string);
    argument.is_some_and(|argument| argument.starts_with("-t ") || argument.starts_with("-q "))
}

fn print_usage(command: &str) {
    let usage = match command {
        "put" => {
            "-put [-f] [-p] [-l] [-d] [-resume] [-t <thread count>] [-q <thread pool queue size>] <localsrc> ... <dst>"
        }
        "copyFromLocal" => {
            "-copyFromLocal [-f] [-p] [-l] [-d] [-resume] [-t <thread count>] [-q <thread pool queue size>] <localsrc> ... <dst>"
        }
        "ls" => "-ls [-R] <path> ...",
        "cat" => "-cat <src> ...",
        "uploads" => "-uploads [-abort] [-olderThan <age>] <path> ...",
        "credentials" => "-credentials [--format text|json|env|process] [--show-secrets]",
        "showConfig" => "-showConfig [<bucket>]",
        "whoami" => "-whoami [--format text|json]",
        "explain" => "-explain --service <service> --region <region> --request <file> [<answer>]",
        _ => "-sign --service <service> --region <region> [--date <date>] [--show <what>]",
    };
    eprintln!("Usage: rolefs [options] {usage}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(words: &[&str]) -> Vec<OsString> {
        translate(words.iter().map(OsString::from)).all
    }

    #[test]
    fn hadoops_words_become_claps() {
        for (words, expected) in [
            (&["rolefs", "-put", "-f", "a", "-"][..], &["rolefs", "put", "-f", "a", "-"][..]),
            (&["rolefs", "put", "-put", "d"], &["rolefs", "put", "-put", "d"]),
            (
                &["rolefs", "--region", "-ls", "-sandbox", "-ls", "-R"],
                &["rolefs", "--region", "-ls", "--sandbox", "ls", "-R"],
            ),
            (&["rolefs", "--region=r", "-cat", "-x"], &["rolefs", "--region=r", "cat", "-x"]),
            (&["rolefs", "-help"], &["rolefs", "--help"]),
            (
                &["rolefs", "-D", "a=b", "-Dc=d", "-conf", "-x", "-showConfig", "-D"],
                &["rolefs", "-D", "a=b", "-Dc=d", "--conf", "-x", "showConfig", "-D"],
            ),
            (&["rolefs", "-put", "-resume", "a"], &["rolefs", "put", "--resume", "a"]),
            (
                &["rolefs", "-uploads", "-abort", "-olderThan", "1d", "-resume"],
                &["rolefs", "uploads", "--abort", "--older-than", "1d", "-resume"],
            ),
            (&["rolefs", "--showConfig", "b"], &["rolefs", "showConfig", "b"]),
        ] {
            assert_eq!(translated(words), expected);
        }
    }

    #[test]
    fn the_grammar_is_sound() {
        Arguments::command().debug_assert();
    }
}

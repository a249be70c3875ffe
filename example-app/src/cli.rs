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
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use crate::bandwidth::Bandwidth;
use crate::command::cat::CatOptions;
use crate::command::credentials::CredentialsOptions;
use crate::command::du::DuOptions;
use crate::command::explain::ExplainOptions;
use crate::command::get::GetOptions;
use crate::command::ls::LsOptions;
use crate::command::mkdir::MkdirOptions;
use crate::command::put::{ObjectOptions, PutOptions, Sources};
use crate::command::rm::RmOptions;
use crate::command::sign::SignOptions;
use crate::command::test::TestOptions;
use crate::command::uploads::UploadsOptions;
use crate::command::whoami::WhoamiOptions;
use crate::command::{Ending, stat};
use crate::configuration::Definition;

mod complaint;
pub mod help;
mod words;

use complaint::complain;
use words::translate;

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
    /// Where paths without a scheme lie: s3a://bucket (also: -fs). Otherwise fs.defaultFS, if it is in
    /// S3.
    #[arg(long, value_name = "URI")]
    pub fs: Option<String>,
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
    /// Identical to the -put command.
    #[command(name = "copyFromLocal")]
    CopyFromLocal(PutOptions),
    /// Same as -put, except that a source is deleted after S3 has shown that it holds all of it.
    #[command(name = "moveFromLocal")]
    MoveFromLocal(PutOptions),
    /// Copy files that match the file pattern <src> to the local name. <src> is kept. When copying
    /// multiple files, the destination must be a directory.
    Get(GetOptions),
    /// Identical to the -get command.
    #[command(name = "copyToLocal")]
    CopyToLocal(GetOptions),
    /// List the contents that match the specified file pattern. For a directory a list of its direct
    /// children is returned (unless -d option is specified).
    #[command(
        disable_help_flag = true,
        override_usage = "-ls [-C] [-d] [-h] [-q] [-R] [-t] [-S] [-r] [-u] [<path> ...]"
    )]
    Ls(LsOptions),
    /// Fetch all files that match the file pattern <src> and display their content on stdout.
    #[command(override_usage = "-cat [-ignoreCrc] <src> ...")]
    Cat(CatOptions),
    /// Show the amount of space, in bytes, used by the files that match the specified file pattern.
    #[command(disable_help_flag = true, override_usage = "-du [-s] [-h] [-v] [-x] <path> ...")]
    Du(DuOptions),
    /// Print statistics about the file/directory at <path> in the specified format: permissions in
    /// octal (%a) and symbolic (%A), filesize in bytes (%b), type (%F), group name of owner (%g), name
    /// (%n), block size (%o), replication (%r), user name of owner (%u), access date (%x, %X),
    /// modification date (%y, %Y). %x and %y show UTC date as "yyyy-MM-dd HH:mm:ss" and %X and %Y
    /// show milliseconds since January 1, 1970 UTC. If the format is not specified, %y is used by
    /// default.
    #[command(override_usage = "-stat [format] <path> ...")]
    Stat {
        /// A format, if it has a percent sign, and s3a://bucket/key
        #[arg(required = true, num_args = 1.., value_name = "path")]
        words: Vec<String>,
    },
    /// Answer various questions about <path>, with result via exit status.
    #[command(override_usage = "-test -[defswrz] <path>")]
    Test(TestOptions),
    /// Create a directory in specified location.
    #[command(override_usage = "-mkdir [-p] <path> ...")]
    Mkdir(MkdirOptions),
    /// Creates a file of zero length at <path> with current time as the timestamp of that <path>. An
    /// error is returned if the file exists with non-zero length
    #[command(override_usage = "-touchz <path> ...")]
    Touchz {
        /// s3a://bucket/key
        #[arg(required = true, num_args = 1.., value_name = "path")]
        paths: Vec<String>,
    },
    /// Delete all files that match the specified file pattern. There is no trash.
    #[command(
        override_usage = "-rm [-f] [-r|-R] [-skipTrash] [-safely] [-json] [-quiet] <src> ..."
    )]
    Rm(RmOptions),
    /// List uploads that were begun, and neither completed nor aborted: when they were begun, their
    /// storage class, by whom, the path, and the upload ID. Their parts are charged for.
    #[command(override_usage = "-uploads [-abort] [-olderThan <age>] <path> ...")]
    Uploads(UploadsOptions),
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
    /// Sign a raw HTTP request from stdin with the credentials in the environment, and print what
    /// signing makes of it.
    #[command(
        override_usage = "-sign --service <service> --region <region> [--date <date>] [--show <what>]"
    )]
    Sign(SignOptions),
    /// Show where a server that answered SignatureDoesNotMatch and the signer here first disagree,
    /// with the credentials in the environment.
    #[command(
        override_usage = "-explain --service <service> --region <region> --request <file> [<answer>]"
    )]
    Explain(ExplainOptions),
    /// Displays help for given command or all commands if none is specified.
    #[command(override_usage = "-help [cmd ...]")]
    Help {
        /// The commands.
        #[arg(value_name = "cmd")]
        commands: Vec<String>,
    },
    /// Displays the usage for given command or all commands if none is specified.
    #[command(override_usage = "-usage [cmd ...]")]
    Usage {
        /// The commands.
        #[arg(value_name = "cmd")]
        commands: Vec<String>,
    },
    /// Write what a shell completes the commands and options with.
    #[command(override_usage = "-completions bash|elvish|fish|powershell|zsh")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual page.
    #[command(override_usage = "-man")]
    Man,
}

impl Command {
    /// A put: what it is called, its options, and what becomes of the sources.
    pub(crate) const fn as_put(&self) -> Option<(&'static str, &PutOptions, Sources)> {
        match self {
            Self::Put(options) => Some(("put", options, Sources::Kept)),
            Self::CopyFromLocal(options) => Some(("copyFromLocal", options, Sources::Kept)),
            Self::MoveFromLocal(options) => Some(("moveFromLocal", options, Sources::Deleted)),
            _ => None,
        }
    }

    /// Whether only errors are to be told of.
    pub(crate) const fn is_quiet(&self) -> bool {
        match self {
            Self::Put(PutOptions { report, .. })
            | Self::CopyFromLocal(PutOptions { report, .. })
            | Self::MoveFromLocal(PutOptions { report, .. })
            | Self::Get(GetOptions { report, .. })
            | Self::CopyToLocal(GetOptions { report, .. })
            | Self::Rm(RmOptions { report, .. }) => report.quiet,
            _ => false,
        }
    }

    /// The file with the key for SSE-C.
    pub(crate) fn customer_key_file(&self) -> Option<&Path> {
        let (Self::Get(GetOptions { sse_c_key_file, .. })
        | Self::CopyToLocal(GetOptions { sse_c_key_file, .. })
        | Self::Put(PutOptions { object: ObjectOptions { sse_c_key_file, .. }, .. })
        | Self::CopyFromLocal(PutOptions {
            object: ObjectOptions { sse_c_key_file, .. }, ..
        })
        | Self::MoveFromLocal(PutOptions {
            object: ObjectOptions { sse_c_key_file, .. }, ..
        })) = self
        else {
            return None;
        };
        sse_c_key_file.as_deref()
    }

    /// The limit of its contents.
    pub(crate) fn bandwidth(&self) -> Option<Bandwidth> {
        let rate = match self {
            Self::Get(options) | Self::CopyToLocal(options) => options.bandwidth,
            _ => self.as_put()?.1.bandwidth,
        };
        rate.map(Bandwidth::new)
    }

    /// The paths in S3 that it names, as they are written.
    pub(crate) fn s3_paths(&self) -> Vec<&str> {
        fn every(paths: &[String]) -> Vec<&str> {
            paths.iter().map(String::as_str).collect()
        }
        match self {
            Self::Put(PutOptions { paths, .. })
            | Self::CopyFromLocal(PutOptions { paths, .. })
            | Self::MoveFromLocal(PutOptions { paths, .. }) => {
                paths.last().and_then(|path| path.to_str()).into_iter().collect()
            }
            Self::Get(options) | Self::CopyToLocal(options) => every(options.sources()),
            Self::Ls(LsOptions { paths, .. })
            | Self::Du(DuOptions { paths, .. })
            | Self::Mkdir(MkdirOptions { paths, .. })
            | Self::Rm(RmOptions { paths, .. })
            | Self::Touchz { paths } => every(paths),
            Self::Cat(options) => every(&options.sources),
            Self::Stat { words } => every(stat::split(words).1),
            Self::Test(options) => vec![&options.path],
            Self::Uploads(options) => every(&options.paths),
            _ => Vec::new(),
        }
    }
}

/// What there is to do, or how the program ends at once.
///
/// # Errors
/// After it has printed help, or what was wrong with the command line.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, Ending> {
    let words = translate(arguments);
    let parsed = Arguments::try_parse_from(words.all);
    let arguments = parsed.map_err(|error| complain(&error, words.command.as_deref()))?;
    match &arguments.command {
        Command::Stat { words } if stat::split(words).1.is_empty() => {
            Err(complaint::not_enough("stat"))
        }
        command => match command.as_put().map(|put| (put.0, put.1.object.contradiction())) {
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

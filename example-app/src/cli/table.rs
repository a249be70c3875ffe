//! The table of commands. An option is a field of its command's struct, and the attributes there
//! are its row: name, value, parser, default, and the help as its documentation.
//!
//! Adding a command takes a module in `command/` and a row here.

use clap::error::Error;
use clap::{ArgMatches, Args, FromArgMatches};

use crate::command::cat::CatOptions;
use crate::command::credentials::CredentialsOptions;
use crate::command::du::DuOptions;
use crate::command::explain::ExplainOptions;
use crate::command::file_command::FileCommand;
use crate::command::get::{GetCommand, GetOptions};
use crate::command::help::{CompletionsOptions, HelpCommand, HelpOptions};
use crate::command::kind::{Command, LocalCommand, RemoteCommand, ServiceCommand};
use crate::command::ls::LsOptions;
use crate::command::mkdir::MkdirOptions;
use crate::command::put::{PutCommand, PutOptions, Sources};
use crate::command::rm::RmOptions;
use crate::command::show_config::ShowConfigOptions;
use crate::command::sign::SignOptions;
use crate::command::stat::StatOptions;
use crate::command::test::TestOptions;
use crate::command::touchz::TouchzOptions;
use crate::command::uploads::UploadsOptions;
use crate::command::whoami::WhoamiOptions;

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

/// All commands, in the order of `-help`.
pub(super) const COMMANDS: &[Row] = &[
    Row {
        name: "put",
        about: "Copy files, directories (with all below them) or stdin (-) to S3. Fails if the \
                object already exists, unless -f is given.",
        usage: "{options} <localsrc> ... <dst>",
        examples: &["-put report.csv data/ s3a://bucket/dir/", "-put - s3a://bucket/key < file"],
        options: PutOptions::augment_args,
        read: |matches| put("put", Sources::Kept, matches),
        ..HADOOPS
    },
    Row {
        name: "copyFromLocal",
        about: "Identical to the -put command.",
        usage: "{options} <localsrc> ... <dst>",
        examples: &["-copyFromLocal report.csv s3a://bucket/dir/"],
        options: PutOptions::augment_args,
        read: |matches| put("copyFromLocal", Sources::Kept, matches),
        ..HADOOPS
    },
    Row {
        name: "moveFromLocal",
        about: "Same as -put, except that a source is deleted after S3 has shown that it holds all \
                of it.",
        usage: "{options} <localsrc> ... <dst>",
        examples: &["-moveFromLocal logs/ s3a://bucket/logs/"],
        options: PutOptions::augment_args,
        read: |matches| put("moveFromLocal", Sources::Deleted, matches),
        ..HADOOPS
    },
    Row {
        name: "get",
        about: "Copy files that match the file pattern <src> to the local name. <src> is kept. \
                When copying multiple files, the destination must be a directory.",
        usage: "{options} <src> ... <localdst>",
        examples: &["-get 's3a://bucket/dir/part-*' .", "-get s3a://bucket/key -"],
        options: GetOptions::augment_args,
        read: |matches| get("get", matches),
        ..HADOOPS
    },
    Row {
        name: "copyToLocal",
        about: "Identical to the -get command.",
        usage: "{options} <src> ... <localdst>",
        examples: &["-copyToLocal s3a://bucket/dir ."],
        options: GetOptions::augment_args,
        read: |matches| get("copyToLocal", matches),
        ..HADOOPS
    },
    Row {
        name: "ls",
        about: "List the contents that match the specified file pattern. For a directory a list of \
                its direct children is returned (unless -d option is specified).",
        usage: "{options} [<path> ...]",
        examples: &["-ls -h s3a://bucket/dir"],
        options: LsOptions::augment_args,
        read: file::<LsOptions>,
        ..HADOOPS
    },
    Row {
        name: "cat",
        about: "Fetch all files that match the file pattern <src> and display their content on \
                stdout.",
        usage: "{options} <src> ...",
        examples: &["-cat 's3a://bucket/dir/part-*' | wc -l"],
        options: CatOptions::augment_args,
        read: file::<CatOptions>,
        ..HADOOPS
    },
    Row {
        name: "du",
        about: "Show the amount of space, in bytes, used by the files that match the specified \
                file pattern.",
        usage: "{options} <path> ...",
        examples: &["-du -s -h s3a://bucket/dir"],
        options: DuOptions::augment_args,
        read: file::<DuOptions>,
        ..HADOOPS
    },
    Row {
        name: "stat",
        about: "Print statistics about the file/directory at <path> in the specified format: \
                permissions in octal (%a) and symbolic (%A), filesize in bytes (%b), type (%F), \
                group name of owner (%g), name (%n), block size (%o), replication (%r), user name \
                of owner (%u), access date (%x, %X), modification date (%y, %Y). %x and %y show \
                UTC date as \"yyyy-MM-dd HH:mm:ss\" and %X and %Y show milliseconds since January \
                1, 1970 UTC. If the format is not specified, %y is used by default.",
        usage: "[format] <path> ...",
        examples: &["-stat '%b %n' s3a://bucket/key"],
        options: StatOptions::augment_args,
        read: file::<StatOptions>,
        ..HADOOPS
    },
    Row {
        name: "test",
        about: "Answer various questions about <path>, with result via exit status.",
        usage: "-[defswrz] <path>",
        examples: &["-test -e s3a://bucket/key && echo found"],
        options: TestOptions::augment_args,
        read: file::<TestOptions>,
        ..HADOOPS
    },
    Row {
        name: "mkdir",
        about: "Create a directory in specified location.",
        usage: "{options} <path> ...",
        examples: &["-mkdir -p s3a://bucket/a/b"],
        options: MkdirOptions::augment_args,
        read: file::<MkdirOptions>,
        ..HADOOPS
    },
    Row {
        name: "touchz",
        about: "Creates a file of zero length at <path> with current time as the timestamp of that \
                <path>. An error is returned if the file exists with non-zero length",
        usage: "<path> ...",
        examples: &["-touchz s3a://bucket/dir/_SUCCESS"],
        options: TouchzOptions::augment_args,
        read: file::<TouchzOptions>,
        ..HADOOPS
    },
    Row {
        name: "rm",
        about: "Delete all files that match the specified file pattern. There is no trash.",
        usage: "{options} <src> ...",
        examples: &["-rm -r s3a://bucket/dir"],
        options: RmOptions::augment_args,
        read: file::<RmOptions>,
        ..HADOOPS
    },
    Row {
        name: "uploads",
        about: "List uploads that were begun, and neither completed nor aborted: when they were \
                begun, their storage class, by whom, the path, and the upload ID. Their parts are \
                charged for.",
        usage: "{options} <path> ...",
        examples: &["-uploads -abort -olderThan 1d s3a://bucket/"],
        options: UploadsOptions::augment_args,
        read: file::<UploadsOptions>,
        ..OWN
    },
    Row {
        name: "credentials",
        about: "Show which credentials there are: whose, from which provider, and until when. The \
                providers that were asked are listed on stderr.",
        usage: "{options}",
        examples: &["-credentials", "--profile batch -credentials --format json"],
        options: CredentialsOptions::augment_args,
        read: service::<CredentialsOptions>,
        ..OWN
    },
    Row {
        name: "showConfig",
        aliases: &["show-config"],
        about: "Show the settings of S3A that are in force, for all buckets or for one, and where \
                each comes from. Secrets are masked.",
        usage: "[<bucket>]",
        examples: &["-D fs.s3a.threads.max=4 -showConfig my-bucket"],
        options: ShowConfigOptions::augment_args,
        read: service::<ShowConfigOptions>,
        ..OWN
    },
    Row {
        name: "whoami",
        about: "Ask STS whose the credentials are.",
        usage: "{options}",
        examples: &["-whoami --format json"],
        options: WhoamiOptions::augment_args,
        read: service::<WhoamiOptions>,
        ..OWN
    },
    Row {
        name: "sign",
        about: "Sign a raw HTTP request from stdin with the credentials in the environment, and \
                print what signing makes of it.",
        usage: "{options}",
        examples: &[
            "-sign --service s3 --region eu-west-1 --show string-to-sign < request.txt",
            "-sign --service s3 --region eu-west-1 --presign 3600 --show url < request.txt",
        ],
        options: SignOptions::augment_args,
        read: local::<SignOptions>,
        ..OWN
    },
    Row {
        name: "explain",
        about: "Show where a server that answered SignatureDoesNotMatch and the signer here first \
                disagree, with the credentials in the environment.",
        usage: "{options} [<answer>]",
        examples: &["-explain --service s3 --region eu-west-1 --request request.txt answer.xml"],
        options: ExplainOptions::augment_args,
        read: local::<ExplainOptions>,
        ..OWN
    },
    Row {
        name: "help",
        about: "Displays help for given command or all commands if none is specified.",
        usage: "[cmd ...]",
        examples: &["-help put"],
        options: HelpOptions::augment_args,
        read: |matches| help(HelpCommand::Help, matches),
        ..HADOOPS
    },
    Row {
        name: "usage",
        about: "Displays the usage for given command or all commands if none is specified.",
        usage: "[cmd ...]",
        examples: &["-usage put get"],
        options: HelpOptions::augment_args,
        read: |matches| help(HelpCommand::Usage, matches),
        ..HADOOPS
    },
    Row {
        name: "completions",
        about: "Write what a shell completes the commands and options with.",
        usage: "bash|elvish|fish|powershell|zsh",
        examples: &["completions bash > /etc/bash_completion.d/rolefs"],
        options: CompletionsOptions::augment_args,
        read: |matches| help(HelpCommand::Completions, matches),
        ..OWN
    },
    Row {
        name: "man",
        about: "Write the manual page.",
        usage: "",
        examples: &["man > rolefs.1"],
        read: |_| Ok(Command::Help(HelpCommand::Man)),
        ..OWN
    },
];

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

fn file<C: FileCommand + FromArgMatches + 'static>(matches: &ArgMatches) -> Result<Command, Error> {
    Ok(Command::Remote(RemoteCommand::File(Box::new(C::from_arg_matches(matches)?))))
}

fn service<C: ServiceCommand + FromArgMatches + 'static>(
    matches: &ArgMatches,
) -> Result<Command, Error> {
    Ok(Command::Remote(RemoteCommand::Service(Box::new(C::from_arg_matches(matches)?))))
}

fn local<C: LocalCommand + FromArgMatches + 'static>(
    matches: &ArgMatches,
) -> Result<Command, Error> {
    Ok(Command::Local(Box::new(C::from_arg_matches(matches)?)))
}

fn help<O: FromArgMatches>(
    of: fn(O) -> HelpCommand,
    matches: &ArgMatches,
) -> Result<Command, Error> {
    Ok(Command::Help(of(O::from_arg_matches(matches)?)))
}

fn put(name: &'static str, after: Sources, matches: &ArgMatches) -> Result<Command, Error> {
    let command = PutCommand { name, options: PutOptions::from_arg_matches(matches)?, after };
    Ok(Command::Remote(RemoteCommand::File(Box::new(command))))
}

fn get(name: &'static str, matches: &ArgMatches) -> Result<Command, Error> {
    let command = GetCommand { name, options: GetOptions::from_arg_matches(matches)? };
    Ok(Command::Remote(RemoteCommand::File(Box::new(command))))
}

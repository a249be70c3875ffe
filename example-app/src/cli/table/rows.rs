//! The rows of the table, in the order of `-help`.

use clap::Args as _;

use super::read::{cp, dus, file, get, help, local, lsr, mv, put, rmr, service};
use super::{HADOOPS, OWN, Row};
use crate::command::append_to_file::AppendToFileOptions;
use crate::command::cat::CatOptions;
use crate::command::checksum::ChecksumOptions;
use crate::command::copy::{CopyOptions, CpOptions};
use crate::command::count::CountOptions;
use crate::command::credentials::CredentialsOptions;
use crate::command::doctor::DoctorOptions;
use crate::command::du::DuOptions;
use crate::command::explain::ExplainOptions;
use crate::command::expunge::ExpungeOptions;
use crate::command::find::FindOptions;
use crate::command::get::{GetOptions, GetmergeOptions};
use crate::command::head::{HeadOptions, TailOptions};
use crate::command::help::{CompletionsOptions, HelpCommand, HelpOptions};
use crate::command::kind::Command;
use crate::command::ls::LsOptions;
use crate::command::mkdir::MkdirOptions;
use crate::command::presign::PresignOptions;
use crate::command::put::{PutOptions, SourceFate};
use crate::command::request::RequestOptions;
use crate::command::rm::RmOptions;
use crate::command::rmdir::RmdirOptions;
use crate::command::setup::SetupOptions;
use crate::command::show_config::ShowConfigOptions;
use crate::command::sign::SignOptions;
use crate::command::stat::StatOptions;
use crate::command::sync::SyncOptions;
use crate::command::test::TestOptions;
use crate::command::text::TextOptions;
use crate::command::touch::TouchOptions;
use crate::command::touchz::TouchzOptions;
use crate::command::uploads::UploadsOptions;
use crate::command::whoami::WhoamiOptions;

/// All commands, in the order of `-help`.
pub(in crate::cli) const COMMANDS: &[Row] = &[
    Row {
        name: "put",
        about: "Copy files, directories (with all below them) or stdin (-) to S3. Fails if the \
                object already exists, unless -f is given.",
        usage: "{options} <localsrc> ... <dst>",
        examples: &["-put report.csv data/ s3a://bucket/dir/", "-put - s3a://bucket/key < file"],
        options: PutOptions::augment_args,
        read: |matches| put("put", SourceFate::Kept, matches),
        ..HADOOPS
    },
    Row {
        name: "copyFromLocal",
        about: "Identical to the -put command.",
        usage: "{options} <localsrc> ... <dst>",
        examples: &["-copyFromLocal report.csv s3a://bucket/dir/"],
        options: PutOptions::augment_args,
        read: |matches| put("copyFromLocal", SourceFate::Kept, matches),
        ..HADOOPS
    },
    Row {
        name: "moveFromLocal",
        about: "Same as -put, except that a source is deleted after S3 has shown that it holds all \
                of it.",
        usage: "{options} <localsrc> ... <dst>",
        examples: &["-moveFromLocal logs/ s3a://bucket/logs/"],
        options: PutOptions::augment_args,
        read: |matches| put("moveFromLocal", SourceFate::Deleted, matches),
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
        name: "cp",
        about: "Copy files that match the file pattern <src> to a destination, within S3. When \
                copying multiple files, the destination must be a directory. Metadata and tags are \
                kept, unless options replace them.",
        usage: "{options} <src> ... <dst>",
        examples: &["-cp s3a://bucket/a s3a://other/dir/", "-cp -f --metadata a=b /key /key"],
        options: CpOptions::augment_args,
        read: cp,
        ..HADOOPS
    },
    Row {
        name: "mv",
        about: "Move files that match the specified file pattern <src> to a destination <dst>, \
                within S3. When moving multiple files, the destination must be a directory. A \
                source is deleted after all of it is proven to be there.",
        usage: "{options} <src> ... <dst>",
        examples: &["-mv s3a://bucket/tmp/out s3a://bucket/out"],
        options: CopyOptions::augment_args,
        read: mv,
        ..HADOOPS
    },
    Row {
        name: "getmerge",
        about: "Get all the files in the directories that match the source file pattern and merge \
                and sort them to only one file on local fs. <src> is kept.",
        usage: "{options} <src> ... <localdst>",
        examples: &["-getmerge -nl s3a://bucket/dir merged.csv"],
        options: GetmergeOptions::augment_args,
        read: file::<GetmergeOptions>,
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
        name: "text",
        about: "Take source files and output them in text format: what gzip, bzip2, deflate, \
                Hadoop's snappy and lz4, and zstd compressed, and SequenceFiles.",
        usage: "{options} <src> ...",
        examples: &["-text 's3a://bucket/logs/*.gz' | head"],
        options: TextOptions::augment_args,
        read: file::<TextOptions>,
        ..HADOOPS
    },
    Row {
        name: "head",
        about: "Show the first 1KB of the file.",
        usage: "<file>",
        examples: &["-head s3a://bucket/key"],
        options: HeadOptions::augment_args,
        read: file::<HeadOptions>,
        ..HADOOPS
    },
    Row {
        name: "tail",
        about: "Show the last 1KB of the file.",
        usage: "{options} <file>",
        examples: &["-tail -f s3a://bucket/log"],
        options: TailOptions::augment_args,
        read: file::<TailOptions>,
        ..HADOOPS
    },
    Row {
        name: "find",
        about: "Finds all files that match the specified expression and applies selected actions \
                to them: -name pattern, -iname pattern, -print, -print0, joined by nothing, -a or \
                -and. If no <path> is specified then defaults to the home directory. If no \
                expression is specified then defaults to -print.",
        usage: "<path> ... <expression> ...",
        examples: &["-find s3a://bucket/dir -name '*.csv' -print0"],
        options: FindOptions::augment_args,
        read: file::<FindOptions>,
        ..HADOOPS
    },
    Row {
        name: "count",
        about: "Count the number of directories, files and bytes under the paths that match the \
                specified file pattern. The output columns are: DIR_COUNT FILE_COUNT CONTENT_SIZE \
                PATHNAME or, with the -q option: QUOTA REM_QUOTA SPACE_QUOTA REM_SPACE_QUOTA \
                before them.",
        usage: "{options} <path> ...",
        examples: &["-count -v s3a://bucket/dir"],
        options: CountOptions::augment_args,
        read: file::<CountOptions>,
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
        name: "checksum",
        about: "Dump checksum information for files that match the file pattern <src> to stdout: \
                the hash that S3 keeps.",
        usage: "{options} <src> ...",
        examples: &["-checksum s3a://bucket/key"],
        options: ChecksumOptions::augment_args,
        read: file::<ChecksumOptions>,
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
        name: "rmdir",
        about: "Removes the directory entry specified by each directory argument, provided it is \
                empty.",
        usage: "{options} <dir> ...",
        examples: &["-rmdir s3a://bucket/dir"],
        options: RmdirOptions::augment_args,
        read: file::<RmdirOptions>,
        ..HADOOPS
    },
    Row {
        name: "touch",
        about: "If the file does not exist, then a zero length file is created at <path>. S3 has \
                no operation that sets the times of one that exists: it stays as it is.",
        usage: "{options} <path> ...",
        examples: &["-touch s3a://bucket/dir/_SUCCESS"],
        options: TouchOptions::augment_args,
        read: file::<TouchOptions>,
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
        name: "appendToFile",
        about: "Refused: S3 has no operation that appends to an object.",
        usage: "<localsrc> ... <dst>",
        examples: &["-appendToFile more.csv s3a://bucket/key"],
        options: AppendToFileOptions::augment_args,
        read: local::<AppendToFileOptions>,
        ..HADOOPS
    },
    Row {
        name: "expunge",
        about: "Delete files from the trash that are older than the retention threshold. There is \
                no trash.",
        usage: "{options}",
        examples: &["-expunge"],
        options: ExpungeOptions::augment_args,
        read: local::<ExpungeOptions>,
        ..HADOOPS
    },
    Row {
        name: "rmr",
        about: "(DEPRECATED) Same as '-rm -r'",
        usage: "{options} <src> ...",
        examples: &["-rmr s3a://bucket/dir"],
        options: RmOptions::augment_args,
        read: rmr,
        ..HADOOPS
    },
    Row {
        name: "lsr",
        about: "(DEPRECATED) Same as 'ls -R'",
        usage: "{options} [<path> ...]",
        examples: &["-lsr s3a://bucket/dir"],
        options: LsOptions::augment_args,
        read: lsr,
        ..HADOOPS
    },
    Row {
        name: "dus",
        about: "(DEPRECATED) Same as 'du -s'",
        usage: "{options} [<path> ...]",
        examples: &["-dus s3a://bucket/dir"],
        options: DuOptions::augment_args,
        read: dus,
        ..HADOOPS
    },
    Row {
        name: "sync",
        about: "Make a directory in S3 like a local one, or a local one like one in S3. Contents \
                are compared as by -put --update. With --delete, what the source does not have is \
                listed first, and deleted after all is copied.",
        usage: "{options} <src> <dst>",
        examples: &[
            "-sync --delete --dry-run site s3a://bucket/site",
            "-sync s3a://bucket/in data",
        ],
        options: SyncOptions::augment_args,
        read: file::<SyncOptions>,
        ..OWN
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
        name: "doctor",
        about: "Examine, step by step, the way from this host to S3, with a remedy for \
                what fails. In <path> an object is stored and deleted, and an upload begun and \
                aborted. The report has no secrets.",
        usage: "{options} [<path>]",
        examples: &["-doctor s3a://bucket/dir/", "-doctor -json s3a://bucket/ > report.jsonl"],
        options: DoctorOptions::augment_args,
        read: service::<DoctorOptions>,
        ..OWN
    },
    Row {
        name: "setup",
        about: "Print what a role needs for rolefs on EC2: trust, permissions below <path>, \
                instance profile, launch template, launch configuration, and the lifecycle rule \
                for unfinished uploads. Nothing is applied.",
        usage: "{options} <path>",
        examples: &[
            "-setup s3a://bucket/dir/ > setup.sh",
            "-setup --commands put --format cloudformation s3a://bucket/ > setup.yaml",
        ],
        options: SetupOptions::augment_args,
        read: local::<SetupOptions>,
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
        name: "presign",
        about: "Print a URL for each path, by which anyone can get or put the object for a time.",
        usage: "{options} <path> ...",
        examples: &["-presign --expires 12h s3a://bucket/report.csv"],
        options: PresignOptions::augment_args,
        read: file::<PresignOptions>,
        ..OWN
    },
    Row {
        name: "request",
        about: "Send any request to AWS, signed with the credentials of the chain, and print the \
                response. The exit code is 0 for a response of success (2xx), and 1 otherwise.",
        usage: "{options} <url>",
        examples: &[
            "-request \
             'https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15'",
            "-request -d @query.json -H 'Content-Type: application/json' \
             https://x.execute-api.eu-west-1.amazonaws.com/q",
        ],
        options: RequestOptions::augment_args,
        read: service::<RequestOptions>,
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
        usage: "{options} [<response>]",
        examples: &["-explain --service s3 --region eu-west-1 --request request.txt response.xml"],
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
        about: "Write the script with which a shell completes commands and options.",
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

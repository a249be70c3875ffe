//! Commands about files in S3.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use std::path::Path;

use clap::Subcommand;

use crate::command::cat::CatOptions;
use crate::command::du::DuOptions;
use crate::command::get::GetOptions;
use crate::command::ls::LsOptions;
use crate::command::mkdir::MkdirOptions;
use crate::command::put::{ObjectOptions, PutOptions, Sources};
use crate::command::rm::RmOptions;
use crate::command::stat;
use crate::command::test::TestOptions;
use crate::command::uploads::UploadsOptions;
use crate::s3::bandwidth::Bandwidth;

/// What is about files: the words of Hadoop's shell.
#[derive(Debug, Subcommand)]
pub enum FileCommand {
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
}

impl FileCommand {
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
            Self::Get(options) | Self::CopyToLocal(options) => options.sources(),
            Self::Ls(LsOptions { paths, .. }) if paths.is_empty() => vec!["."],
            Self::Ls(LsOptions { paths, .. })
            | Self::Du(DuOptions { paths, .. })
            | Self::Mkdir(MkdirOptions { paths, .. })
            | Self::Rm(RmOptions { paths, .. })
            | Self::Touchz { paths } => every(paths),
            Self::Cat(options) => every(&options.sources),
            Self::Stat { words } => every(stat::split(words).1),
            Self::Test(options) => vec![&options.path],
            Self::Uploads(options) => every(&options.paths),
        }
    }
}

//! `rolefs -checksum [-v] <src> ...`: the hash that S3 keeps of a content.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;
use futures_util::future::LocalBoxFuture;

use super::file_command::{FileCommand, borrowed};
use super::shell::{IS_A_DIRECTORY, Shell};
use super::stat::BLOCK_SIZE;
use crate::report::Reporter;
use crate::s3::content::content_hash::ContentHash;
use crate::system::ExitStatus;
use crate::system::standard_streams::{print, shown};

/// The options of `-checksum`.
#[derive(Args, Clone, Debug)]
pub struct ChecksumOptions {
    /// Displays the block size, too.
    #[arg(short = 'v')]
    pub block_size: bool,
    /// s3a://bucket/key
    #[arg(required = true, num_args = 1.., value_name = "src")]
    pub paths: Vec<String>,
}

impl FileCommand for ChecksumOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(checksum(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.paths)
    }
}

/// Shows the most trustworthy hash of each object. Unlike S3A's, it is available without
/// `fs.s3a.etag.checksum.enabled`.
async fn checksum(shell: Shell<'_>, options: &ChecksumOptions) -> ExitStatus {
    let reporter = Reporter::of("checksum");
    for written in &options.paths {
        for item in shell.found(written, &reporter).await {
            if reporter.is_stdout_lost() {
                return reporter.ending();
            }
            if item.is_directory() {
                reporter.about(&item.written, IS_A_DIRECTORY);
                continue;
            }
            let ask = async |s3: &crate::s3::S3| s3.stat_with_checksums(&item.path).await;
            let hashes = match shell.s3.retry(ask).await {
                Ok(found) => found.unwrap_or_default().content_hashes,
                Err(error) => {
                    reporter.about(&item.written, error);
                    continue;
                }
            };
            let hash = hashes.first().map_or_else(|| "NONE\t".to_owned(), ContentHash::shown);
            let block = format!("\tBlockSize={BLOCK_SIZE}");
            let block = if options.block_size { block.as_str() } else { "" };
            // The tabs are this line's own: only the name is the user's.
            let line = format!("{}\t{hash}{block}\n", shown(&item.written));
            reporter.printed(print(line.as_bytes()));
        }
    }
    reporter.ending()
}

//! `rolefs -text [-ignoreCrc] <src> ...`: objects as text, decompressed, to stdout.
//!
//! Source: `org.apache.hadoop.fs.shell.Display.Text` of Hadoop 3.3.4. The content flows through a
//! pipe of the system to a thread that decompresses it, so that neither of them needs memory for
//! more than a window.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use std::io::{self, pipe};

use clap::Args;
use futures_util::future::LocalBoxFuture;
use tokio::task::spawn_blocking;

use super::file_command::{FileCommand, borrowed};
use super::shell::{IS_A_DIRECTORY, Item, Shell};
use crate::report::Reporter;
use crate::s3::{PathStatus, S3};
use crate::system::ExitStatus;
use crate::system::standard_streams::{ThreadWriter, blocking_stdout};
use crate::transfer::download::{Download, DownloadError};

mod block_stream;
mod bzip2_stream;
mod codec;
mod content;
mod inflate_stream;
mod java_number;
mod sequence_file;
mod unreadable;
mod writable;
mod zstd_stream;

use self::content::write_text;
use self::unreadable::TextError;

/// The options of `-text`.
#[derive(Args, Clone, Debug)]
pub struct TextOptions {
    /// Does not compare the content with its checksum or MD5.
    #[arg(long = "ignoreCrc")]
    pub ignore_crc: bool,
    /// s3a://bucket/key
    #[arg(required = true, num_args = 1.., value_name = "src")]
    pub sources: Vec<String>,
}

impl FileCommand for TextOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(text(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.sources)
    }
}

/// Writes the objects to stdout. One that cannot be read is reported, and the next is written.
async fn text(shell: Shell<'_>, options: &TextOptions) -> ExitStatus {
    let reporter = Reporter::of("text");
    for source in &options.sources {
        for item in shell.found(source, &reporter).await {
            if reporter.is_stdout_lost() {
                return reporter.ending();
            }
            match show(shell.s3, &item, !options.ignore_crc).await {
                Ok(()) => {}
                Err(TextError::Unwritten(error)) => reporter.unwritten(error),
                Err(error) => reporter.about(&item.written, error),
            }
        }
    }
    reporter.ending()
}

/// Writes the text of a content: for the fuzz targets.
///
/// # Errors
/// The message.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn write_text_of(
    content: impl io::Read,
    name: &str,
    output: &mut dyn io::Write,
) -> Result<(), String> {
    write_text(content, name, output).map_err(|error| error.to_string())
}

/// Downloads an object into a pipe, whose other end is read by a thread.
async fn show(s3: &S3, item: &Item, is_checked: bool) -> Result<(), TextError> {
    let PathStatus::File(found) = &item.status else {
        return Err(TextError::Unreadable(IS_A_DIRECTORY.to_owned()));
    };
    let mut stdout = blocking_stdout().map_err(TextError::Unwritten)?;
    let (input, output) = pipe().map_err(|error| TextError::Unreadable(error.to_string()))?;
    let name = item.name().to_owned();
    let writing = spawn_blocking(move || write_text(input, &name, &mut stdout));
    let mut sink = ThreadWriter::of(output);
    let download = Download::new(s3, &item.path, is_checked);
    let download = download.expecting((found.len, found.etag.as_ref()));
    let downloaded = download.to(&mut sink, &|_| ()).await;
    // The thread ends with the input.
    drop(sink);
    let written = writing.await.map_err(|error| TextError::Unwritten(io::Error::other(error)))?;
    match downloaded {
        Ok(_) => written,
        // The thread wants no more, and says why.
        Err(DownloadError::Write(_)) if written.is_err() => written,
        Err(error) => Err(TextError::Unreadable(error.to_string())),
    }
}

//! `rolefs -appendToFile <localsrc> ... <dst>`: refused, since S3 has no such operation.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use std::ffi::OsString;

use clap::Args;

use super::kind::{LocalCommand, LocalContext};
use crate::system::ExitStatus;

/// The arguments of `-appendToFile`.
#[derive(Args, Clone, Debug)]
pub struct AppendToFileOptions {
    /// Local files, and s3a://bucket/key
    #[arg(value_name = "localsrc")]
    pub paths: Vec<OsString>,
}

impl LocalCommand for AppendToFileOptions {
    fn run(self: Box<Self>, _: LocalContext<'_>) -> ExitStatus {
        if self.paths.len() < 2 {
            message!("appendToFile: missing destination argument");
            return ExitStatus::Failed;
        }
        message!(
            "appendToFile: S3 has no operation that appends to an object: -put a further object \
             beside it (-getmerge and -cat join them), or get it, append to it, and -put -f it"
        );
        ExitStatus::Usage
    }
}

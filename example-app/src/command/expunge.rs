//! `rolefs -expunge [-immediate] [-fs <path>]`: nothing to do, since there is no trash.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;

use super::kind::{LocalCommand, LocalContext};
use crate::system::ExitStatus;

/// The options of `-expunge`.
#[derive(Args, Clone, Debug)]
pub struct ExpungeOptions {
    /// Empties the trash, as in Hadoop. rolefs has no trash.
    #[arg(long)]
    pub immediate: bool,
    /// The file system, as in Hadoop.
    #[arg(long = "fs", value_name = "path")]
    pub file_system: Option<String>,
    /// Ignored, as in Hadoop.
    #[arg(value_name = "path", hide = true)]
    pub paths: Vec<String>,
}

impl LocalCommand for ExpungeOptions {
    fn run(self: Box<Self>, _: LocalContext<'_>) -> ExitStatus {
        message!("expunge: there is no trash, and nothing to delete: -rm deletes at once");
        ExitStatus::Done
    }
}

//! The commands about commands. `cli` runs them, since they show its table.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

use clap::Args;
use clap_complete::Shell;

/// A command about commands.
#[derive(Debug)]
pub enum HelpCommand {
    /// `-help`.
    Help(HelpOptions),
    /// `-usage`.
    Usage(HelpOptions),
    /// `completions`.
    Completions(CompletionsOptions),
    /// `man`.
    Man,
}

/// The options of `-help` and `-usage`.
#[derive(Args, Debug)]
pub struct HelpOptions {
    /// The commands.
    #[arg(value_name = "cmd")]
    pub commands: Vec<String>,
}

/// The options of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsOptions {
    /// The shell.
    pub shell: Shell,
}

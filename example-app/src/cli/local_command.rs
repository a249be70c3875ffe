//! Commands that ask nobody.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Subcommand;

use crate::command::explain::ExplainOptions;
use crate::command::sign::SignOptions;

/// What needs neither S3 nor a configuration.
#[derive(Debug, Subcommand)]
pub enum LocalCommand {
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

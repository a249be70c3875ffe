//! The kinds of commands, by their needs.

use core::error::Error;
use core::fmt;

use futures_util::future::LocalBoxFuture;
use rolesig_std::Environment;

use super::file_command::FileCommand;
use super::help::HelpCommand;
use super::paths;
use super::session::Session;
use crate::s3::address::path::KeySyntax;
use crate::system::ExitStatus;

/// A command with its options, as the command line gave them.
#[derive(Debug)]
pub enum Command {
    /// A command about commands.
    Help(HelpCommand),
    /// A command that asks no service.
    Local(Box<dyn LocalCommand>),
    /// A command for which Hadoop's configuration holds.
    Remote(RemoteCommand),
}

/// A command for which Hadoop's configuration holds.
#[derive(Debug)]
pub enum RemoteCommand {
    /// A command about credentials or settings.
    Service(Box<dyn ServiceCommand>),
    /// A command about files in S3.
    File(Box<dyn FileCommand>),
}

impl Command {
    /// Returns the error in the options, if they contradict each other.
    pub(crate) fn contradiction(&self, keys: KeySyntax) -> Option<String> {
        match self {
            Self::Remote(RemoteCommand::File(command)) => {
                let contradiction = command.contradiction().map(str::to_owned);
                let not_a_path = || Some(paths::check(command.as_ref(), keys).err()?.to_string());
                contradiction.or_else(not_a_path)
            }
            Self::Remote(RemoteCommand::Service(command)) => command.contradiction(),
            Self::Help(_) | Self::Local(_) => None,
        }
    }
}

/// The input of a [`LocalCommand`]: no service, and no Hadoop configuration.
#[derive(Debug)]
pub struct LocalContext<'c> {
    /// The region that an option before the command names.
    pub region: Option<String>,
    /// The environment.
    pub environment: &'c Environment,
}

/// A command that asks no service and needs no configuration.
pub trait LocalCommand {
    /// Runs the command.
    fn run(self: Box<Self>, context: LocalContext<'_>) -> ExitStatus;
}

/// The outcome of a [`ServiceCommand`].
pub type ServiceOutcome = Result<ExitStatus, Box<dyn Error>>;

/// A command that needs credentials or settings, but no files.
pub trait ServiceCommand {
    /// Runs the command.
    fn run<'r>(&'r self, session: &'r Session<'r>) -> LocalBoxFuture<'r, ServiceOutcome>;

    /// Returns the error in the options.
    fn contradiction(&self) -> Option<String> {
        None
    }

    /// Returns the bucket that the sandbox creates for the command.
    fn bucket(&self) -> Option<String> {
        None
    }

    /// Returns the reason if the command cannot run in the sandbox.
    fn no_sandbox(&self) -> Option<&'static str> {
        None
    }
}

/// Shows no options: to format those of each command would take tens of kilobytes.
impl fmt::Debug for dyn LocalCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalCommand(..)")
    }
}

/// Shows no options.
impl fmt::Debug for dyn ServiceCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceCommand(..)")
    }
}

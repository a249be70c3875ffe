//! The dispatch: from the command line to the command.

use rolesig_std::Environment;

use super::arguments::Arguments;
use super::usage_error::report_late;
use super::{help, manual};
use crate::command::help::HelpCommand;
use crate::command::kind::{Command, LocalContext, RemoteCommand};
use crate::command::paths::PathArgumentError;
#[cfg(feature = "sandbox")]
use crate::command::sandboxed;
use crate::command::session::Session;
use crate::system::ExitStatus;

/// Runs a command.
pub(super) async fn run(arguments: Arguments, mut environment: Environment) -> ExitStatus {
    let Arguments { generic, name, command } = arguments;
    if let Some(profile) = generic.profile.clone() {
        // As in the AWS CLI, it takes precedence over keys in the environment.
        environment.name_profile(profile);
    }
    if let Some(bundle) = &generic.ca_bundle {
        environment.set_by("AWS_CA_BUNDLE", bundle, "--ca-bundle");
    }
    let command = match command {
        Command::Help(command) => return show(&command),
        #[cfg(feature = "sandbox")]
        Command::Local(command) if generic.sandbox => {
            return Box::pin(sandboxed::run_local(generic, command)).await;
        }
        Command::Local(command) => {
            return command.run(LocalContext { region: generic.region, environment: &environment });
        }
        Command::Remote(command) => command,
    };
    #[cfg(feature = "sandbox")]
    if generic.sandbox {
        let ended = Box::pin(sandboxed::run(generic, &command)).await;
        return ended.unwrap_or_else(|error| report_late(name, &error.to_string()));
    }
    let session = Session::open(&generic, &environment);
    let ended = match command {
        RemoteCommand::Service(command) => command.run(&session).await,
        RemoteCommand::File(command) => session.run(command.as_ref(), async |_| ()).await,
    };
    ended.unwrap_or_else(|reason| {
        if let Some(error) = reason.downcast_ref::<PathArgumentError>() {
            return report_late(name, &error.to_string());
        }
        message!("rolefs: {reason}");
        ExitStatus::Failed
    })
}

/// Shows the table of commands.
fn show(command: &HelpCommand) -> ExitStatus {
    match command {
        HelpCommand::Help(options) => help::help(&options.commands),
        HelpCommand::Usage(options) => help::usage(&options.commands),
        HelpCommand::Completions(options) => manual::completions(options.shell),
        HelpCommand::Man => manual::page(),
    }
}

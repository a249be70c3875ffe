//! A command in the sandbox, and an account of what happened there, on stderr.

use core::error::Error;

use rolesig_std::{Environment, now};

use super::file_command::FileCommand;
use super::generic_options::GenericOptions;
use super::kind::RemoteCommand;
use super::ls::LsOptions;
use super::session::Session;
use crate::s3::S3;
use crate::sandbox::{Sandbox, Settings};
use crate::system::ExitStatus;
use crate::system::date::readable;

/// Runs a command in the sandbox. Hadoop's configuration does not hold there, and neither do the
/// user's keys and profiles: the sandbox shows a program that has none.
pub(crate) async fn run(mut generic: GenericOptions, command: &RemoteCommand) -> ExitStatus {
    if let RemoteCommand::Service(command) = command
        && let Some(reason) = command.no_sandbox()
    {
        tell!("sandbox: {reason}");
        return ExitStatus::Usage;
    }
    let settings = match settings(&generic, command) {
        Ok(settings) => settings,
        Err(error) => {
            tell!("sandbox: {error}");
            return ExitStatus::Failed;
        }
    };
    let region = settings.region.clone();
    let sandbox = match Sandbox::start(settings).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            tell!("sandbox: {}: {error}", generic.sandbox_dir.display());
            return ExitStatus::Failed;
        }
    };
    let mut environment = Environment::default();
    environment.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", sandbox.metadata_endpoint());
    // A busy machine must not be mistaken for a missing service.
    environment.set("AWS_METADATA_SERVICE_TIMEOUT", "10");
    generic.endpoint = Some(sandbox.s3_endpoint().to_owned());
    generic.region = Some(region);
    generic.credentials_cache = None;
    let session = Session::unconfigured(&generic, &environment);
    let ended = match command {
        RemoteCommand::Service(command) => command.run(&session).await,
        RemoteCommand::File(command) => run_on_files(&session, command.as_ref()).await,
    };
    let status = ended.unwrap_or_else(|reason| {
        tell!("sandbox: {reason}");
        ExitStatus::Failed
    });
    tell_checks(&sandbox, &generic);
    status
}

/// Returns the settings of the sandbox: it has the buckets that the command creates objects in.
fn settings(generic: &GenericOptions, command: &RemoteCommand) -> Result<Settings, Box<dyn Error>> {
    let environment = Environment::default();
    let session = Session::unconfigured(generic, &environment);
    session.default_fs()?;
    let buckets = match command {
        RemoteCommand::File(command) if command.creates_objects() => {
            session.buckets(command.as_ref())
        }
        _ => Vec::new(),
    };
    Ok(Settings { folder: generic.sandbox_dir.clone(), buckets, ..Settings::default() })
}

/// Runs a command about files. Tells which role it had, and what it stored.
async fn run_on_files(
    session: &Session<'_>,
    command: &dyn FileCommand,
) -> Result<ExitStatus, Box<dyn Error>> {
    let status = session.run(command, tell_role).await?;
    if let (ExitStatus::Done, Some(path)) = (status, command.listed_afterwards()) {
        let path = session.default_fs()?.resolve(path)?.to_string();
        tell!("stored:  {path}, which now has");
        session.run(&LsOptions { paths: vec![path], ..LsOptions::default() }, async |_| ()).await?;
    }
    Ok(status)
}

/// Tells which role the command has.
async fn tell_role(s3: &S3) {
    let Ok(identity) = s3.client().identity().await else { return };
    tell!("role:    {}", identity.source());
    tell!("         access key id {}", identity.credentials().access_key_id);
    if let Some(expires_at) = identity.expires_at() {
        let left = expires_at.seconds_since(now()).unwrap_or(0);
        tell!("         expires {} UTC, in {left} s", readable(expires_at));
    }
}

/// Tells what the server of the sandbox checked.
fn tell_checks(sandbox: &Sandbox, generic: &GenericOptions) {
    let report = sandbox.report();
    tell!(
        "checked: by the S3 server at {}: {} signatures and {} session tokens right, {} refused",
        sandbox.s3_endpoint(),
        report.signatures_verified,
        report.session_tokens_verified,
        report.requests_refused,
    );
    tell!("         objects are files below {}/", generic.sandbox_dir.display());
}

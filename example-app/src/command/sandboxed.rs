//! A command in the sandbox, and an account of what happened there, on stderr.

use core::error::Error;
use core::fmt::Display;
use std::ffi::OsStr;

use rolesig_std::{Clock, Environment};

use super::file_command::FileCommand;
use super::generic_options::GenericOptions;
use super::kind::{LocalCommand, LocalContext, RemoteCommand};
use super::ls::LsOptions;
use super::paths::{self, PathArgumentError};
use super::session::Session;
use crate::s3::S3;
use crate::sandbox::{Sandbox, Settings};
use crate::system::ExitStatus;
use crate::system::date::readable;

/// Runs a command in the sandbox. Hadoop's configuration does not hold there, and neither do the
/// user's keys and profiles: the sandbox shows a program that has none.
///
/// # Errors
/// If an argument is not a path.
pub(crate) async fn run(
    mut generic: GenericOptions,
    command: &RemoteCommand,
) -> Result<ExitStatus, PathArgumentError> {
    if let RemoteCommand::Service(command) = command
        && let Some(reason) = command.no_sandbox()
    {
        message!("sandbox: {reason}");
        return Ok(ExitStatus::Usage);
    }
    let settings = match settings(&generic, command) {
        Ok(settings) => settings,
        Err(error) => {
            return error.downcast().map_or_else(|error| Ok(failed(&*error)), |e| Err(*e));
        }
    };
    warn_of_ignored(&generic);
    let region = settings.region.clone();
    let sandbox = match Sandbox::start(settings).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            let folder = generic.sandbox_dir.display();
            return Ok(failed(format_args!("{folder}: {error}")));
        }
    };
    let environment = environment(&sandbox);
    generic.endpoint = Some(sandbox.s3_endpoint().to_owned());
    generic.region = Some(region);
    (generic.profile, generic.credentials_cache) = (None, None);
    let session = Session::unconfigured(&generic, &environment);
    let ended = match command {
        RemoteCommand::Service(command) => command.run(&session).await,
        RemoteCommand::File(command) => run_on_files(&session, command.as_ref()).await,
    };
    let status = ended.unwrap_or_else(|reason| failed(&*reason));
    show_checks(&sandbox, &generic);
    Ok(status)
}

/// Runs a command that asks no service with the credentials of the sandbox's role.
pub(crate) async fn run_local(
    mut generic: GenericOptions,
    command: Box<dyn LocalCommand>,
) -> ExitStatus {
    warn_of_ignored(&generic);
    (generic.profile, generic.credentials_cache) = (None, None);
    let settings = Settings { folder: generic.sandbox_dir.clone(), ..Settings::default() };
    let region = generic.region.clone().or_else(|| Some(settings.region.clone()));
    match with_keys(&generic, settings).await {
        Ok(environment) => command.run(LocalContext { region, environment: &environment }),
        Err(reason) => failed(&*reason),
    }
}

/// Reports why the sandbox failed.
fn failed(reason: impl Display) -> ExitStatus {
    message!("sandbox: {reason}");
    ExitStatus::Failed
}

/// Returns an environment with the keys of the role.
async fn with_keys(
    generic: &GenericOptions,
    settings: Settings,
) -> Result<Environment, Box<dyn Error>> {
    let sandbox = Sandbox::start(settings).await?;
    let mut environment = environment(&sandbox);
    let of_role = environment.clone();
    let session = Session::unconfigured(generic, &of_role);
    let (settings, on_network) = session.settings()?;
    let identity = session.fetch(&settings, &on_network).await?.identity;
    let credentials = identity.credentials();
    environment.set("AWS_ACCESS_KEY_ID", credentials.access_key_id);
    environment.set("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key);
    if let Some(token) = credentials.session_token {
        environment.set("AWS_SESSION_TOKEN", token);
    }
    if let Some(expires_at) = identity.expires_at() {
        environment.set("AWS_CREDENTIAL_EXPIRATION", expires_at.to_string());
    }
    Ok(environment)
}

/// Returns an environment that contains only the sandbox, without the user's keys and settings:
/// it shows a program that has no keys.
fn environment(sandbox: &Sandbox) -> Environment {
    let mut environment = Environment::default();
    environment.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", sandbox.metadata_endpoint());
    // A busy machine must not be mistaken for a missing service.
    environment.set("AWS_METADATA_SERVICE_TIMEOUT", "10");
    environment
}

/// Warns about options that the sandbox ignores. Variables are not meant for it.
fn warn_of_ignored(generic: &GenericOptions) {
    let is_given = |value: Option<&OsStr>, variable: &str| {
        value.is_some_and(|value| std::env::var_os(variable).as_deref() != Some(value))
    };
    let cache = generic.credentials_cache.as_ref().map(|path| path.as_os_str());
    let options = [
        ("--profile", generic.profile.is_some()),
        ("--ca-bundle", generic.ca_bundle.is_some()),
        ("-D", !generic.definitions.is_empty()),
        ("-conf", !generic.conf.is_empty()),
        ("--config", is_given(generic.config.as_deref(), "HADOOP_CONF_DIR")),
        ("--credentials-cache", is_given(cache, "ROLEFS_CREDENTIALS_CACHE")),
    ];
    let given = options.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name);
    let given = given.collect::<Vec<_>>().join(", ");
    if !given.is_empty() {
        message!("sandbox: ignored: {given}: it has its own role, plain http and no configuration");
    }
}

/// Returns the settings of the sandbox: it has the buckets that the command creates objects in.
fn settings(generic: &GenericOptions, command: &RemoteCommand) -> Result<Settings, Box<dyn Error>> {
    let environment = Environment::default();
    let session = Session::unconfigured(generic, &environment);
    let default_fs = session.default_fs()?;
    if let RemoteCommand::File(command) = command {
        paths::check_in(command.as_ref(), &default_fs)?;
    }
    let buckets = match command {
        RemoteCommand::File(command) if command.creates_objects() => {
            session.buckets(command.as_ref())
        }
        RemoteCommand::File(_) => Vec::new(),
        RemoteCommand::Service(command) => command.bucket().into_iter().collect(),
    };
    Ok(Settings { folder: generic.sandbox_dir.clone(), buckets, ..Settings::default() })
}

/// Runs a command about files, and reports its role and what it stored.
async fn run_on_files(
    session: &Session<'_>,
    command: &dyn FileCommand,
) -> Result<ExitStatus, Box<dyn Error>> {
    let status = session.run(command, show_role).await?;
    if let (ExitStatus::Done, Some(path)) = (status, command.listed_afterwards()) {
        let path = session.default_fs()?.resolve(path)?.to_string();
        message!("stored:  {path}, which now has");
        session.run(&LsOptions { paths: vec![path], ..LsOptions::default() }, async |_| ()).await?;
    }
    Ok(status)
}

/// Reports the role of the command.
async fn show_role(s3: &S3) {
    let Ok(identity) = s3.client().identity().await else { return };
    message!("role:    {}", identity.source());
    message!("         access key id {}", identity.credentials().access_key_id);
    if let Some(expires_at) = identity.expires_at() {
        let left = expires_at.seconds_since(Clock::SYSTEM.now()).unwrap_or(0);
        message!("         expires {} UTC, in {left} s", readable(expires_at));
    }
}

/// Reports the checks of the sandbox's server.
fn show_checks(sandbox: &Sandbox, generic: &GenericOptions) {
    let report = sandbox.report();
    message!(
        "checked: by the S3 server at {}: {} signatures and {} session tokens right, {} refused",
        sandbox.s3_endpoint(),
        report.signatures_verified,
        report.session_tokens_verified,
        report.requests_refused,
    );
    message!("         objects are files below {}/", generic.sandbox_dir.display());
}

//! The command in the sandbox, and the story of what happened there, on stderr.

use core::error::Error;
use std::ffi::OsStr;

use rolesig_std::Clock;
use rolesig_std::Environment;

use super::{configured, fetched, run_on, s3};
use crate::cli::{FileCommand, GenericOptions, LocalCommand, ServiceCommand, refuse_in};
use crate::command::credentials::{self, CredentialsOptions};
use crate::command::ls::LsOptions;
use crate::command::put::PutOptions;
use crate::command::shell::Shell;
use crate::command::{Ending, ls};
use crate::date::readable;
use crate::s3::S3;
use crate::s3::address::path::{DefaultFs, S3Path};
use crate::sandbox::{Sandbox, Settings};

/// What there is in the sandbox.
#[derive(Clone, Copy)]
enum Here<'c> {
    Files(&'c FileCommand),
    Credentials(&'c CredentialsOptions),
}

pub(super) async fn run(mut generic: GenericOptions, command: &ServiceCommand) -> Ending {
    let command = match here(command) {
        Ok(command) => command,
        Err(reason) => {
            tell!("sandbox: {reason}");
            return Ending::Usage;
        }
    };
    let default_fs = match generic.given_fs().transpose() {
        Ok(given) => given.unwrap_or_default().with_keys(generic.keys()),
        Err(error) => {
            tell!("sandbox: {error}");
            return Ending::Failed;
        }
    };
    if let Some(Err(ending)) = command.files().map(|files| refuse_in(files, &default_fs)) {
        return ending;
    }
    tell_ignored(&generic);
    let destination = command.files().and_then(|files| destination(files, &default_fs));
    let settings = Settings {
        folder: generic.sandbox_dir.clone(),
        buckets: command.files().map_or_else(Vec::new, |files| made_for(files, &default_fs)),
        ..Settings::default()
    };
    let region = settings.region.clone();
    let sandbox = match Sandbox::start(settings).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            tell!("sandbox: {}: {error}", generic.sandbox_dir.display());
            return Ending::Failed;
        }
    };
    let environment = environment(&sandbox);
    generic.endpoint = Some(sandbox.s3_endpoint().to_owned());
    generic.region = Some(region);
    (generic.profile, generic.credentials_cache) = (None, None);
    let told = told(&generic, &environment, &default_fs, command, destination.as_ref()).await;
    let ending = told.unwrap_or_else(|reason| {
        tell!("sandbox: {reason}");
        Ending::Failed
    });
    tell_checks(&sandbox, &generic);
    ending
}

/// Signs, or explains a signature, with the credentials of the sandbox's role.
pub(super) async fn local(mut generic: GenericOptions, command: LocalCommand) -> Ending {
    tell_ignored(&generic);
    (generic.profile, generic.credentials_cache) = (None, None);
    let settings = Settings { folder: generic.sandbox_dir.clone(), ..Settings::default() };
    let region = generic.region.clone().or_else(|| Some(settings.region.clone()));
    match with_keys(&generic, settings).await {
        Ok(environment) => super::local(command, region, &environment),
        Err(reason) => {
            tell!("sandbox: {reason}");
            Ending::Failed
        }
    }
}

/// Returns an environment with the keys of the role.
async fn with_keys(
    generic: &GenericOptions,
    settings: Settings,
) -> Result<Environment, Box<dyn Error>> {
    let sandbox = Sandbox::start(settings).await?;
    let mut environment = environment(&sandbox);
    let identity = fetched(generic, &environment, &configured::defaults()?).await?.identity;
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

/// Returns an environment in which there is nothing but the sandbox, whatever keys and settings the user
/// has: it is about a program that has none.
fn environment(sandbox: &Sandbox) -> Environment {
    let mut environment = Environment::default();
    environment.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", sandbox.metadata_endpoint());
    // A busy machine is not to be taken for a service that is not there.
    environment.set("AWS_METADATA_SERVICE_TIMEOUT", "10");
    environment
}

/// Who gives an option counts on it; what a variable says is not meant for the sandbox.
fn tell_ignored(generic: &GenericOptions) {
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
        tell!("sandbox: ignored: {given}: it has its own role, plain http and no configuration");
    }
}

/// Why a command has nothing to do with the sandbox.
const fn here(command: &ServiceCommand) -> Result<Here<'_>, &'static str> {
    match command {
        ServiceCommand::Files(files) => Ok(Here::Files(files)),
        ServiceCommand::Credentials(options) => Ok(Here::Credentials(options)),
        ServiceCommand::Whoami(_) => Err("there is no STS in it: -credentials shows the role"),
        ServiceCommand::ShowConfig { .. } => {
            Err("no configuration holds in it: leave out -sandbox to see what does without it")
        }
    }
}

impl<'c> Here<'c> {
    const fn files(self) -> Option<&'c FileCommand> {
        match self {
            Self::Files(files) => Some(files),
            Self::Credentials(_) => None,
        }
    }
}

/// Does the command, and tells with which role, and what is there afterwards. Hadoop's configuration
/// is left aside, as the user's other settings are.
async fn told(
    generic: &GenericOptions,
    environment: &Environment,
    default_fs: &DefaultFs,
    command: Here<'_>,
    destination: Option<&S3Path>,
) -> Result<Ending, Box<dyn Error>> {
    let settings = configured::defaults()?;
    let files = match command {
        Here::Files(files) => files,
        Here::Credentials(options) => {
            let fetched = fetched(generic, environment, &settings).await;
            return Ok(credentials::credentials(options, &[], fetched));
        }
    };
    let s3 = s3(generic, environment, &settings, files).await?;
    tell_role(&s3).await;
    let shell = Shell { s3: &s3, default_fs, upload: &settings.upload };
    let ending = run_on(shell, files).await;
    let is_shown = |(_, put, _): (_, &PutOptions, _)| !put.dry_run && put.report.is_for_people();
    if let (Some(destination), Ending::Done, true) =
        (destination, ending, files.as_put().is_some_and(is_shown))
    {
        tell!("stored:  {destination}, which now has");
        let options = LsOptions { paths: vec![destination.to_string()], ..LsOptions::default() };
        ls::ls(shell, &options).await;
    }
    Ok(ending)
}

/// The buckets that are to be there: of what is put or made in them.
fn made_for(files: &FileCommand, default_fs: &DefaultFs) -> Vec<String> {
    let makes = files.as_put().is_some()
        || matches!(files, FileCommand::Mkdir(_) | FileCommand::Touchz { .. });
    let paths = if makes { files.s3_paths() } else { Vec::new() };
    let buckets = paths.into_iter().filter_map(|path| default_fs.resolve(path).ok());
    buckets.map(|path| path.bucket().to_owned()).collect()
}

/// Where a put goes.
fn destination(files: &FileCommand, default_fs: &DefaultFs) -> Option<S3Path> {
    let (_, options, _) = files.as_put()?;
    default_fs.resolve(options.paths.last()?.to_str()?).ok()
}

async fn tell_role(s3: &S3) {
    let Ok(identity) = s3.client().identity().await else { return };
    tell!("role:    {}", identity.source());
    tell!("         access key id {}", identity.credentials().access_key_id);
    if let Some(expires_at) = identity.expires_at() {
        let left = expires_at.seconds_since(Clock::SYSTEM.now()).unwrap_or(0);
        tell!("         expires {} UTC, in {left} s", readable(expires_at));
    }
}

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

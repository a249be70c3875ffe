//! The command in the sandbox, and the story of what happened there, on stderr.

use core::error::Error;

use rolesig_std::{Environment, now};

use crate::cli::run::{configured, fetched, given_fs, run_on, s3};
use crate::cli::{FileCommand, GenericOptions, ServiceCommand};
use crate::command::credentials::{self, CredentialsOptions};
use crate::command::ls;
use crate::command::ls::LsOptions;
use crate::command::put::PutOptions;
use crate::command::shell::Shell;
use crate::s3::S3;
use crate::s3::path::{DefaultFs, S3Path};
use crate::sandbox::{Sandbox, Settings};
use crate::system::ExitStatus;
use crate::system::date::readable;

/// What there is in the sandbox.
#[derive(Clone, Copy)]
enum Here<'c> {
    Files(&'c FileCommand),
    Credentials(&'c CredentialsOptions),
}

pub(super) async fn run(mut generic: GenericOptions, command: &ServiceCommand) -> ExitStatus {
    let command = match here(command) {
        Ok(command) => command,
        Err(reason) => {
            tell!("sandbox: {reason}");
            return ExitStatus::Usage;
        }
    };
    let default_fs = match given_fs(&generic).transpose() {
        Ok(given) => given.unwrap_or_default().with_keys(generic.keys()),
        Err(error) => {
            tell!("sandbox: {error}");
            return ExitStatus::Failed;
        }
    };
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
            return ExitStatus::Failed;
        }
    };
    // Whatever keys and settings the user has, the sandbox is about a program that has none.
    let mut environment = Environment::default();
    environment.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", sandbox.metadata_endpoint());
    // A busy machine is not to be taken for a service that is not there.
    environment.set("AWS_METADATA_SERVICE_TIMEOUT", "10");
    generic.endpoint = Some(sandbox.s3_endpoint().to_owned());
    generic.region = Some(region);
    generic.credentials_cache = None;
    let told = told(&generic, &environment, &default_fs, command, destination.as_ref()).await;
    let ending = told.unwrap_or_else(|reason| {
        tell!("sandbox: {reason}");
        ExitStatus::Failed
    });
    tell_checks(&sandbox, &generic);
    ending
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
) -> Result<ExitStatus, Box<dyn Error>> {
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
    if let (Some(destination), ExitStatus::Done, true) =
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
        let left = expires_at.seconds_since(now()).unwrap_or(0);
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

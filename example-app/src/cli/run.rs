//! From the command line to the command.

use core::error::Error;
use std::path::Path;
use std::sync::Arc;

use rolesig_std::{
    Cache, CacheError, CacheSettings, Chain, Environment, ImdsProvider, Network, Profile,
    ProfileChoice, ProfileFiles, ProvideCredentials as _, Region, SharedFile, StsEndpoint,
    unfollowed_settings,
};

use crate::cli::{
    Arguments, Command, FileCommand, GenericOptions, LocalCommand, ServiceCommand, help,
};
use crate::command::credentials::Fetched;
use crate::command::put::Sources;
use crate::command::shell::Shell;
use crate::command::{
    cat, credentials, du, explain, get, ls, mkdir, put, rm, show_config, sign, stat, test, touchz,
    uploads, whoami,
};
use crate::s3::S3;
use crate::s3::customer_key::CustomerKey;
use crate::s3::endpoint::EndpointError;
use crate::s3::path::{DefaultFs, S3PathError};
use crate::s3::runtime_role::with_hint;
use crate::s3a::S3aSettings;
use crate::signing::options::{Algorithm, SigningOptions};
use crate::system::ExitStatus;
use crate::system::user::user;

mod configured;
#[cfg(feature = "sandbox")]
mod sandboxed;

/// Does what the command line says.
pub(super) async fn run(arguments: Arguments, mut environment: Environment) -> ExitStatus {
    let Arguments { generic, command } = arguments;
    if let Some(profile) = generic.profile.clone() {
        // As the AWS CLI does: it goes before keys in the environment.
        environment.name_profile(profile);
    }
    if let Some(bundle) = &generic.ca_bundle {
        environment.set_by("AWS_CA_BUNDLE", bundle, "--ca-bundle");
    }
    let command = match command {
        Command::Local(command) => return local(command, generic.region, &environment),
        Command::Service(command) => command,
    };
    #[cfg(feature = "sandbox")]
    if generic.sandbox {
        return Box::pin(sandboxed::run(generic, &command)).await;
    }
    with_configuration(&generic, &environment, &command).await.unwrap_or_else(|reason| {
        tell!("rolefs: {reason}");
        ExitStatus::Failed
    })
}

/// What asks nobody.
fn local(command: LocalCommand, region: Option<String>, environment: &Environment) -> ExitStatus {
    match command {
        LocalCommand::Sign(options) => signing_region(&options.signing, region, environment)
            .map_or_else(|| no_region("sign"), |region| sign::sign(&options, &region, environment)),
        LocalCommand::Explain(options) => signing_region(&options.signing, region, environment)
            .map_or_else(
                || no_region("explain"),
                |region| explain::explain(options, &region, environment),
            ),
        LocalCommand::Help { commands } => help::help(&commands),
        LocalCommand::Usage { commands } => help::usage(&commands),
        LocalCommand::Completions { shell } => help::completions(shell),
        LocalCommand::Man => help::man(),
    }
}

/// What is not in the sandbox: Hadoop's configuration holds.
async fn with_configuration(
    generic: &GenericOptions,
    environment: &Environment,
    command: &ServiceCommand,
) -> Result<ExitStatus, Box<dyn Error>> {
    let (configuration, errors) = configured::read(generic);
    let default_fs = || match errors.first() {
        Some(error) => Err(error.to_string().into()),
        None => configured::default_fs(&configuration, generic),
    };
    let (files, default_fs) = match command {
        ServiceCommand::ShowConfig { bucket } => {
            let bucket = bucket.as_deref();
            let network = configured::network(&configuration, bucket, generic, environment);
            return Ok(show_config::show_config(&configuration, bucket, network, &errors));
        }
        ServiceCommand::Credentials(options) => {
            let settings = configured::settings(&configuration, None, &default_fs()?)?;
            let environment = &configured::on_network(generic, environment, &settings)?;
            let fetched = fetched(generic, environment, &settings).await;
            if options.format == credentials::Format::Text {
                configured::tell_network(environment);
            }
            let notes = notes(generic, environment);
            return Ok(credentials::credentials(options, &notes, fetched));
        }
        ServiceCommand::Whoami(options) => {
            let settings = configured::settings(&configuration, None, &default_fs()?)?;
            let environment = &configured::on_network(generic, environment, &settings)?;
            let files = profile_files(generic, environment)?;
            let sts = StsEndpoint::of(environment, chosen(files.as_ref(), environment)?)?;
            let fetched = fetched(generic, environment, &settings).await;
            return Ok(whoami::whoami(options, &sts, fetched).await);
        }
        ServiceCommand::Files(files) => (files, default_fs()?),
    };
    let settings = configured::settings(&configuration, Some(files), &default_fs)?;
    if let Some((name, options, after)) = files.as_put().filter(|put| put.1.dry_run) {
        return Ok(put::dry_run(&default_fs, &settings.upload, name, options, after).await);
    }
    let environment = &configured::on_network(generic, environment, &settings)?;
    let s3 = s3(generic, environment, &settings, files).await?;
    let shell = Shell { s3: &s3, default_fs: &default_fs, upload: &settings.upload };
    let ending = run_on(shell, files).await;
    let is_told = !files.is_quiet();
    for (bucket, region) in s3.elsewhere().into_iter().filter(|_| is_told) {
        tell!("rolefs: {bucket} is in {region}: --region {region} saves a question");
    }
    Ok(ending)
}

/// The settings that are set and not followed. What is wrong with the files is said elsewhere.
fn notes(generic: &GenericOptions, environment: &Environment) -> Vec<String> {
    let files = profile_files(generic, environment).ok().flatten();
    let profile = chosen(files.as_ref(), environment).ok().flatten();
    unfollowed_settings(environment, profile)
}

/// Where the option says that paths without a scheme lie.
fn given_fs(generic: &GenericOptions) -> Option<Result<DefaultFs, S3PathError>> {
    generic.fs.as_ref().map(|uri| DefaultFs::new(uri, &user()))
}

/// The region for a request that is only signed, and not sent.
fn signing_region(
    options: &SigningOptions,
    of_all: Option<String>,
    environment: &Environment,
) -> Option<String> {
    let given = options.region.clone().or(of_all);
    given.or_else(|| {
        let files = ProfileFiles::of(environment).ok();
        let profile =
            files.as_ref().and_then(|files| files.choose(ProfileChoice::of(environment)).ok());
        let profile = profile.flatten();
        let set = environment.get("AWS_SIGV4A_SIGNING_REGION_SET");
        let set = set.or_else(|| profile?.get("sigv4a_signing_region_set"));
        if let (Algorithm::V4a, Some(set)) = (options.algorithm, set) {
            return Some(set.split(',').map(str::trim).collect::<Vec<_>>().join(","));
        }
        Region::of(environment, profile).ok().flatten().map(|region| region.to_string())
    })
}

fn no_region(command: &str) -> ExitStatus {
    tell!("{command}: {}", EndpointError::NoRegion);
    ExitStatus::Usage
}

/// S3 as the options, Hadoop's configuration, the environment and the profile say; in the region of
/// the instance, if nothing else says one.
async fn s3(
    generic: &GenericOptions,
    environment: &Environment,
    settings: &S3aSettings,
    command: &FileCommand,
) -> Result<S3, Box<dyn Error>> {
    let files = profile_files(generic, environment)?;
    let profile = chosen(files.as_ref(), environment)?;
    let place = configured::Place::of(generic, environment, &settings.endpoint)?;
    let endpoint = match place.endpoint(place.region.as_deref(), profile) {
        Err(EndpointError::NoRegion) => {
            let region = instance_region(environment, profile).await?;
            place.endpoint(Some(region.as_str()), profile)?
        }
        endpoint => endpoint?,
    };
    let chain = configured::chain(generic, environment, settings)?;
    let network = Network::of(environment, profile);
    let s3 = S3::new(cache(chain, generic), endpoint, settings.timeouts, network)?;
    let headers = configured::request_headers(settings);
    let s3 = s3
        .with_headers(headers, configured::object_headers(settings, command))
        .with_retries(settings.upload.retries)
        .with_bandwidth(command.bandwidth())
        .with_list_version(settings.list_version)
        .with_customer_key(customer_key(command)?)?;
    let keeps_time = environment.is_true("AWS_DISABLE_CLOCK_SKEW_CORRECTION");
    Ok(if keeps_time { s3.without_clock_correction() } else { s3 })
}

/// The key for SSE-C.
fn customer_key(files: &FileCommand) -> Result<Option<CustomerKey>, String> {
    let read = |path: &Path| {
        CustomerKey::read(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    files.customer_key_file().map(read).transpose()
}

/// The profile files. Keys in the environment do their work beside broken ones.
fn profile_files(
    generic: &GenericOptions,
    environment: &Environment,
) -> Result<Option<ProfileFiles>, Box<dyn Error>> {
    let has_keys = generic.profile.is_none() && matches!(environment.credentials(), Ok(Some(_)));
    let whole = || {
        let files = ProfileFiles::of(environment)?;
        chosen(Some(&files), environment)?;
        Ok(files)
    };
    match whole() {
        Err(error) if !has_keys => Err(error),
        files => Ok(files.ok()),
    }
}

fn chosen<'f>(
    files: Option<&'f ProfileFiles>,
    environment: &Environment,
) -> Result<Option<Profile<'f>>, Box<dyn Error>> {
    match files {
        Some(files) => Ok(files.choose(ProfileChoice::of(environment))?),
        None => Ok(None),
    }
}

/// The region of the instance, for whom nothing else says one.
async fn instance_region(
    environment: &Environment,
    profile: Option<Profile<'_>>,
) -> Result<Region, Box<dyn Error>> {
    let Some(mut imds) = ImdsProvider::of(environment, profile)? else {
        return Err(EndpointError::NoRegion.into());
    };
    imds.region().await.map_err(|error| {
        format!("{}; and the instance does not say it: {error}", EndpointError::NoRegion).into()
    })
}

/// Keeps what the chain gives, and shares it where the options say.
fn cache(chain: Chain, generic: &GenericOptions) -> Cache<Chain> {
    let shared_file =
        generic.credentials_cache.as_ref().zip(chain.key()).map(|(directory, key)| {
            SharedFile::new(directory, &key)
                .inspect_err(|error| tell!("rolefs: credentials are not shared: {error}"))
                .ok()
        });
    let settings = CacheSettings { shared_file: shared_file.flatten(), ..CacheSettings::default() };
    Cache::with_settings(chain, settings)
}

/// Credentials, and what became of each provider that was asked for them.
async fn fetched(
    generic: &GenericOptions,
    environment: &Environment,
    settings: &S3aSettings,
) -> Result<Fetched, Box<dyn Error>> {
    let mut chain = configured::chain(generic, environment, settings)?;
    if generic.credentials_cache.is_some() {
        let cache = cache(chain, generic);
        let identity = cache.identity().await.map_err(|error| match &error {
            CacheError::Provider(chain) => with_hint(&error, &chain.attempts),
            error => error.to_string(),
        })?;
        if let Some(error) = cache.shared_file_error() {
            tell!("rolefs: credentials are not shared: {error}");
        }
        return Ok(Fetched { identity, report: Vec::new() });
    }
    let identity = chain.fetch().await.map_err(|error| with_hint(&error, &error.attempts))?;
    Ok(Fetched { identity: Arc::new(identity), report: chain.report().to_vec() })
}

async fn run_on(shell: Shell<'_>, command: &FileCommand) -> ExitStatus {
    match command {
        FileCommand::Put(options) => put::put(shell, "put", options, Sources::Kept).await,
        FileCommand::CopyFromLocal(options) => {
            put::put(shell, "copyFromLocal", options, Sources::Kept).await
        }
        FileCommand::MoveFromLocal(options) => {
            put::put(shell, "moveFromLocal", options, Sources::Deleted).await
        }
        FileCommand::Get(options) => get::get(shell, "get", options).await,
        FileCommand::CopyToLocal(options) => get::get(shell, "copyToLocal", options).await,
        FileCommand::Ls(options) => ls::ls(shell, options).await,
        FileCommand::Cat(options) => cat::cat(shell, options).await,
        FileCommand::Du(options) => du::du(shell, options).await,
        FileCommand::Stat { words } => stat::stat(shell, words).await,
        FileCommand::Test(options) => test::test(shell, options).await,
        FileCommand::Mkdir(options) => mkdir::mkdir(shell, options).await,
        FileCommand::Touchz { paths } => touchz::touchz(shell, paths).await,
        FileCommand::Rm(options) => rm::rm(shell, options).await,
        FileCommand::Uploads(options) => uploads::uploads(shell, options).await,
    }
}

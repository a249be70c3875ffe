//! From the command line to the command.

use core::error::Error;
use std::path::Path;
use std::sync::Arc;

use rolesig_std::{
    Cache, CacheSettings, Chain, Environment, ImdsProvider, Profile, ProfileChoice, ProfileFiles,
    Provide as _, Region, SharedFile, StsEndpoint,
};

use crate::cli::{Arguments, Command, help};
use crate::command::credentials::Fetched;
use crate::command::shell::Shell;
use crate::command::{
    Ending, cat, credentials, du, explain, get, ls, mkdir, put, rm, show_config, sign, stat, test,
    touchz, uploads, user, whoami,
};
use crate::s3::S3;
use crate::s3::customer_key::CustomerKey;
use crate::s3::endpoint::EndpointError;
use crate::s3::path::{DefaultFs, S3PathError};
use crate::s3a::S3aSettings;
use crate::signing_options::SigningOptions;

mod configured;
#[cfg(feature = "sandbox")]
mod sandboxed;

/// Does what the command line says.
pub async fn run(mut arguments: Arguments, mut environment: Environment) -> Ending {
    if let Some(profile) = arguments.profile.clone() {
        // As the AWS CLI does: it goes before keys in the environment.
        environment.name_profile(profile);
    }
    arguments.command = match arguments.command {
        Command::Sign(options) => {
            let region = signing_region(&options.signing, arguments.region, &environment);
            return region.map_or_else(
                || no_region("sign"),
                |region| sign::sign(&options, &region, &environment),
            );
        }
        Command::Explain(options) => {
            let region = signing_region(&options.signing, arguments.region, &environment);
            return region.map_or_else(
                || no_region("explain"),
                |region| explain::explain(options, &region, &environment),
            );
        }
        Command::Help { commands } => return help::help(&commands),
        Command::Usage { commands } => return help::usage(&commands),
        Command::Completions { shell } => return help::completions(shell),
        Command::Man => return help::man(),
        other => other,
    };
    #[cfg(feature = "sandbox")]
    if arguments.sandbox {
        return Box::pin(sandboxed::run(arguments)).await;
    }
    with_configuration(&arguments, &environment).await.unwrap_or_else(|reason| {
        eprintln!("rolefs: {reason}");
        Ending::Failed
    })
}

/// What is not in the sandbox: Hadoop's configuration holds.
async fn with_configuration(
    arguments: &Arguments,
    environment: &Environment,
) -> Result<Ending, Box<dyn Error>> {
    let configuration = configured::read(arguments)?;
    if let Command::ShowConfig { bucket } = &arguments.command {
        return Ok(show_config::show_config(&configuration, bucket.as_deref()));
    }
    let default_fs = configured::default_fs(&configuration, arguments)?;
    let settings = configured::settings(&configuration, &arguments.command, &default_fs)?;
    if let Some((name, options, _)) = arguments.command.as_put().filter(|put| put.1.dry_run) {
        return Ok(put::dry_run(&default_fs, &settings.upload, name, options).await);
    }
    if let Some(ending) = without_s3(arguments, environment, &settings).await? {
        return Ok(ending);
    }
    let s3 = s3(arguments, environment, &settings).await?;
    let shell = Shell { s3: &s3, default_fs: &default_fs, upload: &settings.upload };
    let ending = run_on(shell, &arguments.command).await;
    let is_told = !arguments.command.is_quiet();
    for (bucket, region) in s3.elsewhere().into_iter().filter(|_| is_told) {
        eprintln!("rolefs: {bucket} is in {region}: --region {region} saves a question");
    }
    Ok(ending)
}

/// Where the option says that paths without a scheme lie.
fn given_fs(arguments: &Arguments) -> Option<Result<DefaultFs, S3PathError>> {
    arguments.fs.as_ref().map(|uri| DefaultFs::new(uri, &user()))
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
        Region::of(environment, profile.flatten()).ok().flatten().map(|region| region.to_string())
    })
}

fn no_region(command: &str) -> Ending {
    eprintln!("{command}: {}", EndpointError::NoRegion);
    Ending::Usage
}

/// S3 as the options, Hadoop's configuration, the environment and the profile say; in the region of
/// the instance, if nothing else says one.
async fn s3(
    arguments: &Arguments,
    environment: &Environment,
    settings: &S3aSettings,
) -> Result<S3, Box<dyn Error>> {
    let files = profile_files(arguments, environment)?;
    let profile = chosen(files.as_ref(), environment)?;
    let place = configured::Place::of(arguments, environment, &settings.endpoint);
    let endpoint = match place.endpoint(place.region.as_deref(), profile) {
        Err(EndpointError::NoRegion) => {
            let region = instance_region(environment, profile).await?;
            place.endpoint(Some(region.as_str()), profile)?
        }
        endpoint => endpoint?,
    };
    let chain = configured::chain(arguments, environment, settings)?;
    let s3 = S3::new(cache(chain, arguments), endpoint, settings.timeouts)?;
    let headers = configured::request_headers(settings);
    let s3 = s3
        .with_headers(headers, configured::object_headers(settings, &arguments.command))
        .with_retries(settings.upload.retries)
        .with_bandwidth(arguments.command.bandwidth())
        .with_customer_key(customer_key(&arguments.command)?)?;
    let keeps_time = environment.is_true("AWS_DISABLE_CLOCK_SKEW_CORRECTION");
    Ok(if keeps_time { s3.without_clock_correction() } else { s3 })
}

/// The key for SSE-C.
fn customer_key(command: &Command) -> Result<Option<CustomerKey>, String> {
    let read = |path: &Path| {
        CustomerKey::read(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    command.customer_key_file().map(read).transpose()
}

/// The profile files. Keys in the environment do their work beside broken ones.
fn profile_files(
    arguments: &Arguments,
    environment: &Environment,
) -> Result<Option<ProfileFiles>, Box<dyn Error>> {
    let has_keys = arguments.profile.is_none() && matches!(environment.credentials(), Ok(Some(_)));
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
fn cache(chain: Chain, arguments: &Arguments) -> Cache<Chain> {
    let shared_file =
        arguments.credentials_cache.as_ref().zip(chain.key()).map(|(directory, key)| {
            SharedFile::new(directory, &key)
                .inspect_err(|error| eprintln!("rolefs: credentials are not shared: {error}"))
                .ok()
        });
    let settings = CacheSettings { shared_file: shared_file.flatten(), ..CacheSettings::default() };
    Cache::with_settings(chain, settings)
}

/// Credentials, and what became of each provider that was asked for them.
async fn fetched(mut chain: Chain, arguments: &Arguments) -> Result<Fetched, Box<dyn Error>> {
    if arguments.credentials_cache.is_some() {
        let cache = cache(chain, arguments);
        let identity = cache.identity().await?;
        if let Some(error) = cache.shared_file_error() {
            eprintln!("rolefs: credentials are not shared: {error}");
        }
        return Ok(Fetched { identity, report: Vec::new() });
    }
    let identity = Arc::new(chain.fetch().await?);
    Ok(Fetched { identity, report: chain.report().to_vec() })
}

/// What is about credentials, and not about S3.
async fn without_s3(
    arguments: &Arguments,
    environment: &Environment,
    settings: &S3aSettings,
) -> Result<Option<Ending>, Box<dyn Error>> {
    let fetched = async || match configured::chain(arguments, environment, settings) {
        Ok(chain) => fetched(chain, arguments).await,
        Err(error) => Err(error.into()),
    };
    Ok(match &arguments.command {
        Command::Credentials(options) => Some(credentials::credentials(options, fetched().await)),
        Command::Whoami(options) => {
            let files = profile_files(arguments, environment)?;
            let sts = StsEndpoint::of(environment, chosen(files.as_ref(), environment)?)?;
            Some(whoami::whoami(options, &sts, fetched().await).await)
        }
        _ => None,
    })
}

async fn run_on(shell: Shell<'_>, command: &Command) -> Ending {
    if let Some((name, options, after)) = command.as_put() {
        return put::put(shell, name, options, after).await;
    }
    match command {
        Command::Get(options) => get::get(shell, "get", options).await,
        Command::CopyToLocal(options) => get::get(shell, "copyToLocal", options).await,
        Command::Ls(options) => ls::ls(shell, options).await,
        Command::Cat(options) => cat::cat(shell, options).await,
        Command::Du(options) => du::du(shell, options).await,
        Command::Stat { words } => stat::stat(shell, words).await,
        Command::Test(options) => test::test(shell, options).await,
        Command::Mkdir(options) => mkdir::mkdir(shell, options).await,
        Command::Touchz { paths } => touchz::touchz(shell, paths).await,
        Command::Rm(options) => rm::rm(shell, options).await,
        Command::Uploads(options) => uploads::uploads(shell, options).await,
        // They were done before, or need no S3: they never come here.
        Command::Put(_)
        | Command::CopyFromLocal(_)
        | Command::MoveFromLocal(_)
        | Command::Credentials(_)
        | Command::Whoami(_)
        | Command::Sign(_)
        | Command::Explain(_)
        | Command::Help { .. }
        | Command::Usage { .. }
        | Command::Completions { .. }
        | Command::Man
        | Command::ShowConfig { .. } => Ending::Usage,
    }
}

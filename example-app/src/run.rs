//! From the command line to the command.

use core::error::Error;

use rolesig_std::{
    Cache, CacheSettings, Environment, ImdsProvider, ProfileChoice, ProfileFiles, Region,
    SharedFile,
};

use crate::cli::{Arguments, Command};
use crate::command::{Ending, cat, credentials, explain, ls, put, show_config, sign, whoami};
use crate::s3::S3;
use crate::s3::endpoint::EndpointError;
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
        other => other,
    };
    #[cfg(feature = "sandbox")]
    if arguments.sandbox {
        return sandboxed::run(arguments).await;
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
    let settings = configured::settings(&configuration, &arguments.command)?;
    if let Some(ending) = without_s3(arguments, environment, &settings).await? {
        return Ok(ending);
    }
    let s3 = s3(arguments, environment, &settings).await?;
    Ok(run_on(&s3, &arguments.command).await)
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
    let files = ProfileFiles::of(environment)?;
    let profile = files.choose(ProfileChoice::of(environment))?;
    let place = configured::Place::of(arguments, environment, &settings.endpoint);
    let endpoint = match place.endpoint(place.region.as_deref(), profile) {
        Err(EndpointError::NoRegion) => {
            let region = instance_region(environment).await.ok_or(EndpointError::NoRegion)?;
            place.endpoint(Some(region.as_str()), profile)?
        }
        endpoint => endpoint?,
    };
    let chain = configured::chain(arguments, environment, settings)?;
    let directory = arguments.credentials_cache.as_ref();
    let shared_file = match directory.zip(chain.key()) {
        Some((directory, key)) => Some(SharedFile::new(directory, key)?),
        None => None,
    };
    let cache_settings = CacheSettings { shared_file, ..CacheSettings::default() };
    let s3 = S3::new(Cache::with_settings(chain, cache_settings), endpoint)?;
    let headers = configured::request_headers(settings);
    let s3 = s3.with_headers(headers, settings.object_headers.clone().into());
    let keeps_time = environment.is_true("AWS_DISABLE_CLOCK_SKEW_CORRECTION");
    Ok(if keeps_time { s3.without_clock_correction() } else { s3 })
}

/// The region of the instance, if this is one.
async fn instance_region(environment: &Environment) -> Option<Region> {
    ImdsProvider::of(environment).ok()??.region().await.ok()
}

/// What is about credentials, and not about S3.
async fn without_s3(
    arguments: &Arguments,
    environment: &Environment,
    settings: &S3aSettings,
) -> Result<Option<Ending>, Box<dyn Error>> {
    let chain = || configured::chain(arguments, environment, settings);
    Ok(match &arguments.command {
        Command::Credentials(options) => Some(credentials::credentials(options, chain()?).await),
        Command::Whoami(options) => Some(whoami::whoami(options, environment, chain()?).await),
        _ => None,
    })
}

async fn run_on(s3: &S3, command: &Command) -> Ending {
    match command {
        // Without a temporary object, and persistent at once, whatever else is asked for.
        Command::Put { overwrite, paths, direct: _, lazy_persist: _ } => match paths.split_last() {
            Some((destination, sources)) if !sources.is_empty() => {
                let Some(destination) = destination.to_str() else {
                    eprintln!("put: the destination is not UTF-8, as keys must be");
                    return Ending::Failed;
                };
                put::put(s3, sources, destination, *overwrite).await
            }
            _ => {
                eprintln!("put: no destination: name it last, as s3a://bucket/dir/");
                Ending::Failed
            }
        },
        Command::Ls { recursive, paths } => ls::ls(s3, paths, *recursive).await,
        Command::Cat { sources } => cat::cat(s3, sources).await,
        // They need no S3, and never come here.
        Command::Credentials(_)
        | Command::Whoami(_)
        | Command::Sign(_)
        | Command::Explain(_)
        | Command::ShowConfig { .. } => Ending::Usage,
    }
}

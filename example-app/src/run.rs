//! From the command line to the command.

use rolesig_std::{Chain, Environment};

use crate::cli::{Arguments, Command};
use crate::command::{Ending, cat, explain, ls, put, sign};
use crate::s3::S3;
use crate::s3::endpoint::{Endpoint, EndpointError};
use crate::signing_options::SigningOptions;

#[cfg(feature = "sandbox")]
mod sandboxed;

/// Does what the command line says.
pub async fn run(mut arguments: Arguments, environment: Environment) -> Ending {
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
        needs_s3 => needs_s3,
    };
    #[cfg(feature = "sandbox")]
    if arguments.sandbox {
        return sandboxed::run(arguments, environment).await;
    }
    match s3(&arguments, &environment) {
        Ok(s3) => run_on(&s3, &arguments.command).await,
        Err(reason) => {
            eprintln!("rolefs: {reason}");
            Ending::Failed
        }
    }
}

/// The region for a request that is only signed, and not sent.
fn signing_region(
    options: &SigningOptions,
    of_all: Option<String>,
    environment: &Environment,
) -> Option<String> {
    let variable = |name| environment.get(name).map(str::to_owned);
    let of_environment = || variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    options.region.clone().or(of_all).or_else(of_environment)
}

fn no_region(command: &str) -> Ending {
    eprintln!("{command}: {}", EndpointError::NoRegion);
    Ending::Usage
}

fn s3(arguments: &Arguments, environment: &Environment) -> Result<S3, String> {
    let (url, region) = (arguments.endpoint.as_deref(), arguments.region.as_deref());
    let endpoint = Endpoint::new(url, region, environment).map_err(|error| error.to_string())?;
    let chain = Chain::new(environment).map_err(|error| error.to_string())?;
    S3::new(chain, endpoint).map_err(|error| error.to_string())
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
        Command::Sign(_) | Command::Explain(_) => Ending::Usage,
    }
}

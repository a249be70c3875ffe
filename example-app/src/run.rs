//! From the command line to the command.

use rolesig_std::{Chain, Environment};

use crate::cli::{Arguments, Command};
use crate::command::{Ending, cat, ls, put, sign};
use crate::s3::S3;
use crate::s3::endpoint::{Endpoint, EndpointError};

#[cfg(feature = "sandbox")]
mod sandboxed;

/// Does what the command line says.
pub async fn run(arguments: Arguments, environment: Environment) -> Ending {
    if let Command::Sign { service, region, date, show } = &arguments.command {
        let region = region.as_deref().or(arguments.region.as_deref());
        let Some(region) = region.or_else(|| environment.get("AWS_REGION")) else {
            eprintln!("sign: {}", EndpointError::NoRegion);
            return Ending::Usage;
        };
        return sign::sign(service, region, date.as_deref(), *show, &environment);
    }
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
        // Needs no S3, and never comes here.
        Command::Sign { .. } => Ending::Usage,
    }
}

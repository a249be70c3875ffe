//! From the command line to the command.

use rolesig_std::{Chain, Environment};

use crate::cli::{Arguments, Command};
use crate::command::{Ending, cat, explain, ls, put, sign};
use crate::s3::S3;
use crate::s3::endpoint::{Endpoint, EndpointError};
use crate::signing_options::SigningOptions;

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
    let variable = || environment.get("AWS_REGION").map(str::to_owned);
    options.region.clone().or(of_all).or_else(variable)
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
        Command::Put { overwrite, paths } => match paths.split_last() {
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

#[cfg(feature = "sandbox")]
mod sandboxed {
    //! The command in the sandbox, and the story of what happened there, on stderr.

    use rolesig::Timestamp;
    use rolesig_std::{Environment, now};

    use super::{run_on, s3};
    use crate::cli::{Arguments, Command};
    use crate::command::{Ending, ls};
    use crate::s3::S3;
    use crate::s3::path::S3Path;
    use crate::sandbox::{Sandbox, Settings};

    pub(super) async fn run(mut arguments: Arguments, mut environment: Environment) -> Ending {
        let destination = destination(&arguments.command);
        let settings = Settings {
            folder: arguments.sandbox_dir.clone(),
            buckets: destination.iter().map(|path| path.bucket().to_owned()).collect(),
            ..Settings::default()
        };
        let region = settings.region.clone();
        let sandbox = match Sandbox::start(settings).await {
            Ok(sandbox) => sandbox,
            Err(error) => {
                eprintln!("sandbox: {}: {error}", arguments.sandbox_dir.display());
                return Ending::Failed;
            }
        };
        // Whatever keys the user has, the sandbox is about a program that has none.
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"] {
            environment.remove(name);
        }
        environment.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", sandbox.metadata_endpoint());
        arguments.endpoint = Some(sandbox.s3_endpoint().to_owned());
        arguments.region = Some(region);
        let s3 = match s3(&arguments, &environment) {
            Ok(s3) => s3,
            Err(reason) => {
                eprintln!("sandbox: {reason}");
                return Ending::Failed;
            }
        };
        tell_role(&s3).await;
        let ending = run_on(&s3, &arguments.command).await;
        if let (Some(destination), Ending::Done) = (destination, ending) {
            eprintln!("put:     {destination}, which now has");
            ls::ls(&s3, &[destination.to_string()], false).await;
        }
        tell_checks(&sandbox, &arguments);
        ending
    }

    /// Where a put goes: its bucket is to be there.
    fn destination(command: &Command) -> Option<S3Path> {
        let Command::Put { paths, .. } = command else { return None };
        S3Path::parse(paths.last()?.to_str()?).ok()
    }

    async fn tell_role(s3: &S3) {
        let Ok(identity) = s3.client().identity().await else { return };
        eprintln!("role:    {}", identity.source());
        eprintln!("         access key id {}", identity.credentials().access_key_id);
        if let Some(expires_at) = identity.expires_at() {
            let left = expires_at.seconds_since(now()).unwrap_or(0);
            eprintln!("         expires {} UTC, in {left} s", readable(expires_at));
        }
    }

    fn readable(time: Timestamp) -> String {
        let date = time.amz_date().to_string();
        let part = |from, to| date.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-{} {}:{}:{}",
            part(0, 4),
            part(4, 6),
            part(6, 8),
            part(9, 11),
            part(11, 13),
            part(13, 15)
        )
    }

    fn tell_checks(sandbox: &Sandbox, arguments: &Arguments) {
        let report = sandbox.report();
        eprintln!(
            "checked: by the S3 server at {}: {} signatures and {} session tokens right, {} refused",
            sandbox.s3_endpoint(),
            report.signatures_verified,
            report.session_tokens_verified,
            report.requests_refused,
        );
        eprintln!("         objects are files below {}/", arguments.sandbox_dir.display());
    }
}

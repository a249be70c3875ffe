//! A client of any service, as options, settings, environment and profile make it.

use core::error::Error;

use rolesig::Service;
use rolesig_std::client::ClientSettings;
use rolesig_std::config::Region;
use rolesig_std::http::Network;
use rolesig_std::{Cache, Chain, Environment, SigningClient};

use super::profile::{chosen, profile_files};
use super::store::instance_region;
use crate::command::generic_options::GenericOptions;
use crate::s3::client::timeouts::S3Timeouts;
use crate::s3::content::body::S3Body;

/// Builds the client. Without a region it is that of the environment, the profile or the instance.
/// The body has the type of S3's bodies, so that the sending code is compiled once.
pub(super) async fn client(
    generic: &GenericOptions,
    environment: &Environment,
    credentials: Cache<Chain>,
    timeouts: S3Timeouts,
    (service, region): (Service<'static>, Option<String>),
) -> Result<SigningClient<S3Body>, Box<dyn Error>> {
    let files = profile_files(generic, environment)?;
    let profile = chosen(files.as_ref(), environment)?;
    let region: Region = match (region, Region::of(environment, profile)?) {
        (Some(region), _) => region.parse()?,
        (None, Some(region)) => region,
        (None, None) => instance_region(environment, profile).await?,
    };
    let mut settings = ClientSettings::default();
    settings.connect_timeout = timeouts.connect;
    settings.read_timeout = Some(timeouts.response);
    settings.network = Network::of(environment, profile);
    let client = SigningClient::with_settings(credentials, region.as_str(), service, settings)?;
    let client = match &generic.endpoint {
        None => client,
        Some(url) => {
            let url = url.parse().map_err(|error| format!("--endpoint: {error}"))?;
            client.with_endpoint(url)
        }
    };
    let keeps_time = environment.is_true("AWS_DISABLE_CLOCK_SKEW_CORRECTION");
    Ok(if keeps_time { client.without_clock_correction() } else { client })
}

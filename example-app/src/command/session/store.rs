//! The endpoint and the client of S3, as options, settings, environment and profile make them.

use core::error::Error;
use std::path::Path;

use http::{HeaderMap, HeaderName, HeaderValue};
use rolesig_std::config::{Profile, Region};
use rolesig_std::provider::ImdsProvider;
use rolesig_std::{Clock, Environment};

use super::place::StoreLocation;
use super::profile::{chosen, profile_files};
use crate::command::file_command::FileCommand;
use crate::command::generic_options::GenericOptions;
use crate::s3::S3;
use crate::s3::address::endpoint::{S3Endpoint, S3EndpointError};
use crate::s3::content::sse_c::CustomerKey;
use crate::s3a::S3aSettings;

/// Returns the endpoint that the options, Hadoop's configuration, the environment and the profile
/// name. The region is the instance's if nothing else sets one.
pub(super) async fn endpoint(
    generic: &GenericOptions,
    environment: &Environment,
    settings: &S3aSettings,
) -> Result<S3Endpoint, Box<dyn Error>> {
    let files = profile_files(generic, environment)?;
    let profile = chosen(files.as_ref(), environment)?;
    let place = StoreLocation::of(generic, environment, &settings.endpoint)?;
    match place.endpoint(place.region.as_deref(), profile) {
        Err(S3EndpointError::NoRegion) => {
            let region = instance_region(environment, profile).await?;
            Ok(place.endpoint(Some(region.as_str()), profile)?)
        }
        endpoint => Ok(endpoint?),
    }
}

/// Sets what the settings, the environment and the command say of requests.
pub(super) fn adjusted(
    s3: S3,
    settings: &S3aSettings,
    environment: &Environment,
    command: &dyn FileCommand,
) -> Result<S3, Box<dyn Error>> {
    let headers = request_headers(settings);
    let s3 = s3
        .with_headers(headers, object_headers(settings, command))
        .with_retries(settings.upload.retries)
        .with_bandwidth(command.bandwidth())
        .with_list_version(settings.list_version)
        .with_customer_key(customer_key(command)?)?;
    let keeps_time = environment.is_true("AWS_DISABLE_CLOCK_SKEW_CORRECTION");
    Ok(if keeps_time { s3.without_clock_correction() } else { s3 })
}

/// Returns whether objects that are read are compared with the checksums that S3 keeps: as Hadoop's
/// configuration says, or else not if it is `when_required`, since no read requires it.
///
/// Source: "Data Integrity Protections for Amazon S3", AWS SDKs and Tools Reference Guide.
pub(super) fn validates_checksums(
    settings: &S3aSettings,
    environment: &Environment,
    profile: Option<Profile<'_>>,
) -> bool {
    if let Some(validates) = settings.checksum_validation {
        return validates;
    }
    let of_profile = || profile?.get("response_checksum_validation");
    let set = environment.get("AWS_RESPONSE_CHECKSUM_VALIDATION").or_else(of_profile);
    !set.is_some_and(|set| set.eq_ignore_ascii_case("when_required"))
}

/// Reads the key for SSE-C.
fn customer_key(command: &dyn FileCommand) -> Result<Option<CustomerKey>, String> {
    let read = |path: &Path| {
        CustomerKey::read(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    command.customer_key_file().map(read).transpose()
}

/// Returns the region of the instance, for the case that nothing else sets one.
pub(super) async fn instance_region(
    environment: &Environment,
    profile: Option<Profile<'_>>,
) -> Result<Region, Box<dyn Error>> {
    let Some(mut imds) = ImdsProvider::of(environment, profile)? else {
        return Err(S3EndpointError::NoRegion.into());
    };
    imds.region(Clock::SYSTEM).await.map_err(|error| {
        format!("{}; and the instance does not say it: {error}", S3EndpointError::NoRegion).into()
    })
}

/// Returns the headers of every stored object: an option takes precedence over the configuration.
fn object_headers(settings: &S3aSettings, command: &dyn FileCommand) -> HeaderMap {
    let mut headers = settings.object_headers.clone().into();
    command.add_object_headers(&mut headers);
    headers
}

/// Returns the headers of every request.
fn request_headers(settings: &S3aSettings) -> HeaderMap {
    let pays = HeaderName::from_static("x-amz-request-payer");
    let pays = (pays, HeaderValue::from_static("requester"));
    settings.requester_pays.then_some(pays).into_iter().collect()
}

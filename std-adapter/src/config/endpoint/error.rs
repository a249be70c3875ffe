//! The errors of an endpoint's settings.

use thiserror::Error;

use super::service::EndpointService;
use crate::config::region::{Region, RegionError};

/// The reason why there is no endpoint. It shows no URL: that may contain a password.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::config::{EndpointService, EndpointVariant};
///
/// let environment: Environment = [("AWS_USE_FIPS_ENDPOINT", "yes")].into_iter().collect();
/// let error = EndpointVariant::of(EndpointService::S3, &environment, None).unwrap_err();
/// assert_eq!(error.to_string(), "AWS_USE_FIPS_ENDPOINT must be true or false");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The region cannot be one.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// Neither `true` nor `false`.
    #[error("{by} must be true or false")]
    Boolean {
        /// The setting with that value.
        by: String,
    },
    /// Neither of the two.
    #[error("{by} must be regional or legacy")]
    StsRegionalEndpoints {
        /// The setting with that value.
        by: String,
    },
    /// No URL of a server.
    #[error("{by} must be a URL such as https://host:8443/path, without user, query and fragment")]
    Url {
        /// The setting with that value.
        by: String,
    },
    /// The profile names services that are not there.
    #[error(
        "services of profile {profile:?} names {services:?}, but config has no [services {services}] with settings: \
         add it, or remove the setting"
    )]
    NoServices {
        /// The profile.
        profile: String,
        /// The section it names.
        services: String,
    },
    /// A URL and a FIPS endpoint are both configured.
    #[error(
        "{by} gives the endpoint, and cannot be used with FIPS endpoints: unset one, or set \
         AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"
    )]
    GivenAndFips {
        /// The setting with the URL.
        by: String,
    },
    /// A URL and a dual-stack endpoint are both configured.
    #[error(
        "{by} gives the endpoint, and cannot be used with dual-stack endpoints: unset one, or set \
         AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"
    )]
    GivenAndDualStack {
        /// The setting with the URL.
        by: String,
    },
    /// The partition has no such endpoints.
    #[error("{service} has no FIPS endpoint in {region}: unset AWS_USE_FIPS_ENDPOINT")]
    NoFips {
        /// The service.
        service: EndpointService,
        /// The region.
        region: Region,
    },
    /// A region such as `aws-cn-global`.
    #[error("{region} is a pseudo-region without an endpoint of {service}: choose a real region")]
    NoPlace {
        /// The service.
        service: EndpointService,
        /// The pseudo-region.
        region: Region,
    },
    /// An availability zone, such as `us-east-1a`.
    #[error("{region} is an availability zone, not a region: use {of}")]
    Zone {
        /// The zone.
        region: Region,
        /// Its region.
        of: Region,
    },
    /// A global service, whose endpoint is known for the partition `aws` only.
    #[error(
        "{service} is a global service, and its endpoint in the partition of {region} is not known: \
         give its URL (AWS_ENDPOINT_URL_...)"
    )]
    Global {
        /// The service.
        service: EndpointService,
        /// The region.
        region: Region,
    },
}

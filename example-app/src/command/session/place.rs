//! The place of S3: its endpoint and region, and what sets them.

use rolesig_std::config::{BaseUrl, Profile};
use rolesig_std::{self as aws, Environment};

use crate::command::generic_options::GenericOptions;
use crate::s3::address::endpoint::{S3Endpoint, S3EndpointError, region_in_url};
use crate::s3a::EndpointSettings;

/// The endpoint and region that options and settings name.
pub(super) struct StoreLocation {
    url: Option<BaseUrl>,
    /// The region, if an option or a setting names it.
    pub(super) region: Option<String>,
    in_path: Option<bool>,
    environment: Environment,
}

impl StoreLocation {
    /// Reads the place from options and settings.
    ///
    /// # Errors
    /// If an option is not a URL.
    pub(super) fn of(
        generic: &GenericOptions,
        environment: &Environment,
        settings: &EndpointSettings,
    ) -> Result<Self, S3EndpointError> {
        let mut environment = environment.clone();
        if settings.fips {
            environment.set("AWS_USE_FIPS_ENDPOINT", "true");
        }
        let wrong = |_| aws::config::EndpointError::Url { by: "--endpoint".to_owned() };
        let given = generic.endpoint.as_ref().map(|url| url.parse().map_err(wrong)).transpose()?;
        let configured = settings.url.as_ref().filter(|_| given.is_none());
        // The host of a configured endpoint takes precedence over the environment's region.
        let region = generic.region.clone().or_else(|| settings.region.clone());
        let region = region.or_else(|| region_in_url(configured?));
        // An endpoint that S3A would have the bucket before; any other place stays as it is, unless
        // the path is asked for.
        let in_path = configured.map(|_| settings.path_style);
        let in_path = in_path.or(settings.path_style.then_some(true));
        let url = given.or_else(|| configured.cloned());
        Ok(Self { url, region, in_path, environment })
    }

    /// Returns the endpoint in a region.
    ///
    /// # Errors
    /// If the place and the region make no endpoint.
    pub(super) fn endpoint(
        &self,
        region: Option<&str>,
        profile: Option<Profile<'_>>,
    ) -> Result<S3Endpoint, S3EndpointError> {
        let endpoint = S3Endpoint::new(self.url.as_ref(), region, &self.environment, profile)?;
        Ok(match self.in_path {
            Some(in_path) => endpoint.with_bucket_in_path(in_path),
            None => endpoint,
        })
    }
}

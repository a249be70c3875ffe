//! The reasons why there is no configuration.

use std::io;

use thiserror::Error;

use crate::config::endpoint::EndpointError;
use crate::config::profile_files::{ProfileFilesError, ProfileNotFoundError};
use crate::config::region::RegionError;
use crate::http::connect::ConnectError;
use crate::http::retry_budget::MaxAttemptsError;
use crate::provider::ImdsError;

/// The reason why there is no [configuration](super::Config), or no client from it.
///
/// ```
/// use rolesig_std::client::ConfigError;
///
/// let error = ConfigError::NoRegion { instance: None };
/// assert!(error.to_string().starts_with("no region: set AWS_REGION"));
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The profile files cannot be read.
    #[error(transparent)]
    ProfileFiles(#[from] ProfileFilesError),
    /// A named profile does not exist.
    #[error(transparent)]
    NoSuchProfile(#[from] ProfileNotFoundError),
    /// The region cannot be one.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// No setting names the region, and neither does an instance.
    #[error("no region: set AWS_REGION, or region in the profile{}", asked(.instance.as_ref()))]
    NoRegion {
        /// The reason why the instance does not name it; `None` if it was not asked.
        #[source]
        instance: Option<ImdsError>,
    },
    /// A setting of the metadata service is invalid.
    #[error(transparent)]
    Imds(#[from] ImdsError),
    /// There is no endpoint.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The number of attempts is invalid.
    #[error(transparent)]
    MaxAttempts(#[from] MaxAttemptsError),
    /// The trusted certificates cannot be read.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// No thread could read the files.
    #[error("the profile files could not be read ({0}): allow more threads")]
    Thread(#[source] io::Error),
}

/// Describes the failure to get the region from the instance, if there was one.
fn asked(instance: Option<&ImdsError>) -> String {
    instance.map(|error| format!(" (the instance does not name it: {error})")).unwrap_or_default()
}

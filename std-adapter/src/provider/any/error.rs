//! The reason why a provider has no credentials.

use thiserror::Error;

use crate::config::endpoint::EndpointError;
use crate::config::environment::EnvironmentError;
use crate::config::profile_error::ProfileError;
use crate::config::profile_files::{ProfileFilesError, ProfileNotFoundError};
use crate::config::region::RegionError;
use crate::identity::IdentityError;
use crate::provider::container::ContainerError;
use crate::provider::imds::ImdsError;
use crate::provider::login::LoginSessionError;
use crate::provider::process::ProcessError;
use crate::provider::sso::SsoError;
use crate::provider::sts::StsError;

/// The reason why a provider has no credentials.
///
/// ```
/// use rolesig_std::provider::ProviderError;
///
/// let error = ProviderError::NoRoleArn;
/// assert!(error.to_string().contains("AWS_ROLE_ARN"));
/// assert!(!error.is_not_here());
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// The environment has half of them, or some that have expired.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The profile files cannot be read.
    #[error(transparent)]
    ProfileFiles(#[from] ProfileFilesError),
    /// A named profile does not exist.
    #[error(transparent)]
    NoSuchProfile(#[from] ProfileNotFoundError),
    /// A profile is invalid.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The region cannot be one.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// There is no endpoint.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// A token file is set, and not the role that it is for.
    #[error("AWS_WEB_IDENTITY_TOKEN_FILE is set but AWS_ROLE_ARN is not: set both, or neither")]
    NoRoleArn,
    /// A session of the console.
    #[error(transparent)]
    Login(#[from] LoginSessionError),
    /// A program gave none.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// IAM Identity Center gave none.
    #[error(transparent)]
    Sso(#[from] SsoError),
    /// The credentials cannot be sent.
    #[error(transparent)]
    Invalid(#[from] IdentityError),
    /// STS gave none.
    #[error(transparent)]
    Sts(#[from] StsError),
    /// The container's endpoint gave none.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// The metadata service gave none.
    #[error(transparent)]
    Imds(#[from] ImdsError),
    /// There are no credentials to assume a role with. Whatever is missing, the role was requested,
    /// and no other identity may take its place.
    #[error("to assume {role_arn}: {source}")]
    Source {
        /// The role's ARN.
        role_arn: String,
        /// The reason why there are no credentials to assume it with.
        source: Box<Self>,
    },
    /// STS is elsewhere for this role, and it is not known where.
    #[error(
        "to assume {role_arn}: set AWS_REGION, or region in the profile, to a region of its partition, \
         or AWS_ENDPOINT_URL_STS if its STS is not AWS's"
    )]
    NoRegion {
        /// The role's ARN.
        role_arn: String,
    },
}

impl ProviderError {
    /// Returns whether such a provider does not exist here, so that the next one is asked.
    pub const fn is_not_here(&self) -> bool {
        matches!(self, Self::Imds(error) if error.is_not_here())
    }
}

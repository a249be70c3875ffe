//! Any provider, as a chain asks one after the other.

use core::time::Duration;

use crate::clock::Clock;
use crate::identity::Identity;
use crate::provider::container::ContainerProvider;
use crate::provider::imds::ImdsProvider;
use crate::provider::keys::StaticProvider;
use crate::provider::process::ProcessProvider;
use crate::provider::provide_credentials::ProvideCredentials;
use crate::provider::sso::SsoProvider;
use crate::provider::sts::WebIdentityProvider;
use crate::provider::subject::Subject;

mod assume_role;
mod error;

pub use assume_role::{AskTokenCode, AssumeRoleError, AssumeRoleProvider, RoleToAssume};
pub use error::ProviderError;

/// Any of the places that credentials come from.
///
/// ```
/// use rolesig_std::provider::{ImdsProvider, Provider};
/// use rolesig_std::{Chain, Environment};
///
/// let imds = ImdsProvider::of(&Environment::default(), None)?;
/// let imds = imds.map(|imds| Provider::Imds(Box::new(imds)));
/// assert!(imds.is_some(), "unless AWS_EC2_METADATA_DISABLED is true");
/// # Ok::<(), rolesig_std::provider::ImdsError>(())
/// ```
pub enum Provider {
    /// Fixed keys.
    Static(StaticProvider),
    /// A program.
    Process(ProcessProvider),
    /// IAM Identity Center.
    Sso(Box<SsoProvider>),
    /// A role at STS, with the token of another identity provider.
    WebIdentity(Box<WebIdentityProvider>),
    /// A role at STS, with other credentials.
    AssumeRole(Box<AssumeRoleProvider>),
    /// A container's endpoint.
    Container(ContainerProvider),
    /// The metadata service of an instance.
    Imds(Box<ImdsProvider>),
}

impl Provider {
    /// Adds the caller of this provider to a subject; returns `None` if the caller is not known.
    pub(super) fn add_subject(&self, subject: &mut Subject<'_>) -> Option<()> {
        match self {
            // Its access key id is among the settings.
            Self::Static(_) => Some(()),
            // A program goes by all of its surroundings, and a login by who was last to log in.
            Self::Process(_) | Self::Sso(_) => None,
            Self::WebIdentity(web_identity) => subject.token_file(web_identity.token_file()),
            Self::AssumeRole(role) => role.by().add_subject(subject),
            Self::Container(container) => container.add_subject(subject),
            Self::Imds(_) => subject.host(),
        }
    }
}

impl ProvideCredentials for Provider {
    type Error = ProviderError;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, ProviderError> {
        let identity = match self {
            Self::Static(keys) => keys.fetch(clock).await?,
            Self::Process(process) => process.fetch(clock).await?,
            Self::Sso(sso) => sso.fetch(clock).await?,
            Self::WebIdentity(web_identity) => web_identity.fetch(clock).await?,
            Self::AssumeRole(role) => role.fetch_boxed(clock).await?,
            Self::Container(container) => container.fetch(clock).await?,
            Self::Imds(imds) => imds.fetch(clock).await?,
        };
        Ok(identity.checked()?)
    }

    fn max_fetch_time(&self) -> Duration {
        match self {
            Self::Static(keys) => keys.max_fetch_time(),
            Self::Process(process) => process.max_fetch_time(),
            Self::Sso(sso) => sso.max_fetch_time(),
            Self::WebIdentity(web_identity) => web_identity.max_fetch_time(),
            Self::AssumeRole(role) => role.max_fetch_time(),
            Self::Container(container) => container.max_fetch_time(),
            Self::Imds(imds) => imds.max_fetch_time(),
        }
    }

    fn is_final(error: &ProviderError) -> bool {
        match error {
            ProviderError::Process(error) => ProcessProvider::is_final(error),
            ProviderError::Sso(error) => SsoProvider::is_final(error),
            ProviderError::Sts(error) => WebIdentityProvider::is_final(error),
            ProviderError::Container(error) => ContainerProvider::is_final(error),
            ProviderError::Imds(error) => ImdsProvider::is_final(error),
            ProviderError::Source { source, .. } => Self::is_final(source),
            // A setting or a file has to change first.
            ProviderError::Environment(_)
            | ProviderError::ProfileFiles(_)
            | ProviderError::NoSuchProfile(_)
            | ProviderError::Profile(_)
            | ProviderError::Region(_)
            | ProviderError::Endpoint(_)
            | ProviderError::NoRoleArn
            | ProviderError::NoRegion { .. }
            | ProviderError::Login(_)
            | ProviderError::Invalid(_) => true,
        }
    }
}

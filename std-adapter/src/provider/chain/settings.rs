//! Providers, made of what the environment and the profile files say.

use super::report::NotConfiguredError;
use crate::config::endpoint::{Endpoint, EndpointService};
use crate::config::environment::Environment;
use crate::config::profile_files::Profile;
use crate::config::region::Region;
use crate::provider::any::{AskTokenCode, Provider, ProviderError};
use crate::provider::container::ContainerProvider;
use crate::provider::imds::ImdsProvider;
use crate::provider::keys::StaticProvider;
use crate::provider::sts::{StsEndpoint, WebIdentity, WebIdentityProvider};

/// A provider as it is configured, or why it is not.
pub(super) type Configured = Result<Result<Provider, NotConfiguredError>, ProviderError>;

/// The settings that providers are made of.
#[derive(Clone, Copy)]
pub(super) struct Settings<'s> {
    pub(super) environment: &'s Environment,
    /// The profile that was chosen.
    pub(super) profile: Option<Profile<'s>>,
    pub(super) ask_token_code: Option<&'s AskTokenCode>,
}

impl Settings<'_> {
    /// Keys in the environment.
    pub(super) fn environment(&self) -> Configured {
        let identity = self.environment.credentials()?;
        Ok(identity
            .map(|identity| Provider::Static(StaticProvider::new(identity)))
            .ok_or(NotConfiguredError::new("AWS_ACCESS_KEY_ID is not set")))
    }

    /// Returns the provider for a role and a token file in the environment, as EKS sets them
    /// (IRSA).
    pub(super) fn web_identity(&self) -> Configured {
        let get = |name| self.environment.get(name).map(str::to_owned);
        let Some(token_file) = get("AWS_WEB_IDENTITY_TOKEN_FILE") else {
            return Ok(Err(NotConfiguredError::new("AWS_WEB_IDENTITY_TOKEN_FILE is not set")));
        };
        // If one of them is set, the other is meant, too: the node's role must not take its place.
        let role_arn = get("AWS_ROLE_ARN").ok_or(ProviderError::NoRoleArn)?;
        let sts = self.sts(&role_arn)?;
        let identity = WebIdentity {
            role_arn,
            role_session_name: get("AWS_ROLE_SESSION_NAME"),
            token_file: token_file.into(),
            duration_seconds: None,
            provider_id: None,
        };
        let provider = WebIdentityProvider::new(identity, sts);
        Ok(Ok(Provider::WebIdentity(Box::new(provider))))
    }

    /// Returns the provider of a container.
    pub(super) fn container(&self) -> Result<Provider, NotConfiguredError> {
        let provider = ContainerProvider::of(self.environment).map(Provider::Container);
        provider.ok_or(NotConfiguredError::new(
            "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI \
             is set",
        ))
    }

    /// Returns the provider for the metadata service of the instance.
    pub(super) fn imds(&self) -> Configured {
        let provider = ImdsProvider::of(self.environment, self.profile)?
            .map(|imds| Provider::Imds(Box::new(imds)));
        Ok(provider.ok_or(NotConfiguredError::new(
            "switched off by AWS_EC2_METADATA_DISABLED, or disable_ec2_metadata of the profile",
        )))
    }

    pub(super) fn sts(&self, role_arn: &str) -> Result<StsEndpoint, ProviderError> {
        let is_elsewhere = role_arn.starts_with("arn:") && !role_arn.starts_with("arn:aws:");
        // Only AWS's own endpoints depend on the partition.
        if is_elsewhere
            && Endpoint::given(EndpointService::Sts, self.environment, self.profile)?.is_none()
            && Region::of(self.environment, self.profile)?.is_none()
        {
            return Err(ProviderError::NoRegion { role_arn: role_arn.to_owned() });
        }
        Ok(StsEndpoint::of(self.environment, self.profile)?)
    }
}

//! Providers of credentials, built from the settings.

use rolesig::Credentials;
use rolesig_std::provider::{
    AskTokenCode, AssumeRoleProvider, ContainerProvider, ImdsProvider, NotConfiguredError,
    Provider, ProviderError, RoleToAssume, StaticProvider, StsEndpoint, WebIdentity,
    WebIdentityProvider,
};
use rolesig_std::{Chain, Environment, Identity, Source};

use super::provider_class::ProviderClass;
use super::settings::{CredentialSettings, KeySettings, RoleSettings};
use crate::s3a::table::rows::{SECRET_KEY, SESSION_TOKEN};

/// A provider and its name, or the reason why it is not configured.
type Link = (&'static str, Result<Provider, NotConfiguredError>);

impl CredentialSettings {
    /// Builds the chain of the configured providers. `None` if no provider and no key is
    /// configured: then environment and profile decide.
    ///
    /// # Errors
    /// If a provider's own settings are wrong.
    pub fn chain(
        &self,
        environment: &Environment,
        ask: &AskTokenCode,
    ) -> Result<Option<Chain>, ProviderError> {
        let keys = [ProviderClass::Temporary, ProviderClass::Simple];
        let classes = match (&self.providers, &self.keys) {
            (Some(classes), _) => classes.as_slice(),
            (None, Some(_)) => &keys,
            (None, None) => return Ok(None),
        };
        // Environment and profile alone decide, so that processes can share the credentials.
        if classes == [ProviderClass::Standard] {
            return Ok(None);
        }
        let builder = ProviderBuilder { settings: self, environment, ask };
        let mut links = Vec::new();
        for class in classes {
            builder.add(&mut links, *class)?;
        }
        Ok(Some(Chain::of_providers(links)))
    }
}

/// The inputs of providers.
#[derive(Clone, Copy)]
struct ProviderBuilder<'s> {
    settings: &'s CredentialSettings,
    environment: &'s Environment,
    ask: &'s AskTokenCode,
}

impl ProviderBuilder<'_> {
    fn add(self, links: &mut Vec<Link>, class: ProviderClass) -> Result<(), ProviderError> {
        match class {
            ProviderClass::Temporary => links.push((SESSION_TOKEN.name, self.keys(true))),
            ProviderClass::Simple => links.push((SECRET_KEY.name, self.keys(false))),
            ProviderClass::Environment => links.push(("environment", self.environment_keys()?)),
            ProviderClass::WebIdentity => links.push(("web identity", self.web_identity()?)),
            ProviderClass::Container => links.push(("container", self.container())),
            ProviderClass::Instance => links.push(("instance metadata", self.instance()?)),
            ProviderClass::ContainerOrInstance => {
                self.add(links, ProviderClass::Container)?;
                self.add(links, ProviderClass::Instance)?;
            }
            ProviderClass::Profile => links.push(("profile", self.profile()?)),
            ProviderClass::AssumedRole => links.push(("assumed role", self.role()?)),
            ProviderClass::EmrAssumedRole => links.push(("assumed role", self.emr_role()?)),
            ProviderClass::Standard => {
                self.add(links, ProviderClass::Environment)?;
                self.add(links, ProviderClass::Profile)?;
                self.add(links, ProviderClass::WebIdentity)?;
                self.add(links, ProviderClass::ContainerOrInstance)?;
            }
            ProviderClass::Anonymous => {
                links.push((
                    "anonymous",
                    Err(NotConfiguredError::new("rolefs signs every request")),
                ));
            }
        }
        Ok(())
    }

    fn keys(self, with_token: bool) -> Result<Provider, NotConfiguredError> {
        let Some(KeySettings { access_key_id, secret_access_key, session_token, .. }) =
            &self.settings.keys
        else {
            return Err(NotConfiguredError::new("fs.s3a.access.key is not set"));
        };
        let session_token = session_token.as_ref().map(|token| token.as_str());
        if with_token && session_token.is_none() {
            return Err(NotConfiguredError::new("fs.s3a.session.token is not set"));
        }
        let session_token = session_token.filter(|_| with_token);
        let credentials = Credentials { access_key_id, secret_access_key, session_token };
        let source = Source::Settings { of: "keys in Hadoop's configuration" };
        Ok(Provider::Static(StaticProvider::new(Identity::new(credentials, None, None, source))))
    }

    fn environment_keys(self) -> Result<Result<Provider, NotConfiguredError>, ProviderError> {
        let identity = self.environment.credentials()?;
        let provider = identity.map(|identity| Provider::Static(StaticProvider::new(identity)));
        Ok(provider.ok_or(NotConfiguredError::new("AWS_ACCESS_KEY_ID is not set")))
    }

    fn web_identity(self) -> Result<Result<Provider, NotConfiguredError>, ProviderError> {
        let get = |name| self.environment.get(name).map(str::to_owned);
        let Some(token_file) = get("AWS_WEB_IDENTITY_TOKEN_FILE") else {
            return Ok(Err(NotConfiguredError::new("AWS_WEB_IDENTITY_TOKEN_FILE is not set")));
        };
        let identity = WebIdentity {
            role_arn: get("AWS_ROLE_ARN").ok_or(ProviderError::NoRoleArn)?,
            role_session_name: get("AWS_ROLE_SESSION_NAME"),
            token_file: token_file.into(),
            duration_seconds: None,
            provider_id: None,
        };
        let sts = StsEndpoint::of(self.environment, None)?;
        Ok(Ok(Provider::WebIdentity(Box::new(WebIdentityProvider::new(identity, sts)))))
    }

    fn container(self) -> Result<Provider, NotConfiguredError> {
        let provider = ContainerProvider::of(self.environment).map(Provider::Container);
        provider.ok_or(NotConfiguredError::new(
            "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor \
             AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
        ))
    }

    fn instance(self) -> Result<Result<Provider, NotConfiguredError>, ProviderError> {
        let provider = ImdsProvider::of(self.environment, None)?;
        let provider = provider.map(|imds| Provider::Imds(Box::new(imds)));
        Ok(provider.ok_or(NotConfiguredError::new("switched off by AWS_EC2_METADATA_DISABLED")))
    }

    fn profile(self) -> Result<Result<Provider, NotConfiguredError>, ProviderError> {
        let mut environment = self.environment.clone();
        if let Some(file) = &self.settings.profile_file {
            environment.set("AWS_SHARED_CREDENTIALS_FILE", file);
        }
        if let Some(name) = &self.settings.profile_name {
            environment.set("AWS_PROFILE", name);
        }
        Chain::profile(&environment, Some(self.ask))
    }

    fn role(self) -> Result<Result<Provider, NotConfiguredError>, ProviderError> {
        let Some(role) = &self.settings.role else {
            return Ok(Err(NotConfiguredError::new("fs.s3a.assumed.role.arn is not set")));
        };
        let mut links = Vec::new();
        for class in &role.by {
            self.add(&mut links, *class)?;
        }
        // The first configured provider: a role has one source.
        let Some(by) = links.into_iter().find_map(|(_, provider)| provider.ok()) else {
            return Ok(Err(NotConfiguredError::new(
                "no provider of fs.s3a.assumed.role.credentials.provider is configured",
            )));
        };
        let sts = self.sts(role)?;
        let role = RoleToAssume {
            role_arn: role.arn.clone(),
            role_session_name: role.session_name.clone(),
            duration_seconds: Some(role.duration_seconds),
            external_id: role.external_id.clone(),
            policy: role.policy.clone(),
            ..RoleToAssume::default()
        };
        let ask = Some(self.ask.clone());
        Ok(Ok(Provider::AssumeRole(Box::new(AssumeRoleProvider::new(role, by, sts, ask)))))
    }

    /// Builds the role of EMR's `AssumeRoleAWSCredentialsProvider`, assumed by the job's own
    /// credentials.
    fn emr_role(self) -> Result<Result<Provider, NotConfiguredError>, ProviderError> {
        let Some(role_arn) = self.environment.get("ASSUME_ROLE_CREDENTIALS_ROLE_ARN") else {
            return Ok(Err(NotConfiguredError::new("ASSUME_ROLE_CREDENTIALS_ROLE_ARN is not set")));
        };
        let mut links = Vec::new();
        self.add(&mut links, ProviderClass::Standard)?;
        let Some(by) = links.into_iter().find_map(|(_, provider)| provider.ok()) else {
            return Ok(Err(NotConfiguredError::new("there are no credentials to assume it with")));
        };
        let sts = StsEndpoint::of(self.environment, None)?;
        let role = RoleToAssume { role_arn: role_arn.to_owned(), ..RoleToAssume::default() };
        let ask = Some(self.ask.clone());
        Ok(Ok(Provider::AssumeRole(Box::new(AssumeRoleProvider::new(role, by, sts, ask)))))
    }

    fn sts(self, role: &RoleSettings) -> Result<StsEndpoint, ProviderError> {
        let mut environment = self.environment.clone();
        if let Some(region) = &role.sts_region {
            environment.set("AWS_REGION", region);
        }
        if let Some(url) = &role.sts_endpoint {
            environment.set("AWS_ENDPOINT_URL_STS", url.to_string());
            environment.remove("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        }
        Ok(StsEndpoint::of(&environment, None)?)
    }
}

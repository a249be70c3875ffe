//! The configuration of a program, from which its clients come.

use core::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http_body::Body;
use rolesig::Service;

use super::connections::Connections;
use super::settings::ClientSettings;
use super::signing_client::SigningClient;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::clock::thread::unblocked;
use crate::config::endpoint::{Endpoint, EndpointService};
use crate::config::environment::Environment;
use crate::config::profile_files::{Profile, ProfileChoice, ProfileFiles};
use crate::config::region::Region;
use crate::http::network::Network;
use crate::http::retry_budget::RetrySettings;
use crate::provider::{
    AssumeRoleProvider, Chain, ImdsProvider, ProvideCredentials, RoleToAssume, StsEndpoint,
};
use crate::sign::SigningKeyCache;

mod error;

pub use error::ConfigError;

/// The configuration of a program: region, endpoints, credentials, proxies and certificates, as the
/// environment, the profile and the host itself give them to AWS's SDKs. Clients come from it, and
/// share credentials and signing keys.
///
/// | what | where it comes from |
/// |---|---|
/// | region | `AWS_REGION`, `AWS_DEFAULT_REGION`, `region` of the profile, the metadata service of the instance |
/// | endpoints | `AWS_ENDPOINT_URL_…`, `AWS_ENDPOINT_URL`, `[services …]`, `endpoint_url`, or AWS's own: see [`Endpoint::of`] |
/// | credentials | the [`Chain`] in a [`Cache`], or any other [provider](Self::load_with) |
/// | proxies, certificates | see [`Network::of`] |
/// | retries | `AWS_MAX_ATTEMPTS`, `max_attempts` of the profile, or three attempts |
/// | clock | its skew is corrected, unless `AWS_DISABLE_CLOCK_SKEW_CORRECTION` is `true` |
///
/// ```no_run
/// use http::Request;
/// use rolesig_std::provider::RoleToAssume;
/// use rolesig_std::{Config, Environment};
///
/// # async fn list() -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::load(&Environment::of_process()).await?;
/// let response = config.client("s3")?.call(Request::get("/").body(Default::default())?).await?;
/// println!("{}", String::from_utf8_lossy(response.body()));
///
/// // With whatever this runs on.
/// let config = config.assume_role(RoleToAssume::new("arn:aws:iam::123456789012:role/reader"))?;
/// let response = config.client("s3")?.call(Request::get("/").body(Default::default())?).await?;
/// # drop(response);
/// # Ok(())
/// # }
/// ```
pub struct Config<P: ProvideCredentials = Chain> {
    sources: Arc<Sources>,
    region: Region,
    credentials: Cache<P>,
    keys: SigningKeyCache,
    settings: ClientSettings,
}

/// The environment, and the profile files that it names.
struct Sources {
    environment: Environment,
    files: ProfileFiles,
}

impl Sources {
    /// Returns the profile that was chosen. It exists: it was looked for when they were loaded.
    fn profile(&self) -> Option<Profile<'_>> {
        self.files.choose(ProfileChoice::of(&self.environment)).ok().flatten()
    }
}

impl Config {
    /// Loads the configuration, with the [`Chain`] for credentials. If no setting names the region,
    /// the metadata service of the instance is asked for it. No credentials are fetched yet.
    ///
    /// # Errors
    /// If the profile files cannot be read, the profile does not exist, a setting is invalid, or
    /// there is no region.
    pub async fn load(environment: &Environment) -> Result<Self, ConfigError> {
        let of_chain = environment.clone();
        // Files can be on a network that hangs.
        let chain = unblocked(move || Ok(Chain::new(&of_chain))).await;
        let chain = chain.map_err(ConfigError::Thread)?;
        Self::load_with(environment, Cache::new(chain)).await
    }
}

impl<P: ProvideCredentials> Config<P> {
    /// Loads the configuration as [`load`](Config::load) does, with other credentials.
    ///
    /// ```no_run
    /// use rolesig_std::provider::ContainerProvider;
    /// use rolesig_std::{Cache, Config, Environment};
    ///
    /// # async fn load() -> Result<(), Box<dyn std::error::Error>> {
    /// let environment = Environment::of_process();
    /// let container = ContainerProvider::of(&environment).ok_or("expected to run in a container")?;
    /// let config = Config::load_with(&environment, Cache::new(container)).await?;
    /// # drop(config);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`load`](Config::load).
    pub async fn load_with(
        environment: &Environment,
        credentials: Cache<P>,
    ) -> Result<Self, ConfigError> {
        let environment = environment.clone();
        let of_files = environment.clone();
        let files = unblocked(move || Ok(ProfileFiles::of(&of_files))).await;
        let files = files.map_err(ConfigError::Thread)??;
        let sources = Sources { environment, files };
        let Sources { environment, files } = &sources;
        let profile = files.choose(ProfileChoice::of(environment))?;
        let region = match Region::of(environment, profile)? {
            Some(region) => region,
            None => of_instance(environment, profile, credentials.clock()).await?,
        };
        let settings = ClientSettings {
            network: Network::of(environment, profile),
            retries: RetrySettings::of(environment, profile)?,
            ..ClientSettings::default()
        };
        let keys = SigningKeyCache::new();
        Ok(Self { sources: Arc::new(sources), region, credentials, keys, settings })
    }

    /// Returns a client for a service, by its name in the AWS CLI: `dynamodb`, `sqs`, `logs`,
    /// `bedrock-runtime`. Requests go to the [endpoint](Self::endpoint) if their URI is only a
    /// path.
    ///
    /// # Errors
    /// If there is no endpoint, or the trusted certificates cannot be read.
    pub fn client<B>(&self, service: &'static str) -> Result<SigningClient<B, P>, ConfigError>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
    {
        let Endpoint { url, signing_region } = self.endpoint(service)?;
        let signing_name = EndpointService::from(service).signing_name();
        let client = SigningClient::over(
            Connections::new(self.settings.clone())?,
            self.credentials.clone(),
            signing_region.as_str(),
            Service::new(signing_name),
            self.settings.retries,
        );
        let client = client.with_endpoint(url).with_keys(self.keys.clone());
        let keeps_time = self.sources.environment.is_true("AWS_DISABLE_CLOCK_SKEW_CORRECTION");
        Ok(if keeps_time { client.without_clock_correction() } else { client })
    }

    /// Returns the endpoint of a service, as [`Endpoint::of`] finds it, by its name in the AWS CLI.
    ///
    /// # Errors
    /// If a setting has a value that it cannot have, or there is no such endpoint.
    pub fn endpoint(&self, service: &'static str) -> Result<Endpoint, ConfigError> {
        let Sources { environment, .. } = &*self.sources;
        let (service, profile) = (EndpointService::from(service), self.sources.profile());
        Ok(Endpoint::of(service, &self.region, environment, profile)?)
    }

    /// Returns the configuration with a role's credentials, which is assumed with those here.
    ///
    /// # Errors
    /// If a setting of the endpoint of STS is invalid.
    pub fn assume_role(
        &self,
        role: RoleToAssume,
    ) -> Result<Config<AssumeRoleProvider<Cache<P>>>, ConfigError> {
        let Endpoint { url, signing_region: region } = self.endpoint("sts")?;
        let of_environment = StsEndpoint::of(&self.sources.environment, self.sources.profile())?;
        let sts = StsEndpoint { url, region, ..of_environment };
        let provider = AssumeRoleProvider::new(role, self.credentials.clone(), sts, None);
        Ok(self.with_credentials(Cache::new(provider)))
    }

    /// Returns the configuration with other credentials.
    #[must_use]
    pub fn with_credentials<Q: ProvideCredentials>(&self, credentials: Cache<Q>) -> Config<Q> {
        Config {
            sources: Arc::clone(&self.sources),
            region: self.region.clone(),
            credentials,
            keys: self.keys.clone(),
            settings: self.settings.clone(),
        }
    }

    /// Replaces the settings of clients: timeouts, retries, connections.
    #[must_use]
    pub fn with_settings(self, change: impl FnOnce(&mut ClientSettings)) -> Self {
        let mut config = self;
        change(&mut config.settings);
        config
    }

    /// Replaces the region.
    #[must_use]
    pub fn in_region(&self, region: Region) -> Self {
        Self { region, ..self.clone() }
    }

    /// Returns the region.
    pub const fn region(&self) -> &Region {
        &self.region
    }

    /// Returns the cache of the credentials.
    pub const fn credentials(&self) -> &Cache<P> {
        &self.credentials
    }

    /// Returns the profile that was chosen, if there is one.
    pub fn profile(&self) -> Option<Profile<'_>> {
        self.sources.profile()
    }

    /// Returns the settings of clients.
    pub const fn settings(&self) -> &ClientSettings {
        &self.settings
    }
}

/// Asks the metadata service of the instance for the region.
async fn of_instance(
    environment: &Environment,
    profile: Option<Profile<'_>>,
    clock: Clock,
) -> Result<Region, ConfigError> {
    let Some(mut imds) = ImdsProvider::of(environment, profile)? else {
        return Err(ConfigError::NoRegion { instance: None });
    };
    let asked = imds.region(clock).await;
    asked.map_err(|error| ConfigError::NoRegion { instance: Some(error) })
}

impl<P: ProvideCredentials> Clone for Config<P> {
    fn clone(&self) -> Self {
        self.with_credentials(self.credentials.clone())
    }
}

impl<P: ProvideCredentials> fmt::Debug for Config<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("region", &self.region)
            .field("credentials", &self.credentials)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

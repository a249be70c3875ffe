//! A session: the options before the command, the environment, and Hadoop's configuration.

use core::error::Error;
use std::path::PathBuf;

use rolesig::Service;
use rolesig_std::config::unfollowed_settings;
use rolesig_std::http::Network;
use rolesig_std::provider::{ProviderError, StsEndpoint};
use rolesig_std::{Cache, Chain, Environment, SigningClient};

use super::file_command::FileCommand;
use super::generic_options::GenericOptions;
use super::paths;
use super::shell::Shell;
use crate::configuration::{Configuration, ConfigurationError};
use crate::s3::S3;
use crate::s3::address::endpoint::S3Endpoint;
use crate::s3::address::path::{DefaultFs, S3PathError};
use crate::s3::content::body::S3Body;
use crate::s3a::S3aSettings;
use crate::s3a::bucket::of_bucket;
use crate::s3a::emrfs::{self, CommandTarget};
use crate::system::ExitStatus;
use crate::system::user::user;

mod client;
mod credentials;
mod network;
mod place;
mod profile;
mod settings;
mod store;

pub use credentials::Fetched;

/// The options before the command, the environment, and Hadoop's configuration.
#[derive(Debug)]
pub struct Session<'s> {
    generic: &'s GenericOptions,
    environment: &'s Environment,
    configuration: Configuration,
    /// The mistakes in files and definitions, which therefore set nothing.
    errors: Vec<ConfigurationError>,
}

impl<'s> Session<'s> {
    /// Reads the configuration.
    pub(crate) fn open(generic: &'s GenericOptions, environment: &'s Environment) -> Self {
        let (configuration, errors) = settings::read(generic);
        Self { generic, environment, configuration, errors }
    }

    /// Returns a session in which nothing is configured.
    #[cfg(feature = "sandbox")]
    pub(crate) fn unconfigured(generic: &'s GenericOptions, environment: &'s Environment) -> Self {
        let configuration = settings::defaults();
        Self { generic, environment, configuration, errors: Vec::new() }
    }

    /// Returns the configuration, and what is wrong with its files and definitions.
    pub(crate) const fn configuration(&self) -> (&Configuration, &[ConfigurationError]) {
        (&self.configuration, self.errors.as_slice())
    }

    /// Returns where paths without a scheme lie: nowhere, if the default file system is not in S3.
    ///
    /// # Errors
    /// If the configuration is broken, or an option names no place in S3.
    pub(crate) fn default_fs(&self) -> Result<DefaultFs, Box<dyn Error>> {
        if let Some(error) = self.errors.first() {
            return Err(error.to_string().into());
        }
        if let Some(given) = self.generic.given_fs() {
            return Ok(given?);
        }
        let setting = self.configuration.get("fs.defaultFS")?;
        let in_s3 = match setting.map(|setting| DefaultFs::new(&setting.value, &user())) {
            Some(Err(error @ (S3PathError::BadUser(_) | S3PathError::Login))) => {
                return Err(error.into());
            }
            in_s3 => in_s3.and_then(Result::ok),
        };
        Ok(in_s3.unwrap_or_default().with_keys(self.generic.keys()))
    }

    /// Returns the settings that hold for no bucket in particular, and the environment with the
    /// proxy and the certificates that they name.
    ///
    /// # Errors
    /// If a setting is wrong.
    pub(crate) fn settings(&self) -> Result<(S3aSettings, Environment), Box<dyn Error>> {
        let settings = settings::settings(&self.configuration, None, &self.default_fs()?)?;
        let environment = network::on_network(self.generic, self.environment, &settings)?;
        network::warn(&Network::of(&environment, None));
        Ok((settings, environment))
    }

    /// Returns how services are reached, for a bucket or in general, if that is not the usual way.
    /// Errors of the settings are reported with them.
    pub(crate) fn network(&self, target: CommandTarget<'_>) -> Option<Network> {
        let mapped = emrfs::mapped(&self.configuration, target).ok()?;
        let of_bucket = target.bucket.map(|name| of_bucket(&mapped, name));
        let settings = S3aSettings::of(of_bucket.as_ref().unwrap_or(&mapped)).ok()?;
        let environment = network::on_network(self.generic, self.environment, &settings).ok()?;
        let network = Network::of(&environment, None);
        (network != Network::default()).then_some(network)
    }

    /// Fetches credentials in an environment that [`Session::settings`] returned.
    ///
    /// # Errors
    /// If no provider has credentials.
    pub(crate) async fn fetch(
        &self,
        settings: &S3aSettings,
        environment: &Environment,
    ) -> Result<Fetched, Box<dyn Error>> {
        credentials::fetched(self.generic, environment, settings).await
    }

    /// Returns notes on how services are reached, and on settings that are set and not followed.
    pub(crate) fn notes(&self, environment: &Environment) -> (Option<String>, Vec<String>) {
        let files = profile::profile_files(self.generic, environment).ok().flatten();
        let profile = profile::chosen(files.as_ref(), environment).ok().flatten();
        (network::described(environment), unfollowed_settings(environment, profile))
    }

    /// Returns the region that an option before the command names.
    pub(crate) fn region(&self) -> Option<&str> {
        self.generic.region.as_deref()
    }

    /// Returns a client that signs for a service: in this region, or else in that of the
    /// environment and the profile.
    ///
    /// # Errors
    /// If a setting is wrong, or there is no region.
    pub(crate) async fn signing_client(
        &self,
        service: Service<'static>,
        region: Option<String>,
    ) -> Result<SigningClient<S3Body>, Box<dyn Error>> {
        let (settings, environment) = self.settings()?;
        let credentials = self.credentials(&settings, &environment)?;
        let of = (service, region);
        client::client(self.generic, &environment, credentials, settings.timeouts, of).await
    }

    /// Returns the endpoint of STS.
    ///
    /// # Errors
    /// If a profile is broken or the region is missing.
    pub(crate) fn sts(&self, environment: &Environment) -> Result<StsEndpoint, Box<dyn Error>> {
        let files = profile::profile_files(self.generic, environment)?;
        Ok(StsEndpoint::of(environment, profile::chosen(files.as_ref(), environment)?)?)
    }

    /// Returns the files of the configuration.
    pub(crate) fn configuration_files(&self) -> Vec<PathBuf> {
        settings::files(self.generic)
    }

    /// Returns the files of the profiles, which may not exist.
    ///
    /// # Errors
    /// If one is broken, or has no profile of the chosen name.
    pub(crate) fn profile_files(
        &self,
        environment: &Environment,
    ) -> Result<Vec<PathBuf>, Box<dyn Error>> {
        let files = profile::profile_files(self.generic, environment)?;
        Ok(files.map(|files| files.locations().to_vec()).unwrap_or_default())
    }

    /// Returns the settings for a command about files, and where paths without a scheme lie.
    ///
    /// # Errors
    /// If a setting is wrong, or an argument is not a path.
    pub(crate) fn settings_for(
        &self,
        command: &dyn FileCommand,
    ) -> Result<(DefaultFs, S3aSettings), Box<dyn Error>> {
        let default_fs = self.default_fs()?;
        paths::check_in(command, &default_fs)?;
        let settings = settings::settings(&self.configuration, Some(command), &default_fs)?;
        Ok((default_fs, settings))
    }

    /// Returns the environment with the proxy and the certificates that the settings name.
    ///
    /// # Errors
    /// If the path of the certificates is not UTF-8.
    pub(crate) fn environment_for(&self, settings: &S3aSettings) -> Result<Environment, String> {
        network::on_network(self.generic, self.environment, settings)
    }

    /// Returns the endpoint of S3. The region is the instance's if nothing else sets one.
    ///
    /// # Errors
    /// If the place and the region make no endpoint.
    pub(crate) async fn endpoint(
        &self,
        settings: &S3aSettings,
        environment: &Environment,
    ) -> Result<S3Endpoint, Box<dyn Error>> {
        store::endpoint(self.generic, environment, settings).await
    }

    /// Returns the credentials, none of which are fetched yet.
    ///
    /// # Errors
    /// If a setting of a provider is wrong.
    pub(crate) fn credentials(
        &self,
        settings: &S3aSettings,
        environment: &Environment,
    ) -> Result<Cache<Chain>, ProviderError> {
        let chain = credentials::chain(self.generic, environment, settings)?;
        Ok(credentials::cache(chain, self.generic))
    }

    /// Returns the client of S3.
    ///
    /// # Errors
    /// If the trusted certificates cannot be read, or an option is wrong.
    pub(crate) fn client(
        &self,
        endpoint: S3Endpoint,
        credentials: Cache<Chain>,
        (settings, environment): (&S3aSettings, &Environment),
        command: &dyn FileCommand,
    ) -> Result<S3, Box<dyn Error>> {
        let files = profile::profile_files(self.generic, environment)?;
        let profile = profile::chosen(files.as_ref(), environment)?;
        let network = Network::of(environment, profile);
        if !command.is_quiet() {
            network::warn(&network);
        }
        let s3 = S3::new(credentials, endpoint, settings.timeouts, network)?
            .with_checksum_validation(store::validates_checksums(settings, environment, profile));
        store::adjusted(s3, settings, environment, command)
    }

    /// Runs a command about files. `before` sees the client of S3 before the command does.
    ///
    /// # Errors
    /// If the settings make no client.
    pub(crate) async fn run(
        &self,
        command: &dyn FileCommand,
        before: impl AsyncFnOnce(&S3),
    ) -> Result<ExitStatus, Box<dyn Error>> {
        let (default_fs, settings) = self.settings_for(command)?;
        if let Some(plan) = command.dry_run(&default_fs, &settings.upload) {
            return Ok(plan.await);
        }
        let environment = &self.environment_for(&settings)?;
        let endpoint = self.endpoint(&settings, environment).await?;
        let credentials = self.credentials(&settings, environment)?;
        let s3 = self.client(endpoint, credentials, (&settings, environment), command)?;
        before(&s3).await;
        let shell = Shell { s3: &s3, default_fs: &default_fs, upload: &settings.upload };
        let status = command.run(shell).await;
        if !command.is_quiet() {
            for (bucket, region) in s3.bucket_regions() {
                message!("rolefs: {bucket} is in {region}: --region {region} saves a request");
            }
        }
        Ok(status)
    }

    /// Returns the buckets of the paths that a command names.
    #[cfg(feature = "sandbox")]
    pub(crate) fn buckets(&self, command: &dyn FileCommand) -> Vec<String> {
        let default_fs = self.default_fs().unwrap_or_default();
        let paths = settings::paths(command, &default_fs);
        paths.iter().map(|path| path.bucket().to_owned()).collect()
    }
}

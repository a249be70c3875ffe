//! Credentials: from the chain that options, settings and environment make.

use core::error::Error;
use std::sync::Arc;

use rolesig_std::cache::{CacheError, CacheSettings, SharedFile};
use rolesig_std::provider::{Attempt, ProviderError};
use rolesig_std::{Cache, Chain, Clock, Environment, Identity, ProvideCredentials as _};

use crate::command::generic_options::GenericOptions;
use crate::s3::error::runtime_role::with_hint;
use crate::s3a::S3aSettings;
use crate::system::token_code;

/// Credentials, and how they were found.
pub struct Fetched {
    /// The credentials.
    pub identity: Arc<Identity>,
    /// The outcome of each provider; empty if the credentials came from a cache.
    pub report: Vec<Attempt>,
}

/// Builds the chain: of the profile that an option names, else of the configuration, else of the
/// environment and its profile.
///
/// # Errors
/// If a setting of a provider is wrong.
pub(super) fn chain(
    generic: &GenericOptions,
    environment: &Environment,
    settings: &S3aSettings,
) -> Result<Chain, ProviderError> {
    let ask = token_code::asked_on_terminal();
    let configured = match &generic.profile {
        Some(_) => None,
        None => settings.credentials.chain(environment, &ask)?,
    };
    Ok(configured.unwrap_or_else(|| Chain::with_token_code(environment, &ask)))
}

/// Caches the chain's credentials, and shares them if an option names a directory for that.
pub(super) fn cache(chain: Chain, generic: &GenericOptions) -> Cache<Chain> {
    let shared_file =
        generic.credentials_cache.as_ref().zip(chain.key()).map(|(directory, key)| {
            SharedFile::new(directory, &key)
                .inspect_err(|error| message!("rolefs: credentials are not shared: {error}"))
                .ok()
        });
    let mut settings = CacheSettings::default();
    settings.shared_file = shared_file.flatten();
    Cache::with_settings(chain, settings)
}

/// Fetches credentials, with the outcome of each provider.
///
/// # Errors
/// If no provider has credentials.
pub(super) async fn fetched(
    generic: &GenericOptions,
    environment: &Environment,
    settings: &S3aSettings,
) -> Result<Fetched, Box<dyn Error>> {
    let mut chain = chain(generic, environment, settings)?;
    if generic.credentials_cache.is_some() {
        let cache = cache(chain, generic);
        let identity = cache.identity().await.map_err(|error| match &error {
            CacheError::Provider(chain) => with_hint(&error, &chain.attempts),
            error => error.to_string(),
        })?;
        if let Some(error) = cache.shared_file_error() {
            message!("rolefs: credentials are not shared: {error}");
        }
        return Ok(Fetched { identity, report: Vec::new() });
    }
    let identity =
        chain.fetch(Clock::SYSTEM).await.map_err(|error| with_hint(&error, &error.attempts))?;
    Ok(Fetched { identity: Arc::new(identity), report: chain.report().to_vec() })
}

//! Static credentials: from environment variables, or from a profile.

use core::time::Duration;

use crate::clock::Clock;
use crate::config::environment::EnvironmentError;
use crate::identity::Identity;
use crate::provider::provide_credentials::ProvideCredentials;

/// A provider that gives the same credentials each time, until they expire.
///
/// ```
/// use rolesig::Credentials;
/// use rolesig_std::provider::StaticProvider;
/// use rolesig_std::{Cache, Identity, Source};
///
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let source = Source::Custom { name: "options".into() };
/// let cache = Cache::new(StaticProvider::new(Identity::new(credentials, None, None, source)));
/// # drop(cache);
/// ```
#[derive(Debug)]
pub struct StaticProvider(Identity);

impl StaticProvider {
    /// Gives these.
    pub const fn new(identity: Identity) -> Self {
        Self(identity)
    }
}

impl ProvideCredentials for StaticProvider {
    type Error = EnvironmentError;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, EnvironmentError> {
        if self.0.expires_within(0, clock.now()) {
            return Err(EnvironmentError::Expired);
        }
        Ok(self.0.duplicate())
    }

    fn max_fetch_time(&self) -> Duration {
        Duration::ZERO
    }

    fn is_final(_: &EnvironmentError) -> bool {
        true
    }
}

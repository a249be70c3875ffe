//! A provider whose type is not known until the program runs.

use core::fmt;
use core::pin::Pin;
use core::time::Duration;

use thiserror::Error;

use crate::clock::Clock;
use crate::identity::Identity;
use crate::provider::provide_credentials::ProvideCredentials;

type Fetching<'f> = Pin<Box<dyn Future<Output = Result<Identity, BoxProviderError>> + Send + 'f>>;

/// Any provider in a box, chosen while the program runs.
///
/// ```
/// use rolesig::Credentials;
/// use rolesig_std::provider::{BoxProvider, StaticProvider};
/// use rolesig_std::{Cache, Chain, Environment, Identity, Source};
///
/// fn cache(environment: &Environment, keys: Option<Credentials<'_>>) -> Cache<BoxProvider> {
///     Cache::new(match keys {
///         Some(keys) => {
///             let source = Source::Custom { name: "options".into() };
///             BoxProvider::new(StaticProvider::new(Identity::new(keys, None, None, source)))
///         }
///         None => BoxProvider::new(Chain::new(environment)),
///     })
/// }
/// # let _ = cache(&Environment::default(), None);
/// ```
pub struct BoxProvider(Box<dyn Boxed>);

impl BoxProvider {
    /// Puts a provider in a box.
    pub fn new(provider: impl ProvideCredentials) -> Self {
        Self(Box::new(provider))
    }
}

impl ProvideCredentials for BoxProvider {
    type Error = BoxProviderError;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, BoxProviderError> {
        self.0.fetch_boxed(clock).await
    }

    fn max_fetch_time(&self) -> Duration {
        self.0.longest()
    }

    fn on_rejected(&mut self, access_key_id: &str) {
        self.0.reject(access_key_id);
    }

    fn is_final(error: &BoxProviderError) -> bool {
        error.is_final
    }
}

impl fmt::Debug for BoxProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxProvider(..)")
    }
}

/// A provider, without the types that a trait object cannot have.
trait Boxed: Send {
    fn fetch_boxed(&mut self, clock: Clock) -> Fetching<'_>;

    fn longest(&self) -> Duration;

    fn reject(&mut self, access_key_id: &str);
}

impl<P: ProvideCredentials> Boxed for P {
    fn fetch_boxed(&mut self, clock: Clock) -> Fetching<'_> {
        Box::pin(async move {
            self.fetch(clock).await.map_err(|error| BoxProviderError {
                is_final: P::is_final(&error),
                source: Box::new(error),
            })
        })
    }

    fn longest(&self) -> Duration {
        self.max_fetch_time()
    }

    fn reject(&mut self, access_key_id: &str) {
        self.on_rejected(access_key_id);
    }
}

/// The error of a provider in a box, which is its [source](core::error::Error::source) too.
///
/// ```
/// use std::error::Error;
/// use rolesig_std::provider::{BoxProviderError, ChainError};
///
/// fn of_chain(error: &BoxProviderError) -> Option<&ChainError> {
///     error.source()?.downcast_ref()
/// }
/// ```
#[derive(Debug, Error)]
#[error("{source}")]
pub struct BoxProviderError {
    source: Box<dyn core::error::Error + Send + Sync>,
    is_final: bool,
}

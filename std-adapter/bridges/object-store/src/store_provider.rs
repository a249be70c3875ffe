//! The credentials of a provider of object_store, for a cache.

use core::error::Error;
use core::fmt;
use core::time::Duration;

use object_store::aws::AwsCredentialProvider;
use rolesig::Credentials;
use rolesig_std::{Clock, Identity, ProvideCredentials, Source};
use tokio::time::timeout;

/// The longest time that a provider may take.
const MAX_FETCH_TIME: Duration = Duration::from_secs(60);

/// Seconds after which a provider is asked again. It does not report when credentials expire, and
/// keeps them itself until shortly before.
const VALIDITY: u64 = 60;

/// A provider of object_store, such as [`AmazonS3::credentials`] returns, as the provider of a
/// [`Cache`](rolesig_std::Cache).
///
/// object_store does not report when credentials expire, so the cache asks again every 50 s. That
/// is cheap: object_store's providers keep what they have, and renew it themselves.
///
/// [`AmazonS3::credentials`]: object_store::aws::AmazonS3::credentials
///
/// ```
/// use std::sync::Arc;
///
/// use object_store::StaticCredentialProvider;
/// use object_store::aws::AwsCredential;
/// use rolesig_object_store::StoreProvider;
/// use rolesig_std::Cache;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = AwsCredential { key_id: "AKID".into(), secret_key: "secret".into(), token: None };
/// let theirs = Arc::new(StaticCredentialProvider::new(keys));
/// let cache = Cache::new(StoreProvider::new(theirs));
/// assert_eq!(cache.identity().await?.credentials().access_key_id, "AKID");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StoreProvider(AwsCredentialProvider);

impl StoreProvider {
    /// Creates a provider of what object_store's provider hands out.
    pub const fn new(provider: AwsCredentialProvider) -> Self {
        Self(provider)
    }
}

impl ProvideCredentials for StoreProvider {
    type Error = StoreError;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, StoreError> {
        let provided = timeout(MAX_FETCH_TIME, self.0.get_credential()).await;
        let provided = provided.map_err(|_| StoreError::Late)?.map_err(StoreError::Provider)?;
        let credentials = Credentials {
            access_key_id: &provided.key_id,
            secret_access_key: &provided.secret_key,
            session_token: provided.token.as_deref(),
        };
        let source = Source::Custom { name: "a provider of object_store".to_owned() };
        Ok(Identity::new(credentials, clock.now().checked_add(VALIDITY), None, source))
    }

    fn max_fetch_time(&self) -> Duration {
        MAX_FETCH_TIME
    }

    fn is_final(_: &StoreError) -> bool {
        false
    }
}

/// The reason why a provider of object_store has no credentials.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The provider failed.
    Provider(object_store::Error),
    /// The provider did not answer within a minute.
    Late,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(error) => error.fmt(f),
            Self::Late => {
                write!(f, "no credentials for {} s: check the network", MAX_FETCH_TIME.as_secs())
            }
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Provider(error) => error.source(),
            Self::Late => None,
        }
    }
}

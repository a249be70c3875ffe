//! The credentials of a cache, for AWS's SDK.

use core::fmt;
use core::time::Duration;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use rolesig_std::{Cache, Identity};

/// The validity of credentials that have expired and are used all the same, as the SDK sees it: its
/// own cache asks again before it ends.
const GRACE: u64 = 60;

/// A provider for AWS's SDK that hands out the credentials of a [`Cache`].
///
/// The SDK keeps credentials until their expiry, which is given by this host's clock. A renewal
/// therefore reaches it when the credentials before it are about to expire.
///
/// ```
/// use aws_credential_types::provider::SharedCredentialsProvider;
/// use rolesig_aws::CacheProvider;
/// use rolesig_std::{Cache, Chain, Environment};
///
/// let cache = Cache::new(Chain::new(&Environment::of_process()));
/// let provider = SharedCredentialsProvider::new(CacheProvider::new(cache));
/// // aws_sdk_s3::Config::builder().credentials_provider(provider)
/// # drop(provider);
/// ```
pub struct CacheProvider<P: rolesig_std::ProvideCredentials>(Cache<P>);

impl<P: rolesig_std::ProvideCredentials> CacheProvider<P> {
    /// Creates a provider of what a cache holds.
    pub const fn new(cache: Cache<P>) -> Self {
        Self(cache)
    }

    async fn credentials(&self) -> provider::Result {
        let identity = self.0.identity().await.map_err(CredentialsError::provider_error)?;
        let rolesig::Credentials { access_key_id, secret_access_key, session_token } =
            identity.credentials();
        let mut credentials = Credentials::builder()
            .access_key_id(access_key_id)
            .secret_access_key(secret_access_key)
            .provider_name("rolesig");
        credentials.set_session_token(session_token.map(str::to_owned));
        credentials.set_expiry(self.expiry(&identity));
        credentials.set_account_id(identity.account_id().map(Into::into));
        Ok(credentials.build())
    }

    /// Returns when credentials expire by this host's clock.
    fn expiry(&self, identity: &Identity) -> Option<SystemTime> {
        let now = self.0.status().clock_skew.apply(self.0.clock().now());
        let left = match identity.seconds_left(now)? {
            0 => GRACE,
            left => left,
        };
        SystemTime::now().checked_add(Duration::from_secs(left))
    }
}

impl<P: rolesig_std::ProvideCredentials> ProvideCredentials for CacheProvider<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

impl<P: rolesig_std::ProvideCredentials> Clone for CacheProvider<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: rolesig_std::ProvideCredentials> fmt::Debug for CacheProvider<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CacheProvider").field(&self.0).finish()
    }
}

//! The credentials of a cache, for reqsign.

use core::fmt;
use core::time::Duration;

use reqsign_aws_v4::Credential;
use reqsign_core::time::Timestamp;
use reqsign_core::{Context, Error, ErrorKind, ProvideCredential};
use rolesig::Credentials;
use rolesig_std::cache::CacheError;
use rolesig_std::{Cache, Identity, ProvideCredentials};

/// The validity of credentials that have expired and are used all the same, as reqsign sees it: it
/// refuses what has expired, and asks again for what expires within two minutes.
const GRACE: u64 = 60;

/// A provider for reqsign that hands out the credentials of a [`Cache`].
///
/// reqsign keeps credentials until two minutes before their expiry, which is given by this host's
/// clock, and then asks for each request. A renewal reaches it then.
///
/// ```
/// use reqsign_aws_v4::RequestSigner;
/// use reqsign_core::{Context, Signer};
/// use rolesig_reqsign::CacheProvider;
/// use rolesig_std::{Cache, Chain, Environment};
///
/// let cache = Cache::new(Chain::new(&Environment::of_process()));
/// let request_signer = RequestSigner::new("s3", "eu-west-1");
/// let signer = Signer::new(Context::new(), CacheProvider::new(cache), request_signer);
/// # drop(signer);
/// ```
pub struct CacheProvider<P: ProvideCredentials>(Cache<P>);

impl<P: ProvideCredentials> CacheProvider<P> {
    /// Creates a provider of what a cache holds.
    pub const fn new(cache: Cache<P>) -> Self {
        Self(cache)
    }

    /// Returns when credentials expire by this host's clock.
    fn expiry(&self, identity: &Identity) -> Option<Timestamp> {
        let now = self.0.status().clock_skew.apply(self.0.clock().now());
        let left = match identity.seconds_left(now)? {
            0 => GRACE,
            left => left,
        };
        Some(Timestamp::now() + Duration::from_secs(left))
    }
}

impl<P: ProvideCredentials> ProvideCredential for CacheProvider<P> {
    type Credential = Credential;

    async fn provide_credential(&self, _: &Context) -> reqsign_core::Result<Option<Credential>> {
        let identity = self.0.identity().await.map_err(error::<P>)?;
        let Credentials { access_key_id, secret_access_key, session_token } =
            identity.credentials();
        Ok(Some(Credential {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.to_owned(),
            session_token: session_token.map(str::to_owned),
            expires_in: self.expiry(&identity),
        }))
    }
}

/// Builds reqsign's error, which may be retried unless no further attempt can succeed.
fn error<P: ProvideCredentials>(error: CacheError<P::Error>) -> Error {
    let is_final = matches!(&error, CacheError::Provider(error) if P::is_final(error));
    let kind = if is_final { ErrorKind::ConfigInvalid } else { ErrorKind::Unexpected };
    Error::new(kind, error.to_string()).with_source(error).set_retryable(!is_final)
}

impl<P: ProvideCredentials> Clone for CacheProvider<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: ProvideCredentials> fmt::Debug for CacheProvider<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CacheProvider").field(&self.0).finish()
    }
}

//! The credentials of a cache, for object_store.

use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use rolesig::Credentials;
use rolesig_std::{Cache, Identity, ProvideCredentials};

/// A provider for object_store that hands out the credentials of a [`Cache`].
///
/// object_store asks for each request, so that every renewal reaches it at once.
///
/// ```
/// use std::sync::Arc;
///
/// use object_store::aws::AmazonS3Builder;
/// use rolesig_object_store::CacheProvider;
/// use rolesig_std::{Cache, Chain, Environment};
///
/// let cache = Cache::new(Chain::new(&Environment::of_process()));
/// let builder = AmazonS3Builder::new()
///     .with_bucket_name("amzn-s3-demo-bucket")
///     .with_region("eu-west-1")
///     .with_credentials(Arc::new(CacheProvider::new(cache)));
/// # drop(builder);
/// ```
pub struct CacheProvider<P: ProvideCredentials> {
    cache: Cache<P>,
    /// The last identity, and the copy of its credentials that object_store has.
    last: Mutex<Option<(Arc<Identity>, Arc<AwsCredential>)>>,
}

impl<P: ProvideCredentials> CacheProvider<P> {
    /// Creates a provider of what a cache holds.
    pub const fn new(cache: Cache<P>) -> Self {
        Self { cache, last: Mutex::new(None) }
    }

    /// Returns the credentials of an identity, which are copied once.
    fn credential(&self, identity: Arc<Identity>) -> Arc<AwsCredential> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((held, credential)) = &*last
            && Arc::ptr_eq(held, &identity)
        {
            return Arc::clone(credential);
        }
        let Credentials { access_key_id, secret_access_key, session_token } =
            identity.credentials();
        let credential = Arc::new(AwsCredential {
            key_id: access_key_id.to_owned(),
            secret_key: secret_access_key.to_owned(),
            token: session_token.map(str::to_owned),
        });
        *last = Some((identity, Arc::clone(&credential)));
        credential
    }
}

#[async_trait]
impl<P: ProvideCredentials> CredentialProvider for CacheProvider<P> {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let identity = self.cache.identity().await;
        let identity = identity.map_err(|error| object_store::Error::Generic {
            store: "S3",
            source: Box::new(error),
        })?;
        Ok(self.credential(identity))
    }
}

impl<P: ProvideCredentials> fmt::Debug for CacheProvider<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheProvider").field("cache", &self.cache).finish_non_exhaustive()
    }
}

//! The client itself.

use core::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http_body::Body;
use rolesig::{ClockSkew, Service};

use super::body::BytesBody;
use super::connections::Connections;
use super::error::ClientError;
use super::settings::ClientSettings;
use super::skew::ServiceSkew;
use crate::cache::{Cache, CacheError};
use crate::http::retry_budget::RetrySettings;
use crate::identity::Identity;
use crate::provider::{Chain, ProvideCredentials};
use crate::read::base_url::BaseUrl;
use crate::sign::SigningKeyCache;

/// An HTTP client that signs each request when it is sent, with credentials that are good then. It
/// keeps connections open, and follows no redirects: a redirect needs another signature.
///
/// The credentials are a [`Cache`]'s, of any [provider](ProvideCredentials); the
/// [`Chain`] by default. The signing key of the day is kept.
///
/// A request is signed and sent again, once for each of these, when the response says that
/// - the credentials have [expired](rolesig::Refresh::is_rejection), and there are others by then;
/// - the [clock](rolesig::ClockSkew) of this host is off. Every response shows how far. More than
///   four minutes are believed if they explain a refusal, or once two responses in a row agree on
///   them.
///
/// The skew that it learns is for its own signatures. The [`Cache`] reads the expiry of credentials
/// by the clock of their provider, whatever a service says.
///
/// All other retries are by [choice](ClientSettings::retries). A request that found its kept
/// connection closed before it was sent goes out on another.
///
/// A clone is cheap, and shares connections, credentials, signing keys and the learnt skew.
///
/// ```no_run
/// use http::Request;
/// use rolesig::{Credentials, Service};
/// use rolesig_std::provider::StaticProvider;
/// use rolesig_std::{Cache, Identity, SigningClient, Source};
///
/// # async fn get() -> Result<(), Box<dyn std::error::Error>> {
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let source = Source::Custom { name: "vault".into() };
/// let provider = StaticProvider::new(Identity::new(credentials, None, None, source));
/// let client = SigningClient::new(Cache::new(provider), "eu-west-1", Service::S3)?;
/// let request = Request::get("https://amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com/key");
/// let response = client.call(request.body(Default::default())?).await?;
/// println!("{} bytes", response.body().len());
/// # Ok(())
/// # }
/// ```
pub struct SigningClient<B = BytesBody, P: ProvideCredentials = Chain> {
    pub(super) connections: Connections<B>,
    pub(super) credentials: Cache<P>,
    pub(super) keys: SigningKeyCache,
    pub(super) region: Arc<str>,
    pub(super) service: Service<'static>,
    pub(super) endpoint: Option<Arc<BaseUrl>>,
    pub(super) retries: RetrySettings,
    pub(super) corrects_clock: bool,
    pub(super) skew: Arc<ServiceSkew>,
}

impl<B, P> SigningClient<B, P>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
    P: ProvideCredentials,
{
    /// Creates a client for one service in one region. Connects to nothing yet. The first client
    /// for some certificates reads their files, and blocks until it has: create it before there is
    /// much to do.
    ///
    /// # Errors
    /// If the trusted certificates cannot be read.
    pub fn new(
        credentials: Cache<P>,
        region: impl Into<String>,
        service: Service<'static>,
    ) -> Result<Self, ClientError<P::Error>> {
        Self::with_settings(credentials, region, service, ClientSettings::default())
    }

    /// Creates a client as [`new`](Self::new) does, with settings.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_settings(
        credentials: Cache<P>,
        region: impl Into<String>,
        service: Service<'static>,
        settings: ClientSettings,
    ) -> Result<Self, ClientError<P::Error>> {
        let retries = settings.retries;
        let connections = Connections::new(settings)?;
        Ok(Self::over(connections, credentials, region, service, retries))
    }
}

impl<B, P: ProvideCredentials> SigningClient<B, P> {
    /// Creates a client that sends over these connections.
    pub(super) fn over(
        connections: Connections<B>,
        credentials: Cache<P>,
        region: impl Into<String>,
        service: Service<'static>,
        retries: RetrySettings,
    ) -> Self {
        Self {
            connections,
            credentials,
            keys: SigningKeyCache::new(),
            region: region.into().into(),
            service,
            endpoint: None,
            retries,
            corrects_clock: true,
            skew: Arc::default(),
        }
    }

    /// Signs at the time of this host's clock, whatever the service's says, as
    /// `AWS_DISABLE_CLOCK_SKEW_CORRECTION` requests.
    #[must_use]
    pub fn without_clock_correction(self) -> Self {
        Self { corrects_clock: false, ..self }
    }

    /// Sends requests whose URI has no host to an endpoint.
    #[must_use]
    pub fn with_endpoint(self, endpoint: BaseUrl) -> Self {
        Self { endpoint: Some(Arc::new(endpoint)), ..self }
    }

    /// Uses the signing keys of a cache that others use, too.
    #[must_use]
    pub fn with_keys(self, keys: SigningKeyCache) -> Self {
        Self { keys, ..self }
    }

    /// Returns a client for another region, with the same connections, credentials, signing keys
    /// and what is known of the clock. Its endpoint, if it has one, is the same.
    #[must_use]
    pub fn in_region(&self, region: impl Into<String>) -> Self {
        // Another region may be at another endpoint, whose clock is another one.
        let region = region.into().into();
        let skew = Arc::new(ServiceSkew::clone(&self.skew));
        Self { region, skew, ..self.clone() }
    }

    /// Returns a client for another service, as [`in_region`](Self::in_region) does, without an
    /// endpoint.
    #[must_use]
    pub fn for_service(&self, service: Service<'static>) -> Self {
        let skew = Arc::new(ServiceSkew::clone(&self.skew));
        Self { service, skew, endpoint: None, ..self.clone() }
    }

    /// Returns the credentials that the next request is signed with.
    ///
    /// # Errors
    /// If there are none.
    pub async fn identity(&self) -> Result<Arc<Identity>, CacheError<P::Error>> {
        self.credentials.identity().await
    }

    /// Returns the cache of its credentials.
    pub const fn credentials(&self) -> &Cache<P> {
        &self.credentials
    }

    /// Returns the cache of its signing keys.
    pub const fn keys(&self) -> &SigningKeyCache {
        &self.keys
    }

    /// Returns the region that requests are signed for.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns how far the service's clock is ahead of this host's, by its last response; `None` if
    /// no response showed it, or [`without_clock_correction`](Self::without_clock_correction).
    pub fn measured_skew(&self) -> Option<ClockSkew> {
        self.skew.measured()
    }

    /// Returns the service that requests are signed for.
    pub const fn service(&self) -> Service<'static> {
        self.service
    }

    /// Returns the endpoint of requests whose URI has no host.
    pub fn endpoint(&self) -> Option<&BaseUrl> {
        self.endpoint.as_deref()
    }
}

impl<B, P: ProvideCredentials> Clone for SigningClient<B, P> {
    fn clone(&self) -> Self {
        Self {
            connections: self.connections.clone(),
            credentials: self.credentials.clone(),
            keys: self.keys.clone(),
            region: Arc::clone(&self.region),
            service: self.service,
            endpoint: self.endpoint.clone(),
            retries: self.retries,
            corrects_clock: self.corrects_clock,
            skew: Arc::clone(&self.skew),
        }
    }
}

impl<B, P: ProvideCredentials> fmt::Debug for SigningClient<B, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningClient")
            .field("region", &self.region)
            .field("service", &self.service.name)
            .field("credentials", &self.credentials)
            .field("skew", &self.skew)
            .finish_non_exhaustive()
    }
}

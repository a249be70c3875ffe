//! An HTTP client that signs what it sends, and the configuration that it comes from.

use core::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use rolesig::{Payload, Service};

use crate::cache::{Cache, CacheError};
use crate::http::response::ResponseBody;
use crate::http::retry_budget::{RetryBudget, RetrySettings, Verdict};
use crate::identity::Identity;
use crate::provider::{Chain, ProvideCredentials};
use crate::read::base_url::BaseUrl;
use crate::sign::SigningKeyCache;

mod attempt;
mod body;
mod call;
mod config;
mod connections;
mod error;
mod settings;
mod signing;
mod skew;

use attempt::{Corrections, Next};
pub use body::RequestBody;
pub use call::CallError;
pub use config::{Config, ConfigError};
use connections::Connections;
pub use error::ClientError;
pub use settings::ClientSettings;
use skew::ServiceSkew;

/// An HTTP client that signs each request when it is sent, with credentials that are good then. It
/// keeps connections open, and follows no redirects: a redirect needs another signature.
///
/// The credentials are a [`Cache`]'s, of any [provider](ProvideCredentials); the
/// [`Chain`] by default. The signing key of the day is kept.
///
/// A request is signed and sent again, once for each of these, when the answer says that
/// - the credentials have [expired](rolesig::Refresh::is_rejection), and there are others by then;
/// - the [clock](rolesig::ClockSkew) of this host is off. How far it is, every answer tells; more
///   than four minutes are believed if they explain a refusal, or once two answers in a row agree
///   on them.
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
/// let answer = client.call(request.body(Default::default())?).await?;
/// println!("{} bytes", answer.body().len());
/// # Ok(())
/// # }
/// ```
pub struct SigningClient<B = RequestBody, P: ProvideCredentials = Chain> {
    connections: Connections<B>,
    credentials: Cache<P>,
    keys: SigningKeyCache,
    region: Arc<str>,
    service: Service<'static>,
    endpoint: Option<Arc<BaseUrl>>,
    retries: RetrySettings,
    corrects_clock: bool,
    skew: Arc<ServiceSkew>,
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
    /// If the certificates that are to be trusted cannot be read.
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
        let connections = Connections::new(&settings)?;
        Ok(Self::over(connections, credentials, region, service, settings.retries))
    }

    /// Signs and sends a request, whose URI is absolute or below the [endpoint](Self::endpoint);
    /// answers when the head of the response is there.
    ///
    /// # Errors
    /// If there are no credentials, the request cannot be signed, or no response came. A response
    /// of any status is no error.
    pub async fn send(
        &self,
        request: Request<B>,
        payload: Payload<'_>,
    ) -> Result<Response<ResponseBody>, ClientError<P::Error>>
    where
        B: Clone,
    {
        let (head, body) = request.into_parts();
        let head = Request::from_parts(head, ());
        self.send_with(&head, || Some(body.clone()), payload).await
    }

    /// Sends a request as [`send`](Self::send) does, with a body that is created again for each
    /// time the request is sent. A body that can be created only once is `None` the second time;
    /// the first response stands then.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_with(
        &self,
        head: &Request<()>,
        mut body: impl FnMut() -> Option<B>,
        payload: Payload<'_>,
    ) -> Result<Response<ResponseBody>, ClientError<P::Error>> {
        let mut left = Corrections::all();
        let mut budget = RetryBudget::new(self.retries, self.credentials.clock());
        let mut next_body = body().ok_or(ClientError::NoBody)?;
        loop {
            let mut attempt = self.attempt(head, next_body, payload).await;
            let next = match &mut attempt {
                Ok(answered) => self.judge(answered, &mut left).await?,
                Err(error) => Next::Judged(error.verdict()),
            };
            let is_last = match next {
                Next::Corrected => false,
                Next::Judged(Verdict::Final) => true,
                Next::Judged(verdict) => !budget.wait(verdict).await,
            };
            let response = attempt.map(|answered| answered.response);
            match (is_last, response) {
                (true, response) => return response,
                (false, response) => match body() {
                    Some(again) => next_body = again,
                    None => return response,
                },
            }
        }
    }
}

impl<B, P: ProvideCredentials> SigningClient<B, P> {
    /// Creates a client that sends over these connections.
    fn over(
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
    /// `AWS_DISABLE_CLOCK_SKEW_CORRECTION` wants it.
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
        Self { connections: self.connections.elsewhere(), region, skew, ..self.clone() }
    }

    /// Returns a client for another service, as [`in_region`](Self::in_region) does, without an
    /// endpoint.
    #[must_use]
    pub fn for_service(&self, service: Service<'static>) -> Self {
        let skew = Arc::new(ServiceSkew::clone(&self.skew));
        let connections = self.connections.elsewhere();
        Self { connections, service, skew, endpoint: None, ..self.clone() }
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

    /// Returns the region that requests are signed for.
    pub fn region(&self) -> &str {
        &self.region
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

//! An HTTP client that signs what it sends.

use core::mem::replace;
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rolesig::{ClockSkew, Payload, Refresh, Service};
use tokio::sync::OnceCell;

use crate::cache::{Cache, CacheError};
use crate::http::connect::{ConnectError, may_want_tls};
use crate::http::connector::Connector;
use crate::http::exchange;
use crate::http::http_error::HttpError;
use crate::http::network::Network;
use crate::http::response::{ResponseBody, error_code};
use crate::identity::Identity;
use crate::provider::{Chain, ChainError};
use crate::sign::sign_request;

mod error;
mod skew;

pub use error::ClientError;
use skew::ServiceSkew;

/// The time that an idle connection is kept. S3 closes it after 20 s.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// The bytes that a connection buffers before it sends them, and of a response's head. By default
/// hyper takes 400 KiB of a body ahead of the network.
const MAX_BUFFER: usize = 64 * 1024;

/// The settings of a [`SigningClient`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSettings {
    /// The time that a connection may take to open, over all addresses of the host's name; and as
    /// much again for TLS and for a proxy.
    pub connect_timeout: Duration,
    /// The most connections to a host that are kept open for further requests. All of them by
    /// default; each takes a file descriptor.
    pub idle_connections: usize,
    /// True if `https` is allowed. If not, such requests fail without a connection, and the
    /// certificates that this host trusts, which are many files, are not read.
    pub https: bool,
    /// The way to the service: without proxies, and with the certificates that the system trusts,
    /// by default. [`Network::of`] takes it from environment and profile.
    pub network: Network,
}

impl Default for ClientSettings {
    /// Returns 10 s, and `https` as well as `http`.
    fn default() -> Self {
        let network = Network::default();
        let connect_timeout = Duration::from_secs(10);
        Self { connect_timeout, idle_connections: usize::MAX, https: true, network }
    }
}

/// An HTTP client that signs each request when it is sent, with credentials that are good then. It
/// keeps connections open, and follows no redirects: a redirect needs another signature.
///
/// A request is signed and sent again, once for each of these, when the answer says that
/// - the credentials have [expired](rolesig::Refresh::is_rejection), and there are others by then;
/// - the [clock](ClockSkew) of this host is off. How far it is, every answer tells; more than four
///   minutes are believed if they explain a refusal, or once two answers in a row agree on them.
///
/// The skew that it learns is for its own signatures. The [`Cache`] reads the expiry of credentials
/// by the clock of their provider, whatever a service says.
///
/// All other retries are the caller's. A request that found its kept connection closed before it
/// was sent goes out on another.
#[derive(Debug)]
pub struct SigningClient<B> {
    client: Client<Connector, B>,
    connector: Connector,
    /// True if the service speaks TLS where plain HTTP is sent: known from the first response
    /// without a complaint, or once it was asked.
    speaks_tls: OnceCell<bool>,
    credentials: Cache<Chain>,
    region: String,
    service: Service<'static>,
    corrects_clock: bool,
    skew: ServiceSkew,
}

impl<B> SigningClient<B>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
{
    /// Creates a client for one service in one region. Connects to nothing yet. The first client
    /// for some certificates reads their files, and blocks until it has: create it before there is
    /// much to do.
    ///
    /// # Errors
    /// If the certificates that are to be trusted cannot be read.
    pub fn new(
        credentials: Cache<Chain>,
        region: impl Into<String>,
        service: Service<'static>,
    ) -> Result<Self, ClientError> {
        Self::with_settings(credentials, region, service, ClientSettings::default())
    }

    /// Creates a client as [`new`](Self::new) does, with settings.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_settings(
        credentials: Cache<Chain>,
        region: impl Into<String>,
        service: Service<'static>,
        settings: ClientSettings,
    ) -> Result<Self, ClientError> {
        let ClientSettings { connect_timeout: limit, idle_connections, https, network } = settings;
        #[cfg(feature = "tls")]
        if https {
            // Invalid certificates are reported before anybody is asked.
            crate::http::tls::config(&network.trust).map_err(ConnectError::from)?;
        }
        let connector = Connector { network, limit, https };
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(idle_connections)
            .http1_max_buf_size(MAX_BUFFER)
            .build(connector.clone());
        Ok(Self {
            client,
            connector,
            speaks_tls: OnceCell::new(),
            credentials,
            region: region.into(),
            service,
            corrects_clock: true,
            skew: ServiceSkew::default(),
        })
    }

    /// Signs at the time of this host's clock, whatever the service's says, as
    /// `AWS_DISABLE_CLOCK_SKEW_CORRECTION` wants it.
    #[must_use]
    pub fn without_clock_correction(self) -> Self {
        Self { corrects_clock: false, ..self }
    }

    /// Returns a client for another region, with the same connections and credentials and what is
    /// known of the clock.
    #[must_use]
    pub fn in_region(&self, region: impl Into<String>) -> Self {
        Self {
            client: self.client.clone(),
            connector: self.connector.clone(),
            // Another region may be at another endpoint.
            speaks_tls: OnceCell::new(),
            credentials: self.credentials.clone(),
            region: region.into(),
            service: self.service,
            corrects_clock: self.corrects_clock,
            skew: self.skew.clone(),
        }
    }

    /// Returns the credentials that the next request is signed with.
    ///
    /// # Errors
    /// If there are none.
    pub async fn identity(&self) -> Result<Arc<Identity>, CacheError<ChainError>> {
        self.credentials.identity().await
    }

    /// Signs and sends a request whose URI is absolute; answers when the head of the response is
    /// there.
    ///
    /// # Errors
    /// If there are no credentials, the request cannot be signed, or no response came. A response
    /// of any status is no error.
    pub async fn send(
        &self,
        request: Request<B>,
        payload: Payload<'_>,
    ) -> Result<Response<ResponseBody>, ClientError>
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
    ) -> Result<Response<ResponseBody>, ClientError> {
        let mut attempt = self.attempt(head, body().ok_or(ClientError::NoBody)?, payload).await?;
        let mut left = Corrections { credentials: true, clock: true };
        while let Some(code) = self.heard(&mut attempt).await {
            if !self.corrects(&code, &attempt, &mut left).await? {
                break;
            }
            let Some(body) = body() else { break };
            attempt = self.attempt(head, body, payload).await?;
        }
        Ok(attempt.response)
    }

    async fn attempt(
        &self,
        head: &Request<()>,
        body: B,
        payload: Payload<'_>,
    ) -> Result<AnsweredRequest, ClientError> {
        let clock = self.credentials.clock();
        let identity = self.credentials.identity().await?;
        let skew = self.skew.get();
        let mut request = head.clone().map(|()| body);
        let (credentials, signed_at) = (identity.credentials(), skew.apply(clock.now()));
        sign_request(&mut request, payload, credentials, &self.region, self.service, signed_at)?;
        let sent = clock.now();
        // Boxed, since callers hold many of these at once.
        let response = Box::pin(self.exchange(request)).await?;
        let received = clock.now();
        let measured = exchange::skew(response.headers(), sent, received);
        let measured = measured.filter(|_| self.corrects_clock);
        let round_trip = received.seconds_since(sent).unwrap_or(0);
        let access_key_id = credentials.access_key_id.to_owned();
        let response = response.map(ResponseBody::new);
        Ok(AnsweredRequest { response, access_key_id, skew, measured, round_trip })
    }

    /// Returns the error code of a response that is a refusal. Measures by every response how far
    /// the clock is off.
    async fn heard(&self, attempt: &mut AnsweredRequest) -> Option<String> {
        let code = error_code(&mut attempt.response).await;
        let AnsweredRequest { skew, measured, round_trip, .. } = *attempt;
        if let Some(measured) = measured {
            let explains = |code: &String| exchange::is_off(code, skew, measured);
            let is_explained = code.as_ref().is_some_and(explains);
            self.skew.on_answer(measured, skew, round_trip, is_explained);
        }
        code
    }

    /// Sends a request that is signed.
    async fn exchange(&self, mut request: Request<B>) -> Result<Response<Incoming>, ClientError> {
        let reader = self.connector.reader(request.uri())?;
        if let Some(proxy) = &reader {
            proxy.authorize(request.headers_mut());
        }
        let uri = request.uri().clone();
        let sent = self.client.request(request).await;
        match (sent, reader) {
            (Ok(response), Some(proxy))
                if ConnectError::is_refusal(response.status(), response.headers()) =>
            {
                let (status, headers) = (response.status(), response.headers());
                Err(ConnectError::refusal(&proxy, status, headers).into())
            }
            (Ok(response), _) => {
                if !may_want_tls(response.status(), response.headers()) {
                    // Known already, or about to be.
                    let _ = self.speaks_tls.set(false);
                } else if self.is_tls_instead(&uri).await {
                    return Err(ConnectError::SpeaksTls.into());
                }
                Ok(response)
            }
            // Others end the connection without a word.
            (Err(error), _) if !error.is_connect() && self.is_tls_instead(&uri).await => {
                Err(ConnectError::SpeaksTls.into())
            }
            (Err(error), _) => Err(ClientError::Http(HttpError::new(error))),
        }
    }

    /// Returns whether the service speaks TLS instead of plain HTTP. It is asked once.
    async fn is_tls_instead(&self, uri: &Uri) -> bool {
        *self.speaks_tls.get_or_init(|| self.connector.is_tls_instead(uri)).await
    }

    /// Returns whether another attempt may succeed after a refusal.
    async fn corrects(
        &self,
        code: &str,
        attempt: &AnsweredRequest,
        left: &mut Corrections,
    ) -> Result<bool, ClientError> {
        if Refresh::is_rejection(code) {
            self.credentials.invalidate(&attempt.access_key_id);
            if !replace(&mut left.credentials, false) {
                return Ok(false);
            }
            return match self.credentials.identity().await {
                Ok(identity) => Ok(identity.credentials().access_key_id != attempt.access_key_id),
                // There are no others: what the service said is all there is to say.
                Err(CacheError::Stale(_)) => Ok(false),
                Err(error) => Err(error.into()),
            };
        }
        let is_off = |measured| exchange::is_off(code, attempt.skew, measured);
        Ok(attempt.measured.is_some_and(is_off) && replace(&mut left.clock, false))
    }
}

/// The corrections for which a request may be sent again, each once.
struct Corrections {
    credentials: bool,
    clock: bool,
}

/// A request that was answered.
struct AnsweredRequest {
    response: Response<ResponseBody>,
    access_key_id: String,
    /// The skew that it was signed with.
    skew: ClockSkew,
    /// The skew that the answer shows.
    measured: Option<ClockSkew>,
    /// Seconds from its first byte to the answer.
    round_trip: u64,
}

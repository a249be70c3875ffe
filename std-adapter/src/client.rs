//! An HTTP client that signs what it sends.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rolesig::{Payload, Service};
use thiserror::Error;

use crate::chain::{Chain, ChainError};
use crate::identity::Identity;
use crate::sign::{SignRequestError, now, sign_request};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Less than the 20 s after which S3 closes an idle connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// What opens connections: TCP, with TLS for `https` if the feature `tls` is on.
#[cfg(feature = "tls")]
pub type Connector = hyper_rustls::HttpsConnector<HttpConnector>;
/// What opens connections: TCP, with TLS for `https` if the feature `tls` is on.
#[cfg(not(feature = "tls"))]
pub type Connector = HttpConnector;

/// Signs each request, at the time it is sent, with credentials that are good then. Keeps
/// connections open. Follows no redirects and retries nothing that a server may have seen: a redirect
/// needs another signature, and only the caller can read a body twice. A request that found its
/// kept connection closed before it was sent goes out on another.
#[derive(Debug)]
pub struct SigningClient<B> {
    client: Client<Connector, B>,
    chain: Chain,
    region: String,
    service: Service<'static>,
}

impl<B> SigningClient<B>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
{
    /// A client for one service in one region. Connects to nothing yet.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(
        chain: Chain,
        region: impl Into<String>,
        service: Service<'static>,
    ) -> Result<Self, ClientError> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        #[cfg(feature = "tls")]
        let connector = {
            connector.enforce_http(false);
            crate::tls::connector(connector)?
        };
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self { client, chain, region: region.into(), service })
    }

    /// The credentials that the next request is signed with.
    ///
    /// # Errors
    /// If there are none.
    pub async fn identity(&self) -> Result<Arc<Identity>, ChainError> {
        self.chain.identity().await
    }

    /// Signs and sends a request whose URI is absolute; answers when the head of the response is
    /// there.
    ///
    /// # Errors
    /// If there are no credentials, the request cannot be signed, or no response came. A response
    /// of any status is no error.
    pub async fn send(
        &self,
        mut request: Request<B>,
        payload: Payload<'_>,
    ) -> Result<Response<Incoming>, ClientError> {
        let identity = self.chain.identity().await?;
        let credentials = identity.credentials();
        sign_request(&mut request, payload, credentials, &self.region, self.service, now())?;
        Ok(self.client.request(request).await?)
    }
}

/// Why there is no response.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No provider has credentials.
    #[error(transparent)]
    Credentials(#[from] ChainError),
    /// The request cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignRequestError),
    /// No connection, or it broke.
    #[error("{}", causes(.0))]
    Http(#[from] hyper_util::client::legacy::Error),
    /// TLS cannot be set up.
    #[cfg(feature = "tls")]
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// The error and what caused it: hyper keeps the telling part ("connection refused") innermost.
fn causes(error: &dyn core::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.ends_with(&next_text) {
            text = format!("{text}: {next_text}");
        }
        cause = next.source();
    }
    text
}

//! The connections of a client, and what is sent over them.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep_until};

use super::body::{LastSent, WatchedBody};
use super::error::ClientError;
use super::settings::ClientSettings;
use crate::http::connect::{ConnectError, may_want_tls};
use crate::http::connector::Connector;
use crate::http::protocol_error::ProtocolError;
use crate::http::response::ResponseBody;

/// The time that an idle connection is kept. S3 closes it after 20 s.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// The bytes that a connection buffers before it sends them, and of a response's head. By default
/// hyper takes 400 KiB of a body ahead of the network.
const MAX_BUFFER: usize = 64 * 1024;

/// The connections to the endpoint of a service. Clones share them.
#[derive(Debug)]
pub(super) struct Connections<B> {
    client: Client<Connector, WatchedBody<B>>,
    connector: Arc<Connector>,
    read_timeout: Option<Duration>,
    /// True if the service speaks TLS where plain HTTP is sent: known from the first response
    /// without a complaint, or once it was asked.
    speaks_tls: Arc<OnceCell<bool>>,
}

impl<B> Connections<B>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
{
    /// Connects to nothing yet.
    #[cfg_attr(
        not(feature = "tls"),
        expect(clippy::unnecessary_wraps, reason = "only with TLS are there certificates to read")
    )]
    pub(super) fn new(settings: ClientSettings) -> Result<Self, ConnectError> {
        let ClientSettings { connect_timeout: limit, read_timeout, network, .. } = settings;
        let ClientSettings { idle_connections, https, .. } = settings;
        #[cfg(feature = "tls")]
        if https {
            // Invalid certificates are reported before anybody is asked.
            crate::http::tls::config(&network.trust)?;
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
            connector: Arc::new(connector),
            read_timeout,
            speaks_tls: Arc::default(),
        })
    }

    /// Sends a request that is signed.
    pub(super) async fn exchange<E>(
        &self,
        mut request: Request<B>,
    ) -> Result<Response<ResponseBody>, ClientError<E>> {
        let reader = self.connector.reader(request.uri())?;
        if let Some(proxy) = &reader {
            proxy.authorize(request.headers_mut());
        }
        let uri = request.uri().clone();
        let sent = self.in_time(request).await;
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
                Ok(response.map(|body| ResponseBody::new(body, self.read_timeout)))
            }
            // Others end the connection without a word.
            (Err(error), _) if error.is_cut() && self.is_tls_instead(&uri).await => {
                Err(ConnectError::SpeaksTls.into())
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Sends a request, and waits for the head of the answer no longer than the read timeout.
    async fn in_time<E>(&self, request: Request<B>) -> Result<Response<Incoming>, ClientError<E>> {
        let Some(limit) = self.read_timeout else {
            let watched = request.map(|body| WatchedBody { body, last_sent: None });
            return self.client.request(watched).await.map_err(not_answered);
        };
        let last_sent = LastSent::now();
        let watching = Some(last_sent.clone());
        let mut request = request.map(|body| WatchedBody { body, last_sent: watching });
        let connection = capture_connection(&mut request);
        tokio::select! {
            biased;
            sent = self.client.request(request) => sent.map_err(not_answered),
            () = silence(connection, &last_sent, limit) => Err(ClientError::NoAnswer(limit)),
        }
    }

    /// Returns whether the service speaks TLS instead of plain HTTP. It is asked once.
    async fn is_tls_instead(&self, uri: &Uri) -> bool {
        *self.speaks_tls.get_or_init(|| self.connector.is_tls_instead(uri)).await
    }
}

fn not_answered<E>(error: hyper_util::client::legacy::Error) -> ClientError<E> {
    ClientError::Http(ProtocolError::new(error))
}

impl<B> Connections<B> {
    /// Returns them for another endpoint, of which nothing is known.
    pub(super) fn elsewhere(&self) -> Self {
        Self { speaks_tls: Arc::default(), ..self.clone() }
    }
}

impl<B> Clone for Connections<B> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            connector: Arc::clone(&self.connector),
            read_timeout: self.read_timeout,
            speaks_tls: Arc::clone(&self.speaks_tls),
        }
    }
}

/// Ends when there is a connection, and nothing has been sent for as long as `limit`. The time to
/// connect has its own limits.
async fn silence(mut connection: CaptureConnection, last_sent: &LastSent, limit: Duration) {
    drop(connection.wait_for_connection_metadata().await);
    last_sent.touch();
    loop {
        let Some(end) = last_sent.get().checked_add(limit) else {
            return core::future::pending().await;
        };
        if end <= Instant::now() {
            return;
        }
        sleep_until(end).await;
    }
}

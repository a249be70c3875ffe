//! The connections of a client, and what is sent over them.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::uri::{Authority, Scheme};
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
use crate::http::connect::{ConnectError, may_want_tls, names_tls};
use crate::http::connector::{Connector, origin};
use crate::http::interception::{is_of_proxy, wants_tls};
use crate::http::protocol_error::ProtocolError;
use crate::http::proxy::Proxy;
use crate::http::response::ResponseBody;

/// The time that an idle connection is kept. S3 closes it after 20 s.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// The bytes that a connection buffers before it sends them, and of a response's head. By default
/// hyper takes 400 KiB of a body ahead of the network.
const MAX_BUFFER: usize = 64 * 1024;
/// The most peers of plain HTTP that are remembered. The one that was used least recently gives
/// way.
const MOST_PEERS: usize = 32;

/// The connections to the endpoint of a service. Clones share them.
#[derive(Debug)]
pub(super) struct Connections<B> {
    client: Client<Connector, WatchedBody<B>>,
    connector: Arc<Connector>,
    read_timeout: Option<Duration>,
    plain_peers: Arc<PlainPeers>,
}

/// The authorities that plain HTTP was sent to, each with whether it speaks TLS instead: known from
/// the first response without a complaint, or once it was asked. The last one is the one that was
/// used last.
#[derive(Debug, Default)]
struct PlainPeers(Mutex<Vec<(String, Arc<OnceCell<bool>>)>>);

impl PlainPeers {
    fn speaks_tls(&self, authority: &str) -> Arc<OnceCell<bool>> {
        let mut peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = peers.iter().rposition(|(peer, _)| peer == authority);
        let peer = match found {
            Some(place) => peers.remove(place),
            None => (authority.to_owned(), Arc::default()),
        };
        if peers.len() >= MOST_PEERS {
            peers.remove(0);
        }
        let speaks_tls = Arc::clone(&peer.1);
        peers.push(peer);
        speaks_tls
    }
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
            plain_peers: Arc::default(),
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
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let sent = self.in_time(request).await;
        let mut sent = sent.map(|sent| sent.map(|body| ResponseBody::new(body, self.read_timeout)));
        let is_plain = uri.scheme() == Some(&Scheme::HTTP);
        let speaks_tls = match &mut sent {
            Ok(response) if is_plain => is_complaint(response).await,
            // Others end the connection without a word.
            Err(error) if is_plain && error.is_cut() => None,
            _ => Some(false),
        };
        let is_tls_instead = match speaks_tls {
            Some(true) if reader.is_none() => true,
            Some(false) => false,
            _ => self.is_tls_instead(&uri, reader.as_ref()).await,
        };
        if is_tls_instead {
            return Err(ConnectError::SpeaksTls.at_reader(reader.as_ref()).into());
        }
        let response = sent.map_err(|error| match (error, &reader) {
            (ClientError::Http(error), Some(proxy))
                if !error.is_connect() && !error.is_of_body() =>
            {
                // The service may have read the request all the same.
                ClientError::Http(ProtocolError::new(ConnectError::no_response(proxy, error)))
            }
            (error, _) => error,
        })?;
        if is_plain && !may_want_tls(response.status(), response.headers()) {
            // Known already, or about to be.
            let _ = self.speaks_tls(&uri, reader.as_ref()).set(false);
        }
        if let (Some(proxy), Some(asked)) = (reader, origin(&uri))
            && is_of_proxy((&method, &asked), response.status(), response.headers())
        {
            return Err(ConnectError::refusal(&proxy, &asked, &response).into());
        }
        Ok(response)
    }

    /// Sends a request, and waits for the head of the response no longer than the read timeout.
    async fn in_time<E>(&self, request: Request<B>) -> Result<Response<Incoming>, ClientError<E>> {
        let Some(limit) = self.read_timeout else {
            let watched = request.map(|body| WatchedBody { body, last_sent: None });
            return self.client.request(watched).await.map_err(protocol_error);
        };
        let last_sent = LastSent::now();
        let watching = Some(last_sent.clone());
        let mut request = request.map(|body| WatchedBody { body, last_sent: watching });
        let connection = capture_connection(&mut request);
        tokio::select! {
            biased;
            sent = self.client.request(request) => sent.map_err(protocol_error),
            () = silence(connection, &last_sent, limit) => Err(ClientError::NoResponse(limit)),
        }
    }

    /// Returns whether the service, or the proxy before it, speaks TLS instead of plain HTTP. It is
    /// checked once.
    async fn is_tls_instead(&self, uri: &Uri, reader: Option<&Proxy>) -> bool {
        let speaks_tls = self.speaks_tls(uri, reader);
        *speaks_tls.get_or_init(|| self.connector.is_tls_instead(uri, reader)).await
    }

    fn speaks_tls(&self, uri: &Uri, reader: Option<&Proxy>) -> Arc<OnceCell<bool>> {
        let authority = || uri.authority().map_or("", Authority::as_str);
        self.plain_peers.speaks_tls(reader.map_or_else(authority, |it| it.origin().authority()))
    }
}

/// Returns whether a response is the complaint of a server that was sent plain HTTP in place of
/// TLS; `None` if it can be.
async fn is_complaint(response: &mut Response<ResponseBody>) -> Option<bool> {
    if !may_want_tls(response.status(), response.headers()) {
        return Some(false);
    }
    let page = response.body_mut().beginning().await;
    let is_complaint = wants_tls(&page);
    // The response to HEAD has no page.
    let can_be = names_tls(&page) || page.is_empty() && response.headers().is_empty();
    (is_complaint || !can_be).then_some(is_complaint)
}

fn protocol_error<E>(error: hyper_util::client::legacy::Error) -> ClientError<E> {
    ClientError::Http(ProtocolError::new(error))
}

impl<B> Clone for Connections<B> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            connector: Arc::clone(&self.connector),
            read_timeout: self.read_timeout,
            plain_peers: Arc::clone(&self.plain_peers),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_the_peer_that_was_used_least_recently() {
        let peers = PlainPeers::default();
        let is_known = |authority: &str| peers.speaks_tls(authority).initialized();
        for authority in ["first", "second"] {
            peers.speaks_tls(authority).set(false).unwrap();
        }
        for other in 2..MOST_PEERS {
            assert!(!is_known(&other.to_string()));
        }
        assert!(is_known("first"));
        assert!(!is_known("one more"));
        assert_eq!(peers.0.lock().unwrap().len(), MOST_PEERS);
        assert!(is_known("first"));
        assert!(!is_known("second"));
    }
}

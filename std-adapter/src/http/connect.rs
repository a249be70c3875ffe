//! Opens connections: TCP, through a proxy where one is set, with TLS where it is wanted.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::http::network::Network;
use crate::http::protocol_error::ProtocolError;
use crate::http::proxy::Proxy;
use crate::read::origin::Origin;

pub(crate) mod error;
mod plain;
pub(crate) mod stream;

pub use error::ConnectError;
use plain::Plain;
pub(crate) use stream::Stream;

/// The head start of an address before another one is tried as well.
const HEAD_START: Duration = Duration::from_millis(250);

/// Opens a connection for requests to `destination`. Each step may take as long as `limit`.
pub(crate) async fn open(
    destination: &Origin,
    proxy: Option<&Proxy>,
    network: &Network,
    limit: Duration,
) -> Result<Stream, ConnectError> {
    // Invalid certificates are reported before anybody is asked.
    #[cfg(feature = "tls")]
    if destination.is_https() {
        crate::http::tls::config_unblocked(&network.trust).await?;
    }
    let stream = reach(destination, proxy, network, limit).await?;
    if destination.is_https() {
        let secured = secure(destination, stream, network, limit).await;
        return secured.map_err(|error| match proxy {
            Some(proxy) => error.through(proxy),
            None => error,
        });
    }
    Ok(stream)
}

/// Opens a connection on which a destination of `https` is yet to speak TLS.
pub(crate) async fn reach(
    destination: &Origin,
    proxy: Option<&Proxy>,
    network: &Network,
    limit: Duration,
) -> Result<Stream, ConnectError> {
    let Some(proxy) = proxy else {
        let stream = within(limit, dial(destination)).await?;
        let is_https = destination.is_https();
        return Ok(if is_https { stream } else { Box::new(Plain::new(stream, None)) });
    };
    let at_proxy = |error: ConnectError| error.at_proxy(proxy);
    let stream = within(limit, dial(proxy.origin())).await.map_err(at_proxy)?;
    let mut stream: Stream = if proxy.origin().is_https() {
        secure(proxy.origin(), stream, network, limit).await.map_err(at_proxy)?
    } else {
        Box::new(Plain::new(stream, Some(proxy.clone())))
    };
    if destination.is_https() {
        let tunnel = within(limit, tunnel(stream, proxy, destination)).await;
        stream = tunnel.map_err(|error| match error {
            refusal @ ConnectError::ProxyRefusal { .. } => refusal,
            error => at_proxy(error),
        })?;
    }
    Ok(stream)
}

async fn within<T>(
    limit: Duration,
    step: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    let timed_out = || Err(ConnectError::Tcp(io::ErrorKind::TimedOut.into()));
    timeout(limit, step).await.unwrap_or_else(|_| timed_out())
}

#[cfg(feature = "tls")]
async fn secure(
    origin: &Origin,
    stream: Stream,
    network: &Network,
    limit: Duration,
) -> Result<Stream, ConnectError> {
    let secured = async {
        let stream = crate::http::tls::handshake(origin.host(), stream, &network.trust).await?;
        let stream: Stream = Box::new(stream);
        Ok(stream)
    };
    within(limit, secured).await
}

#[cfg(not(feature = "tls"))]
fn secure(
    _: &Origin,
    _: Stream,
    _: &Network,
    _: Duration,
) -> core::future::Ready<Result<Stream, ConnectError>> {
    core::future::ready(Err(ConnectError::NoTls))
}

/// Returns whether a response to plain HTTP can come from a server that expects TLS: a 400 that is
/// not a service's, as Go (without any header), nginx and Apache (in HTML) send it. Whether it
/// does, [`speaks_tls`] finds out.
pub(crate) fn may_want_tls(status: StatusCode, headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    let is_text = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/"));
    status == StatusCode::BAD_REQUEST && (is_text || headers.is_empty())
}

/// Returns whether a destination of plain `http` speaks TLS, which a server that is sent plain HTTP
/// may not say.
#[cfg(feature = "tls")]
pub(crate) async fn speaks_tls(destination: &Origin, limit: Duration) -> bool {
    let probe = async {
        let stream = dial(destination).await?;
        Ok(crate::http::tls::is_spoken(destination.host(), stream).await)
    };
    within(limit.min(Duration::from_secs(1)), probe).await.unwrap_or(false)
}

#[cfg(not(feature = "tls"))]
pub(crate) async fn speaks_tls(_: &Origin, _: Duration) -> bool {
    false
}

async fn dial(origin: &Origin) -> Result<Stream, ConnectError> {
    let mut addresses = origin.addresses().to_vec();
    if addresses.is_empty() {
        let resolved = lookup_host((origin.host(), origin.port())).await;
        let resolved = resolved.map_err(|source| ConnectError::resolve(origin.host(), source))?;
        addresses.extend(resolved);
    }
    let stream = connect_any(addresses.into_iter()).await.map_err(ConnectError::Tcp)?;
    // Small requests are not to wait for what is on the way; without it they arrive, too.
    let _ = stream.set_nodelay(true);
    Ok(Box::new(stream))
}

/// Connects to the first of these addresses that answers. Where a network drops packets, as IPv6
/// does on many hosts, that must not take all the time there is.
///
/// Source: "Happy Eyeballs Version 2" (RFC 8305 §5).
async fn connect_any(addresses: impl Iterator<Item = SocketAddr>) -> io::Result<TcpStream> {
    let mut addresses = addresses.peekable();
    let mut connecting = JoinSet::new();
    let mut last_error = io::Error::other("the name stands for no address");
    loop {
        if let Some(address) = addresses.next() {
            connecting.spawn(TcpStream::connect(address));
        }
        let ended = if addresses.peek().is_some() {
            let Ok(ended) = timeout(HEAD_START, connecting.join_next()).await else { continue };
            ended
        } else {
            connecting.join_next().await
        };
        match ended {
            Some(Ok(Ok(stream))) => return Ok(stream),
            Some(Ok(Err(error))) => last_error = error,
            Some(Err(error)) => last_error = io::Error::other(error),
            None => return Err(last_error),
        }
    }
}

/// Asks a proxy for a tunnel (RFC 9110 §9.3.6).
async fn tunnel(
    stream: Stream,
    proxy: &Proxy,
    destination: &Origin,
) -> Result<Stream, ConnectError> {
    let http = |error: hyper::Error| match ConnectError::in_causes(&error) {
        Some(ConnectError::SpeaksTls | ConnectError::Proxy { .. }) => ConnectError::SpeaksTls,
        _ if error.is_parse() => ConnectError::NotHttp(ProtocolError::new(error)),
        _ => ConnectError::Tcp(io::Error::other(error)),
    };
    let host = destination.host();
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let target = format!("{host}:{}", destination.port());
    let request = Request::connect(&target).header(HOST, &target).body(Empty::<Bytes>::new());
    let mut request = request.map_err(|error| ConnectError::Tcp(io::Error::other(error)))?;
    proxy.authorize(request.headers_mut());
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(http)?;
    // Ends by itself when the tunnel, or the refusal, is dropped.
    tokio::spawn(connection.with_upgrades());
    let response = sender.send_request(request).await.map_err(http)?;
    if !response.status().is_success() {
        return Err(ConnectError::refusal(proxy, response.status(), response.headers()));
    }
    let tunnel = hyper::upgrade::on(response).await.map_err(http)?;
    Ok(Box::new(TokioIo::new(tunnel)))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    /// Returns an address where connections are neither accepted nor refused, as long as the rest
    /// is kept.
    async fn nowhere() -> (SocketAddr, impl Sized) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        // Until the queue of connections that nobody accepts is full.
        while let Ok(connected) =
            timeout(Duration::from_millis(200), TcpStream::connect(address)).await
        {
            queue.push(connected.unwrap());
        }
        (address, (listener, queue))
    }

    #[tokio::test]
    async fn another_address_does_not_wait_for_one_that_leads_nowhere() {
        let (nowhere, _queue) = nowhere().await;
        let good = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = good.local_addr().map(|address| (address, good)).unwrap();
        let refused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        for addresses in [
            vec![good.0],
            vec![nowhere, good.0],
            vec![refused, good.0],
            vec![good.0, nowhere],
            vec![nowhere, refused, nowhere, good.0],
            vec![nowhere, good.0, refused],
        ] {
            let connected = timeout(Duration::from_secs(60), connect_any(addresses.into_iter()));
            let stream = connected.await.unwrap().unwrap();
            assert_eq!(stream.peer_addr().unwrap(), good.0);
        }
        let error = connect_any([refused, refused].into_iter()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert!(connect_any([].into_iter()).await.is_err());
        let waits = timeout(Duration::from_secs(1), connect_any([nowhere, refused].into_iter()));
        assert!(waits.await.is_err());
    }

    /// The name stands for nothing, so a second look-up would fail.
    #[tokio::test]
    async fn a_host_that_was_looked_up_is_not_looked_up_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let origin: Origin = "http://name.invalid:1".parse().unwrap();
        let (_stream, accepted) =
            (dial(&origin.at(vec![address])).await.unwrap(), listener.accept());
        accepted.await.unwrap();
    }
}

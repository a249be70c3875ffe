//! Opens connections: TCP, through a proxy where one is set, with TLS where it is wanted.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
#[cfg(feature = "tls")]
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
#[cfg(feature = "tls")]
use tokio::time::sleep;
use tokio::time::timeout;

use crate::http::network::Network;
use crate::http::protocol_error::ProtocolError;
use crate::http::proxy::Proxy;
use crate::http::stream::Stream;
#[cfg(feature = "tls")]
use crate::http::tls;
use crate::read::origin::Origin;

pub(crate) mod error;
mod plain;

pub use error::ConnectError;
use plain::Plain;

/// The head start of an address before another one is tried as well.
const HEAD_START: Duration = Duration::from_millis(250);

/// The time after which a peer that has not finished a handshake of TLS is asked in plain HTTP.
#[cfg(feature = "tls")]
const SILENCE: Duration = Duration::from_secs(3);

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
        tls::config_unblocked(&network.trust).await?;
    }
    let stream = reach(destination, proxy, network, limit).await?;
    if destination.is_https() {
        let again = Box::pin(reach(destination, proxy, network, limit));
        let secured = secure(destination, stream, network, limit, again).await;
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
        let again = Box::pin(within(limit, dial(proxy.origin())));
        secure(proxy.origin(), stream, network, limit, again).await.map_err(at_proxy)?
    } else {
        Box::new(Plain::new(stream, Some(proxy.clone())))
    };
    if destination.is_https() {
        let tunnel = within(limit, tunnel(stream, proxy, destination)).await;
        stream = match tunnel {
            Ok(tunnel) => tunnel,
            Err(error) if error.may_be_of_tls() && is_tls_proxy(proxy, limit).await => {
                return Err(at_proxy(ConnectError::SpeaksTls));
            }
            Err(refusal @ ConnectError::ProxyRefusal { .. }) => return Err(refusal),
            Err(error) => return Err(at_proxy(error)),
        };
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

/// Puts TLS on a connection. If the peer is silent, `again` opens another one, to find out whether
/// it waits for plain HTTP.
#[cfg(feature = "tls")]
async fn secure(
    origin: &Origin,
    stream: Stream,
    network: &Network,
    limit: Duration,
    again: impl Future<Output = Result<Stream, ConnectError>>,
) -> Result<Stream, ConnectError> {
    // TLS 1.3 finds out only when the first response is read.
    let later = |error| io::Error::other(ConnectError::from(error));
    let secured = async { Ok(tls::handshake(origin.host(), stream, &network.trust, later).await?) };
    let is_plain = async {
        let silence = SILENCE.min(limit / 2);
        sleep(silence).await;
        speaks_plainly(origin, silence / 4, again).await
    };
    // The handshake of a slow peer continues meanwhile, and the limit holds for both.
    tokio::select! {
        secured = Box::pin(within(limit, secured)) => secured,
        true = is_plain => Err(tls::not_spoken(origin.host()).into()),
    }
}

/// Returns whether a peer answers plain HTTP, where TLS should be spoken. A server that speaks TLS
/// may answer, too: with a 400 whose page says so. The rest of such a page is awaited for `limit`,
/// since not every server closes the connection after it.
#[cfg(feature = "tls")]
async fn speaks_plainly(
    origin: &Origin,
    limit: Duration,
    again: impl Future<Output = Result<Stream, ConnectError>>,
) -> bool {
    const LONGEST: u64 = 4096;
    let may_be_bad_request =
        |response: &[u8]| response.get(8..12).is_none_or(|status| status == b" 400");
    let response = async {
        let mut stream = again.await.ok()?;
        let host = origin.host_header();
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut stream = stream.take(LONGEST);
        let mut response = Vec::with_capacity(4096);
        stream.read_buf(&mut response).await.ok()?;
        let rest = async {
            while may_be_bad_request(&response)
                && matches!(stream.read_buf(&mut response).await, Ok(1..))
            {}
        };
        let _ = timeout(limit, rest).await;
        Some(response)
    };
    response.await.is_some_and(|response| {
        response.starts_with(b"HTTP/") && !(may_be_bad_request(&response) && names_tls(&response))
    })
}

#[cfg(not(feature = "tls"))]
fn secure(
    _: &Origin,
    _: Stream,
    _: &Network,
    _: Duration,
    _: impl Future<Output = Result<Stream, ConnectError>>,
) -> core::future::Ready<Result<Stream, ConnectError>> {
    core::future::ready(Err(ConnectError::NoTls))
}

/// Returns whether the head of a response to plain HTTP can come from a server that expects TLS: a
/// 400 that is not a service's, as Go (without any header), nginx and Apache (in HTML) send it.
/// [`names_tls`] looks at its body.
pub(crate) fn may_want_tls(status: StatusCode, headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    let is_text = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/"));
    status == StatusCode::BAD_REQUEST && (is_text || headers.is_empty())
}

/// Returns whether the page of such a response names TLS, other than in a URL, as those of all
/// servers that expect it do. Only then is it worth the time to find out by [`speaks_tls`]: a
/// server of plain HTTP can be silent to TLS.
pub(crate) fn names_tls(page: &[u8]) -> bool {
    let page = String::from_utf8_lossy(page).to_ascii_lowercase().replace("https://", "");
    // That of a server behind TLS asks for a client certificate.
    !page.contains("certificate") && ["https", "ssl", "tls"].iter().any(|name| page.contains(name))
}

/// Returns whether a destination of plain `http` speaks TLS, which a server that is sent plain HTTP
/// may not say.
#[cfg(feature = "tls")]
pub(crate) async fn speaks_tls(destination: &Origin, limit: Duration) -> bool {
    let probe = async {
        let stream = dial(destination).await?;
        Ok(tls::is_spoken(destination.host(), stream).await)
    };
    within(limit.min(Duration::from_secs(1)), probe).await.unwrap_or(false)
}

#[cfg(not(feature = "tls"))]
pub(crate) async fn speaks_tls(_: &Origin, _: Duration) -> bool {
    false
}

/// Returns whether a proxy that is sent plain HTTP speaks TLS.
pub(crate) async fn is_tls_proxy(proxy: &Proxy, limit: Duration) -> bool {
    !proxy.origin().is_https() && speaks_tls(proxy.origin(), limit).await
}

async fn dial(origin: &Origin) -> Result<Stream, ConnectError> {
    #[cfg(feature = "simulation")]
    if let Some(dialed) = super::simulation::dial(origin.authority()) {
        return Ok(Box::new(dialed.map_err(ConnectError::Tcp)?));
    }
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
    let mut last_error = io::Error::other("the name resolves to no address");
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
    // After a 204, hyper gives no tunnel.
    if !response.status().is_success() || response.extensions().get::<OnUpgrade>().is_none() {
        return Err(ConnectError::refusal(proxy, destination, &response));
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
    async fn tries_another_address_while_one_hangs() {
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
    async fn does_not_look_up_a_known_host_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let origin: Origin = "http://name.invalid:1".parse().unwrap();
        let (_stream, accepted) =
            (dial(&origin.at(vec![address])).await.unwrap(), listener.accept());
        accepted.await.unwrap();
    }
}

//! One exchange over HTTP/1.1 on a connection of its own: no proxy, no redirects, all bounded.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;

use bytes::Bytes;
use http::header::{AGE, DATE, HOST};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rolesig::provider::Exchange;
use rolesig::{ClockSkew, Emit, Timestamp};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::origin::Origin;
use crate::sign::now;

/// Documents with credentials have some 2 KB.
const BODY_LIMIT: usize = 64 * 1024;

/// Before another address is tried as well.
const HEAD_START: Duration = Duration::from_millis(250);

/// How long to wait for a provider of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection, and as much again for TLS: 1 s by default.
    pub connect: Duration,
    /// For the head of an answer, and for each further piece of it: 1 s by default.
    pub read: Duration,
    /// For all exchanges and retries of one fetch together: 10 s by default.
    pub total: Duration,
    /// How often a request is sent at the most when the service is busy, faulty or slow: 4 times
    /// by default, but no more than twice if there is no connection at all.
    pub attempts: u32,
}

impl Timeouts {
    /// For services on the internet: 5 s for a connection, 20 s for an answer, 60 s in all.
    pub const INTERNET: Self = Self {
        connect: Duration::from_secs(5),
        read: Duration::from_secs(20),
        total: Duration::from_secs(60),
        attempts: 4,
    };
}

impl Default for Timeouts {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self { connect: second, read: second, total: 10 * second, attempts: 4 }
    }
}

/// Why an exchange gave no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// No connection.
    #[error("no connection ({0})")]
    Connect(#[source] io::Error),
    /// There was a connection, but then nothing, or a pause in the middle of the answer.
    #[error("connected, but there was no answer for {} ms", .0.as_millis())]
    NoAnswer(Duration),
    /// Not HTTP, or cut off.
    #[error("not an HTTP answer, or cut off ({0})")]
    Http(#[source] hyper::Error),
    /// More than any document of its kind has.
    #[error("the answer is longer than {BODY_LIMIT} bytes")]
    TooLong,
    /// What was to be sent is not a request: a setting went into it that no header can carry.
    #[error("not a request ({0})")]
    Request(#[source] http::Error),
    /// `https`, and this program has none.
    #[error("https is not built in: turn on the feature tls, or use http")]
    NoTls,
    /// TLS cannot be set up.
    #[cfg(feature = "tls")]
    #[error(transparent)]
    Tls(rustls::Error),
}

/// What came back.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// How far the clock of the machine is off, if the answer shows it.
    pub(crate) skew: Option<ClockSkew>,
}

/// Sends a request to `origin`, and reads the whole answer.
pub(crate) async fn exchange(
    origin: &Origin,
    request: Request<Full<Bytes>>,
    timeouts: &Timeouts,
) -> Result<Answer, ExchangeError> {
    let connecting = timeout(timeouts.connect, connect(origin));
    let stream = connecting
        .await
        .unwrap_or_else(|_| Err(ExchangeError::Connect(io::ErrorKind::TimedOut.into())))?;
    if !origin.is_https() {
        return converse(stream, request, timeouts).await;
    }
    #[cfg(not(feature = "tls"))]
    return Err(ExchangeError::NoTls);
    #[cfg(feature = "tls")]
    {
        let handshake = timeout(timeouts.connect, crate::tls::handshake(origin.host(), stream));
        let stream = handshake
            .await
            .unwrap_or_else(|_| Err(ExchangeError::Connect(io::ErrorKind::TimedOut.into())))?;
        converse(stream, request, timeouts).await
    }
}

async fn connect(origin: &Origin) -> Result<TcpStream, ExchangeError> {
    let addresses = lookup_host((origin.host(), origin.port())).await;
    connect_any(addresses.map_err(ExchangeError::Connect)?).await.map_err(ExchangeError::Connect)
}

/// Connects to the first of these addresses that answers. Where a network leads nowhere, as IPv6
/// does on many hosts, that must not take all the time there is.
///
/// Source: "Happy Eyeballs Version 2" (RFC 8305 §5).
async fn connect_any(addresses: impl Iterator<Item = SocketAddr>) -> io::Result<TcpStream> {
    let mut addresses = addresses.peekable();
    let mut connecting = JoinSet::new();
    let mut failure = io::Error::other("the name stands for no address");
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
            Some(Ok(Err(error))) => failure = error,
            Some(Err(error)) => failure = io::Error::other(error),
            None => return Err(failure),
        }
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    request: Request<Full<Bytes>>,
    timeouts: &Timeouts,
) -> Result<Answer, ExchangeError> {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(ExchangeError::Http)?;
    // Ends by itself when the sender and the body are dropped.
    tokio::spawn(connection);
    let sent = now();
    let response = timeout(timeouts.read, sender.send_request(request))
        .await
        .map_err(|_| ExchangeError::NoAnswer(timeouts.read))?
        .map_err(ExchangeError::Http)?;
    let status = response.status().as_u16();
    let skew = skew(response.headers(), sent);
    Ok(Answer { status, body: read_body(response, timeouts.read).await?, skew })
}

/// How far the clock is off, if these headers of an answer that came just now show it.
pub(crate) fn skew(headers: &HeaderMap, sent: Timestamp) -> Option<ClockSkew> {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    ClockSkew::measure(sent, now(), date, headers.contains_key(AGE))
}

/// Whether a refusal is for the time that was signed, in which case another signature with the skew
/// that was measured mends it. What counts is the difference between the two: a clock that is known
/// to be off is no reason to sign twice, and one that has been set since is.
pub(crate) fn is_off(code: &str, signed_with: ClockSkew, measured: ClockSkew) -> bool {
    let difference = measured.as_seconds().saturating_sub(signed_with.as_seconds());
    ClockSkew::from_seconds(difference).warrants_retry(code)
}

/// The request of a conversation in hyper's terms.
pub(crate) fn request(
    origin: &Origin,
    exchange: &Exchange<'_>,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let mut request = Request::builder()
        .method(exchange.method())
        .uri(exchange.target().to_string())
        .header(HOST, origin.host_header());
    for (name, value) in exchange.headers() {
        let mut value = HeaderValue::try_from(value.to_string())?;
        // It may be the metadata token.
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    let mut body = Zeroizing::new(vec![0; exchange.body().emitted_len()]);
    // It is as long as it says.
    let _ = exchange.body().write_to(&mut body);
    request.body(Full::new(Bytes::from_owner(body)))
}

async fn read_body(
    mut response: Response<Incoming>,
    limit: Duration,
) -> Result<Zeroizing<Vec<u8>>, ExchangeError> {
    // All there may be: one that grew would leave copies behind that are not wiped.
    let mut body = Zeroizing::new(Vec::with_capacity(BODY_LIMIT));
    loop {
        let frame =
            timeout(limit, response.frame()).await.map_err(|_| ExchangeError::NoAnswer(limit))?;
        let Some(frame) = frame else { return Ok(body) };
        let frame = frame.map_err(ExchangeError::Http)?;
        let data = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
        if body.len() + data.len() > BODY_LIMIT {
            return Err(ExchangeError::TooLong);
        }
        body.extend_from_slice(data);
    }
}

#[cfg(test)]
mod tests {
    use rolesig::provider::{Conversation, Imds};
    #[cfg(target_os = "linux")]
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    /// An address where connections are neither taken nor refused, as long as the rest is kept.
    #[cfg(target_os = "linux")]
    async fn nowhere() -> (SocketAddr, impl Sized) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        // Until the queue of those whom nobody accepts is full.
        while let Ok(connected) =
            timeout(Duration::from_millis(200), TcpStream::connect(address)).await
        {
            queue.push(connected.unwrap());
        }
        (address, (listener, queue))
    }

    #[cfg(target_os = "linux")]
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

    #[test]
    fn nothing_shows_the_metadata_token() {
        let mut imds = Imds::new();
        imds.response(200, b"the-metadata-token").unwrap();
        let origin = "http://127.0.0.1:1338".parse().unwrap();
        let request = request(&origin, &imds.request().unwrap()).unwrap();
        assert_eq!(request.headers()["x-aws-ec2-metadata-token"], "the-metadata-token");
        assert!(!format!("{request:?}").contains("the-metadata-token"), "{request:?}");
    }
}

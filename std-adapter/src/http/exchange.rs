//! One exchange over HTTP/1.1 on its own connection: no redirects, all bounded.

use core::time::Duration;

use bytes::Bytes;
use http::header::{AGE, DATE};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rolesig::{ClockSkew, Timestamp};
use thiserror::Error;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::http::connect::{self, ConnectError, Stream, may_want_tls, speaks_tls};
use crate::http::network::Network;
use crate::http::protocol_error::ProtocolError;
use crate::http::proxy::Proxy;
use crate::http::retry_budget::RetrySettings;
use crate::read::origin::Origin;

/// Documents with credentials have some 2 KB.
const BODY_LIMIT: usize = 64 * 1024;

/// The bounds of time and attempts for a service that is asked.
///
/// ```
/// use core::time::Duration;
/// use rolesig_std::http::Timeouts;
///
/// // For a proxy of the metadata service that is slow to start.
/// let (read, total) = (Duration::from_secs(5), Duration::from_secs(30));
/// let timeouts = Timeouts { read, total, ..Timeouts::default() };
/// assert_eq!((timeouts.connect, timeouts.attempts), (Duration::from_secs(1), 4));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection, and as much again for TLS and for a proxy: 1 s by default.
    pub connect: Duration,
    /// For the whole head of an answer, and then for each piece of its body, however many: 1 s by
    /// default. `total` ends a body that comes in drips.
    pub read: Duration,
    /// For all exchanges and retries of one fetch together: 10 s by default.
    pub total: Duration,
    /// The most times that a request is sent when the service is busy, faulty or slow: 4 by
    /// default, but at most 2 if there is no connection at all.
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

    /// Returns the limits of attempts. `total` is not among them: it bounds an attempt that hangs,
    /// too.
    pub(super) const fn retries(&self) -> RetrySettings {
        RetrySettings {
            attempts: self.attempts,
            brief_attempts: 2,
            longest_pause: Duration::MAX,
            total: Duration::MAX,
            ..RetrySettings::STANDARD
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self { connect: second, read: second, total: 10 * second, attempts: 4 }
    }
}

/// The bounds, the network and the clock of exchanges.
#[derive(Clone, Copy)]
pub(crate) struct Transport<'t> {
    pub(crate) timeouts: &'t Timeouts,
    pub(crate) network: &'t Network,
    pub(crate) clock: Clock,
}

/// The reason why an exchange gave no answer.
///
/// ```
/// use rolesig_std::http::{ConnectError, ExchangeError};
///
/// let error = ExchangeError::from(ConnectError::HttpsIsOff);
/// assert!(error.is_final() && error.connect_error().is_some());
/// assert!(!ExchangeError::NoAnswer(core::time::Duration::from_secs(1)).is_final());
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// No connection.
    #[error("no connection ({0})")]
    Connect(#[from] ConnectError),
    /// There was a connection, but the head of the answer was not whole in time, or a pause in its
    /// body was too long: [`Timeouts::read`].
    #[error("connected, but there was no answer for {} ms", .0.as_millis())]
    NoAnswer(Duration),
    /// The answer is not HTTP, or is cut off.
    #[error("not an HTTP answer, or cut off ({0})")]
    Http(#[source] ProtocolError),
    /// The answer is longer than any document of its kind.
    #[error("the answer is longer than {BODY_LIMIT} bytes")]
    TooLong,
    /// The request is invalid: it contains a setting that no header can carry.
    #[error("invalid request ({0})")]
    Request(#[source] http::Error),
}

impl ExchangeError {
    /// Returns why there is no connection, if that is the reason.
    pub fn connect_error(&self) -> Option<&ConnectError> {
        match self {
            Self::Connect(error) => Some(error),
            Self::Http(error) => ConnectError::in_causes(error),
            _ => None,
        }
    }

    /// Returns whether further attempts are pointless.
    pub fn is_final(&self) -> bool {
        self.connect_error().is_some_and(ConnectError::is_final)
            || matches!(self, Self::TooLong | Self::Request(_))
    }

    /// Returns what to do, for those whose settings led there.
    pub(crate) fn remedy(&self, endpoint: &str) -> &str {
        const OTHERWISE: &str = "check the network, and that the service is there";
        const OR_TLS: &str = "check the network, and that the service is there; if it speaks TLS, \
                              give the endpoint as https://";
        let is_cut = matches!(self, Self::Http(error) if error.is_cut_off());
        let otherwise = if is_cut && endpoint.starts_with("http://") { OR_TLS } else { OTHERWISE };
        self.connect_error().and_then(ConnectError::remedy).unwrap_or(otherwise)
    }
}

/// The answer of a service.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// The skew of the host's clock, if the answer shows it.
    pub(crate) skew: Option<ClockSkew>,
    /// True if it can come from a server that expects TLS.
    may_want_tls: bool,
}

/// Sends a request to `origin`, and reads the whole answer.
pub(crate) async fn exchange(
    origin: &Origin,
    mut request: Request<Full<Bytes>>,
    transport: Transport<'_>,
) -> Result<Answer, ExchangeError> {
    let Transport { timeouts, network, .. } = transport;
    let proxy = network.proxies.find(origin).map_err(ConnectError::from)?;
    let stream = connect::open(origin, proxy.as_ref(), network, timeouts.connect).await?;
    let Some(proxy) = proxy.filter(|_| !origin.is_https()) else {
        let answer = converse(stream, request, transport, None).await?;
        let may_want_tls = !origin.is_https() && answer.may_want_tls;
        if may_want_tls && speaks_tls(origin, timeouts.connect).await {
            return Err(ConnectError::SpeaksTls.into());
        }
        return Ok(answer);
    };
    // The proxy itself reads the request, and so may refuse it.
    *request.uri_mut() = Proxy::absolute(origin, request.uri()).map_err(ExchangeError::Request)?;
    proxy.authorize(request.headers_mut());
    converse(stream, request, transport, Some(&proxy)).await
}

/// Sends a request and reads the answer, unless it is a refusal of the proxy that reads the
/// request.
async fn converse(
    stream: Stream,
    request: Request<Full<Bytes>>,
    Transport { timeouts, clock, .. }: Transport<'_>,
    reader: Option<&Proxy>,
) -> Result<Answer, ExchangeError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // Ends by itself when the sender and the body are dropped.
    tokio::spawn(connection);
    let sent = clock.now();
    let response = timeout(timeouts.read, sender.send_request(request))
        .await
        .map_err(|_| ExchangeError::NoAnswer(timeouts.read))?
        .map_err(broken)?;
    let (status, headers) = (response.status(), response.headers());
    if let Some(proxy) = reader.filter(|_| ConnectError::is_refusal(status, headers)) {
        return Err(ConnectError::refusal(proxy, status, headers).into());
    }
    let may_want_tls = may_want_tls(status, headers);
    let (status, skew) = (status.as_u16(), skew(headers, sent, clock.now()));
    Ok(Answer { status, body: read_body(response, timeouts.read).await?, skew, may_want_tls })
}

fn broken(error: hyper::Error) -> ExchangeError {
    ExchangeError::Http(ProtocolError::new(error))
}

/// Measures how far the clock is off, if the headers of an answer show it.
pub(crate) fn skew(headers: &HeaderMap, sent: Timestamp, received: Timestamp) -> Option<ClockSkew> {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    ClockSkew::measure(sent, received, date, headers.contains_key(AGE))
}

/// Returns whether a refusal is for the time that was signed, so that a signature with the measured
/// skew may succeed. Only the difference of the two skews counts: a clock that is known to be off
/// does not warrant a second signature, and one that has been set since does.
pub(crate) fn is_off(code: &str, signed_with: ClockSkew, measured: ClockSkew) -> bool {
    let difference = measured.as_seconds().saturating_sub(signed_with.as_seconds());
    ClockSkew::from_seconds(difference).warrants_retry(code)
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
        let frame = frame.map_err(broken)?;
        let data = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
        if body.len() + data.len() > BODY_LIMIT {
            return Err(ExchangeError::TooLong);
        }
        body.extend_from_slice(data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_wiped_on_drop() {
        fn assert_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        assert_wiped(&Answer::default().body);
    }
}

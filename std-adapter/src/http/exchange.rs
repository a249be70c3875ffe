//! One exchange over HTTP/1.1 on its own connection: no redirects, all bounded.

use core::time::Duration;

use bytes::Bytes;
use http::header::{AGE, DATE};
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rolesig::{ClockSkew, Timestamp};
use thiserror::Error;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::http::connect::{self, ConnectError, is_tls_proxy, may_want_tls, names_tls, speaks_tls};
use crate::http::interception::{Interception, is_of_proxy, wants_tls};
use crate::http::network::Network;
use crate::http::protocol_error::ProtocolError;
use crate::http::proxy::Proxy;
use crate::http::retry_budget::RetrySettings;
use crate::http::stream::Stream;
use crate::read::origin::Origin;

/// Documents with credentials have some 2 KB.
const BODY_LIMIT: usize = 64 * 1024;

/// The limits on time and attempts for requests to a service.
///
/// ```
/// use core::time::Duration;
/// use rolesig_std::http::Timeouts;
///
/// // For a proxy of the metadata service that is slow to start.
/// let mut timeouts = Timeouts::default();
/// timeouts.read = Duration::from_secs(5);
/// timeouts.total = Duration::from_secs(30);
/// assert_eq!((timeouts.connect, timeouts.attempts), (Duration::from_secs(1), 4));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a connection, and as much again for TLS and for a proxy: 1 s by default.
    pub connect: Duration,
    /// For the whole head of a response, and then for each piece of its body, however many: 1 s by
    /// default. `total` ends a body that comes in drips.
    pub read: Duration,
    /// For all exchanges and retries of one fetch together: 10 s by default.
    pub total: Duration,
    /// The most times that a request is sent when the service is busy, faulty or slow: 4 by
    /// default, but at most 2 if there is no connection at all.
    pub attempts: u32,
}

impl Timeouts {
    /// For services on the internet: 5 s for a connection, 20 s for a response, 60 s in all.
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

/// The reason why an exchange gave no response.
///
/// ```
/// use rolesig_std::http::{ConnectError, ExchangeError};
///
/// let error = ExchangeError::from(ConnectError::HttpsIsOff);
/// assert!(error.is_final() && error.connect_error().is_some());
/// assert!(!ExchangeError::NoResponse(core::time::Duration::from_secs(1)).is_final());
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// No connection, or no response of a proxy of plain `http` to a request, which the service may
    /// have read.
    #[error("no connection ({0})")]
    Connect(#[from] ConnectError),
    /// There was a connection, but the head of the response was not whole in time, or a pause in
    /// its body was too long: [`Timeouts::read`].
    #[error("connected, but there was no response for {} ms", .0.as_millis())]
    NoResponse(Duration),
    /// The response is not HTTP, or is cut off.
    #[error("{}", broken_off(.0))]
    Http(#[source] ProtocolError),
    /// The response is longer than any document of its kind.
    #[error("the response is longer than {BODY_LIMIT} bytes")]
    TooLong,
    /// Something other than the service answered.
    #[error("not a response of the service: {0}")]
    Intercepted(Interception),
    /// The request is invalid: it contains a setting that no header can carry.
    #[error("invalid request ({0})")]
    Request(#[source] http::Error),
}

/// Writes why there is no whole response. A peer that speaks TLS, or wants a certificate, has
/// refused the connection with it.
fn broken_off(error: &ProtocolError) -> String {
    match ConnectError::in_causes(error) {
        Some(reason) => format!("no connection ({reason})"),
        None => format!("not an HTTP response, or cut off ({error})"),
    }
}

impl ExchangeError {
    /// Returns why there is no connection, if that is the reason; or why a proxy of plain `http`
    /// gave no response to a request, which the service may have read.
    pub fn connect_error(&self) -> Option<&ConnectError> {
        match self {
            Self::Connect(error) => Some(error),
            Self::Http(error) => ConnectError::in_causes(error),
            _ => None,
        }
    }

    /// Returns whether further attempts are pointless.
    pub fn is_final(&self) -> bool {
        self.needs_change() || matches!(self, Self::Intercepted(_))
    }

    /// Returns whether a setting, a certificate or the service has to change first. A portal of the
    /// network does not: it ends with a login, or in another network.
    pub(crate) fn needs_change(&self) -> bool {
        self.connect_error().is_some_and(ConnectError::is_final)
            || match self {
                Self::Intercepted(found) => found.needs_change(),
                _ => matches!(self, Self::TooLong | Self::Request(_)),
            }
    }

    /// Returns what to do, if the reason is known.
    pub(crate) fn known_remedy(&self) -> Option<&str> {
        match self {
            Self::Intercepted(found) => Some(found.remedy()),
            _ => self.connect_error().and_then(ConnectError::remedy),
        }
    }

    /// Returns what to do, for those whose settings led there.
    pub(crate) fn remedy(&self, endpoint: &str) -> &str {
        const OTHERWISE: &str = "check the network, and that the service is running";
        const OR_TLS: &str = "check the network, and that the service is running; if it speaks TLS, \
                              give the endpoint as https://";
        let is_cut = matches!(self, Self::Http(error) if !error.is_malformed());
        let otherwise = if is_cut && endpoint.starts_with("http://") { OR_TLS } else { OTHERWISE };
        self.known_remedy().unwrap_or(otherwise)
    }
}

/// The response of a service.
#[derive(Default)]
pub(crate) struct ReceivedResponse {
    pub(crate) status: u16,
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// The skew of the host's clock, if the response shows it.
    pub(crate) skew: Option<ClockSkew>,
}

/// Sends a request to `origin`, and reads the whole response.
pub(crate) async fn exchange(
    origin: &Origin,
    mut request: Request<Full<Bytes>>,
    transport: Transport<'_>,
) -> Result<ReceivedResponse, ExchangeError> {
    let Transport { timeouts, network, .. } = transport;
    let proxy = network.proxies.find(origin).map_err(ConnectError::from)?;
    let stream = connect::open(origin, proxy.as_ref(), network, timeouts.connect).await?;
    let reader = proxy.filter(|_| !origin.is_https());
    if let Some(proxy) = &reader {
        // The proxy itself reads the request, and so may refuse it.
        *request.uri_mut() =
            Proxy::absolute(origin, request.uri()).map_err(ExchangeError::Request)?;
        proxy.authorize(request.headers_mut());
    }
    Way { origin, reader: reader.as_ref() }.converse(stream, request, transport).await
}

/// The destination of a request, and the proxy that reads it.
#[derive(Clone, Copy)]
struct Way<'w> {
    origin: &'w Origin,
    reader: Option<&'w Proxy>,
}

impl Way<'_> {
    /// Sends a request and reads the response, unless its head shows that it is not the service's.
    async fn converse(
        self,
        stream: Stream,
        request: Request<Full<Bytes>>,
        Transport { timeouts, clock, .. }: Transport<'_>,
    ) -> Result<ReceivedResponse, ExchangeError> {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // Ends by itself when the sender and the body are dropped.
        tokio::spawn(connection);
        let (method, sent) = (request.method().clone(), clock.now());
        let response = timeout(timeouts.read, sender.send_request(request))
            .await
            .map_err(|_| ExchangeError::NoResponse(timeouts.read))?;
        let response = match response {
            Ok(response) => response,
            Err(error) => return Err(self.no_response(error, timeouts.connect).await),
        };
        let received = clock.now();
        let (head, body) = response.into_parts();
        let head = Response::from_parts(head, ());
        let (status, headers) = (head.status(), head.headers());
        let may_want_tls = may_want_tls(status, headers);
        if !may_want_tls {
            self.check(&method, &head)?;
        }
        // All there may be: one that grew would leave copies behind that are not wiped.
        let mut page = Zeroizing::new(Vec::with_capacity(BODY_LIMIT));
        let read = read_body(body, &mut page, timeouts.read).await;
        if may_want_tls {
            // The beginning of a page is enough.
            if names_tls(&page) && self.is_tls_instead(&page, timeouts.connect).await {
                return Err(ConnectError::SpeaksTls.at_reader(self.reader).into());
            }
            self.check(&method, &head)?;
        }
        read?;
        if let Some(found) = Interception::find_in_page(self.origin, status, headers, &page) {
            return Err(ExchangeError::Intercepted(found));
        }
        let skew = skew(headers, sent, received);
        Ok(ReceivedResponse { status: status.as_u16(), body: page, skew })
    }

    /// Builds the error for a request that got no head of a response.
    async fn no_response(self, error: hyper::Error, limit: Duration) -> ExchangeError {
        match self.reader {
            Some(proxy) if is_tls_proxy(proxy, limit).await => {
                ConnectError::SpeaksTls.at_proxy(proxy).into()
            }
            Some(proxy) => ConnectError::no_response(proxy, ProtocolError::new(error)).into(),
            None => broken(error),
        }
    }

    /// Checks by the head of a response that the service gave it.
    fn check(self, method: &Method, response: &Response<()>) -> Result<(), ExchangeError> {
        let Self { origin, reader } = self;
        let (status, headers) = (response.status(), response.headers());
        match reader {
            Some(proxy) if is_of_proxy((method, origin), status, headers) => {
                Err(ConnectError::refusal(proxy, origin, response).into())
            }
            _ => match Interception::find(origin, status, headers) {
                Some(found) => Err(ExchangeError::Intercepted(found)),
                None => Ok(()),
            },
        }
    }

    /// Returns whether the peer that was sent plain HTTP, and answered with this page, speaks TLS.
    async fn is_tls_instead(self, page: &[u8], limit: Duration) -> bool {
        match self.reader {
            Some(proxy) => is_tls_proxy(proxy, limit).await,
            None if self.origin.is_https() => false,
            None => wants_tls(page) || speaks_tls(self.origin, limit).await,
        }
    }
}

fn broken(error: hyper::Error) -> ExchangeError {
    ExchangeError::Http(ProtocolError::new(error))
}

/// Measures how far the clock is off, if the headers of a response show it.
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

/// Appends a body to `body`, or its beginning if it is too long.
async fn read_body(
    mut incoming: Incoming,
    body: &mut Vec<u8>,
    limit: Duration,
) -> Result<(), ExchangeError> {
    loop {
        let frame =
            timeout(limit, incoming.frame()).await.map_err(|_| ExchangeError::NoResponse(limit))?;
        let Some(frame) = frame else { return Ok(()) };
        let frame = frame.map_err(broken)?;
        let data = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
        let room = BODY_LIMIT - body.len();
        body.extend_from_slice(data.get(..room).unwrap_or(data));
        if data.len() > room {
            return Err(ExchangeError::TooLong);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wipes_documents_on_drop() {
        fn assert_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        assert_wiped(&ReceivedResponse::default().body);
    }
}

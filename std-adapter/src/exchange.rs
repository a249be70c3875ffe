//! One exchange of a conversation over HTTP/1.1: no proxy, no redirects, everything bounded.

use core::time::Duration;

use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rolesig::Emit;
use rolesig::provider::Exchange;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// Documents with credentials have some 2 KB.
const BODY_LIMIT: usize = 64 * 1024;

/// How long to wait for a provider of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection: 1 s by default.
    pub connect: Duration,
    /// For the head of an answer, and for each further piece of it: 1 s by default.
    pub read: Duration,
    /// For all exchanges and retries of one fetch together: 10 s by default.
    pub total: Duration,
    /// How often a request is sent at the most when the service is busy, faulty or slow: 4 times
    /// by default, but no more than twice if there is no connection at all.
    pub attempts: u32,
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
    Connect(#[source] std::io::Error),
    /// There was a connection, but then nothing, or a pause in the middle of the answer.
    #[error("connected, but there was no answer for {} ms", .0.as_millis())]
    NoAnswer(Duration),
    /// Not HTTP, or cut off.
    #[error("not an HTTP answer, or cut off ({0})")]
    Http(#[source] hyper::Error),
    /// More than any document of its kind has.
    #[error("the answer is longer than {BODY_LIMIT} bytes")]
    TooLong,
    /// What was to be sent is not a request. The conversations of `rolesig` make none such.
    #[error("not a request ({0})")]
    Request(#[source] http::Error),
}

/// Sends a request to `authority` on a connection of its own, and reads the whole answer.
pub(crate) async fn exchange(
    authority: &Authority,
    exchange: Exchange<'_>,
    timeouts: &Timeouts,
) -> Result<(u16, Zeroizing<Vec<u8>>), ExchangeError> {
    let request = request(authority, exchange).map_err(ExchangeError::Request)?;
    let stream = connect(authority, timeouts.connect).await?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(ExchangeError::Http)?;
    // Ends by itself when the sender and the body are dropped.
    tokio::spawn(connection);
    let response = timeout(timeouts.read, sender.send_request(request))
        .await
        .map_err(|_| ExchangeError::NoAnswer(timeouts.read))?
        .map_err(ExchangeError::Http)?;
    let status = response.status().as_u16();
    Ok((status, read_body(response, timeouts.read).await?))
}

fn request(
    authority: &Authority,
    exchange: Exchange<'_>,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let mut request = Request::builder()
        .method(exchange.method())
        .uri(exchange.target().to_string())
        .header(http::header::HOST, authority.as_str())
        .header(http::header::ACCEPT, "*/*");
    for (name, value) in exchange.headers() {
        let mut value = HeaderValue::from_str(&value.to_string())?;
        // It may be the metadata token.
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    let mut body = vec![0; exchange.body().emitted_len()];
    // It is as long as it says.
    let _ = exchange.body().write_to(&mut body);
    request.body(Full::from(body))
}

async fn connect(authority: &Authority, limit: Duration) -> Result<TcpStream, ExchangeError> {
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let port = authority.port_u16().unwrap_or(80);
    timeout(limit, TcpStream::connect((host, port)))
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
        .map_err(ExchangeError::Connect)
}

async fn read_body(
    mut response: Response<Incoming>,
    limit: Duration,
) -> Result<Zeroizing<Vec<u8>>, ExchangeError> {
    let mut body = Zeroizing::new(Vec::with_capacity(4096));
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

    use super::*;

    #[test]
    fn nothing_shows_the_metadata_token() {
        let mut imds = Imds::new();
        imds.response(200, b"the-metadata-token").unwrap();
        let authority = Authority::from_static("127.0.0.1:1338");
        let request = request(&authority, imds.request().unwrap()).unwrap();
        assert_eq!(request.headers()["x-aws-ec2-metadata-token"], "the-metadata-token");
        assert!(!format!("{request:?}").contains("the-metadata-token"), "{request:?}");
    }
}

//! HTTP/1.1 as far as a [`Conversation`](crate::conversation::Conversation) needs it, without any
//! I/O: a [`RequestMessage`] writes itself, and a [`Response`] takes what was read. A
//! [`RequestHead`] is that of any other request, such as one that was signed.
//!
//! The drivers in `io` are made of these two; a program with a transport of another kind (a modem
//! that is given buffers, a callback) can use them as they are.
//!
//! ```
//! use rolesig::Emit;
//! use rolesig::http1::{RequestMessage, Response};
//! use rolesig::conversation::{Conversation, Imds};
//!
//! let imds = Imds::new();
//! let request = imds.request().unwrap();
//! let mut wire = [0; 256];
//! let sent = RequestMessage { request: &request, host: "169.254.169.254" }.write_to(&mut wire).unwrap();
//! assert!(sent.starts_with(b"PUT /latest/api/token HTTP/1.1\r\nhost: 169.254.169.254\r\n"));
//!
//! let mut response = Response::new();
//! let mut read = *b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\ntoken";
//! let len = response.take(&mut read)?;
//! assert_eq!((response.status(), &read[..len]), (200, &b"token"[..]));
//! assert!(response.is_done());
//! # Ok::<(), rolesig::http1::HttpError>(())
//! ```

use core::fmt;

mod head;
mod line;
mod request;
mod response;

pub use head::RequestHead;
pub use request::RequestMessage;
pub use response::Response;

/// The longest heads that are taken, in bytes: those of interim responses and trailers included.
const HEAD_LIMIT: usize = 8192;

/// The reason why a response is not valid HTTP/1.1. Holds nothing of the response.
///
/// ```
/// use rolesig::http1::{HttpError, Response};
///
/// let mut read = *b"SSH-2.0-OpenSSH_9.2\r\n";
/// assert_eq!(Response::new().take(&mut read), Err(HttpError::NotHttp));
/// ```
///
/// Source: RFC 9112.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum HttpError {
    /// The connection ended before the first byte of a response.
    NoResponse,
    /// The connection ended within a response.
    Cut,
    /// The first line is not that of HTTP/1.0 or 1.1.
    NotHttp,
    /// A line of the head or of the trailers is malformed.
    BadHeader,
    /// The heads, or a line that must be understood, are longer than is taken.
    HeadTooLong,
    /// `Content-Length` is not a number, or there are two of them that differ.
    BadContentLength,
    /// `Transfer-Encoding` is something else than `chunked`, or comes with `Content-Length`.
    BadTransferEncoding,
    /// The length or the end of a chunk is wrong.
    BadChunk,
    /// The server switches to another protocol (status 101), which was not requested.
    OtherProtocol,
    /// There is more data after the end of the response.
    Surplus,
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoResponse => "the connection ended without a response: try again",
            Self::Cut => "the connection ended within the response: try again",
            Self::NotHttp => "the server does not speak HTTP/1.1: check host, port, and TLS",
            Self::BadHeader => "malformed header line in the response: is this the right host?",
            Self::HeadTooLong => "the response's head exceeds 8192 bytes: is this the right host?",
            Self::BadContentLength => "the response's Content-Length is repeated or not a number",
            Self::BadTransferEncoding => {
                "unsupported transfer encoding, expected chunked: no proxy may compress the response"
            }
            Self::BadChunk => "malformed chunk in the response",
            Self::OtherProtocol => "the server asks to change to another protocol: check the port",
            Self::Surplus => "bytes follow the end of the response: open another connection",
        })
    }
}

impl core::error::Error for HttpError {}

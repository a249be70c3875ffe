//! The head of a request, in its form on the wire.

use core::fmt;

use crate::emit::decimal::Decimal;
use crate::emit::sink::{Emit, Stage};

/// The head of any request that writes itself: the request line, `host`, headers, `content-length`,
/// and the empty line. It requests nothing about the connection, so that it can be reused.
///
/// All of it is sent unchanged. The parts of a request that was signed have been checked:
/// no line end is in them.
///
/// Source: RFC 9112, §3 (request line), §3.2 (`Host`), §6.2 (`Content-Length`).
///
/// ```
/// use rolesig::http1::RequestHead;
/// use rolesig::{Credentials, Emit, Payload, Request, Service, Signer, Timestamp};
///
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let request = Request {
///     method: "PUT",
///     host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
///     path: "/log",
///     query: &[],
///     headers: &[("content-type", b"text/csv")],
///     payload: Payload::Bytes(b"a,b\n"),
/// };
/// let mut signer = Signer::new(credentials, "eu-west-1", Service::S3)?;
/// let signed = signer.sign(&request, Timestamp::from(1_440_938_160))?;
/// let head = RequestHead {
///     method: request.method,
///     target: &signed.target(),
///     host: request.host,
///     headers: request.headers,
///     added: || signed.headers(),
///     content_length: Some(4),
/// };
/// let mut buffer = [0; 1024];
/// let wire = head.write_to(&mut buffer)?; // then the body
/// assert!(wire.starts_with(
///     b"PUT /log HTTP/1.1\r\nhost: amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com\r\n\
///         content-type: text/csv\r\n"
/// ));
/// assert!(wire.ends_with(b"\r\ncontent-length: 4\r\n\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct RequestHead<'a, T, A> {
    /// The method.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a T,
    /// The host that is connected to, and its port if it is not the default one.
    pub host: &'a str,
    /// Headers other than `host` and `content-length`.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// Headers that write themselves, such as those that a signer adds.
    pub added: A,
    /// The length of the body, in bytes; `None` if there is no body.
    pub content_length: Option<u64>,
}

impl<'n, T, A, I, V> Emit for RequestHead<'_, T, A>
where
    T: Emit,
    A: Fn() -> I,
    I: Iterator<Item = (&'n str, V)>,
    V: Emit,
{
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(self.method.as_bytes());
        out.put_byte(b' ');
        self.target.emit(out);
        out.put(b" HTTP/1.1\r\nhost: ");
        self.host.emit(out);
        for (name, value) in self.headers {
            field(name, value, out);
        }
        for (name, value) in (self.added)() {
            field(name, &value, out);
        }
        if let Some(len) = self.content_length {
            field("content-length", &Decimal(len), out);
        }
        out.put(b"\r\n\r\n");
    }
}

/// Writes a line end and a header.
fn field(name: &str, value: &dyn Emit, out: &mut Stage<'_>) {
    out.put(b"\r\n");
    name.emit(out);
    out.put(b": ");
    value.emit(out);
}

/// Shows method and host only: the rest has the signature in it, and the session token.
impl<T, A> fmt::Debug for RequestHead<'_, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

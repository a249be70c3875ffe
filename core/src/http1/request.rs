//! A request as it goes on the wire.

use crate::decimal::Decimal;
use crate::provider::Exchange;
use crate::sink::{Emit, Sink};

/// One request of a conversation, head and body, that writes itself.
///
/// It asks for nothing about the connection, so that one may be used again.
///
/// Source: RFC 9112, §3 (request line), §3.2 (`Host`), §6.2 (`Content-Length`).
///
/// ```
/// use rolesig::Emit;
/// use rolesig::http1::Request;
/// use rolesig::provider::{Conversation, IotCredentials};
///
/// let iot = IotCredentials::new("my-alias", None).unwrap();
/// let exchange = iot.request().unwrap();
/// let request = Request { exchange: &exchange, host: "c1.credentials.iot.eu-west-1.amazonaws.com" };
/// let mut wire = [0; 256];
/// assert_eq!(
///     request.write_to(&mut wire)?,
///     b"GET /role-aliases/my-alias/credentials HTTP/1.1\r\n\
///         host: c1.credentials.iot.eu-west-1.amazonaws.com\r\n\r\n",
/// );
/// # Ok::<(), rolesig::BufferTooSmall>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What is asked.
    pub exchange: &'a Exchange<'a>,
    /// The host that is connected to, and its port if it is not the default one. It goes on the
    /// wire as it is: it must have no line end in it.
    pub host: &'a str,
}

impl Emit for Request<'_> {
    fn emit(&self, out: &mut impl Sink) {
        out.put(self.exchange.method().as_bytes());
        out.put(b" ");
        self.exchange.target().emit(out);
        out.put(b" HTTP/1.1\r\nhost: ");
        self.host.emit(out);
        for (name, value) in self.exchange.headers() {
            out.put(b"\r\n");
            name.emit(out);
            out.put(b": ");
            value.emit(out);
        }
        let body = self.exchange.body();
        if self.exchange.has_body() {
            out.put(b"\r\ncontent-length: ");
            Decimal(u64::try_from(body.emitted_len()).unwrap_or(u64::MAX)).emit(out);
        }
        out.put(b"\r\n\r\n");
        body.emit(out);
    }
}

//! A request in its form on the wire.

use super::RequestHead;
use crate::conversation;
use crate::emit::sink::{Emit, Stage};

/// One request of a conversation, head and body, that writes itself.
///
/// It requests nothing about the connection, so that it can be reused.
///
/// Source: RFC 9112, §3 (request line), §3.2 (`Host`), §6.2 (`Content-Length`).
///
/// ```
/// use rolesig::Emit;
/// use rolesig::http1::RequestMessage;
/// use rolesig::conversation::{Conversation, IotCredentials};
///
/// let iot = IotCredentials::new("my-alias", None).unwrap();
/// let request = iot.request().unwrap();
/// let request = RequestMessage { request: &request, host: "c1.credentials.iot.eu-west-1.amazonaws.com" };
/// let mut wire = [0; 256];
/// assert_eq!(
///     request.write_to(&mut wire)?,
///     b"GET /role-aliases/my-alias/credentials HTTP/1.1\r\n\
///         host: c1.credentials.iot.eu-west-1.amazonaws.com\r\n\r\n",
/// );
/// # Ok::<(), rolesig::BufferTooSmallError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RequestMessage<'a> {
    /// The request of the conversation.
    pub request: &'a conversation::Request<'a>,
    /// The host that is connected to, and its port if it is not the default one. It is sent on the
    /// wire as it is: it must have no line end in it.
    pub host: &'a str,
}

impl Emit for RequestMessage<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        let body = self.request.body();
        let len = || u64::try_from(body.emitted_len()).unwrap_or(u64::MAX);
        let head = RequestHead {
            method: self.request.method(),
            target: &self.request.target(),
            host: self.host,
            headers: &[],
            added: || self.request.headers(),
            content_length: self.request.has_body().then(len),
        };
        head.emit(out);
        body.emit(out);
    }
}

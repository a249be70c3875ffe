//! One request of a conversation.

use core::fmt;

use crate::emit::percent::triplet;
use crate::emit::sink::{Emit, Stage, display_emitted};

/// One request of a conversation.
///
/// Its parts write themselves. A driver sends, for each request:
///
/// - method and [`target`](Self::target) in the request line
/// - `Host`, with the host that is connected to
/// - the [`headers`](Self::headers)
/// - if [`has_body`](Self::has_body), `Content-Length` with the body's length, and the
///   [`body`](Self::body)
///
/// ```
/// use rolesig::Emit;
/// use rolesig::conversation::Request;
///
/// fn head(request: &Request<'_>, host: &str) -> String {
///     let mut head = format!("{} {} HTTP/1.1\r\n", request.method(), request.target());
///     head.push_str(&format!("host: {host}\r\n"));
///     for (name, value) in request.headers() {
///         head.push_str(&format!("{name}: {value}\r\n"));
///     }
///     if request.has_body() {
///         let len = request.body().emitted_len();
///         head.push_str(&format!("content-length: {len}\r\n"));
///     }
///     head + "\r\n"
/// }
/// # use rolesig::conversation::{Conversation, Imds};
/// # let token = head(&Imds::new().request().unwrap(), "169.254.169.254");
/// # assert_eq!(token, "PUT /latest/api/token HTTP/1.1\r\nhost: 169.254.169.254\r\n\
/// #     x-aws-ec2-metadata-token-ttl-seconds: 21600\r\ncontent-length: 0\r\n\r\n");
/// ```
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub(super) method: &'static str,
    pub(super) target: [&'a str; 3],
    pub(super) headers: [Option<Header<'a>>; 4],
    pub(super) body: Option<RequestPart<'a>>,
}

/// A part of a request that writes itself. It is lent, so that programs whose requests have no such
/// part have no code for it.
pub(super) type RequestPart<'a> = &'a (dyn Emit + Sync);

/// A header's name and value.
pub(super) type Header<'a> = (&'static str, RequestHeaderValue<'a>);

impl<'a> Request<'a> {
    /// Creates a request without a signature or a body.
    pub(super) const fn plain(
        method: &'static str,
        target: [&'a str; 3],
        [first, second]: [Option<(&'static str, &'a str)>; 2],
    ) -> Self {
        let headers = [header(first), header(second), None, None];
        Self { method, target, headers, body: None }
    }

    /// Returns `GET`, `PUT` or `POST`.
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// Returns the request's target: a path, in its form on the wire.
    pub const fn target(&self) -> RequestTarget<'a> {
        RequestTarget(self.target)
    }

    /// Names in lower case, and values, all visible ASCII and spaces. One may be a secret. `host`
    /// and `content-length` are not among them.
    pub fn headers(
        &self,
    ) -> impl Iterator<Item = (&'static str, RequestHeaderValue<'a>)> + use<'a> {
        self.headers.into_iter().flatten()
    }

    /// Returns whether the request has a body, even an empty one: all but `GET` have.
    pub fn has_body(&self) -> bool {
        self.method != "GET"
    }

    /// Returns the body. It may hold a secret.
    pub const fn body(&self) -> RequestBody<'a> {
        RequestBody(self.body)
    }
}

/// Returns a header whose value is a text.
pub(super) const fn header<'a>(header: Option<(&'static str, &'a str)>) -> Option<Header<'a>> {
    match header {
        Some((name, text)) => Some((name, RequestHeaderValue(Value::Text(text)))),
        None => None,
    }
}

/// Shows neither headers nor body: there are secrets in both.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// The target of a [`Request`]. Spaces and what is not ASCII, as in the names of roles, is
/// percent-encoded.
///
/// ```
/// use rolesig::conversation::{Conversation, Imds};
///
/// assert_eq!(Imds::new().request().unwrap().target().to_string(), "/latest/api/token");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RequestTarget<'a>([&'a str; 3]);

impl Emit for RequestTarget<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        for byte in self.0.iter().flat_map(|part| part.bytes()) {
            if byte.is_ascii_graphic() {
                out.put_byte(byte);
            } else {
                out.put(&triplet(byte));
            }
        }
    }
}

display_emitted!(RequestTarget<'_>);

/// The value of a header of a [`Request`]. It may be a secret: `Display` shows it, `Debug` shows
/// none.
///
/// ```
/// use rolesig::conversation::{Conversation, Imds};
///
/// let imds = Imds::new();
/// let (name, value) = imds.request().unwrap().headers().next().unwrap();
/// assert_eq!(name, "x-aws-ec2-metadata-token-ttl-seconds");
/// assert_eq!((value.to_string(), format!("{value:?}")), ("21600".into(), "RequestHeaderValue(..)".into()));
/// ```
#[derive(Clone, Copy)]
pub struct RequestHeaderValue<'a>(Value<'a>);

#[derive(Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    Written(RequestPart<'a>),
}

impl<'a> RequestHeaderValue<'a> {
    pub(super) const fn written(part: RequestPart<'a>) -> Self {
        Self(Value::Written(part))
    }
}

impl Emit for RequestHeaderValue<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        match &self.0 {
            Value::Text(text) => text.emit(out),
            Value::Written(part) => part.emit(out),
        }
    }
}

display_emitted!(RequestHeaderValue<'_>);

impl fmt::Debug for RequestHeaderValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestHeaderValue(..)")
    }
}

/// The body of a [`Request`], of which [`emitted_len`](Emit::emitted_len) is the
/// `Content-Length`. It may hold a secret: `Display` shows it, `Debug` shows nothing.
///
/// ```
/// use rolesig::Emit;
/// use rolesig::conversation::{Conversation, Imds};
///
/// let imds = Imds::new();
/// let request = imds.request().unwrap();
/// assert!(request.has_body()); // so `Content-Length` is sent
/// assert_eq!(request.body().emitted_len(), 0);
/// ```
#[derive(Clone, Copy)]
pub struct RequestBody<'a>(Option<RequestPart<'a>>);

impl Emit for RequestBody<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        if let Some(body) = self.0 {
            body.emit(out);
        }
    }
}

display_emitted!(RequestBody<'_>);

impl fmt::Debug for RequestBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestBody(..)")
    }
}

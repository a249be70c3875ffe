//! One request of a conversation.

use core::fmt;

use super::form::Form;
use super::signature::Signature;
use crate::emit::percent::triplet;
use crate::emit::sink::{self, Emit, Sink};
use crate::time::timestamp::AmzDate;

/// One request of a conversation.
///
/// Its parts write themselves, so that a driver needs no more than this for every one of them:
/// method and [`target`](Self::target) in the request line; `Host` with the host that is connected
/// to; the [`headers`](Self::headers); and, if [`has_body`](Self::has_body), `Content-Length` with
/// the body's length, and the [`body`](Self::body).
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
    pub(super) headers: [Option<(&'static str, &'a str)>; 2],
    /// The signature that further headers are made of.
    pub(super) signature: Option<Signature<'a>>,
    /// The body.
    pub(super) form: Option<Form<'a>>,
}

impl<'a> Request<'a> {
    /// Creates a request without a signature or a body.
    pub(super) const fn plain(
        method: &'static str,
        target: [&'a str; 3],
        headers: [Option<(&'static str, &'a str)>; 2],
    ) -> Self {
        Self { method, target, headers, signature: None, form: None }
    }

    /// Returns `GET`, `PUT` or `POST`.
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// Returns the request's target: a path, in the form that goes on the wire.
    pub const fn target(&self) -> RequestTarget<'a> {
        RequestTarget(self.target)
    }

    /// Names in lower case, and values, all visible ASCII and spaces. One may be a secret. `host`
    /// and `content-length` are not among them.
    pub fn headers(
        &self,
    ) -> impl Iterator<Item = (&'static str, RequestHeaderValue<'a>)> + use<'a> {
        let [first, second] =
            self.headers.map(|header| header.map(|(name, text)| (name, Value::Text(text))));
        let token = self.signature.and_then(|signature| signature.session_token());
        let date = self.signature.map(|signature| ("x-amz-date", Value::Date(signature.date())));
        let token = token.map(|token| ("x-amz-security-token", Value::Text(token)));
        let signature =
            self.signature.map(|signature| ("authorization", Value::Authorization(signature)));
        let headers = first.into_iter().chain(second).chain(date).chain(token).chain(signature);
        headers.map(|(name, value)| (name, RequestHeaderValue(value)))
    }

    /// Returns whether the request has a body, even an empty one: all but `GET` have.
    pub fn has_body(&self) -> bool {
        self.method != "GET"
    }

    /// Returns the body. It may hold a secret.
    pub const fn body(&self) -> RequestBody<'a> {
        RequestBody(self.form)
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
    fn emit(&self, out: &mut impl Sink) {
        for byte in self.0.iter().flat_map(|part| part.bytes()) {
            if byte.is_ascii_graphic() {
                out.put(&[byte]);
            } else {
                out.put(&triplet(byte));
            }
        }
    }
}

impl fmt::Display for RequestTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

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
    Date(AmzDate),
    Authorization(Signature<'a>),
}

impl Emit for RequestHeaderValue<'_> {
    fn emit(&self, out: &mut impl Sink) {
        match &self.0 {
            Value::Text(text) => text.emit(out),
            Value::Date(date) => date.emit(out),
            Value::Authorization(signature) => signature.emit(out),
        }
    }
}

impl fmt::Display for RequestHeaderValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

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
pub struct RequestBody<'a>(Option<Form<'a>>);

impl Emit for RequestBody<'_> {
    fn emit(&self, out: &mut impl Sink) {
        if let Some(form) = &self.0 {
            form.emit(out);
        }
    }
}

impl fmt::Display for RequestBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

impl fmt::Debug for RequestBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestBody(..)")
    }
}

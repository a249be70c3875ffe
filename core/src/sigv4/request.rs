//! The request to be signed.

use core::fmt;

use crate::sigv4::payload::Payload;

/// An HTTP request as its parts, all borrowed. `P` is the form of its payload, and `T` the type of
/// its query's names and values.
///
/// ```
/// use rolesig::{Payload, Request};
///
/// let request = Request {
///     method: "PUT",
///     host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
///     path: "/logs/part-00000",
///     query: &[("x-id", "PutObject")],
///     headers: &[("Content-Type", b"text/plain")],
///     payload: Payload::Bytes(b"hello"),
/// };
/// ```
///
/// Source: "Create a signed AWS API request", step 1; "Authenticating Requests" (Amazon S3), for
/// the headers.
pub struct Request<'a, P = Payload<'a>, T: ?Sized = str> {
    /// As on the wire: `GET`, in upper case.
    pub method: &'a str,
    /// The value that is sent as `Host`, always signed: the port only if it is not the
    /// default one, IPv6 addresses in brackets. HTTP clients write it in lower case if they make it
    /// of a URL; a presigned request is signed so, and its URL has it so.
    pub host: &'a str,
    /// As on the wire: begins with `/`, percent-encoded. The sent target is
    /// [`Signed::target`](crate::Signed::target), which for S3 is this path in canonical form.
    /// [`percent::Encoded::path`](crate::emit::percent::Encoded::path) encodes a raw key.
    pub path: &'a str,
    /// Decoded names and values, in any order; `?acl` is `("acl", "")`, and a `+` is a plus. Bytes
    /// instead of texts are for a signer by [`ByteQuery`](crate::ByteQuery).
    pub query: &'a [(&'a T, &'a T)],
    /// All headers to be signed, in any order and case. The names that the signer owns (`host`,
    /// `authorization`, `x-amz-content-sha256`, `x-amz-date`, `x-amz-region-set`,
    /// `x-amz-s3session-token`, `x-amz-security-token`; with chunks also `content-encoding`,
    /// `x-amz-decoded-content-length`, `x-amz-trailer`) are refused.
    /// S3 requires every `x-amz-*` header to be signed. Headers that proxies change (`user-agent`,
    /// `x-amzn-trace-id`, `connection`, …) are better sent unsigned: leave them out.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The statement of the signature about the body: a [`PayloadForm`](crate::PayloadForm), or an
    /// `Option<Payload>` in a request to [presign](crate::Signer::presign).
    pub payload: P,
}

impl<'a, P, T: ?Sized> Request<'a, P, T> {
    /// Returns the request with another statement about the body, which can be of another type.
    ///
    /// ```
    /// use rolesig::{Payload, Request};
    ///
    /// # fn to_presign(request: &Request<'static>) -> Request<'static, Option<Payload<'static>>> {
    /// request.with_payload(None)
    /// # }
    /// ```
    pub const fn with_payload<Q>(&self, payload: Q) -> Request<'a, Q, T> {
        let Self { method, host, path, query, headers, .. } = *self;
        Request { method, host, path, query, headers, payload }
    }
}

impl<P: Copy, T: ?Sized> Clone for Request<'_, P, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Copy, T: ?Sized> Copy for Request<'_, P, T> {}

/// Shows of the headers only the names: a value can be a key for SSE-C, or a cookie.
impl<P: fmt::Debug, T: fmt::Debug + ?Sized> fmt::Debug for Request<'_, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.host)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &Names(self.headers))
            .field("payload", &self.payload)
            .finish()
    }
}

/// The names of headers.
struct Names<'a>(&'a [(&'a str, &'a [u8])]);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

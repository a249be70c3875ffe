//! A request signed by header: what is to be sent.

use core::fmt;
use core::iter::once;

use crate::emit::sink::{self, Emit, Sink};
use crate::sigv4::canonical::CanonicalRequest;
use crate::sigv4::canonical::added::{
    AUTHORIZATION, Added, AddedHeaders, HOST, MAX_ADDED, SECURITY_TOKEN, Visit,
};
use crate::sigv4::payload::{Payload, PayloadForm};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::Credential;
use crate::sigv4::string_to_sign::StringToSign;
use crate::sigv4::v4::V4;

/// A signed request: what to send, and the stages it went through.
///
/// Send [`target`](Self::target) as the request's target, [`headers`](Self::headers) beside the
/// request's own, and `Host` with the request's host.
pub struct Signed<'r, P: PayloadForm<S> = Payload<'r>, S: Scheme = V4, const SLOTS: usize = 16> {
    pub(crate) access_key_id: &'r str,
    pub(crate) appended_token: Option<&'r str>,
    pub(crate) canonical_request: CanonicalRequest<'r, AddedHeaders<'r, P, S>, SLOTS>,
    pub(crate) string_to_sign: StringToSign<'r>,
    pub(crate) signature: S::Signature,
}

impl<'r, P: PayloadForm<S>, S: Scheme, const SLOTS: usize> Signed<'r, P, S, SLOTS> {
    /// Returns the headers to add, in lower case; `host` is not among them.
    pub fn headers(
        &self,
    ) -> impl Iterator<Item = (&'static str, HeaderValue<'_, 'r, P, S, SLOTS>)> {
        let mut names = Names { names: [None; MAX_ADDED], len: 0 };
        self.canonical_request.added().each_header(&mut names);
        // By place and not by the array's iterator, of which it is not always seen that it cannot
        // panic.
        let added = (0..MAX_ADDED).filter_map(move |place| {
            let name = names.names.get(place).copied().flatten().filter(|name| *name != HOST)?;
            Some((name, HeaderValue(Value::Added(self, place))))
        });
        let appended = self.appended_token.map(|token| HeaderValue(Value::Token(token)));
        let authorization = HeaderValue(Value::Authorization(self.authorization()));
        added
            .chain(appended.map(|value| (SECURITY_TOKEN, value)))
            .chain(once((AUTHORIZATION, authorization)))
    }

    /// Returns the value of the `Authorization` header.
    pub const fn authorization(&self) -> Authorization<'_, 'r, P, S, SLOTS> {
        Authorization(self)
    }

    /// Returns path and query for the request line, exactly as signed.
    pub const fn target(&self) -> Target<'_, 'r, P, S, SLOTS> {
        Target(self)
    }

    /// Returns the signature: 64 hexadecimal digits; in Signature Version 4a up to 144.
    pub const fn signature(&self) -> &S::Signature {
        &self.signature
    }

    /// Returns what the signature says of the body.
    pub(crate) const fn payload(&self) -> &P {
        &self.canonical_request.added().payload
    }

    /// Returns what was hashed.
    pub const fn canonical_request(&self) -> &CanonicalRequest<'r, AddedHeaders<'r, P, S>, SLOTS> {
        &self.canonical_request
    }

    /// Returns what was authenticated with the signing key.
    pub const fn string_to_sign(&self) -> &StringToSign<'r> {
        &self.string_to_sign
    }
}

/// The value of a header that the signer adds. One of them is the session token: `Display` shows
/// it, `Debug` shows none.
pub struct HeaderValue<'s, 'r, P: PayloadForm<S>, S: Scheme, const SLOTS: usize>(
    Value<'s, 'r, P, S, SLOTS>,
);

enum Value<'s, 'r, P: PayloadForm<S>, S: Scheme, const SLOTS: usize> {
    /// The added header at this place.
    Added(&'s Signed<'r, P, S, SLOTS>, usize),
    Token(&'s str),
    Authorization(Authorization<'s, 'r, P, S, SLOTS>),
}

impl<P: PayloadForm<S>, S: Scheme, const SLOTS: usize> Emit for HeaderValue<'_, '_, P, S, SLOTS> {
    fn emit(&self, out: &mut impl Sink) {
        match &self.0 {
            Value::Added(signed, place) => {
                signed.canonical_request.added().each_header(&mut Pick { left: *place, out });
            }
            Value::Token(session_token) => session_token.emit(out),
            Value::Authorization(authorization) => authorization.emit(out),
        }
    }
}

/// The names of the added headers.
struct Names {
    names: [Option<&'static str>; MAX_ADDED],
    len: usize,
}

impl Visit for Names {
    fn visit(&mut self, name: &'static str, _: &(impl Emit + ?Sized)) {
        if let Some(place) = self.names.get_mut(self.len) {
            *place = Some(name);
        }
        self.len += 1;
    }
}

/// Writes the value at one place, and no other.
struct Pick<'o, O> {
    left: usize,
    out: &'o mut O,
}

impl<O: Sink> Visit for Pick<'_, O> {
    fn visit(&mut self, _: &'static str, value: &(impl Emit + ?Sized)) {
        if self.left == 0 {
            value.emit(self.out);
        }
        self.left = self.left.wrapping_sub(1);
    }
}

/// `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
///
/// Source: "Create a signed AWS API request", step 6.
pub struct Authorization<'s, 'r, P: PayloadForm<S>, S: Scheme, const SLOTS: usize>(
    &'s Signed<'r, P, S, SLOTS>,
);

impl<P: PayloadForm<S>, S: Scheme, const SLOTS: usize> Emit for Authorization<'_, '_, P, S, SLOTS> {
    fn emit(&self, out: &mut impl Sink) {
        let Signed { access_key_id, canonical_request, string_to_sign, signature, .. } = self.0;
        let credential = Credential { access_key_id, scope: string_to_sign.scope };
        let names = |out: &mut _| canonical_request.emit_names(out);
        emit_authorization(S::ALGORITHM, &credential, names, signature, out);
    }
}

/// Writes the value of an `Authorization` header.
pub(crate) fn emit_authorization<O: Sink>(
    algorithm: &str,
    credential: &Credential<'_>,
    signed_headers: impl FnOnce(&mut O),
    signature: &impl Emit,
    out: &mut O,
) {
    out.put(algorithm.as_bytes());
    out.put(b" Credential=");
    credential.emit(out);
    out.put(b", SignedHeaders=");
    signed_headers(out);
    out.put(b", Signature=");
    signature.emit(out);
}

/// Path and query as they go on the wire.
pub struct Target<'s, 'r, P: PayloadForm<S>, S: Scheme, const SLOTS: usize>(
    &'s Signed<'r, P, S, SLOTS>,
);

impl<P: PayloadForm<S>, S: Scheme, const SLOTS: usize> Emit for Target<'_, '_, P, S, SLOTS> {
    fn emit(&self, out: &mut impl Sink) {
        self.0.canonical_request.emit_target(out);
    }
}

impl<P: PayloadForm<S>, S: Scheme, const SLOTS: usize> fmt::Debug for Signed<'_, P, S, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("access_key_id", &self.access_key_id)
            .field("string_to_sign", &self.string_to_sign)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

impl<P: PayloadForm<S>, S: Scheme, const SLOTS: usize> fmt::Debug
    for HeaderValue<'_, '_, P, S, SLOTS>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeaderValue(..)")
    }
}

impl<P: PayloadForm<S>, S: Scheme, const SLOTS: usize> fmt::Display
    for HeaderValue<'_, '_, P, S, SLOTS>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

impl<P: PayloadForm<S>, S: Scheme, const SLOTS: usize> fmt::Display
    for Authorization<'_, '_, P, S, SLOTS>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

impl<P: PayloadForm<S>, S: Scheme, const SLOTS: usize> fmt::Display
    for Target<'_, '_, P, S, SLOTS>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

//! Signing requests, by header and by query, with keys that are kept.

use http::header::{HOST, HeaderName};
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Uri};
use rolesig::{
    ByteQuery, Credentials, Emit, Expires, Payload, Service, SignError, Signer, Timestamp, V4,
};
use zeroize::Zeroizing;

use super::key_cache::{KeyScope, SigningKeyCache};
use super::presigned::PresignedUrl;
use super::{
    FEW, HostOfUri, OWNED, Parts, SENSITIVE, SLOTS, SignRequestError, given_host, tabs_to_spaces,
};

type BytesSigner<'s, const N: usize> = Signer<'s, ByteQuery<V4>, N>;

/// A signer of HTTP requests to one service in one region, with one set of credentials.
///
/// [`sign_request`](super::sign_request) is the short form for a single request. This one can use a
/// [`SigningKeyCache`], and presigns.
///
/// ```
/// use rolesig::{Credentials, Expires, Payload, Service, Timestamp};
/// use rolesig_std::sign::{RequestSigner, SigningKeyCache};
///
/// let keys = SigningKeyCache::new();
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let signer = RequestSigner::new(credentials, "us-east-1", Service::S3).with_keys(&keys);
/// let request = http::Request::get("https://bucket.s3.amazonaws.com/key").body(())?;
/// let hour = Expires::seconds(3600).ok_or("1 s to 7 days")?;
/// let presigned =
///     signer.presign(&request, Payload::Bytes(b""), hour, Timestamp::from(1_440_938_160))?;
/// assert!(presigned.url().starts_with("https://bucket.s3.amazonaws.com/key?X-Amz-Algorithm="));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RequestSigner<'s> {
    credentials: Credentials<'s>,
    region: &'s str,
    service: Service<'s>,
    keys: Option<&'s SigningKeyCache>,
}

impl<'s> RequestSigner<'s> {
    /// Creates a signer that derives its key for each request.
    pub const fn new(credentials: Credentials<'s>, region: &'s str, service: Service<'s>) -> Self {
        Self { credentials, region, service, keys: None }
    }

    /// Uses the keys of a cache, and keeps there those that it derives.
    #[must_use]
    pub const fn with_keys(self, keys: &'s SigningKeyCache) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// Signs a request as of `now`, in place, as [`sign_request`](super::sign_request) does.
    ///
    /// # Errors
    /// If the request cannot be signed as it is; it is then unchanged, except for tabs.
    pub fn sign<B>(
        &self,
        request: &mut Request<B>,
        payload: Payload<'_>,
        now: Timestamp,
    ) -> Result<(), SignRequestError> {
        tabs_to_spaces(request.headers_mut());
        let parts = Parts::of(request, self.service.name)?;
        let (target, added) = if parts.are_few() {
            self.signed::<FEW>(&parts, payload, now)?
        } else {
            self.signed::<SLOTS>(&parts, payload, now)?
        };
        let mut uri = request.uri().clone().into_parts();
        uri.path_and_query = Some(target);
        // The other parts are those of a URI already.
        *request.uri_mut() = Uri::from_parts(uri).map_err(|_| SignError::InvalidPath)?;
        let is_of_uri = given_host(request).is_none();
        for name in OWNED {
            request.headers_mut().remove(name);
        }
        request.headers_mut().extend(added);
        if let Some(host) = request.headers().get(HOST).filter(|_| is_of_uri).cloned() {
            request.extensions_mut().insert(HostOfUri(host));
        }
        Ok(())
    }

    /// Signs a request by query as of `now`: returns a URL that anyone can use until it expires.
    ///
    /// The headers of the request are signed, and are to be sent with the URL. S3 protects no body;
    /// for other services `payload` is the body that will be sent, `Payload::Bytes(b"")` for none.
    ///
    /// Source: "Authenticating Requests: Using Query Parameters" (Amazon S3 API Reference).
    ///
    /// # Errors
    /// If the request cannot be signed as it is.
    pub fn presign<B>(
        &self,
        request: &Request<B>,
        payload: Payload<'_>,
        expires: Expires,
        now: Timestamp,
    ) -> Result<PresignedUrl, SignRequestError> {
        let parts = Parts::of(request, self.service.name)?;
        let scheme = request.uri().scheme_str().unwrap_or("https");
        if parts.are_few() {
            self.presigned::<FEW>(&parts, payload, expires, now, scheme)
        } else {
            self.presigned::<SLOTS>(&parts, payload, expires, now, scheme)
        }
    }

    /// Returns the target to send, and the headers to add. Not inlined: the slots are on the stack,
    /// and the many must not be part of the caller's frame.
    #[inline(never)]
    fn signed<const N: usize>(
        &self,
        parts: &Parts<'_>,
        payload: Payload<'_>,
        now: Timestamp,
    ) -> Result<(PathAndQuery, Vec<(HeaderName, HeaderValue)>), SignRequestError> {
        self.with_signer::<N, _>(now, |signer| {
            let query = parts.query();
            let signed = signer.sign(&parts.request(&query, payload), now)?;
            let mut added = Vec::with_capacity(OWNED.len());
            for (name, value) in signed.headers() {
                let mut value = HeaderValue::try_from(written(&value))
                    .map_err(|_| SignError::InvalidHeaderValue { index: 0 })?;
                value.set_sensitive(SENSITIVE.contains(&name));
                added.push((HeaderName::from_static(name), value));
            }
            let host = HeaderValue::try_from(&parts.host).map_err(|_| SignError::InvalidHost)?;
            added.push((HOST, host));
            Ok((PathAndQuery::try_from(written(&signed.target()))?, added))
        })
    }

    #[inline(never)]
    fn presigned<const N: usize>(
        &self,
        parts: &Parts<'_>,
        payload: Payload<'_>,
        expires: Expires,
        now: Timestamp,
        scheme: &str,
    ) -> Result<PresignedUrl, SignRequestError> {
        self.with_signer::<N, _>(now, |signer| {
            let query = parts.query();
            let presigned = signer.presign(&parts.request(&query, payload), expires, now)?;
            let header = presigned.header().and_then(|(name, value)| {
                Some((HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?))
            });
            let url = String::from_utf8(written(&presigned.url(scheme)));
            let url = Zeroizing::new(url.map_err(|_| SignError::InvalidPath)?);
            Ok(PresignedUrl::new(url, header, presigned.expires_at(None)))
        })
    }

    /// Calls `make` with a signer, which has the key of the cache.
    fn with_signer<const N: usize, T>(
        &self,
        now: Timestamp,
        make: impl FnOnce(&mut BytesSigner<'s, N>) -> Result<T, SignRequestError>,
    ) -> Result<T, SignRequestError> {
        let Self { credentials, region, service, keys } = *self;
        let mut signer = BytesSigner::<N>::with_slots(credentials, region, service)?;
        let Some(keys) = keys else { return make(&mut signer) };
        let date = now.amz_date().date();
        let scope = KeyScope { credentials, region, service: service.name, date };
        if let Some(key) = keys.find(scope) {
            return make(&mut signer.with_key(key));
        }
        let made = make(&mut signer)?;
        if let Some(key) = signer.into_key() {
            keys.keep(scope, key);
        }
        Ok(made)
    }
}

/// Writes a part of a signature into memory of the right length.
fn written(part: &impl Emit) -> Vec<u8> {
    let mut bytes = vec![0; part.emitted_len()];
    // It is as long as it says.
    let _ = part.write_to(&mut bytes);
    bytes
}

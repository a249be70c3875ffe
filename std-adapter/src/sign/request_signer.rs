//! Signing requests, by header and by query, with keys that are kept.

use http::header::HeaderName;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request};
use rolesig::{ByteQuery, Credentials, Expires, Payload, Service, Signer, Timestamp, V4};
use zeroize::Zeroizing;

use super::key_cache::{Key, KeyScope, SigningKeyCache};
use super::presigned::PresignedUrl;
use super::{
    FEW, SLOTS, SignRequestError, added_headers, collected, is_signed_by_header, replace_signature,
    tabs_to_spaces, with_parts,
};

type BytesSigner<'s, const N: usize> = Signer<'s, ByteQuery<V4>, N>;

/// A signer of HTTP requests to one service in one region, with one set of credentials.
///
/// [`sign_request`](super::sign_request) is the short form for a single request. This one can use a
/// [`SigningKeyCache`], and presigns.
///
/// ```
/// use rolesig::{Credentials, Expires, Service, Timestamp};
/// use rolesig_std::sign::{RequestSigner, SigningKeyCache};
///
/// let keys = SigningKeyCache::new();
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let signer = RequestSigner::new(credentials, "us-east-1", Service::S3).with_keys(&keys);
/// let request = http::Request::get("https://bucket.s3.amazonaws.com/key").body(())?;
/// let hour = Expires::seconds(3600).ok_or("1 s to 7 days")?;
/// let presigned =
///     signer.presign(&request, None, hour, Timestamp::from(1_440_938_160))?;
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
        let is_signed = |name: &str| is_signed_by_header(self.service, name);
        let (target, added) = with_parts(request, payload, is_signed, |parts, host, is_small| {
            let sign = if is_small { Self::signed::<FEW> } else { Self::signed::<SLOTS> };
            sign(self, parts, host, now)
        })?;
        replace_signature(request, target, added)
    }

    /// Signs a request by query as of `now`: returns a URL that anyone can use until it expires.
    ///
    /// The headers of the request are signed, and are to be sent with the URL. `payload` is `None`
    /// for any body to S3, and for no body to other services; `Some` is the body that must be sent:
    /// see [`Signer::presign`].
    ///
    /// Source: "Authenticating Requests: Using Query Parameters" (Amazon S3 API Reference).
    ///
    /// # Errors
    /// If the request cannot be signed as it is.
    pub fn presign<B>(
        &self,
        request: &Request<B>,
        payload: Option<Payload<'_>>,
        expires: Expires,
        now: Timestamp,
    ) -> Result<PresignedUrl, SignRequestError> {
        let presigned = self.presigned_parts(request, payload, expires, now)?;
        let scheme = request.uri().scheme_str().unwrap_or("https");
        let (host, target) = (&presigned.host, presigned.target.as_str());
        let url = Zeroizing::new([scheme, "://", host, target].concat());
        Ok(PresignedUrl::new(url, presigned.added, presigned.expires_at))
    }

    /// Returns the region.
    #[cfg(feature = "http-body")]
    pub(super) const fn region(&self) -> &'s str {
        self.region
    }

    /// Returns the service.
    pub(super) const fn service(&self) -> Service<'s> {
        self.service
    }

    /// Signs with so many slots for headers and for query pairs, and returns the target to send and
    /// the headers to add. The slots are on the stack, so the many must not be part of the caller's
    /// frame.
    #[inline(never)]
    fn signed<const N: usize>(
        &self,
        request: &rolesig::Request<'_, Payload<'_>, [u8]>,
        host: &str,
        now: Timestamp,
    ) -> Result<(PathAndQuery, Vec<(HeaderName, HeaderValue)>), SignRequestError> {
        let (signed, _) = self.with_signer::<N, _>(now, |signer| {
            let signed = signer.sign(request, now)?;
            Ok((
                PathAndQuery::try_from(collected(&signed.target()))?,
                added_headers(&signed, host)?,
            ))
        })?;
        Ok(signed)
    }

    /// Calls `make` with a signer, which has the key of the cache; returns also the key that signed.
    pub(super) fn with_signer<const N: usize, T>(
        &self,
        now: Timestamp,
        make: impl FnOnce(&mut BytesSigner<'s, N>) -> Result<T, SignRequestError>,
    ) -> Result<(T, Option<Key>), SignRequestError> {
        let Self { credentials, region, service, keys } = *self;
        let mut signer = BytesSigner::<N>::with_slots(credentials, region, service)?;
        let date = now.amz_date().date();
        let scope = KeyScope { credentials, region, service: service.name, date };
        let kept = keys.and_then(|keys| keys.find(scope));
        let is_new = kept.is_none();
        if let Some(key) = kept {
            signer = signer.with_key(key);
        }
        let made = make(&mut signer)?;
        let key = signer.into_key();
        if let (Some(keys), Some(key), true) = (keys, &key, is_new) {
            keys.keep(scope, key.clone());
        }
        Ok((made, key))
    }
}

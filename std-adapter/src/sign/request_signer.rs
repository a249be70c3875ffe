//! Signing requests, by header and by query, with keys that are kept.

use std::sync::Arc;

use http::Request;
use rolesig::{
    ByteQuery, Credentials, Expires, Payload, PayloadForm, Service, SignError, Signer, Timestamp,
    V4,
};

use super::head::NewHead;
use super::key_cache::{DayKey, KeyScope, SigningKeyCache};
use super::parts::{tabs_to_spaces, with_parts};
use super::presigned::PresignedUrl;
use super::{FEW, SLOTS, SignRequestError, is_never_signed_in_lower_case};

pub(super) type BytesSigner<'s, const N: usize> = Signer<'s, ByteQuery<V4>, N>;

/// The bytes of a usual signature: its target and its headers, without the session token.
const USUAL: usize = 640;

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

    /// Uses the keys of a cache, and keeps there those that it derives; and for URLs, the encoded
    /// session token.
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
        let key = self.day_key(now)?;
        self.sign_head(request, payload, now, &key)
    }

    /// Signs a request by query as of `now`: returns a URL that anyone can use until it expires.
    ///
    /// The headers of the request are signed, and must be sent with the URL. `payload` is `None`
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
        Ok(self.presigned_parts(request, payload, expires, now)?.url)
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

    /// Returns whether keys outlive a request.
    pub(super) const fn keeps_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// Signs a request with the key of the day, in place.
    pub(super) fn sign_head<B, P: PayloadForm<ByteQuery<V4>>>(
        &self,
        request: &mut Request<B>,
        payload: P,
        now: Timestamp,
        key: &DayKey,
    ) -> Result<(), SignRequestError> {
        match self.sign_as_it_is(request, payload, now, key) {
            // The core refuses a tab, which hardly any value has.
            Err(SignRequestError::Sign(SignError::InvalidHeaderValue { .. })) => {
                tabs_to_spaces(request.headers_mut());
                self.sign_as_it_is(request, payload, now, key)
            }
            outcome => outcome,
        }
    }

    fn sign_as_it_is<B, P: PayloadForm<ByteQuery<V4>>>(
        &self,
        request: &mut Request<B>,
        payload: P,
        now: Timestamp,
        key: &DayKey,
    ) -> Result<(), SignRequestError> {
        // Filled where it is: to move what was just written takes longer.
        let (mut text, mut new) = (vec![0; USUAL], NewHead::default());
        let service = self.service.name;
        let is_signed =
            |name: &str, is_owned: bool| !is_owned && !is_never_signed_in_lower_case(service, name);
        with_parts(request, payload, is_signed, |parts, host, is_small| {
            let sign = if is_small { Self::signed::<P, FEW> } else { Self::signed::<P, SLOTS> };
            match sign(self, parts, now, key, &mut text, &mut new) {
                Err(SignRequestError::Sign(SignError::BufferTooSmall { needed })) => {
                    text = vec![0; needed];
                    sign(self, parts, now, key, &mut text, &mut new)
                }
                signed => signed,
            }?;
            new.append_host(host, request.uri(), &mut text)
        })?;
        new.replace(text, key.session_token(), request)
    }

    /// Signs with `SLOTS` slots for headers and for query pairs, into a buffer. The slots are on
    /// the stack, so the many must not be part of the caller's frame.
    #[inline(never)]
    fn signed<P: PayloadForm<ByteQuery<V4>>, const N: usize>(
        &self,
        parts: &rolesig::Request<'_, P, [u8]>,
        now: Timestamp,
        key: &DayKey,
        buffer: &mut [u8],
        new: &mut NewHead,
    ) -> Result<(), SignRequestError> {
        new.set(&self.signer::<N>(key)?.sign_into(parts, now, buffer)?)
    }

    /// Returns a signer that has the key of the day.
    pub(super) fn signer<'k, const N: usize>(
        &self,
        key: &'k DayKey,
    ) -> Result<BytesSigner<'k, N>, SignError>
    where
        's: 'k,
    {
        let signer = BytesSigner::<N>::with_checked(key.credentials(), self.region, self.service)?;
        Ok(signer.with_unchecked_key(key.key()))
    }

    /// Returns the key of the day: the one of the cache, or a new one, which is kept there.
    pub(super) fn day_key(&self, now: Timestamp) -> Result<Arc<DayKey>, SignRequestError> {
        let Self { credentials, region, service, keys } = *self;
        let scope = KeyScope { credentials, region, service: service.name, now };
        if let Some(kept) = keys.and_then(|keys| keys.find(scope)) {
            return Ok(kept);
        }
        // It checks what the key is derived from.
        BytesSigner::<1>::with_slots(credentials, region, service)?;
        let derived = Arc::new(DayKey::derive(scope)?);
        if let Some(keys) = keys {
            keys.keep(scope, Arc::clone(&derived));
        }
        Ok(derived)
    }
}

//! Signing an [`http::Request`] by query.

use http::header::{AUTHORIZATION, HOST, HeaderName};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Request};
use rolesig::{Credentials, Expires, Payload, Service, SignError, Timestamp};
use zeroize::Zeroizing;

use crate::sign::head::{CONTENT_SHA256, put_target, remove_signature};
#[cfg(doc)]
use crate::sign::is_never_signed;
use crate::sign::key_cache::DayKey;
use crate::sign::parts::{Host, HostOfUri, with_parts};
use crate::sign::presigned::PresignedUrl;
use crate::sign::request_signer::RequestSigner;
use crate::sign::{FEW, SLOTS, SignRequestError, is_never_signed_in_lower_case};

/// The bytes of a usual presigned URL, without the session token. The whole buffer is wiped, so
/// unused room costs time.
const USUAL: usize = 512;

/// Signs a request by query as of `now`, in place: anyone who has its URI can send it, with all of
/// its headers, until it expires or its credentials do. The URI is a secret.
///
/// All headers are signed but those that [never are](is_never_signed), and the host is that of the
/// URI, or of a `Host` header. An earlier signature, by header or by query, is replaced. `payload`
/// is `None` for any body to S3, and for no body to other services: see
/// [`Signer::presign`](rolesig::Signer::presign).
///
/// # Errors
/// If the request cannot be signed as it is; it is then unchanged.
///
/// ```
/// use rolesig::{Credentials, Expires, Service, Timestamp};
///
/// let mut request = http::Request::get("https://bucket.s3.amazonaws.com/key").body(())?;
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// rolesig_std::sign::presign_request(
///     &mut request,
///     None,
///     credentials,
///     "us-east-1",
///     Service::S3,
///     Expires::MAX,
///     Timestamp::from(1_440_938_160),
/// )?;
/// let url = request.uri().to_string();
/// assert!(url.starts_with("https://bucket.s3.amazonaws.com/key?X-Amz-Algorithm=AWS4-HMAC-SHA256"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
/// Source: "Authenticating Requests: Using Query Parameters" (Amazon S3).
pub fn presign_request<B>(
    request: &mut Request<B>,
    payload: Option<Payload<'_>>,
    credentials: Credentials<'_>,
    region: &str,
    service: Service<'_>,
    expires: Expires,
    now: Timestamp,
) -> Result<(), SignRequestError> {
    let signer = RequestSigner::new(credentials, region, service);
    let presigned = signer.presigned_parts(request, payload, expires, now)?;
    let host = HeaderValue::try_from(presigned.host).map_err(|_| SignError::InvalidHost)?;
    let target = presigned.url.url().get(presigned.target_start..).unwrap_or_default();
    put_target(request, Some(PathAndQuery::try_from(target)?))?;
    // Its presigned form signs it, as any other header.
    let content_sha256 = own_content_sha256(request.headers()).cloned();
    remove_signature(request.headers_mut());
    let added = content_sha256.map(|value| (CONTENT_SHA256, value));
    for (name, value) in presigned.url.header().cloned().into_iter().chain(added) {
        request.headers_mut().append(name, value);
    }
    if presigned.is_host_of_uri {
        request.extensions_mut().insert(HostOfUri(host.clone()));
    }
    request.headers_mut().insert(HOST, host);
    Ok(())
}

/// Returns the caller's own hash of the body: one beside a signature by header is that signature's.
fn own_content_sha256(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(CONTENT_SHA256).filter(|_| !headers.contains_key(AUTHORIZATION))
}

/// The parts of a presigned request.
pub(super) struct PresignedParts {
    pub(super) url: PresignedUrl,
    /// The place in the URL where its path begins.
    target_start: usize,
    host: String,
    is_host_of_uri: bool,
}

impl RequestSigner<'_> {
    /// Presigns a request, which stays as it is.
    pub(super) fn presigned_parts<B>(
        &self,
        request: &Request<B>,
        payload: Option<Payload<'_>>,
        expires: Expires,
        now: Timestamp,
    ) -> Result<PresignedParts, SignRequestError> {
        let key = self.day_key(now)?;
        let scheme = request.uri().scheme_str().unwrap_or("https");
        let service = self.service().name;
        let has_own_hash = own_content_sha256(request.headers()).is_some();
        let is_signed = |name: &str, is_owned: bool| match name {
            "x-amz-content-sha256" => has_own_hash,
            _ => !is_owned && !is_never_signed_in_lower_case(service, name),
        };
        with_parts(request, payload, is_signed, |parts, host, is_small| {
            let presign = if is_small { Self::presigned::<FEW> } else { Self::presigned::<SLOTS> };
            let (url, target_start) = presign(self, parts, scheme, expires, now, &key)?;
            let Host { name, is_of_uri: is_host_of_uri, .. } = host;
            Ok(PresignedParts { url, target_start, host: name.to_owned(), is_host_of_uri })
        })
    }

    /// Presigns with `SLOTS` slots, which must not be part of the caller's frame. Returns the URL,
    /// and where its target begins.
    #[inline(never)]
    fn presigned<const N: usize>(
        &self,
        request: &rolesig::Request<'_, Option<Payload<'_>>, [u8]>,
        scheme: &str,
        expires: Expires,
        now: Timestamp,
        key: &DayKey,
    ) -> Result<(PresignedUrl, usize), SignRequestError> {
        let mut signer = self.signer::<N>(key)?;
        // Some bytes of a token become triplets.
        let mut token_len = key.session_token().map_or(0, |token| token.len() + token.len() / 8);
        if self.keeps_keys() {
            let encoded = key.encoded_token();
            (signer, token_len) = (signer.with_encoded_token(encoded), encoded.len());
        }
        let mut text = Zeroizing::new(vec![0; USUAL + token_len]);
        let mut presigned = signer.presign_into(request, expires, now, scheme, &mut text);
        if let Err(SignError::BufferTooSmall { needed }) = presigned {
            text = Zeroizing::new(vec![0; needed]);
            presigned = signer.presign_into(request, expires, now, scheme, &mut text);
        }
        let presigned = presigned?;
        let header = presigned.header().and_then(|(name, value)| {
            Some((HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?))
        });
        let expires_at = presigned.expires_at(None);
        let (len, target_len) = (presigned.url().len(), presigned.target().len());
        text.truncate(len);
        let url =
            String::from_utf8(core::mem::take(&mut *text)).map_err(|_| SignError::InvalidPath)?;
        Ok((PresignedUrl::new(Zeroizing::new(url), header, expires_at), len - target_len))
    }
}

#[cfg(test)]
mod tests {
    use rolesig::Signer;

    use super::*;
    use crate::sign::SigningKeyCache;

    #[test]
    fn writes_urls_of_every_length() {
        let now = Timestamp::from(1_440_938_160);
        let token = "IQoJb3JpZ2luX2VjEXAMPLE/+".repeat(20);
        let credentials = Credentials {
            access_key_id: "AKID",
            secret_access_key: "secret",
            session_token: Some(&token),
        };
        let keys = SigningKeyCache::new();
        let signer = RequestSigner::new(credentials, "us-east-1", Service::S3);
        let mut core = Signer::new(credentials, "us-east-1", Service::S3).unwrap();
        for len in (0..700).chain([2000]) {
            let path = format!("/{}", "k".repeat(len));
            let parts = rolesig::Request {
                method: "GET",
                host: "bucket.s3.amazonaws.com",
                path: &path,
                query: &[],
                headers: &[],
                payload: None,
            };
            let expected = core.presign(&parts, Expires::MAX, now).unwrap();
            let expected = expected.url("https").to_string();
            let uri = format!("https://bucket.s3.amazonaws.com{path}");
            let request = Request::get(uri).body(()).unwrap();
            for signer in [signer, signer.with_keys(&keys)] {
                let presigned = signer.presign(&request, None, Expires::MAX, now).unwrap();
                assert_eq!(presigned.url(), expected);
            }
        }
    }

    #[test]
    fn writes_the_same_url_with_a_kept_token() {
        let request = Request::get("https://bucket.s3.amazonaws.com/a/b?c=d").body(()).unwrap();
        let now = Timestamp::from(1_440_938_160);
        let long = "IQoJb3JpZ2luX2VjEXAMPLE/+".repeat(40);
        let keys = SigningKeyCache::new();
        for session_token in [None, Some("token"), Some("a/token+of=="), Some(&*long)] {
            let credentials =
                Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token };
            let signer = RequestSigner::new(credentials, "us-east-1", Service::S3);
            let url = |signer: RequestSigner<'_>| {
                let presigned = signer.presign(&request, None, Expires::MAX, now).unwrap();
                presigned.url().to_owned()
            };
            let expected = url(signer);
            assert_eq!(url(signer.with_keys(&keys)), expected);
            assert_eq!(url(signer.with_keys(&keys)), expected, "with what the first one kept");
            let key = signer.with_keys(&keys).day_key(now).unwrap();
            assert!(!format!("{:?}", key.encoded_token()).contains("token"));
        }
        assert_eq!(keys.len(), 4);
    }
}

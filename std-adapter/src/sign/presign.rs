//! Signing an [`http::Request`] by query.

use http::header::{HOST, HeaderName};
use http::uri::PathAndQuery;
use http::{HeaderValue, Request};
use rolesig::{Credentials, Expires, Payload, Service, SignError, Timestamp};

use crate::sign::request_signer::RequestSigner;
use crate::sign::{
    FEW, OWNED, SLOTS, SignRequestError, is_never_signed, replace_signature, with_parts, written,
};

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// Signs a request by query as of `now`, in place: anyone who has its URI can send it, with all of
/// its headers, until it expires or its credentials do. The URI is a secret.
///
/// All headers are signed but those that [never are](is_never_signed), and the host is that of the
/// URI, or of a `Host` header. The signature of an earlier call is replaced. `payload` is `None` for
/// any body to S3, and for no body to other services: see
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
    let mut added: Vec<_> = presigned.added.into_iter().collect();
    let content_sha256 = request.headers().get(CONTENT_SHA256).cloned();
    added.extend(content_sha256.map(|value| (CONTENT_SHA256, value)));
    let host = HeaderValue::try_from(presigned.host).map_err(|_| SignError::InvalidHost)?;
    added.push((HOST, host));
    replace_signature(request, presigned.target, added)
}

/// The parts of a presigned request.
pub(super) struct PresignedParts {
    pub(super) host: String,
    pub(super) target: PathAndQuery,
    /// The header that must be sent beside the request's own.
    pub(super) added: Option<(HeaderName, HeaderValue)>,
    pub(super) expires_at: Timestamp,
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
        let service = self.service().name;
        let is_signed = |name: &str| {
            name == CONTENT_SHA256 || !is_never_signed(service, name) && !OWNED.contains(&name)
        };
        with_parts(request, payload, is_signed, |parts, host, is_small| {
            let presign = if is_small { Self::presigned::<FEW> } else { Self::presigned::<SLOTS> };
            let (target, added, expires_at) = presign(self, parts, expires, now)?;
            Ok(PresignedParts { host: host.to_owned(), target, added, expires_at })
        })
    }

    /// Presigns with so many slots, which must not be part of the caller's frame.
    #[inline(never)]
    fn presigned<const N: usize>(
        &self,
        request: &rolesig::Request<'_, Option<Payload<'_>>, [u8]>,
        expires: Expires,
        now: Timestamp,
    ) -> Result<Presigned, SignRequestError> {
        let (presigned, _) = self.with_signer::<N, _>(now, |signer| {
            let presigned = signer.presign(request, expires, now)?;
            let header = presigned.header().and_then(|(name, value)| {
                Some((HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?))
            });
            let target = PathAndQuery::try_from(written(&presigned.target()))?;
            Ok((target, header, presigned.expires_at(None)))
        })?;
        Ok(presigned)
    }
}

type Presigned = (PathAndQuery, Option<(HeaderName, HeaderValue)>, Timestamp);

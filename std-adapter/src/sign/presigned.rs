//! Presigned URLs.

use core::fmt;

use http::{HeaderName, HeaderValue};
use rolesig::Timestamp;
use zeroize::Zeroizing;

/// A presigned URL: anyone who has it can use it until it expires. It contains the session token;
/// `Debug` shows only when it expires, and it is wiped when dropped.
///
/// ```
/// use rolesig::{Credentials, Expires, Service, Timestamp};
/// use rolesig_std::sign::RequestSigner;
///
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let signer = RequestSigner::new(credentials, "us-east-1", Service::S3);
/// let request = http::Request::get("https://bucket.s3.amazonaws.com/key").body(())?;
/// let hour = Expires::seconds(3600).ok_or("1 s to 7 days")?;
/// let now: Timestamp = "2015-08-30T12:36:00Z".parse()?;
/// let presigned = signer.presign(&request, None, hour, now)?;
/// assert_eq!(presigned.expires_at().to_string(), "2015-08-30T13:36:00Z");
/// assert!(!format!("{presigned:?}").contains("AKID"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PresignedUrl {
    url: Zeroizing<String>,
    header: Option<(HeaderName, HeaderValue)>,
    expires_at: Timestamp,
}

impl PresignedUrl {
    pub(super) const fn new(
        url: Zeroizing<String>,
        header: Option<(HeaderName, HeaderValue)>,
        expires_at: Timestamp,
    ) -> Self {
        Self { url, header, expires_at }
    }

    /// Returns the URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the header that must be sent beside the request's own, if there is one: VPC Lattice
    /// requires `x-amz-content-sha256` with every request.
    pub const fn header(&self) -> Option<&(HeaderName, HeaderValue)> {
        self.header.as_ref()
    }

    /// Returns when the URL stops working, by the service's clock: at the end of its own time, or
    /// when the credentials that signed it expire, if that is known and sooner.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Returns it with the end of the credentials that signed it.
    #[must_use]
    pub fn with_credentials_expiry(self, expires_at: Option<Timestamp>) -> Self {
        let expires_at = expires_at.map_or(self.expires_at, |end| end.min(self.expires_at));
        Self { expires_at, ..self }
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresignedUrl").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

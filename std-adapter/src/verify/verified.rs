//! An accepted request, without its secrets.

use rolesig::{Expires, SignedPayload, Timestamp, Verified};

/// The facts that the signature of a request proves: the parts of a [`Verified`] that are no
/// secrets, owned, so that they can go with the request.
///
/// The caller must check what the signature cannot tell: whether the signed `host` is its own, and
/// what the key may do.
///
/// ```
/// use rolesig_std::verify::{VerifiedBody, VerifiedRequest};
///
/// fn signer(request: &http::Request<VerifiedBody>) -> Option<&str> {
///     Some(request.extensions().get::<VerifiedRequest>()?.access_key_id())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRequest {
    access_key_id: String,
    signed_headers: String,
    payload: SignedPayload,
    signed_at: Timestamp,
    expires: Option<Expires>,
}

impl VerifiedRequest {
    pub(super) fn of(verified: &Verified<'_>) -> Self {
        Self {
            access_key_id: verified.access_key_id().to_owned(),
            signed_headers: verified.signed_headers().to_owned(),
            payload: verified.payload(),
            signed_at: verified.signed_at(),
            expires: verified.expires(),
        }
    }

    /// Returns whose secret it was signed with.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// Returns the names of the signed headers, in lower case and in order, joined by semicolons.
    /// All other headers may have been changed on the way.
    pub fn signed_headers(&self) -> &str {
        &self.signed_headers
    }

    /// Returns what the signature says of the body.
    pub const fn payload(&self) -> SignedPayload {
        self.payload
    }

    /// Returns the request's date.
    pub const fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// Returns how long after its date a presigned request is valid for; `None` of one signed by
    /// header.
    pub const fn expires(&self) -> Option<Expires> {
        self.expires
    }
}

//! An accepted request, without its secrets.

use rolesig::{Expires, Scheme, SignedPayload, Timestamp, TrailerName, Verified};

/// The facts that the signature of a request proves: the parts of a [`Verified`] that are not
/// secret, owned, so that they can be passed on with the request.
///
/// The caller must check what the signature cannot show: whether the signed `host` is its own, and
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
    trailer_names: Vec<String>,
    signed_at: Timestamp,
    expires: Option<Expires>,
}

impl VerifiedRequest {
    pub(super) fn of<S: Scheme>(verified: &Verified<'_, S>) -> Self {
        Self {
            access_key_id: verified.access_key_id().to_owned(),
            signed_headers: verified.signed_headers().to_owned(),
            payload: verified.payload(),
            trailer_names: verified.trailer_names().map(|name| name.to_string()).collect(),
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

    /// Returns the names of the announced trailers of a body in chunks, as
    /// [`Verified::trailer_names`].
    pub fn trailer_names(&self) -> impl Iterator<Item = TrailerName<'_>> {
        self.trailer_names.iter().filter_map(|name| TrailerName::new(name).ok())
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

//! An accepted request, with the parts that were signed.

use core::fmt;

use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::CredentialScope;
use crate::sigv4::signing_key::SigningKey;
use crate::sigv4::string_to_sign::StringToSign;
use crate::sigv4::trailer::TrailerName;
use crate::sigv4::v4::V4;
use crate::time::expires::Expires;
use crate::time::timestamp::Timestamp;
use crate::verify::framing::{Framing, names};
use crate::verify::signed_payload::SignedPayload;

/// A request whose signature is right.
///
/// ```
/// use rolesig::{SignedPayload, Verified};
///
/// fn is_allowed(verified: &Verified<'_>, method: &str) -> bool {
///     let is_reader = verified.access_key_id() == "AKIDREADER";
///     let is_protected = verified.payload() != SignedPayload::Unsigned;
///     (method == "GET" || !is_reader) && is_protected
/// }
/// ```
#[must_use = "the caller must still see what was signed"]
pub struct Verified<'r, S: Scheme = V4> {
    pub(super) access_key_id: &'r str,
    pub(super) session_token: Option<&'r str>,
    pub(super) region_set: Option<&'r str>,
    pub(super) signed_headers: &'r str,
    pub(super) payload: SignedPayload,
    pub(super) framing: Option<Framing<'r>>,
    pub(super) signed_at: Timestamp,
    pub(super) expires: Option<Expires>,
    pub(super) string_to_sign: StringToSign<'r>,
    pub(super) signature: S::Signature,
    pub(super) key: S::VerifyingKey,
}

impl<'r, S: Scheme> Verified<'r, S> {
    /// Returns whose secret it was signed with.
    pub const fn access_key_id(&self) -> &'r str {
        self.access_key_id
    }

    /// Returns the session token, as the lookup was given it.
    pub const fn session_token(&self) -> Option<&'r str> {
        self.session_token
    }

    /// Returns the regions that a signature of Version 4a is valid for; `None` in Version 4.
    pub const fn region_set(&self) -> Option<&'r str> {
        self.region_set
    }

    /// Returns the names of the signed headers, in lower case and in order, joined by semicolons.
    /// All other headers may have been changed on the way.
    pub const fn signed_headers(&self) -> &'r str {
        self.signed_headers
    }

    /// Returns what the signature says of the body.
    pub const fn payload(&self) -> SignedPayload {
        self.payload
    }

    /// Returns the length of a body in chunks without what frames it, in bytes:
    /// `x-amz-decoded-content-length`. `None` for any other body.
    pub fn decoded_len(&self) -> Option<u64> {
        Some(self.framing?.len)
    }

    /// Returns the names of the announced trailers: `x-amz-trailer`, without names that are not
    /// valid.
    pub fn trailer_names(&self) -> impl Iterator<Item = TrailerName<'r>> + use<'r, S> {
        names(self.framing.map_or("", |framing| framing.trailers))
    }

    /// Returns the request's date.
    pub const fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// Returns how long after its date a presigned request is valid for; `None` for one signed by
    /// header.
    pub const fn expires(&self) -> Option<Expires> {
        self.expires
    }

    /// Returns day, region and service.
    pub const fn scope(&self) -> &CredentialScope<'r> {
        &self.string_to_sign.scope
    }

    /// Returns the text that the signing key authenticates.
    pub const fn string_to_sign(&self) -> &StringToSign<'r> {
        &self.string_to_sign
    }

    /// Returns the signature, from which those of chunks and events continue.
    pub const fn signature(&self) -> &S::Signature {
        &self.signature
    }
}

impl Verified<'_> {
    /// Returns the key of the scope, for the signatures of events.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::of(self.key.clone(), self.access_key_id, self.scope())
    }
}

impl<S: Scheme> fmt::Debug for Verified<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("access_key_id", &self.access_key_id)
            .field("signed_headers", &self.signed_headers)
            .field("payload", &self.payload)
            .field("string_to_sign", &self.string_to_sign)
            .finish_non_exhaustive()
    }
}

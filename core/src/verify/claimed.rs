//! The signature that a request claims to have, before anything of it is proved.

use core::fmt;

use crate::credentials::Credentials;
use crate::emit::hex_digest::HexDigest;
use crate::emit::sha256::Sha256;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::CredentialScope;
use crate::sigv4::signing_key::SigningKey;
#[cfg(feature = "sigv4a")]
use crate::sigv4::sigv4a::{PublicKey, V4a};
use crate::sigv4::string_to_sign::StringToSign;
use crate::sigv4::v4::V4;
use crate::time::expires::Expires;
use crate::time::timestamp::Timestamp;
use crate::verify::error::VerifyError;
use crate::verify::framing::Framing;
use crate::verify::presented::Presented;
use crate::verify::received::ReceivedBody;
use crate::verify::signed_payload::SignedPayload;
use crate::verify::verified::Verified;

/// A request that is in order, with a signature that is still to be checked: made by
/// [`Verifier::begin`](crate::Verifier::begin).
///
/// It says which secret is needed, so that a database or a key service can be asked, and waited
/// for, before [`finish`](Self::finish) or [`finish_with_key`](Self::finish_with_key). Both can be
/// tried with one candidate after another. It borrows the request, but nothing of the body.
///
/// **Nothing in it is proved:** anyone can send it.
///
/// ```
/// # use rolesig::{ReceivedBody, ReceivedRequest, Service, Timestamp, Verified, Verifier, VerifyError};
/// # async fn secret_of(access_key_id: &str, token: Option<&str>) -> Result<String, VerifyError> {
/// #     Err(VerifyError::InvalidAccessKeyId)
/// # }
/// async fn verify<'r>(
///     request: &ReceivedRequest<'r>,
///     body: &[u8],
///     now: Timestamp,
/// ) -> Result<Verified<'r>, VerifyError> {
///     let claimed = Verifier::new("us-east-1", Service::S3).begin(request, now)?;
///     let secret = secret_of(claimed.access_key_id(), claimed.session_token()).await?;
///     claimed.finish(&secret, ReceivedBody::Bytes(body))
/// }
/// ```
///
/// Source: "Create a signed AWS API request".
#[must_use = "the signature is not checked yet"]
pub struct Claimed<'r, S: Scheme = V4> {
    pub(super) presented: Presented<'r, S>,
    pub(super) scope: CredentialScope<'r>,
    /// `None` if the body's own SHA-256 is signed, without a header that holds it.
    pub(super) payload: Option<SignedPayload>,
    pub(super) framing: Option<Framing<'r>>,
    /// Has taken the canonical request up to its last line.
    pub(super) canonical_request: Sha256,
}

impl<'r, S: Scheme> Claimed<'r, S> {
    /// Returns the access key id of the secret that the request claims to be signed with.
    pub const fn access_key_id(&self) -> &'r str {
        self.presented.credential.access_key_id
    }

    /// Returns the session token. The caller must check it: that a token is signed says only that
    /// the sender had the secret, and some services' tokens are [not
    /// signed](crate::SessionTokenPlace::Appended).
    pub const fn session_token(&self) -> Option<&'r str> {
        self.presented.session_token
    }

    /// Returns day, region and service: those of a derived [`SigningKey`].
    pub const fn scope(&self) -> &CredentialScope<'r> {
        &self.scope
    }

    /// Returns the regions that a signature of Version 4a is valid for, such as `*` or
    /// `us-east-1,eu-west-*`. The verifier's own is among them. `None` in Version 4.
    pub const fn region_set(&self) -> Option<&'r str> {
        self.presented.region_set
    }

    /// Returns the request's date.
    pub const fn signed_at(&self) -> Timestamp {
        self.presented.signed_at
    }

    /// Returns how long after its date a presigned request is valid for; `None` for one signed by
    /// header.
    pub const fn expires(&self) -> Option<Expires> {
        self.presented.expires
    }

    /// Returns what the signature says of the body; `None` if the request does not say it, and the
    /// body must be read before [`finish`](Self::finish).
    pub const fn payload(&self) -> Option<SignedPayload> {
        self.payload
    }

    /// Returns the length of a body in chunks without what frames it, in bytes:
    /// `x-amz-decoded-content-length`. `None` for any other body.
    pub fn decoded_len(&self) -> Option<u64> {
        Some(self.framing?.len)
    }

    /// Verifies the signature with a secret access key.
    ///
    /// # Errors
    /// [`VerifyError::SignatureDoesNotMatch`] if the signature was made of another request or with
    /// another secret, [`VerifyError::InvalidAccessKeyId`] if the secret is empty,
    /// [`VerifyError::ContentSha256Mismatch`] if the body is not the one that was signed,
    /// [`VerifyError::UnreadBody`] and [`VerifyError::StreamingPayload`] if the body must, or must
    /// not, have been read. Signatures are compared in constant time.
    #[inline(never)]
    pub fn finish(
        &self,
        secret_access_key: &str,
        body: ReceivedBody<'_>,
    ) -> Result<Verified<'r, S>, VerifyError> {
        // Anyone can sign with an empty one: a lookup that found nothing and did not say so.
        if secret_access_key.is_empty() {
            return Err(VerifyError::InvalidAccessKeyId);
        }
        let credentials = Credentials {
            access_key_id: self.access_key_id(),
            secret_access_key,
            session_token: self.session_token(),
        };
        self.conclude(S::verifying_key(S::derive(&credentials, &self.scope)), body)
    }

    /// Verifies the signature with a key that was derived before, or by a service that alone has
    /// the secret.
    ///
    /// # Errors
    /// As [`finish`](Self::finish); [`VerifyError::SignatureDoesNotMatch`] also if the key is
    /// another day's, region's, service's or access key id's.
    pub fn finish_with_key(
        &self,
        key: &SigningKey<S>,
        body: ReceivedBody<'_>,
    ) -> Result<Verified<'r, S>, VerifyError> {
        if !key.is_for(self.access_key_id(), &self.scope) {
            return Err(VerifyError::SignatureDoesNotMatch);
        }
        self.conclude(S::verifying_key(key.key().clone()), body)
    }

    fn conclude(
        &self,
        key: S::VerifyingKey,
        body: ReceivedBody<'_>,
    ) -> Result<Verified<'r, S>, VerifyError> {
        let received = body.sha256();
        let payload = match (self.payload, received) {
            (Some(payload), Some(_)) if payload.is_signed_in_parts() => {
                return Err(VerifyError::StreamingPayload);
            }
            (Some(payload), _) => payload,
            (None, received) => SignedPayload::Sha256(received.ok_or(VerifyError::UnreadBody)?),
        };
        let mut canonical_request = self.canonical_request.clone();
        canonical_request.update(&payload.hash::<S>());
        let string_to_sign = StringToSign {
            algorithm: S::ALGORITHM,
            date: self.presented.signed_at.amz_date(),
            scope: self.scope,
            canonical_request: HexDigest::new(&canonical_request.finish()),
        };
        if !S::verifies(&key, &string_to_sign, &self.presented.signature) {
            return Err(VerifyError::SignatureDoesNotMatch);
        }
        if let (SignedPayload::Sha256(signed), Some(received)) = (payload, received)
            && signed != received
        {
            return Err(VerifyError::ContentSha256Mismatch);
        }
        Ok(Verified {
            access_key_id: self.access_key_id(),
            session_token: self.session_token(),
            region_set: self.region_set(),
            signed_headers: self.presented.signed_headers,
            payload,
            framing: self.framing,
            signed_at: self.presented.signed_at,
            expires: self.presented.expires,
            string_to_sign,
            signature: self.presented.signature,
            key,
        })
    }
}

#[cfg(feature = "sigv4a")]
impl<'r> Claimed<'r, V4a> {
    /// Verifies the signature with the public key of the [access key id](Self::access_key_id): the
    /// verifier needs no secret, and could sign nothing.
    ///
    /// ```
    /// # use rolesig::{PublicKey, ReceivedBody, ReceivedRequest, Service, Timestamp, V4a, Verified};
    /// # use rolesig::{Verifier, VerifyError};
    /// # fn key_of(access_key_id: &str) -> Option<PublicKey> { None }
    /// fn verify<'r>(
    ///     request: &ReceivedRequest<'r>,
    ///     body: &[u8],
    ///     now: Timestamp,
    /// ) -> Result<Verified<'r, V4a>, VerifyError> {
    ///     let verifier = Verifier::<V4a>::with_slots("us-east-1", Service::S3);
    ///     let claimed = verifier.begin(request, now)?;
    ///     let key = key_of(claimed.access_key_id()).ok_or(VerifyError::InvalidAccessKeyId)?;
    ///     claimed.finish_with_public_key(&key, ReceivedBody::Bytes(body))
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`finish`](Self::finish). [`VerifyError::SignatureDoesNotMatch`] also if the key is that
    /// of another access key id.
    pub fn finish_with_public_key(
        &self,
        key: &PublicKey,
        body: ReceivedBody<'_>,
    ) -> Result<Verified<'r, V4a>, VerifyError> {
        self.conclude(*key, body)
    }
}

/// Shows the credential scope and the access key id only.
impl<S: Scheme> fmt::Debug for Claimed<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claimed")
            .field("access_key_id", &self.access_key_id())
            .field("scope", &self.scope)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

//! The signing key of a day, which its owner can keep.

use core::fmt;

use crate::credentials::Credentials;
use crate::emit::fingerprint::Fingerprint;
use crate::sigv4::hmac::HmacKey;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::CredentialScope;
use crate::sigv4::v4::V4;
use crate::time::timestamp::DateStamp;

/// The key that signs for one access key id on one day, in one region, for one service. It is
/// derived from the secret, and wiped when dropped.
///
/// To derive it costs four HMACs, more than to sign with it. It borrows nothing, so it can be kept
/// beside the credentials, and be handed to one [`Signer`](crate::Signer) after another:
///
/// ```
/// use rolesig::{Credentials, Payload, Request, Service, SignError, Signer, SigningKey, Timestamp};
///
/// struct Client {
///     secret_access_key: String,
///     key: Option<SigningKey>,
/// }
///
/// impl Client {
///     fn authorization(&mut self, request: &Request<'_>, now: Timestamp) -> Result<String, SignError> {
///         let credentials = Credentials {
///             access_key_id: "AKIDEXAMPLE",
///             secret_access_key: &self.secret_access_key,
///             session_token: None,
///         };
///         let mut signer = Signer::new(credentials, "us-east-1", Service::S3)?;
///         if let Some(key) = self.key.take() {
///             signer = signer.with_key(key);
///         }
///         let authorization = signer.sign(request, now)?.authorization().to_string();
///         self.key = signer.into_key();
///         Ok(authorization)
///     }
/// }
/// ```
///
/// A service that verifies can derive it where the secret is, and give only this key to those that
/// [verify](crate::Claimed::finish_with_key).
///
/// Source: "Create a signed AWS API request", step 4.
#[derive(Clone)]
pub struct SigningKey<S: Scheme = V4> {
    date: DateStamp,
    /// Of access key id, region and service.
    owner: Fingerprint,
    key: S::Key,
}

impl<S: Scheme> SigningKey<S> {
    /// Derives the key from the secret.
    pub fn derive(credentials: &Credentials<'_>, scope: &CredentialScope<'_>) -> Self {
        Self::of(S::derive(credentials, scope), credentials.access_key_id, scope)
    }

    pub(crate) fn of(key: S::Key, access_key_id: &str, scope: &CredentialScope<'_>) -> Self {
        Self { date: scope.date, owner: owner(access_key_id, scope), key }
    }

    /// Returns the day that the key signs for, in UTC.
    pub const fn date(&self) -> DateStamp {
        self.date
    }

    /// Returns whether the key is that of an access key id and a scope.
    pub fn is_for(&self, access_key_id: &str, scope: &CredentialScope<'_>) -> bool {
        self.date == scope.date && self.owner == owner(access_key_id, scope)
    }

    pub(crate) fn into_parts(self) -> (DateStamp, S::Key) {
        (self.date, self.key)
    }

    pub(crate) const fn key(&self) -> &S::Key {
        &self.key
    }
}

impl SigningKey {
    /// Takes the 32 bytes of a key that was derived elsewhere. The caller wipes its own copy.
    ///
    /// ```
    /// use rolesig::{CredentialScope, SigningKey, Timestamp};
    ///
    /// // From a service that has the secret, and was asked for the key of this scope.
    /// let bytes = [7; 32];
    /// let date = Timestamp::from(1_440_938_160).amz_date().date();
    /// let scope = CredentialScope::new(date, "us-east-1", "s3");
    /// let key = SigningKey::from_bytes(&bytes, "AKIDEXAMPLE", &scope);
    /// assert!(key.is_for("AKIDEXAMPLE", &scope));
    /// ```
    pub fn from_bytes(key: &[u8; 32], access_key_id: &str, scope: &CredentialScope<'_>) -> Self {
        Self::of(HmacKey::new(key, &[]), access_key_id, scope)
    }
}

#[inline(never)]
fn owner(access_key_id: &str, scope: &CredentialScope<'_>) -> Fingerprint {
    // No part of a scope has a slash in it.
    let parts = [access_key_id, "/", scope.region.unwrap_or_default(), "/", scope.service];
    Fingerprint::of_parts(&parts)
}

impl<S: Scheme> fmt::Debug for SigningKey<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("date", &self.date).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::timestamp::Timestamp;

    extern crate std;
    use std::format;

    #[test]
    fn distinguishes_days_regions_services_and_access_keys() {
        let date = |text: &str| text.parse::<Timestamp>().unwrap().amz_date().date();
        let scope = CredentialScope::new(date("2015-08-30T00:00:00Z"), "us-east-1", "s3");
        let credentials = Credentials {
            access_key_id: "AKID",
            secret_access_key: "the-secret",
            session_token: None,
        };
        let key = SigningKey::<V4>::derive(&credentials, &scope);
        assert!(key.is_for("AKID", &scope));
        assert!(!key.is_for("AKIE", &scope));
        for other in [
            CredentialScope::new(date("2015-08-31T00:00:00Z"), "us-east-1", "s3"),
            CredentialScope::new(scope.date, "us-east-2", "s3"),
            CredentialScope::new(scope.date, "us-east-1", "sts"),
        ] {
            assert!(!key.is_for("AKID", &other), "{other}");
        }
        assert_eq!(format!("{key:?}"), "SigningKey { date: 20150830, .. }");
    }
}

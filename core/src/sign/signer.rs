//! The signer of requests, with its credentials, region and service.

use core::fmt;

use crate::credentials::encoded_token::EncodedToken;
use crate::credentials::{CheckedCredentials, Credentials};
use crate::emit::byte_class::is_scope_part;
use crate::emit::hex_digest::HexDigest;
use crate::sigv4::error::SignError;
use crate::sigv4::names::{PLACE_OF_S3SESSION_TOKEN, PLACE_OF_SECURITY_TOKEN};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::{Credential, CredentialScope};
use crate::sigv4::service::{Service, SessionTokenPlace};
use crate::sigv4::signing_key::SigningKey;
use crate::sigv4::string_to_sign::StringToSign;
use crate::sigv4::v4::V4;
use crate::time::timestamp::{AmzDate, DateStamp};

#[cfg(test)]
mod tests;

/// Signs requests to one service in one region with one set of credentials.
///
/// `SLOTS` bounds the caller's headers, and also the query pairs, of a request; those that the
/// signer adds do not count. A slot is two bytes on the stack. One more is an error, never a
/// silent drop.
///
/// The signing key is derived at the first request of a day and used until midnight UTC. It lives
/// and dies with the credentials it came from: new credentials, new signer.
///
/// The example "GET Object" of "Signature Calculations for the Authorization Header" (Amazon S3):
///
/// ```
/// use rolesig::{Credentials, Payload, Request, Service, Signer, Timestamp};
///
/// let credentials = Credentials {
///     access_key_id: "AKIAIOSFODNN7EXAMPLE",
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
///     session_token: None,
/// };
/// let request = Request {
///     method: "GET",
///     host: "examplebucket.s3.amazonaws.com",
///     path: "/test.txt",
///     query: &[],
///     headers: &[("Range", b"bytes=0-9")],
///     payload: Payload::Bytes(b""),
/// };
/// let now: Timestamp = "2013-05-24T00:00:00Z".parse()?;
///
/// let mut signer = Signer::new(credentials, "us-east-1", Service::S3)?;
/// let signed = signer.sign(&request, now)?;
/// assert_eq!(
///     signed.signature().to_string(),
///     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
/// );
/// let names: Vec<_> = signed.headers().map(|(name, _)| name).collect();
/// assert_eq!(names, ["x-amz-content-sha256", "x-amz-date", "authorization"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: "Create a signed AWS API request".
pub struct Signer<'a, S: Scheme = V4, const SLOTS: usize = 16> {
    pub(crate) credentials: Credentials<'a>,
    pub(crate) region: &'a str,
    pub(crate) service: Service<'a>,
    /// The session token, percent-encoded.
    pub(crate) encoded_token: Option<&'a [u8]>,
    /// The day's key, and its day.
    key: Option<(DateStamp, S::Key)>,
    /// A key that its owner keeps.
    kept: Option<&'a SigningKey<S>>,
}

/// Shows neither the secret nor the session token, encoded or not.
impl<S: Scheme, const SLOTS: usize> fmt::Debug for Signer<'_, S, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("credentials", &self.credentials)
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// Checks that a credential scope can contain a region, or a set of regions, and a service.
#[inline(never)]
fn check_scope(region: &str, is_one: bool, service: &str) -> Result<(), SignError> {
    let is_region =
        if is_one { is_scope_part(region) } else { region.split(',').all(is_scope_part) };
    if !is_region {
        return Err(SignError::InvalidRegion);
    }
    if is_scope_part(service) { Ok(()) } else { Err(SignError::InvalidService) }
}

impl<'a> Signer<'a> {
    /// Creates a signer with 16 slots. Derives nothing yet.
    ///
    /// # Errors
    /// [`SignError::Credentials`], [`SignError::InvalidRegion`] or [`SignError::InvalidService`] if
    /// no request could carry them.
    pub fn new(
        credentials: Credentials<'a>,
        region: &'a str,
        service: Service<'a>,
    ) -> Result<Self, SignError> {
        Self::with_slots(credentials, region, service)
    }
}

impl<'a, S: Scheme, const SLOTS: usize> Signer<'a, S, SLOTS> {
    /// Creates a signer with a scheme and a number of slots of the caller's choice: `Signer::<V4,
    /// 64>::with_slots(…)`. To Signature Version 4a the region is a set of regions:
    /// `us-east-1,eu-west-1`, or `*`.
    ///
    /// # Errors
    /// As [`Signer::new`].
    pub fn with_slots(
        credentials: Credentials<'a>,
        region: &'a str,
        service: Service<'a>,
    ) -> Result<Self, SignError> {
        credentials.check()?;
        Self::unchecked(credentials, region, service)
    }

    /// Creates a signer as [`with_slots`](Self::with_slots) does, with credentials that are checked
    /// already.
    ///
    /// # Errors
    /// [`SignError::InvalidRegion`] or [`SignError::InvalidService`].
    pub fn with_checked<T: AsRef<str>>(
        credentials: &'a CheckedCredentials<T>,
        region: &'a str,
        service: Service<'a>,
    ) -> Result<Self, SignError> {
        Self::unchecked(credentials.as_credentials(), region, service)
    }

    /// Creates a signer with credentials that are not checked here.
    fn unchecked(
        credentials: Credentials<'a>,
        region: &'a str,
        service: Service<'a>,
    ) -> Result<Self, SignError> {
        check_scope(region, S::REGION_IN_SCOPE, service.name)?;
        Ok(Self { credentials, region, service, encoded_token: None, key: None, kept: None })
    }

    /// Signs with a key that another signer derived, as long as its day lasts. A key of other
    /// credentials, another region or service is dropped, and the right one is derived.
    #[must_use]
    pub fn with_key(self, key: SigningKey<S>) -> Self {
        let scope = self.scope_of(key.date());
        let is_ours = key.is_for(self.credentials.access_key_id, &scope);
        Self { key: is_ours.then(|| key.into_parts()), ..self }
    }

    /// Signs with a key that its owner keeps, as [`with_key`](Self::with_key) does, without a copy.
    #[must_use]
    pub fn with_kept_key(self, key: &'a SigningKey<S>) -> Self {
        let scope = self.scope_of(key.date());
        let is_ours = key.is_for(self.credentials.access_key_id, &scope);
        Self { kept: is_ours.then_some(key), ..self }
    }

    /// Signs with a key that its owner keeps, and knows to be that of the credentials, the region
    /// and the service: only its day is compared. With another one, signatures are wrong.
    ///
    /// ```
    /// use rolesig::{CredentialScope, Credentials, Service, Signer, SigningKey, Timestamp};
    ///
    /// let credentials =
    ///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
    /// let today = Timestamp::from(1_440_938_160).amz_date().date();
    /// let key = SigningKey::derive(&credentials, &CredentialScope::new(today, "us-east-1", "s3"));
    /// let signer = Signer::new(credentials, "us-east-1", Service::S3)?.with_unchecked_key(&key);
    /// # let _ = signer;
    /// # Ok::<(), rolesig::SignError>(())
    /// ```
    #[must_use]
    pub fn with_unchecked_key(self, key: &'a SigningKey<S>) -> Self {
        Self { kept: Some(key), ..self }
    }

    /// Presigns with a session token that its owner keeps encoded, and knows to be that of the
    /// credentials: each URL then has a copy of it. With another one, services refuse the URLs.
    ///
    /// ```
    /// use rolesig::{Credentials, EncodedToken, Service, Signer};
    ///
    /// # fn share<'a>(
    /// #     credentials: Credentials<'a>,
    /// #     encoded: &'a mut EncodedToken<[u8; 2048]>,
    /// # ) -> Result<Signer<'a>, Box<dyn std::error::Error>> {
    /// // When there are new credentials.
    /// encoded.encode(&credentials)?;
    /// // For each URL.
    /// let signer = Signer::new(credentials, "us-east-1", Service::S3)?.with_encoded_token(encoded);
    /// # Ok(signer)
    /// # }
    /// ```
    #[must_use]
    pub fn with_encoded_token<B: AsRef<[u8]> + AsMut<[u8]>>(
        self,
        token: &'a EncodedToken<B>,
    ) -> Self {
        Self { encoded_token: token.text(), ..self }
    }

    /// Returns the key of the last signature, to be kept for [`with_key`](Self::with_key); `None`
    /// if its owner keeps it ([`with_kept_key`](Self::with_kept_key),
    /// [`with_unchecked_key`](Self::with_unchecked_key)).
    pub fn into_key(mut self) -> Option<SigningKey<S>> {
        let (date, key) = self.key.take()?;
        Some(SigningKey::of(key, self.credentials.access_key_id, &self.scope_of(date)))
    }

    pub(crate) fn string_to_sign(&self, request: HexDigest, date: AmzDate) -> StringToSign<'a> {
        let (algorithm, scope) = (S::ALGORITHM, self.scope(date));
        StringToSign { algorithm, date, scope, canonical_request: request }
    }

    pub(crate) fn authenticate(&mut self, string_to_sign: &StringToSign<'_>) -> S::Signature {
        S::authenticate(self.key(&string_to_sign.scope), string_to_sign)
    }

    /// Returns whose signature it is.
    pub(crate) fn credential(&self, date: AmzDate) -> Credential<'a> {
        Credential { access_key_id: self.credentials.access_key_id, scope: self.scope(date) }
    }

    /// Returns the scope of a signature made at a time.
    pub(crate) fn scope(&self, date: AmzDate) -> CredentialScope<'a> {
        self.scope_of(date.date())
    }

    fn scope_of(&self, date: DateStamp) -> CredentialScope<'a> {
        CredentialScope {
            date,
            region: S::REGION_IN_SCOPE.then_some(self.region),
            service: self.service.name,
        }
    }

    /// Returns the session token, with the place of its header's name.
    pub(crate) fn session_token(&self) -> Option<(usize, &'a str)> {
        let place = match self.service.session_token {
            SessionTokenPlace::S3Session => PLACE_OF_S3SESSION_TOKEN,
            SessionTokenPlace::Signed | SessionTokenPlace::Appended => PLACE_OF_SECURITY_TOKEN,
        };
        Some((place, self.credentials.session_token?))
    }

    /// Returns the session token if it is appended, and not signed.
    pub(crate) fn appended_token(&self) -> Option<&'a str> {
        let is_appended = self.service.session_token == SessionTokenPlace::Appended;
        self.credentials.session_token.filter(|_| is_appended)
    }

    /// Returns the day's key: the current one, or a new one.
    #[inline(never)]
    pub(crate) fn key(&mut self, scope: &CredentialScope<'_>) -> &S::Key {
        if let Some(kept) = self.kept.filter(|kept| kept.date() == scope.date) {
            return kept.key();
        }
        if self.key.as_ref().is_some_and(|(date, _)| *date != scope.date) {
            self.key = None;
        }
        let derive = || (scope.date, S::derive(&self.credentials, scope));
        &self.key.get_or_insert_with(derive).1
    }
}

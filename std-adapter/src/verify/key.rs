//! The keys that a request may be signed with, and their lookup.

use core::fmt;

use rolesig::{Claimed, DateStamp, ReceivedBody, Scheme, SigningKey, V4, Verified, VerifyError};
#[cfg(feature = "sigv4a")]
use rolesig::{PublicKey, V4a};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::verify::kept_keys::KeptKeys;

/// The key that a request claims to be signed with. Nothing of it is proved.
///
/// ```
/// use rolesig_std::verify::Claim;
///
/// /// Returns the statement and its parameters that find the secret in a database.
/// fn query(claim: &Claim) -> (&'static str, [Option<&str>; 2]) {
///     let token = claim.session_token.as_ref().map(|token| token.as_str());
///     let statement = "SELECT secret FROM keys WHERE id = $1 AND token IS NOT DISTINCT FROM $2";
///     (statement, [Some(&claim.access_key_id), token])
/// }
/// ```
#[non_exhaustive]
pub struct Claim {
    /// The access key id.
    pub access_key_id: String,
    /// The session token, which the lookup must check.
    pub session_token: Option<Zeroizing<String>>,
    /// The day, region and service of a derived key.
    pub date: DateStamp,
    /// The region of a derived key: that of the verifier.
    pub region: String,
    /// The regions that a signature of Version 4a is valid for; `None` in Version 4.
    pub region_set: Option<String>,
    /// The service of a derived key: that of the verifier.
    pub service: String,
}

impl Claim {
    pub(super) fn of<S: Scheme>(claimed: &Claimed<'_, S>, region: &str) -> Self {
        let scope = claimed.scope();
        Self {
            access_key_id: claimed.access_key_id().to_owned(),
            session_token: claimed.session_token().map(|token| Zeroizing::new(token.to_owned())),
            date: scope.date(),
            region: region.to_owned(),
            region_set: claimed.region_set().map(str::to_owned),
            service: scope.service().to_owned(),
        }
    }
}

/// Shows no session token.
impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("access_key_id", &self.access_key_id)
            .field("date", &self.date)
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// A key that a request may be signed with. Wiped when dropped.
///
/// ```
/// use rolesig_std::verify::VerifyingKey;
///
/// let key = VerifyingKey::secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
/// assert_eq!(format!("{key:?}"), "Secret(..)");
/// ```
#[non_exhaustive]
pub enum VerifyingKey {
    /// A secret access key. The layer keeps the key that it gives once a signature was right, until
    /// a key of a later day is kept, and not the secret.
    Secret(Zeroizing<String>),
    /// The key of a day, region and service, so that the secret can stay where it is.
    Derived(SigningKey),
    /// The public key of an access key, for requests of Signature Version 4a.
    #[cfg(feature = "sigv4a")]
    Public(PublicKey),
}

impl VerifyingKey {
    /// Takes a secret access key.
    pub fn secret(secret_access_key: impl Into<String>) -> Self {
        Self::Secret(Zeroizing::new(secret_access_key.into()))
    }
}

/// Shows which kind it is.
impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret(..)",
            Self::Derived(_) => "Derived(..)",
            #[cfg(feature = "sigv4a")]
            Self::Public(_) => "Public(..)",
        })
    }
}

/// The reason why a lookup gives no keys.
///
/// ```
/// use std::{fs, io};
///
/// use rolesig::VerifyError;
/// use rolesig_std::verify::{Claim, LookUpError, VerifyingKey};
///
/// /// Reads a secret that is kept in a file with the name of its access key id. There are no
/// /// temporary ones.
/// async fn keys_of(claim: Claim) -> Result<Vec<VerifyingKey>, LookUpError> {
///     if claim.session_token.is_some() {
///         return Err(VerifyError::InvalidToken.into());
///     }
///     if !claim.access_key_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
///         return Err(VerifyError::InvalidAccessKeyId.into());
///     }
///     match fs::read_to_string(format!("/etc/gateway/keys/{}", claim.access_key_id)) {
///         Ok(secret) => Ok(vec![VerifyingKey::secret(secret.trim_end())]),
///         Err(error) if error.kind() == io::ErrorKind::NotFound => {
///             Err(VerifyError::InvalidAccessKeyId.into())
///         }
///         Err(_) => Err(LookUpError::Unavailable),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LookUpError {
    /// The request is refused: [`VerifyError::InvalidAccessKeyId`], [`VerifyError::InvalidToken`]
    /// or [`VerifyError::ExpiredToken`].
    #[error(transparent)]
    Refused(#[from] VerifyError),
    /// It is not known now which keys there are. The response has status 503, so that clients try
    /// again.
    #[error("the keys cannot be looked up now: try again later")]
    Unavailable,
}

/// A source of keys, such as a database or a key service.
///
/// A function from [`Claim`] to a future is one:
///
/// ```
/// use rolesig::VerifyError;
/// use rolesig_std::verify::{Claim, LookUpError, LookUpKeys, VerifyingKey};
///
/// async fn keys_of(claim: Claim) -> Result<Vec<VerifyingKey>, LookUpError> {
///     match claim.access_key_id.as_str() {
///         "AKID" if claim.session_token.is_none() => Ok(vec![VerifyingKey::secret("secret")]),
///         "AKID" => Err(VerifyError::InvalidToken.into()),
///         _ => Err(VerifyError::InvalidAccessKeyId.into()),
///     }
/// }
/// fn lookup() -> impl LookUpKeys {
///     keys_of
/// }
/// ```
pub trait LookUpKeys: Send + Sync + 'static {
    /// Returns the candidates; if there are several, each is tried in turn.
    ///
    /// # Errors
    /// The reason why they are missing.
    fn look_up(
        &self,
        claim: Claim,
    ) -> impl Future<Output = Result<Vec<VerifyingKey>, LookUpError>> + Send;
}

impl<F, R> LookUpKeys for F
where
    F: Fn(Claim) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Vec<VerifyingKey>, LookUpError>> + Send,
{
    fn look_up(
        &self,
        claim: Claim,
    ) -> impl Future<Output = Result<Vec<VerifyingKey>, LookUpError>> + Send {
        self(claim)
    }
}

/// A scheme that a layer verifies.
pub(super) trait LayerScheme: Scheme {
    /// Finishes with the first key that fits.
    fn finish_with_any<'r>(
        claimed: &Claimed<'r, Self>,
        keys: &[VerifyingKey],
        body: ReceivedBody<'_>,
        kept: &KeptKeys,
        today: DateStamp,
    ) -> Result<Verified<'r, Self>, VerifyError>;
}

impl LayerScheme for V4 {
    /// Tries the keys that are at hand before those that must be derived.
    fn finish_with_any<'r>(
        claimed: &Claimed<'r>,
        keys: &[VerifyingKey],
        body: ReceivedBody<'_>,
        kept: &KeptKeys,
        today: DateStamp,
    ) -> Result<Verified<'r>, VerifyError> {
        let mut secrets = Vec::new();
        let at_hand = keys.iter().filter_map(|key| match key {
            VerifyingKey::Secret(secret) => {
                let outcome = kept.finish(claimed, secret, body, today);
                if outcome.is_none() && !secret.is_empty() {
                    secrets.push(secret);
                }
                outcome
            }
            VerifyingKey::Derived(key) => Some(claimed.finish_with_key(key, body)),
            #[cfg(feature = "sigv4a")]
            VerifyingKey::Public(_) => None,
        });
        let outcome = first_that_fits(at_hand);
        if secrets.is_empty() || !is_of_another_key(&outcome) {
            return outcome;
        }
        let derived = secrets.iter().map(|key| kept.derive_and_finish(claimed, key, body, today));
        first_that_fits(derived)
    }
}

#[cfg(feature = "sigv4a")]
impl LayerScheme for V4a {
    /// A secret gives the same public key every day, and none is kept: a lookup that has secrets
    /// can derive their public keys once.
    fn finish_with_any<'r>(
        claimed: &Claimed<'r, Self>,
        keys: &[VerifyingKey],
        body: ReceivedBody<'_>,
        _: &KeptKeys,
        _: DateStamp,
    ) -> Result<Verified<'r, Self>, VerifyError> {
        first_that_fits(keys.iter().filter_map(|key| match key {
            VerifyingKey::Secret(secret) => {
                (!secret.is_empty()).then(|| claimed.finish(secret, body))
            }
            VerifyingKey::Derived(_) => None,
            VerifyingKey::Public(key) => Some(claimed.finish_with_public_key(key, body)),
        }))
    }
}

/// Returns the first outcome that is not that of another key.
fn first_that_fits<'r, S: Scheme>(
    mut outcomes: impl Iterator<Item = Result<Verified<'r, S>, VerifyError>>,
) -> Result<Verified<'r, S>, VerifyError> {
    let mut none = Err(VerifyError::InvalidAccessKeyId);
    outcomes
        .find_map(|outcome| {
            if is_of_another_key(&outcome) {
                none = outcome;
                return None;
            }
            Some(outcome)
        })
        .unwrap_or(none)
}

const fn is_of_another_key<S: Scheme>(outcome: &Result<Verified<'_, S>, VerifyError>) -> bool {
    matches!(outcome, Err(VerifyError::SignatureDoesNotMatch | VerifyError::InvalidAccessKeyId))
}

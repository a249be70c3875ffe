//! The keys that a request may be signed with, and their lookup.

use core::fmt;

use rolesig::{Claimed, DateStamp, ReceivedBody, SigningKey, Verified, VerifyError};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::verify::kept_keys::KeptKeys;

/// The key that a request claims to be signed with. Nothing of it is proved.
///
/// ```
/// use rolesig_std::verify::Claim;
///
/// fn is_temporary(claim: &Claim) -> bool {
///     claim.session_token.is_some()
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
    /// The service of a derived key: that of the verifier.
    pub service: String,
}

impl Claim {
    pub(super) fn of(claimed: &Claimed<'_>) -> Self {
        let scope = claimed.scope();
        Self {
            access_key_id: claimed.access_key_id().to_owned(),
            session_token: claimed.session_token().map(|token| Zeroizing::new(token.to_owned())),
            date: scope.date(),
            region: scope.region().unwrap_or_default().to_owned(),
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
pub enum VerifyingKey {
    /// A secret access key. The layer keeps the key that it gives, until a key of a later day is
    /// kept, and not the secret.
    Secret(Zeroizing<String>),
    /// The key of a day, region and service, so that the secret can stay where it is.
    Derived(SigningKey),
}

impl VerifyingKey {
    /// Takes a secret access key.
    pub fn secret(secret_access_key: impl Into<String>) -> Self {
        Self::Secret(Zeroizing::new(secret_access_key.into()))
    }

    /// Finishes with this key: for a secret, with the key of the day that it gives.
    fn finish<'r>(
        &self,
        claimed: &Claimed<'r>,
        body: ReceivedBody<'_>,
        kept: &KeptKeys,
        today: DateStamp,
    ) -> Result<Verified<'r>, VerifyError> {
        match self {
            // It is refused.
            Self::Secret(secret) if secret.is_empty() => claimed.finish(secret, body),
            Self::Secret(secret) => {
                claimed.finish_with_key(&kept.key(claimed, secret, today), body)
            }
            Self::Derived(key) => claimed.finish_with_key(key, body),
        }
    }
}

/// Shows which kind it is.
impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret(..)",
            Self::Derived(_) => "Derived(..)",
        })
    }
}

/// The reason why a lookup gives no keys.
///
/// ```
/// use rolesig::VerifyError;
/// use rolesig_std::verify::LookUpError;
///
/// let unknown = LookUpError::from(VerifyError::InvalidAccessKeyId);
/// assert_ne!(unknown, LookUpError::Unavailable);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LookUpError {
    /// The request is refused: [`VerifyError::InvalidAccessKeyId`], [`VerifyError::InvalidToken`]
    /// or [`VerifyError::ExpiredToken`].
    #[error(transparent)]
    Refused(#[from] VerifyError),
    /// It is not known now which keys there are. The answer has status 503, so that clients try
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
    /// The reason why there are none.
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

/// Finishes with the first key that fits.
pub(super) fn finish_with_any<'r>(
    claimed: &Claimed<'r>,
    keys: &[VerifyingKey],
    body: ReceivedBody<'_>,
    kept: &KeptKeys,
    today: DateStamp,
) -> Result<Verified<'r>, VerifyError> {
    let mut refusal = VerifyError::InvalidAccessKeyId;
    for key in keys {
        match key.finish(claimed, body, kept, today) {
            Err(VerifyError::SignatureDoesNotMatch) => {
                refusal = VerifyError::SignatureDoesNotMatch;
            }
            outcome => return outcome,
        }
    }
    Err(refusal)
}

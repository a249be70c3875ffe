use core::fmt;

/// The reason why a response is ignored: what was held before is still held.
///
/// ```
/// use rolesig::{Refresh, StaleCredentialsError, Timestamp};
///
/// let (now, expired) = (Timestamp::from(1_440_938_160), Timestamp::from(1_440_938_000));
/// let fetched = Refresh::new().fetched("AKIDEXAMPLE", Some(expired), now, 0);
/// assert_eq!(fetched, Err(StaleCredentialsError::Expired));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum StaleCredentialsError {
    /// The credentials expired before they arrived.
    Expired,
    /// The credentials are those that are already held.
    Unchanged,
}

impl fmt::Display for StaleCredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "the provider returned credentials that have already expired",
            Self::Unchanged => "the provider has no newer credentials yet",
        })
    }
}

impl core::error::Error for StaleCredentialsError {}

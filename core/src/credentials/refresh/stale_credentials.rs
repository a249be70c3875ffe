use core::fmt;

/// An answer that is as bad as none; what was held before still is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum StaleCredentialsError {
    /// They expired before they came.
    Expired,
    /// They are what is held already.
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

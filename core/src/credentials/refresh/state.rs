/// The advice about credentials, and about those that are held: see
/// [`Refresh`](crate::Refresh).
///
/// ```
/// use rolesig::{Refresh, RefreshState, Timestamp};
///
/// let state = Refresh::new().state(Timestamp::from(1_440_938_160));
/// assert_eq!(state, RefreshState::Initial);
/// assert!(state.is_due()); // fetch credentials
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RefreshState {
    /// Nothing is held yet. How soon to ask again after a failure is the caller's to say.
    Initial,
    /// The credentials are valid.
    Valid,
    /// The credentials are valid, and it is time to renew them.
    Advisory,
    /// The credentials have expired, are about to, or were invalidated.
    Mandatory,
    /// A renewal failed. The stored credentials are used, good or not.
    BackingOff,
    /// A renewal failed in a way that no retry can change: the same error is returned again.
    Refused,
}

impl RefreshState {
    /// Returns whether to ask the provider now: in `Initial`, `Advisory` and `Mandatory`.
    pub const fn is_due(self) -> bool {
        matches!(self, Self::Initial | Self::Advisory | Self::Mandatory)
    }
}

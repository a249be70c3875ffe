//! The credentials that are renewed ahead of time.

/// When credentials are renewed, and what becomes of them if that fails: AWS's SDKs decide it by
/// where the credentials come from.
///
/// Source: smithy-rs, `aws-runtime/src/static_stability.rs` (`StaticStabilityEligible`).
///
/// ```
/// use rolesig::{Refresh, Renewal};
///
/// let refresh = Refresh::new().renewing(Renewal::JustInTime);
/// # let _ = refresh;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Renewal {
    /// Ahead of time, and while the provider fails they are used even after they have expired
    /// ("static stability"): for roles, whose provider is a service.
    #[default]
    Ahead,
    /// Ten seconds before they expire and no sooner, and they end with their expiry: for a program
    /// or a provider of the caller, which may ask a person each time.
    JustInTime,
}

//! The settings of a cache.

use rolesig::Refresh;

use crate::cache::shared_file::SharedFile;
use crate::clock::Clock;

/// The settings of a [`Cache`](super::Cache).
///
/// ```
/// use rolesig::Refresh;
/// use rolesig_std::cache::CacheSettings;
///
/// let mut settings = CacheSettings::default();
/// assert!(settings.uses_expired);
/// // Half an hour ahead, whatever the lifetime, and never with what has expired.
/// settings.refresh = Refresh::with_advisory_window(1800).spread();
/// settings.uses_expired = false;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CacheSettings {
    /// When to renew a role's credentials. By default as AWS's SDKs do, spread over the processes
    /// of a host. Others are renewed [just in time](rolesig::Renewal::JustInTime).
    pub refresh: Refresh,
    /// True if a role's credentials that have expired, or were rejected, are still used when the
    /// provider fails; it is then not asked for half a minute to a minute. AWS's SDKs use them,
    /// since a service may accept them, and so does this by default. If not, such credentials are
    /// forgotten: asking fails, and the provider is asked every 5 s. Those that are renewed [just
    /// in time](crate::Source::renewal) are forgotten in any case when they have expired.
    pub uses_expired: bool,
    /// The file to share credentials with other processes; none by default.
    pub shared_file: Option<SharedFile>,
    /// The time, entropy and threads. Only tests need others than the host's.
    pub clock: Clock,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            refresh: Refresh::new().spread(),
            uses_expired: true,
            shared_file: None,
            clock: Clock::default(),
        }
    }
}

//! What can be chosen about a cache.

use rolesig::{Refresh, Timestamp};

use crate::retries;
use crate::shared_file::SharedFile;
use crate::sign;

/// What can be chosen about a [`Cache`](super::Cache).
///
/// ```
/// use rolesig::Refresh;
/// use rolesig_std::CacheSettings;
///
/// // Half an hour ahead, whatever the lifetime, and never with what has expired.
/// let settings = CacheSettings {
///     refresh: Refresh::with_advisory_window(1800).spread(),
///     uses_expired: false,
///     ..CacheSettings::default()
/// };
/// assert!(CacheSettings::default().uses_expired);
/// # drop(settings);
/// ```
#[derive(Clone, Debug)]
pub struct CacheSettings {
    /// When to renew. By default as AWS's SDKs do, spread over the processes of a host.
    pub refresh: Refresh,
    /// Whether what has expired, or was rejected, is still used when the provider fails, which is
    /// left alone for half a minute to a minute then. AWS's SDKs do, since a service may let it pass, and so
    /// does this by default. If not, such credentials are forgotten: asking fails, and the provider
    /// is asked every 5 s.
    pub uses_expired: bool,
    /// Where to share credentials with other processes; by default nowhere.
    pub shared_file: Option<SharedFile>,
    /// The time and chance, for tests.
    pub surroundings: Surroundings,
}

/// What a cache takes from around it.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
    /// The time by this host's clock.
    pub now: fn() -> Timestamp,
    /// A number that no other process draws, anew each time: of the system's entropy, not of the
    /// time.
    pub random: fn() -> u32,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            refresh: Refresh::new().spread(),
            uses_expired: true,
            shared_file: None,
            surroundings: Surroundings::default(),
        }
    }
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { now: sign::now, random: retries::random }
    }
}

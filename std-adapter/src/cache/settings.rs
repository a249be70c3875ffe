//! What can be chosen about a cache.

use rolesig::{Refresh, Timestamp};

use crate::random;
use crate::shared_file::SharedFile;
use crate::sign;
use crate::thread;

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
    /// When to renew a role's credentials. By default as AWS's SDKs do, spread over the processes of a
    /// host. Others are renewed [just in time](rolesig::Renewal::JustInTime).
    pub refresh: Refresh,
    /// Whether a role's credentials that have expired, or were rejected, are still used when the
    /// provider fails, which is left alone for half a minute to a minute then. AWS's SDKs do, since a
    /// service may let it pass, and so does this by default. If not, such credentials are forgotten:
    /// asking fails, and the provider is asked every 5 s. Those that are renewed
    /// [just in time](crate::Source::renewal) are forgotten in any case when they have expired.
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
    /// Begins work that may block. By default it has a thread of its own; a test in virtual time does
    /// it at once.
    pub start: fn(Box<dyn FnOnce() + Send>),
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
        Self { now: sign::now, random: random::random, start: thread::detached }
    }
}

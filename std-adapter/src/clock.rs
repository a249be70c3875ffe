//! The time, the random numbers and the threads that a program takes from its host.

use core::fmt;
use core::hash::BuildHasher as _;
use std::hash::RandomState;
use std::process;
use std::time::{Instant, SystemTime};

use rolesig::Timestamp;

pub(crate) mod thread;

/// The time, the random numbers and the threads that caches, providers and clients use: the host's
/// by default, and others in tests and simulations.
///
/// ```
/// use rolesig::Timestamp;
/// use rolesig_std::Clock;
///
/// let clock = Clock { now: || Timestamp::from(1_440_938_160), ..Clock::SYSTEM };
/// assert_eq!(clock.now().to_string(), "2015-08-30T12:36:00Z");
/// ```
#[derive(Clone, Copy)]
pub struct Clock {
    /// Returns the time by this host's clock.
    pub now: fn() -> Timestamp,
    /// Returns a number that no other process draws: of the system's entropy, not of the time.
    pub random: fn() -> u32,
    /// Starts work that may block. By default it gets its own thread; a test in virtual time does
    /// it at once.
    pub start: fn(thread::Work),
}

impl Clock {
    /// The host's own clock, entropy and threads.
    pub const SYSTEM: Self =
        Self { now: system_time, random: system_random, start: thread::detached };

    /// Returns the time.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Draws a random number.
    pub fn random(&self) -> u32 {
        (self.random)()
    }
}

impl Default for Clock {
    /// Returns [`Clock::SYSTEM`].
    fn default() -> Self {
        Self::SYSTEM
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// Returns the present, by the system's clock.
fn system_time() -> Timestamp {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix(seconds.as_secs()).unwrap_or(Timestamp::MAX)
}

/// Draws a number that no other host and no other process has drawn, not even one that was forked
/// off this one: from the system's entropy. Where there is none, the standard library's seed of
/// hash maps, the process and the time stand in for it.
fn system_random() -> u32 {
    getrandom::u32().unwrap_or_else(|_| {
        let drawn = RandomState::new().hash_one((process::id(), Instant::now()));
        u32::try_from(drawn >> u32::BITS).unwrap_or_default()
    })
}

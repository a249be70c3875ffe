//! A clock that follows tokio's paused one, and seeded random numbers; one of each per thread.
#![allow(dead_code, unreachable_pub, reason = "not every test needs all of it")]

use core::cell::Cell;
use core::time::Duration;

use rolesig::{Credentials, Timestamp};
use rolesig_std::{Clock, Identity, Source};
use tokio::time::Instant;

/// 2015-08-30T12:36:00Z.
pub const START: u32 = 1_440_938_160;

thread_local! {
    static STARTED: Cell<Option<Instant>> = const { Cell::new(None) };
    static SEED: Cell<u64> = const { Cell::new(1) };
    static FIXED: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Files are read and written at once: a separate thread would have another clock.
pub const CLOCK: Clock = Clock { now, random, start: |work| work() };

/// Begins at [`START`] when it is first asked.
pub fn now() -> Timestamp {
    Timestamp::from(START).checked_add(started().elapsed().as_secs()).unwrap()
}

/// So many seconds after [`START`].
pub fn at(seconds: u64) -> Instant {
    started() + Duration::from_secs(seconds)
}

fn started() -> Instant {
    STARTED.get().unwrap_or_else(|| {
        let now = Instant::now();
        STARTED.set(Some(now));
        now
    })
}

pub fn seed(seed: u64) {
    SEED.set(seed);
}

/// Draws the same number from now on.
pub fn fix(random: u32) {
    FIXED.set(Some(random));
}

/// The upper half of `SplitMix64`.
pub fn random() -> u32 {
    if let Some(fixed) = FIXED.get() {
        return fixed;
    }
    let seed = SEED.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    SEED.set(seed);
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap()
}

pub fn identity(access_key_id: &str, expires_at: Option<Timestamp>) -> Identity {
    let credentials =
        Credentials { access_key_id, secret_access_key: "secret", session_token: Some("t") };
    let (endpoint, role) = ("http://imds".to_owned(), "role".to_owned());
    Identity::new(credentials, expires_at, Some("123456789012"), Source::Imds { endpoint, role })
}

//! Numbers that no other process draws.

use core::hash::BuildHasher as _;
use std::hash::RandomState;
use std::process;
use std::time::Instant;

/// Draws a number that no other host and no other process has drawn, not even one that was forked
/// off this one: from the system's entropy. Where there is none, the standard library's seed of
/// hash maps, the process and the time stand in for it.
pub(crate) fn random() -> u32 {
    getrandom::u32().unwrap_or_else(|_| {
        let drawn = RandomState::new().hash_one((process::id(), Instant::now()));
        u32::try_from(drawn >> u32::BITS).unwrap_or_default()
    })
}

//! The times before an expiry and after a failure.

use super::renewal::Renewal;

/// Seconds before the expiry from which all wait for new credentials.
pub(super) const MANDATORY_WINDOW: u64 = 60;

/// Seconds before the expiry from which all wait for new credentials that are renewed [just in
/// time](Renewal::JustInTime).
const JUST_IN_TIME: u64 = 10;

/// Returns the seconds before the expiry at which the advisory and the mandatory window of
/// credentials begin.
pub(super) fn windows(renewal: Renewal, chosen: Option<u32>, lifetime: u64) -> (u64, u64) {
    match renewal {
        Renewal::JustInTime => (JUST_IN_TIME, JUST_IN_TIME),
        Renewal::Ahead => {
            let advisory_window = chosen.map_or(advisory_window(lifetime), u64::from);
            (advisory_window.max(MANDATORY_WINDOW), MANDATORY_WINDOW)
        }
    }
}

/// Returns the advisory window in seconds before the expiry, by the lifetime of the credentials.
const fn advisory_window(lifetime: u64) -> u64 {
    match lifetime {
        0..=1200 => 5 * 60,
        1201..=5399 => 15 * 60,
        _ => 60 * 60,
    }
}

/// Returns a random part of `seconds`, by the upper bits of the number: [`backoff`] takes the
/// lower.
pub(super) const fn part(seconds: u64, random: u32) -> u64 {
    let [a, b, c, d] = random.to_be_bytes();
    let random = u64::from_be_bytes([0, 0, 0, 0, a, b, c, d]);
    seconds.saturating_mul(random) >> u32::BITS
}

/// Returns the seconds to leave a provider alone that failed.
pub(super) const fn backoff(random: u32) -> u32 {
    300 + random % 301
}

/// Returns the seconds to leave a provider alone that failed when the credentials are about to
/// expire, or have.
pub(super) const fn short_rest(random: u32) -> u32 {
    30 + random % 31
}

/// Returns the seconds for which a failure counts that no retry can change.
pub(super) const fn refusal(random: u32) -> u32 {
    1 + random % 5
}

//! The skew that a client measures of its service's clock.

use core::sync::atomic::{AtomicI64, Ordering};

use rolesig::ClockSkew;

/// Seconds by which a signature may be off without being refused: [`ClockSkew::warrants_retry`].
const TOLERATED: u64 = 4 * 60;

/// The seconds by which a service's clock is ahead of this host's.
#[derive(Debug)]
pub(super) struct ServiceSkew {
    /// The skew that is believed.
    skew: AtomicI64,
    /// The skew of the last response, believed or not.
    last: AtomicI64,
}

/// Stands for the skew of a response that did not come yet.
const UNKNOWN: i64 = i64::MIN;

impl Default for ServiceSkew {
    fn default() -> Self {
        Self { skew: AtomicI64::new(0), last: AtomicI64::new(UNKNOWN) }
    }
}

impl ServiceSkew {
    pub(super) fn get(&self) -> ClockSkew {
        ClockSkew::from_seconds(self.skew.load(Ordering::Relaxed))
    }

    /// Returns the skew of the last response, believed or not.
    pub(super) fn measured(&self) -> Option<ClockSkew> {
        let last = self.last.load(Ordering::Relaxed);
        (last != UNKNOWN).then(|| ClockSkew::from_seconds(last))
    }

    /// Takes note of a response to what was signed with a skew. One that says more than services
    /// tolerate is believed if it explains a refusal, or if the response before it says the same;
    /// the clock of this host needs no second witness.
    pub(super) fn on_response(
        &self,
        measured: ClockSkew,
        signed_with: ClockSkew,
        round_trip: u64,
        is_explained: bool,
    ) {
        let last = self.last.swap(measured.as_seconds(), Ordering::Relaxed);
        let witnesses = [ClockSkew::NONE, signed_with, ClockSkew::from_seconds(last)];
        let is_confirmed = witnesses.iter().any(|witness| is_near(measured, *witness));
        if (is_confirmed || is_explained) && is_news(measured, signed_with, round_trip) {
            self.skew.store(measured.as_seconds(), Ordering::Relaxed);
        }
    }
}

impl Clone for ServiceSkew {
    fn clone(&self) -> Self {
        let copy = |seconds: &AtomicI64| AtomicI64::new(seconds.load(Ordering::Relaxed));
        Self { skew: copy(&self.skew), last: copy(&self.last) }
    }
}

/// Returns whether a skew says more than what is known. It is taken from the middle of the round
/// trip, so an upload of ten minutes, which the server answers at its end, seems to show five.
fn is_news(measured: ClockSkew, known: ClockSkew, round_trip: u64) -> bool {
    measured.as_seconds().abs_diff(known.as_seconds()) > round_trip / 2 + 1
}

/// Returns whether two skews differ by no more than services tolerate.
fn is_near(one: ClockSkew, other: ClockSkew) -> bool {
    one.as_seconds().abs_diff(other.as_seconds()) <= TOLERATED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores_a_long_round_trip() {
        for (measured, known, round_trip, expected) in [
            (0, 0, 0, false),
            (1, 0, 0, false),
            (2, 0, 0, true),
            (300, 0, 600, false),
            (302, 0, 600, true),
            (-300, 0, 2, true),
            (0, 300, 2, true),
            (i64::MIN, i64::MAX, 2, true),
        ] {
            let skew = ClockSkew::from_seconds;
            assert_eq!(is_news(skew(measured), skew(known), round_trip), expected, "{measured}");
        }
    }
}

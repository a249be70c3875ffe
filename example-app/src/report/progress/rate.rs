//! The rate of a transfer, and the time that it will take.

use core::time::Duration;
use std::collections::VecDeque;
use std::time::Instant;

/// The time that the rate is measured over: older samples say nothing about the present rate.
const WINDOW: Duration = Duration::from_secs(10);
/// The shortest time from which the remaining time is estimated.
const SHORTEST: Duration = Duration::from_millis(200);
/// Enough for a smooth rate.
const SAMPLES: usize = 100;

/// A rate over the last seconds.
#[derive(Debug)]
pub(super) struct Rate(VecDeque<(Instant, u64)>);

impl Rate {
    /// Starts at zero bytes.
    pub(super) fn new(now: Instant) -> Self {
        Self(VecDeque::from([(now, 0)]))
    }

    /// Records the present number of bytes. If there are fewer than before, since some have to
    /// be sent again, it starts over.
    pub(super) fn record(&mut self, now: Instant, bytes: u64) {
        if self.0.back().is_some_and(|(_, last)| *last > bytes) {
            self.0.clear();
        }
        let is_old = |at: &Instant| now.saturating_duration_since(*at) > WINDOW;
        while self.0.len() > SAMPLES || self.0.get(1).is_some_and(|(at, _)| is_old(at)) {
            self.0.pop_front();
        }
        self.0.push_back((now, bytes));
    }

    /// Leaves out bytes that were not sent now, such as those that a resumed upload already has.
    pub(super) fn skip(&mut self, bytes: u64) {
        self.0.iter_mut().for_each(|(_, sample)| *sample += bytes);
    }

    /// Returns the bytes per second.
    pub(super) fn per_second(&self) -> Option<u64> {
        let (moved, took) = self.measured()?;
        u64::try_from(u128::from(moved) * 1000 / took.as_millis().max(1)).ok()
    }

    /// Returns how long `left` bytes will take: one second at least, and `None` while nothing is
    /// known.
    pub(super) fn time_for(&self, left: u64) -> Option<Duration> {
        let (moved, took) = self.measured().filter(|(_, took)| *took >= SHORTEST)?;
        let milliseconds = u128::from(left) * took.as_millis() / u128::from(moved.max(1));
        let seconds = u64::try_from(milliseconds.div_ceil(1000)).ok()?;
        (moved > 0).then(|| Duration::from_secs(seconds.max(1)))
    }

    fn measured(&self) -> Option<(u64, Duration)> {
        let ((began, first), (now, last)) = (self.0.front()?, self.0.back()?);
        let took = now.saturating_duration_since(*began);
        (!took.is_zero()).then(|| (last.saturating_sub(*first), took))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_last_seconds() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut rate = Rate::new(begin);
        assert_eq!((rate.per_second(), rate.time_for(10)), (None, None));
        for second in 1..=30 {
            rate.record(at(second), second * 1000);
        }
        assert_eq!(rate.per_second(), Some(1000));
        assert_eq!(rate.time_for(60_500), Some(Duration::from_secs(61)));
        assert_eq!(rate.time_for(1), Some(Duration::from_secs(1)), "not zero");
        for second in 31..=45 {
            rate.record(at(second), 30_000);
        }
        assert_eq!((rate.per_second(), rate.time_for(1)), (Some(0), None), "nothing moves");
    }

    #[test]
    fn restarts_when_bytes_are_resent_and_leaves_out_stored_ones() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut rate = Rate::new(begin);
        rate.skip(1_000_000);
        rate.record(at(1), 1_000_500);
        assert_eq!(rate.per_second(), Some(500));
        rate.record(at(2), 1_000_000);
        assert_eq!(rate.per_second(), None);
        rate.record(at(3), 1_000_100);
        assert_eq!(rate.per_second(), Some(100));
    }
}

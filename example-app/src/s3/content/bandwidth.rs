//! A limit of the bytes per second, over all transfers.

use core::num::NonZeroU64;
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use tokio::time::{Instant, sleep_until};

/// The time for which unused bandwidth is kept: a task that woke late catches up.
const DEPTH: Duration = Duration::from_millis(125);
/// Slices in a second. Each transfer gets one in turn, and none is idle so long that it is
/// taken for broken.
const SLICES: u64 = 64;
/// In bytes.
const LONGEST_SLICE: u64 = 256 * 1024;

/// A limit of the bytes per second, over all transfers: a token bucket, written as the time at
/// which it is full again. Transfers take their turn in the order in which they ask.
///
/// Source: ITU-T I.371, the virtual scheduling algorithm.
#[derive(Debug)]
pub struct Bandwidth {
    /// In bytes per second.
    rate: NonZeroU64,
    /// When everything reserved so far is sent; never longer ago than `DEPTH`.
    through: Mutex<Instant>,
}

impl Bandwidth {
    /// Limits transfers to `rate` bytes per second.
    pub fn new(rate: NonZeroU64) -> Self {
        Self { rate, through: Mutex::new(Instant::now()) }
    }

    /// Returns the most bytes that should go at once.
    pub(crate) fn slice(&self) -> usize {
        let slice = (self.rate.get() / SLICES).clamp(1, LONGEST_SLICE);
        usize::try_from(slice).unwrap_or(usize::MAX)
    }

    /// Reserves `bytes` more, and returns when they can go.
    pub(crate) fn reserve(&self, bytes: usize) -> Instant {
        let mut through = self.through.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let earliest = now.checked_sub(DEPTH).unwrap_or(now);
        let leave = (*through).max(earliest);
        *through = leave.checked_add(self.duration(bytes)).unwrap_or(leave);
        leave
    }

    /// Waits until `bytes` more can go.
    pub(crate) async fn wait_for(&self, bytes: usize) {
        sleep_until(self.reserve(bytes)).await;
    }

    fn duration(&self, bytes: usize) -> Duration {
        let (bytes, rate) = (u64::try_from(bytes).unwrap_or(u64::MAX), self.rate.get());
        let nanos = u128::from(bytes % rate) * 1_000_000_000 / u128::from(rate);
        Duration::new(bytes / rate, u32::try_from(nanos).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use proptest::prelude::*;
    use tokio::time::{advance, sleep};

    use super::*;

    fn of(rate: u64) -> Bandwidth {
        Bandwidth::new(NonZeroU64::new(rate).unwrap())
    }

    /// Returns the shortest time in which all of `bytes` but the last can be through.
    fn at_least(bytes: usize, rate: u64) -> Duration {
        of(rate).duration(bytes).saturating_sub(DEPTH)
    }

    #[tokio::test(start_paused = true)]
    async fn limits_all_transfers_together() {
        let (limit, began) = (of(1000), Instant::now());
        let tasks = (0..8).map(async |_| {
            for _ in 0..100 {
                limit.wait_for(limit.slice()).await;
            }
        });
        join_all(tasks).await;
        let (sent, took) = (800 * limit.slice(), began.elapsed());
        assert!(took >= at_least(sent - limit.slice(), 1000), "{sent} in {took:?}");
        assert!(took <= of(1000).duration(sent), "{sent} in {took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn drops_unused_bandwidth() {
        let limit = of(1000);
        sleep(Duration::from_mins(1)).await;
        let began = Instant::now();
        for _ in 0..100 {
            limit.wait_for(10).await;
        }
        let took = began.elapsed();
        assert!(took >= at_least(990, 1000) && took <= Duration::from_secs(1), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn serves_in_order_of_asking() {
        let limit = of(10);
        let times: Vec<_> = (0..5).map(|_| limit.reserve(10)).collect();
        assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    }

    #[test]
    fn never_makes_empty_slices() {
        for (rate, slice) in [(1, 1), (63, 1), (64 * 1024, 1024), (u64::MAX, 256 * 1024)] {
            assert_eq!(of(rate).slice(), slice, "{rate}");
        }
    }

    proptest! {
        #[test]
        fn keeps_to_the_rate(
            rate in 1..=1_000_000_000_u64,
            asks in prop::collection::vec((0..2000_u64, 1..300_000_usize), 1..50),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap();
            runtime.block_on(async {
                let (limit, began) = (of(rate), Instant::now());
                // When each may go, and how many bytes before it.
                let (mut before, mut last) = (0, began);
                for (pause, bytes) in asks {
                    advance(Duration::from_millis(pause)).await;
                    let leave = limit.reserve(bytes);
                    assert!(leave >= last, "in order");
                    let since = leave.saturating_duration_since(began);
                    // Each duration is rounded down to a nanosecond.
                    let error = Duration::from_nanos(50);
                    let due = limit.duration(before);
                    assert!(since + DEPTH + error >= due, "{before} by {since:?}");
                    last = leave;
                    before += bytes;
                }
            });
        }
    }
}

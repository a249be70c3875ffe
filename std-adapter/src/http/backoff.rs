//! The pauses between attempts at a request.

use core::time::Duration;

use tokio::time::sleep;

use crate::clock::Clock;

/// Exponential backoff with jitter: each pause is twice as long as the one before, up to a limit.
/// Of each, half up to all is waited, so that many clients that were refused at once do not come
/// back at once.
///
/// Source: "Exponential backoff and jitter", AWS Architecture Blog ("Equal Jitter").
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use core::time::Duration;
/// use rolesig_std::Clock;
/// use rolesig_std::http::Backoff;
///
/// let (first, longest) = (Duration::from_millis(1), Duration::from_secs(20));
/// let mut backoff = Backoff::new(first, longest, Clock::SYSTEM);
/// let mut attempts = 1;
/// while backoff.wait(3, Duration::from_secs(60)).await {
///     attempts += 1;
/// }
/// assert_eq!(attempts, 3);
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failed: u32,
    clock: Clock,
}

impl Backoff {
    /// Starts before the first attempt. `first` is the longest pause before the second, and
    /// `longest` the longest of all. The clock draws the random part.
    pub const fn new(first: Duration, longest: Duration, clock: Clock) -> Self {
        Self { first, longest, failed: 0, clock }
    }

    /// Counts a failed attempt, and waits for the next. Returns `false`, without a pause, if that
    /// was the last of `attempts`, or if the pause could be longer than the time that is `left`.
    pub async fn wait(&mut self, attempts: u32, left: Duration) -> bool {
        match self.next(attempts).filter(|pause| *pause <= left) {
            Some(pause) => {
                sleep(jittered(pause, self.clock.random())).await;
                true
            }
            None => false,
        }
    }

    /// Counts a failed attempt, and returns the pause before the next, for a caller that waits
    /// without a runtime. Returns `None` if that was the last of `attempts`.
    pub fn pause(&mut self, attempts: u32) -> Option<Duration> {
        let pause = self.next(attempts)?;
        Some(jittered(pause, self.clock.random()))
    }

    /// Counts a failed attempt, and returns the longest pause before the next; `None` if that was
    /// the last.
    fn next(&mut self, attempts: u32) -> Option<Duration> {
        let doublings = self.failed;
        self.failed = self.failed.saturating_add(1);
        let pause = self.first.saturating_mul(2_u32.saturating_pow(doublings));
        (self.failed < attempts).then_some(pause.min(self.longest))
    }
}

/// Returns half of a pause up to all of it.
fn jittered(pause: Duration, random: u32) -> Duration {
    pause / 2 + pause.saturating_mul(random >> 16) / (2 * 65_536)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_pauses_up_to_the_longest() {
        let milliseconds = Duration::from_millis;
        let mut backoff = Backoff::new(milliseconds(100), milliseconds(350), Clock::SYSTEM);
        let pauses: Vec<_> = core::iter::from_fn(|| backoff.next(6)).collect();
        assert_eq!(pauses, [100, 200, 350, 350, 350].map(milliseconds));
        assert_eq!(backoff.next(6), None);
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_when_no_time_is_left() {
        let pause = Duration::from_millis(100);
        let mut backoff = Backoff::new(pause, pause, Clock::SYSTEM);
        assert!(backoff.wait(8, pause).await);
        assert!(!backoff.wait(8, pause / 2).await);
    }

    #[test]
    fn gives_pauses_to_callers_that_wait_themselves() {
        let pause = Duration::from_millis(100);
        let mut backoff = Backoff::new(pause, pause, Clock::SYSTEM);
        assert!((pause / 2..=pause).contains(&backoff.pause(2).unwrap()));
        assert_eq!(backoff.pause(2), None);
    }

    #[test]
    fn pauses_differ_within_bounds() {
        let pause = Duration::from_millis(100);
        let pauses: Vec<_> = (0..100).map(|_| jittered(pause, Clock::SYSTEM.random())).collect();
        assert!(pauses.iter().all(|jittered| (pause / 2..pause).contains(jittered)));
        assert!(pauses.iter().any(|jittered| *jittered != pauses[0]), "{pauses:?}");
    }

    #[test]
    fn computes_jitter_without_overflow() {
        assert!(jittered(Duration::MAX, u32::MAX) >= Duration::MAX / 2);
    }
}

//! Chance that depends on a seed and on what it is drawn for, and not on the order of the draws:
//! two requests at one instant may be served in either order.

use core::cell::Cell;
use core::time::Duration;

use rolesig::Timestamp;
use rolesig_std::Clock;
use tokio::time::Instant;

/// A seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    /// Draws a number for a purpose.
    pub(crate) fn draw(self, purpose: &str) -> u64 {
        let mut hash = self.0 ^ 0xcbf2_9ce4_8422_2325;
        for byte in purpose.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        mixed(hash)
    }

    pub(crate) fn below(self, purpose: &str, end: u64) -> u64 {
        self.draw(purpose) % end.max(1)
    }

    pub(crate) fn percent(self, purpose: &str, percent: u64) -> bool {
        self.below(purpose, 100) < percent
    }

    /// Draws milliseconds up to `longest`: as often below a tenth of a limit as below the limit.
    pub(crate) fn time(self, purpose: &str, longest: u64) -> Duration {
        let tenths = self.below(&format!("{purpose} tenths"), 4);
        let longest = longest / 10_u64.pow(u32::try_from(tenths).unwrap());
        Duration::from_millis(1 + self.below(purpose, longest))
    }

    pub(crate) fn pick<T: Copy>(self, purpose: &str, from: &[T]) -> T {
        let place = self.below(purpose, u64::try_from(from.len()).unwrap());
        from[usize::try_from(place).unwrap()]
    }
}

/// The last step of `SplitMix64`.
const fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

thread_local! {
    static STARTED: Cell<Option<Instant>> = const { Cell::new(None) };
    static DRAWN: Cell<u64> = const { Cell::new(0) };
}

/// The clock of a simulation: tokio's, and seeded.
pub(crate) const CLOCK: Clock = Clock { now, random, start: |work| work() };

/// Begins a simulation on this thread.
pub(crate) fn begin(seed: u64) {
    STARTED.set(Some(Instant::now()));
    DRAWN.set(seed);
}

/// Returns the milliseconds since the simulation began.
pub(crate) fn elapsed() -> u64 {
    let started = STARTED.get().expect("a simulation that has begun");
    u64::try_from(started.elapsed().as_millis()).unwrap()
}

/// Begins at 2015-08-30T12:36:00Z.
pub(crate) fn now() -> Timestamp {
    Timestamp::from(1_440_938_160).checked_add(elapsed() / 1000).unwrap()
}

fn random() -> u32 {
    DRAWN.set(mixed(DRAWN.get()));
    u32::try_from(DRAWN.get() >> 32).unwrap()
}

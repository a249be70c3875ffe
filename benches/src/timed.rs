//! Timing of operations in turn.

use std::time::Instant;

/// The operations that are timed together: few, so that some rounds are undisturbed.
const BATCH: u32 = 50;

/// A timed operation.
pub struct Timed<'t> {
    operation: &'t mut dyn FnMut(),
    /// The nanoseconds of an operation in the quickest round. Disturbance only ever adds time, and
    /// adds more to some code than to other.
    best: f64,
    batch: u32,
}

impl<'t> Timed<'t> {
    /// Times an operation of some microseconds, in batches.
    pub fn new(operation: &'t mut dyn FnMut()) -> Self {
        Self { operation, best: f64::INFINITY, batch: BATCH }
    }

    /// Times an operation that takes long, alone.
    #[must_use]
    pub fn long(self) -> Self {
        Self { batch: 1, ..self }
    }

    fn round(&mut self) {
        let start = Instant::now();
        for _ in 0..self.batch {
            (self.operation)();
        }
        self.best = self.best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(self.batch));
    }
}

/// Times the operations in turn, so many rounds, since the machine's speed drifts. Returns the
/// nanoseconds of each in its quickest round. `cargo test`, which only looks for what is wrong, has
/// one round.
pub fn in_turn<const N: usize>(timed: [Timed<'_>; N], rounds: usize) -> [f64; N] {
    let mut timed = timed;
    time_in_turn(&mut timed, rounds);
    timed.map(|timed| timed.best)
}

/// Times any number of operations as [`in_turn`] does.
pub fn all_in_turn(mut timed: Vec<Timed<'_>>, rounds: usize) -> Vec<f64> {
    time_in_turn(&mut timed, rounds);
    timed.into_iter().map(|timed| timed.best).collect()
}

fn time_in_turn(timed: &mut [Timed<'_>], rounds: usize) {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    for _ in 0..if is_bench { rounds } else { 1 } {
        timed.iter_mut().for_each(Timed::round);
    }
}

/// Returns a number below a million, without its fraction, with a comma before its last three
/// digits.
pub fn grouped(number: f64) -> String {
    let mut digits = format!("{number:.0}");
    if let Some(place) = digits.len().checked_sub(3).filter(|place| *place > 0) {
        digits.insert(place, ',');
    }
    digits
}

//! Counts the steps of the loops that a request drives, so that tests can distinguish linear
//! from quadratic time without a clock. Outside of tests nothing is counted.

/// Adds steps: bytes that are looked at, or items.
#[cfg(not(test))]
#[inline]
pub(crate) const fn add(_steps: usize) {}

#[cfg(test)]
pub(crate) use tests::{add, of};

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    extern crate std;

    std::thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    pub(crate) fn add(steps: usize) {
        STEPS.with(|count| count.set(count.get() + steps));
    }

    /// Returns the steps that are taken while `run` runs.
    pub(crate) fn of(run: impl FnOnce()) -> usize {
        STEPS.set(0);
        run();
        STEPS.get()
    }
}

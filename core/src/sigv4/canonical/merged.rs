//! The caller's items and the signer's, in one order.

use core::cmp::Ordering;
use core::slice;

use crate::emit::sink::Emit;
use crate::emit::slots::{Full, Slots};
use crate::sigv4::canonical::added::{Runs, Visit};

/// The caller's items in order, and where among them the signer's stand. The two share no name.
pub(crate) struct Merged<'a, T, R, const SLOTS: usize> {
    callers: Slots<'a, T, SLOTS>,
    /// The number of the caller's items before each of the signer's.
    runs: R,
}

impl<'a, T, R: Runs, const SLOTS: usize> Merged<'a, T, R, SLOTS> {
    pub(crate) fn new() -> Self {
        Self { callers: Slots::new(), runs: R::default() }
    }

    /// Takes the caller's items.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        callers: impl IntoIterator<Item = &'a T>,
        order: impl Fn(&T, &T) -> Ordering,
    ) -> Result<(), Full> {
        self.callers.fill(callers, order)
    }

    /// Counts for each of the signer's items that it is shown what comes before it.
    pub(crate) fn placing<B: Fn(&T, &'static str) -> bool>(
        &mut self,
        is_before: B,
    ) -> Placing<'_, 'a, T, B> {
        let Self { callers, runs } = self;
        Placing { rest: callers.as_slice(), runs: runs.as_mut().iter_mut(), is_before }
    }

    /// Returns the caller's items, cut where the signer's come in between.
    pub(crate) fn runs(&self) -> Remaining<'_, 'a, T> {
        Remaining { rest: self.callers.as_slice(), counts: self.runs.as_ref().iter() }
    }
}

/// The caller's items that are left to write.
pub(crate) struct Remaining<'m, 'a, T> {
    pub(crate) rest: &'m [&'a T],
    counts: slice::Iter<'m, usize>,
}

impl<'m, 'a, T> Remaining<'m, 'a, T> {
    /// Returns those before the next of the signer's.
    pub(crate) fn run(&mut self) -> &'m [&'a T] {
        let count = self.counts.next().copied().unwrap_or_default();
        let (run, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, &[]));
        self.rest = rest;
        run
    }
}

/// Counts as the signer's items are shown.
pub(crate) struct Placing<'m, 'a, T, B> {
    rest: &'m [&'a T],
    runs: slice::IterMut<'m, usize>,
    is_before: B,
}

impl<T, B: Fn(&T, &'static str) -> bool> Visit for Placing<'_, '_, T, B> {
    #[expect(clippy::inline_always, reason = "a tenth of the time outside the hash")]
    #[inline(always)]
    fn visit(&mut self, name: &'static str, _: &(impl Emit + ?Sized)) {
        let before = |item: &&&T| (self.is_before)(item, name);
        let count = self.rest.iter().take_while(before).count();
        self.rest = self.rest.get(count..).unwrap_or_default();
        if let Some(run) = self.runs.next() {
            *run = count;
        }
    }
}

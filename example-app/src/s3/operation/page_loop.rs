//! The detection of listings that do not end.

use crate::s3::error::listing::ListingError;

/// The most empty pages in a row. S3 sends some where many keys were deleted; a store that sends no
/// others has nothing to list.
const EMPTY_PAGES: u32 = 100;

/// The path of a listing through its pages, to find listings that do not end.
///
/// Markers that repeat are found in a fixed amount of memory by Brent's algorithm: the latest is
/// compared with one that is kept for twice as long each time.
///
/// Source: Richard P. Brent, "An improved Monte Carlo factorization algorithm" (1980).
#[derive(Debug)]
pub(crate) struct PageLoop<M> {
    kept: Option<M>,
    since_kept: u64,
    keeps_for: u64,
    empty_pages: u32,
}

impl<M> Default for PageLoop<M> {
    /// Starts before the first page.
    fn default() -> Self {
        Self { kept: None, since_kept: 0, keeps_for: 1, empty_pages: 0 }
    }
}

impl<M: Clone + PartialEq> PageLoop<M> {
    /// Notes a page, and the marker that asks for the next.
    ///
    /// # Errors
    /// If the listing does not come to an end.
    pub(crate) fn turn(&mut self, is_empty: bool, next: Option<&M>) -> Result<(), ListingError> {
        self.empty_pages = if is_empty { self.empty_pages + 1 } else { 0 };
        let Some(next) = next else { return Ok(()) };
        if self.kept.as_ref() == Some(next) {
            return Err(ListingError::Endless);
        }
        if self.empty_pages >= EMPTY_PAGES {
            return Err(ListingError::EmptyPages(EMPTY_PAGES));
        }
        self.since_kept += 1;
        if self.since_kept >= self.keeps_for {
            self.kept = Some(next.clone());
            (self.since_kept, self.keeps_for) = (0, self.keeps_for.saturating_mul(2));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how many pages are asked for until it is known that there is no end.
    fn pages(markers: impl Iterator<Item = u32>, is_empty: bool) -> usize {
        let mut pages = PageLoop::default();
        1 + markers.take_while(|marker| pages.turn(is_empty, Some(marker)).is_ok()).count()
    }

    #[test]
    fn finds_cycles_of_any_length_and_runs_of_empty_pages() {
        for (before, cycle, most) in [(0, 1, 2), (0, 2, 5), (3, 5, 20), (100, 1000, 4000)] {
            let markers = (0..before).chain((before..before + cycle).cycle());
            let pages = pages(markers, false);
            assert!(pages <= most, "{before} {cycle}: {pages}");
        }
        assert_eq!(pages(0.., true), 100);
        let long = pages(0..100_000, false);
        assert_eq!(long, 100_001, "a long listing ends");
    }
}

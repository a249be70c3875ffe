//! The outcomes of other processes that share the provider.

use super::Refresh;
use crate::time::timestamp::Timestamp;

impl Refresh {
    /// Returns when the present rest ends, if there is one, for other processes that share the
    /// provider.
    pub fn rests_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = Timestamp::from_unix(self.rests_until);
        until.filter(|_| self.is_resting(now.as_unix()))
    }

    /// Records what [`failed`](Self::failed) does, for another process that shares the provider and
    /// says when its own [rest](Self::rests_until) ends. No rest is longer than ten minutes, nor
    /// beyond the expiry, as there.
    ///
    /// ```
    /// # use rolesig::{Refresh, RefreshState, Timestamp};
    /// let now = Timestamp::from(1_440_938_160);
    /// let (mut one, mut other) = (Refresh::new(), Refresh::new());
    /// for refresh in [&mut one, &mut other] {
    ///     refresh.fetched("ASIA", now.checked_add(60), now, 0)?;
    /// }
    /// let now = Timestamp::from(1_440_938_220);
    /// one.failed(now, 120);
    /// let until = one.rests_until(now).ok_or("it rests")?;
    /// other.failed_elsewhere(until, now);
    /// assert_eq!(other.due(now), now.checked_add(420));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn failed_elsewhere(&mut self, until: Timestamp, now: Timestamp) {
        if self.held.is_some() {
            self.rest_until(until, now);
            self.is_refused = false;
            // Both hold the same credentials, or it rests as if it had failed itself.
            self.leave_room(now, 0);
        }
    }

    /// Records what [`refused`](Self::refused) does, for another process that shares the provider.
    pub fn refused_elsewhere(&mut self, until: Timestamp, now: Timestamp) {
        self.rest_until(until, now);
        self.is_refused = true;
    }
}

//! The rests of a provider that failed.

use super::pauses::{MANDATORY_WINDOW, backoff, part, short_rest};
use super::{NEVER, Refresh};
use crate::time::timestamp::Timestamp;

/// Seconds, of those that a failure and a random number give.
const LONGEST_REST: u64 = 600;

/// Seconds before the mandatory window over which [`Refresh::spread`] spreads another attempt. The
/// metadata service has new credentials at least five minutes before the old ones expire ("Retrieve
/// security credentials from instance metadata"), which is when these begin.
const LAST_CHANCE: u64 = 300 - MANDATORY_WINDOW;

/// Seconds before the expiry up to which a rest ends that would last beyond it: time enough for
/// another attempt. A failure that comes later rests as one after the expiry does (ours).
const ROOM: u64 = 10;

impl Refresh {
    pub(super) fn rest_until(&mut self, until: Timestamp, now: Timestamp) {
        self.rests_until = until.as_unix().min(now.as_unix().saturating_add(LONGEST_REST));
    }

    /// Begins a rest, however soon what is held expires.
    pub(super) fn rest_after_failure(&mut self, now: Timestamp, random: u32) {
        let Some(held) = self.held else { return };
        self.is_refused = false;
        self.rest(backoff(random), now);
        if self.is_spread && now.as_unix() < held.mandatory_at.saturating_sub(LAST_CHANCE) {
            let last_chance = held.mandatory_at.saturating_sub(part(LAST_CHANCE, random));
            self.rests_until = self.rests_until.min(last_chance);
        } else if self.is_spread {
            self.rest(short_rest(random), now);
        }
    }

    /// Ends a rest before what is held expires, if that is far enough away.
    pub(super) fn leave_room(&mut self, now: Timestamp, random: u32) {
        let (now, expires_at) = (now.as_unix(), self.held.map_or(NEVER, |held| held.expires_at));
        let left = expires_at.saturating_sub(now);
        if left > ROOM && self.rests_until.saturating_add(ROOM) > expires_at {
            let rest = (left / 2).saturating_sub(part(left / 4, random));
            self.rests_until = self.rests_until.min(now.saturating_add(rest));
        }
    }

    pub(super) fn rest(&mut self, seconds: u32, now: Timestamp) {
        self.rests_until = now.as_unix().saturating_add(seconds.into());
    }

    /// Returns whether the provider is left alone now. A rest longer than any can be was begun by a
    /// clock that has been set back since.
    pub(super) const fn is_resting(&self, now: u64) -> bool {
        let left = self.rests_until.saturating_sub(now);
        left > 0 && left <= LONGEST_REST
    }
}

//! When credentials are renewed, as a function of time.

use crate::time::timestamp::Timestamp;

mod elsewhere;
mod pauses;
mod renewal;
mod rests;
mod stale_credentials;
mod state;
#[cfg(test)]
mod tests;

use pauses::{part, refusal, windows};
pub use renewal::Renewal;
pub use stale_credentials::StaleCredentialsError;
pub use state::RefreshState;

use crate::emit::fingerprint::Fingerprint;

/// Seconds for which new credentials are not renewed, up to half of their lifetime; our own choice.
const SHORTEST_VALIDITY: u64 = 60;

/// Later than any [`Timestamp`].
const NEVER: u64 = u64::MAX;

/// When to ask a provider for credentials, when to wait for them, and when to leave it alone. It
/// knows the credentials by their access key id and holds no secret; keep it beside them.
///
/// | [`state`](Self::state) | when | what is held | the provider |
/// |---|---|---|---|
/// | [`Initial`](RefreshState::Initial) | nothing is held | | is asked, and waited for |
/// | [`Valid`](RefreshState::Valid) | until the advisory window | is used | is left alone |
/// | [`Advisory`](RefreshState::Advisory) | 5, 15 or 60 minutes before the expiry | is used meanwhile | is asked by one |
/// | [`Mandatory`](RefreshState::Mandatory) | a minute before the expiry, and after it | if asking fails, is used nevertheless | is asked, and waited for |
/// | [`BackingOff`](RefreshState::BackingOff) | 300 to 600 s after a failure, and no longer than half of what is left if that would last beyond the expiry | is used, even if it has expired | is left alone |
/// | [`Refused`](RefreshState::Refused) | 1 to 5 s after a failure that no retry can change | is not used: the failure is returned | is left alone |
///
/// The advisory window is 5 minutes for credentials that had 20 minutes or less to live when they
/// came, 15 for less than 90 minutes, else 60. Whatever the windows are, they begin no sooner than
/// a minute, or half of that life, after the credentials came. With [`spread`](Self::spread) the
/// advisory one begins up to half as early again.
///
/// If expired credentials must not be used, look at
/// [`StoredCredentials::expires_within`](crate::StoredCredentials::expires_within) as well.
///
/// # One credential, one thread
/// ```
/// use rolesig::{Credentials, Refresh, StoredCredentials, Timestamp};
///
/// # let mut responses = [Some(("ASIA1", "2015-08-30T18:36:00Z")), None,
/// #     Some(("ASIA2", "2015-08-31T00:06:00Z"))].into_iter();
/// # let mut fetch = || -> Result<(Credentials<'_>, Option<Timestamp>), ()> {
/// #     let (access_key_id, expires_at) = responses.next().unwrap().ok_or(())?;
/// #     let credentials =
/// #         Credentials { access_key_id, secret_access_key: "secret", session_token: Some("t") };
/// #     Ok((credentials, expires_at.parse().ok()))
/// # };
/// # let mut used = vec![];
/// # let mut send = |credentials: Credentials<'_>| {
/// #     used.push(credentials.access_key_id.to_owned());
/// #     "OK"
/// # };
/// # let random = || 120; // 420 s
/// # let mut clock = ["12:36:00", "17:35:59", "17:36:00", "17:42:59", "17:43:00"].into_iter()
/// #     .map(|time| format!("2015-08-30T{time}Z").parse::<Timestamp>().unwrap());
/// let mut stored = StoredCredentials::<2048>::new();
/// let mut refresh = Refresh::new();
///
/// while let Some(now) = clock.next() {
///     if refresh.state(now).is_due() {
///         match fetch() {
///             Ok((credentials, expires_at)) => {
///                 let id = credentials.access_key_id;
///                 if refresh.fetched(id, expires_at, now, random()).is_ok() {
///                     stored.store(credentials, expires_at)?;
///                 }
///             }
///             Err(_) => refresh.failed(now, random()),
///         }
///     }
///     let Some(credentials) = stored.credentials() else { continue };
///     let error_code = send(credentials);
///     if Refresh::is_rejection(error_code) {
///         refresh.invalidate(credentials.access_key_id);
///     }
/// }
/// # assert_eq!(used, ["ASIA1", "ASIA1", "ASIA1", "ASIA1", "ASIA2"]);
/// # assert!(responses.next().is_none());
/// # Ok::<(), rolesig::BufferTooSmallError>(())
/// ```
///
/// With credentials of six hours from 12:36, which a provider fails to renew at 17:36, the next
/// time that it is asked is 17:43.
///
/// # Many threads
/// Put it behind the lock of the credentials, and let the task that asks the provider hold a second
/// one. In `Advisory` only try that lock, and use what is held if another has it; in `Initial` and
/// `Mandatory` wait for it, and then look at the state again.
///
/// # Time and chance
/// `now` is the server's time, since an expiry is in that: see
/// [`ClockSkew::apply`](crate::ClockSkew::apply). After a response it is when that came. If the
/// clock is set back, a rest still ends after ten minutes. `random` is any number, drawn again for
/// each response, of a generator that is seeded with what no other host has: not with the time.
///
/// Sources: "Credential Refresh Behavior", which AWS's SDKs share since 2026, by its test cases
/// (`core/tests/vectors`), and what they leave open by the code that passes them (smithy-rs,
/// `aws-runtime/src/static_stability.rs`). Other rules name their source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refresh {
    advisory_window: Option<u32>,
    is_spread: bool,
    renewal: Renewal,
    held: Option<CurrentCredentials>,
    /// In seconds since 1970, as all times here, so that what is to come may lie past the year
    /// 9999.
    rests_until: u64,
    is_refused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CurrentCredentials {
    key: Fingerprint,
    advisory_at: u64,
    mandatory_at: u64,
    expires_at: u64,
}

impl Refresh {
    /// Creates the state of credentials yet to be fetched.
    pub const fn new() -> Self {
        Self {
            advisory_window: None,
            is_spread: false,
            renewal: Renewal::Ahead,
            held: None,
            rests_until: 0,
            is_refused: false,
        }
    }

    /// Sets an advisory window of this many seconds, whatever the lifetime. Below a minute, there
    /// is none but the mandatory one.
    pub const fn with_advisory_window(seconds: u32) -> Self {
        Self { advisory_window: Some(seconds), ..Self::new() }
    }

    /// Spreads renewals so that processes with the same credentials do not renew in the same
    /// second. The metadata service of a host gives all its processes the same ones. Three rules
    /// (all ours) follow from this:
    ///
    /// - The advisory window of each credential begins up to half as early again, by the `random`
    ///   of [`fetched`](Self::fetched). It never begins later than without this, and in the first
    ///   half of the credential's life only if it would anyway.
    /// - A rest that begins earlier ends at a random time in the four minutes before the mandatory
    ///   window, at the latest. By then the metadata service has had newer credentials for a while,
    ///   and an outage that is over costs nobody a request.
    /// - From five minutes before the expiry, and for invalidated credentials, a rest lasts 30 to
    ///   60 s only. After an outage over the expiry, all have credentials within a minute.
    ///
    /// ```
    /// # use rolesig::{Refresh, Timestamp};
    /// let now = Timestamp::from(1_440_938_160);
    /// let due = |random| {
    ///     let mut refresh = Refresh::new().spread();
    ///     refresh.fetched("ASIA", now.checked_add(6 * 3600), now, random).ok()?;
    ///     refresh.due(now)?.seconds_since(now)
    /// };
    /// // 60 minutes before the expiry, 75, and 90.
    /// assert_eq!(due(0), Some(5 * 3600));
    /// assert_eq!(due(u32::MAX / 2), Some(5 * 3600 - 15 * 60 + 1));
    /// assert_eq!(due(u32::MAX), Some(5 * 3600 - 30 * 60 + 1));
    /// ```
    #[must_use]
    pub const fn spread(self) -> Self {
        Self { is_spread: true, ..self }
    }

    /// Renews the credentials that [`fetched`](Self::fetched) gets next in this way. With
    /// [`Renewal::JustInTime`] both windows begin ten seconds before the expiry, whatever was
    /// chosen about windows; the caller no longer uses what has expired.
    ///
    /// ```
    /// # use rolesig::{Refresh, Renewal, Timestamp};
    /// let now = Timestamp::from(1_440_938_160);
    /// let mut refresh = Refresh::new().renewing(Renewal::JustInTime);
    /// refresh.fetched("ASIA", now.checked_add(3600), now, 0)?;
    /// assert_eq!(refresh.due(now), now.checked_add(3590));
    /// # Ok::<(), rolesig::StaleCredentialsError>(())
    /// ```
    #[must_use]
    pub const fn renewing(self, renewal: Renewal) -> Self {
        Self { renewal, ..self }
    }

    /// Returns what to do now. Between two events it goes from `Valid` over `BackingOff`
    /// or `Refused` and `Advisory` to `Mandatory`, never back.
    pub fn state(&self, now: Timestamp) -> RefreshState {
        let now = now.as_unix();
        if self.held.is_some_and(|held| now < held.advisory_at) {
            return RefreshState::Valid;
        }
        if self.is_resting(now) {
            return if self.is_refused { RefreshState::Refused } else { RefreshState::BackingOff };
        }
        match self.held {
            None => RefreshState::Initial,
            Some(held) if now < held.mandatory_at => RefreshState::Advisory,
            Some(_) => RefreshState::Mandatory,
        }
    }

    /// Returns when to ask the provider next, which is `now` if it
    /// [`is_due`](RefreshState::is_due); `None` if never, as long as nothing happens. For a timer.
    ///
    /// ```
    /// # use rolesig::{Refresh, Timestamp};
    /// let now = Timestamp::from(1_440_938_160);
    /// let mut refresh = Refresh::new();
    /// assert_eq!(refresh.due(now), Some(now));
    /// refresh.fetched("ASIA", now.checked_add(6 * 3600), now, 0)?;
    /// assert_eq!(refresh.due(now), now.checked_add(5 * 3600));
    /// # Ok::<(), rolesig::StaleCredentialsError>(())
    /// ```
    pub fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let now = now.as_unix();
        let rested = if self.is_resting(now) { self.rests_until } else { now };
        let advisory_at = self.held.map_or(now, |held| held.advisory_at);
        Timestamp::from_unix(rested.max(advisory_at))
    }

    /// Records that the provider returned credentials, which are held from now on.
    ///
    /// # Errors
    /// [`StaleCredentialsError`]: they are not kept, and this counts as [`failed`](Self::failed).
    /// Only that a provider which has nothing newer yet is asked again when the mandatory window
    /// begins, even if that is sooner (ours).
    pub fn fetched(
        &mut self,
        access_key_id: &str,
        expires_at: Option<Timestamp>,
        now: Timestamp,
        random: u32,
    ) -> Result<(), StaleCredentialsError> {
        let key = Fingerprint::of(access_key_id);
        let expires_at = expires_at.map_or(NEVER, Timestamp::as_unix);
        let lifetime = expires_at.saturating_sub(now.as_unix());
        if lifetime == 0 {
            self.failed(now, random);
            return Err(StaleCredentialsError::Expired);
        }
        if let Some(held) =
            self.held.filter(|held| held.key == key && expires_at == held.expires_at)
        {
            self.rest_after_failure(now, random);
            if now.as_unix() < held.mandatory_at {
                self.rests_until = self.rests_until.min(held.mandatory_at);
            }
            self.leave_room(now, random);
            return Err(StaleCredentialsError::Unchanged);
        }
        let (advisory_window, mandatory_window) =
            windows(self.renewal, self.advisory_window, lifetime);
        let is_spread = self.is_spread && self.renewal == Renewal::Ahead;
        let earlier = if is_spread { part(advisory_window / 2, random) } else { 0 };
        let spread = advisory_window.saturating_add(earlier).min(lifetime / 2);
        let first = now.as_unix().saturating_add(SHORTEST_VALIDITY.min(lifetime.div_ceil(2)));
        let window = |seconds| match expires_at {
            NEVER => NEVER,
            _ => expires_at.saturating_sub(seconds).max(first),
        };
        self.held = Some(CurrentCredentials {
            key,
            advisory_at: window(advisory_window.max(spread)),
            mandatory_at: window(mandatory_window),
            expires_at,
        });
        self.rests_until = 0;
        Ok(())
    }

    /// Records that the provider failed in a way that may pass. It is not asked for 300 to 600 s if
    /// anything is held; or for less, see [`spread`](Self::spread).
    ///
    /// A rest that would last up to ten seconds before the expiry or longer ends at a random time
    /// in the second quarter of what is left (ours): of credentials that live for a minute, one
    /// failure costs nothing. Only the attempts of the last ten seconds are followed by a rest
    /// beyond the expiry.
    pub fn failed(&mut self, now: Timestamp, random: u32) {
        self.rest_after_failure(now, random);
        self.leave_room(now, random);
    }

    /// Records that the provider failed in a way that no retry can change, such as an expired
    /// session of IAM Identity Center. The caller fails, whatever is held. So do all that ask in
    /// the next 1 to 5 s.
    pub fn refused(&mut self, now: Timestamp, random: u32) {
        self.rest(refusal(random), now);
        self.is_refused = true;
    }

    /// Records that a service rejected these credentials. If they are the ones that are held,
    /// renewal is mandatory, after the rest if there is one. Otherwise they have been replaced
    /// meanwhile: nothing changes, and it returns `false`.
    pub fn invalidate(&mut self, access_key_id: &str) -> bool {
        let key = Fingerprint::of(access_key_id);
        let Some(held) = self.held.as_mut().filter(|held| held.key == key) else {
            return false;
        };
        (held.advisory_at, held.mandatory_at) = (0, 0);
        true
    }

    /// Returns whether a request that was refused with this code calls for
    /// [`invalidate`](Self::invalidate): `ExpiredToken`, `ExpiredTokenException`, `InvalidToken`.
    /// `AccessDenied` does not: other credentials of the role are denied as well.
    pub fn is_rejection(error_code: &str) -> bool {
        matches!(error_code, "ExpiredToken" | "ExpiredTokenException" | "InvalidToken")
    }
}

impl Default for Refresh {
    fn default() -> Self {
        Self::new()
    }
}

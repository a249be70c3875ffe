//! Credentials in their own buffer.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Credentials;
use crate::emit::sink::{BufferTooSmallError, Sink, SliceSink};
use crate::time::timestamp::Timestamp;

/// Credentials, when they expire, and nothing else: `N` bytes for all three texts together, wiped
/// when replaced and when dropped.
///
/// 2,048 bytes hold the role credentials of EC2 and ECS with room to spare; AWS puts no bound on
/// the session token. There is no `Clone`, since each copy of a secret is one more to wipe, and a
/// move leaves a copy behind: keep it where it was made and lend it out.
///
/// ```
/// use rolesig::{Credentials, StoredCredentials, Timestamp};
///
/// let mut stored = StoredCredentials::<64>::new();
/// assert!(stored.credentials().is_none());
///
/// let expires_at = "2015-08-30T18:36:00Z".parse().ok();
/// let credentials =
///     Credentials { access_key_id: "ASIA", secret_access_key: "secret", session_token: Some("t") };
/// stored.store(credentials, expires_at)?;
/// assert_eq!(stored.credentials().unwrap().session_token, Some("t"));
///
/// let now = Timestamp::from(1_440_938_160); // 12:36:00
/// assert!(!stored.expires_within(300, now));
/// assert!(stored.expires_within(6 * 3600, now));
/// # Ok::<(), rolesig::BufferTooSmallError>(())
/// ```
pub struct StoredCredentials<const N: usize> {
    bytes: [u8; N],
    access_key_id_end: usize,
    secret_access_key_end: usize,
    session_token_end: usize,
    has_session_token: bool,
    expires_at: Option<Timestamp>,
}

impl<const N: usize> StoredCredentials<N> {
    /// Creates an empty store.
    pub const fn new() -> Self {
        Self {
            bytes: [0; N],
            access_key_id_end: 0,
            secret_access_key_end: 0,
            session_token_end: 0,
            has_session_token: false,
            expires_at: None,
        }
    }

    /// Wipes the old credentials and takes a copy of `credentials`.
    ///
    /// # Errors
    /// [`BufferTooSmallError`] with the `N` that would have been enough; the earlier credentials
    /// are then kept.
    pub fn store(
        &mut self,
        credentials: Credentials<'_>,
        expires_at: Option<Timestamp>,
    ) -> Result<(), BufferTooSmallError> {
        let access_key_id_end = credentials.access_key_id.len();
        let secret_access_key_end = access_key_id_end + credentials.secret_access_key.len();
        let session_token = credentials.session_token.unwrap_or_default();
        let session_token_end = secret_access_key_end + session_token.len();
        if session_token_end > N {
            return Err(BufferTooSmallError { needed: session_token_end });
        }

        self.zeroize();
        let mut sink = SliceSink::new(&mut self.bytes);
        sink.put(credentials.access_key_id.as_bytes());
        sink.put(credentials.secret_access_key.as_bytes());
        sink.put(session_token.as_bytes());
        sink.finish()?;

        self.access_key_id_end = access_key_id_end;
        self.secret_access_key_end = secret_access_key_end;
        self.session_token_end = session_token_end;
        self.has_session_token = credentials.session_token.is_some();
        self.expires_at = expires_at;
        Ok(())
    }

    /// Returns the credentials, if there are any.
    pub fn credentials(&self) -> Option<Credentials<'_>> {
        let text = |from, to| core::str::from_utf8(self.bytes.get(from..to)?).ok();
        let access_key_id = text(0, self.access_key_id_end).filter(|id| !id.is_empty())?;
        let secret_access_key = text(self.access_key_id_end, self.secret_access_key_end)?;
        let session_token = text(self.secret_access_key_end, self.session_token_end)?;
        let session_token = self.has_session_token.then_some(session_token);
        Some(Credentials { access_key_id, secret_access_key, session_token })
    }

    /// Returns when the credentials expire; `None` if never, or if there are none.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Returns whether the credentials are missing, or expire at `now` or up to `seconds` after it.
    pub fn expires_within(&self, seconds: u64, now: Timestamp) -> bool {
        if self.access_key_id_end == 0 {
            return true;
        }
        let left = |expires_at: Timestamp| expires_at.seconds_since(now).unwrap_or(0);
        self.expires_at.is_some_and(|expires_at| left(expires_at) <= seconds)
    }
}

impl<const N: usize> Default for StoredCredentials<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Debug for StoredCredentials<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredCredentials")
            .field("access_key_id", &self.credentials().map(|held| held.access_key_id))
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl<const N: usize> Zeroize for StoredCredentials<N> {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
        self.access_key_id_end = 0;
        self.secret_access_key_end = 0;
        self.session_token_end = 0;
        self.has_session_token = false;
        self.expires_at = None;
    }
}

impl<const N: usize> Drop for StoredCredentials<N> {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for StoredCredentials<N> {}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;

    const CREDENTIALS: Credentials<'static> = Credentials {
        access_key_id: "ASIAEXAMPLE",
        secret_access_key: "the-secret",
        session_token: Some("the-session-token"),
    };

    #[test]
    fn reports_the_length_needed_and_keeps_the_old_values() {
        let mut stored = StoredCredentials::<37>::new();
        let needed = BufferTooSmallError { needed: 38 };
        assert_eq!(stored.store(CREDENTIALS, None), Err(needed));
        assert!(stored.credentials().is_none());
        assert_eq!(stored.bytes, [0; 37]);

        let shorter = Credentials { session_token: None, ..CREDENTIALS };
        stored.store(shorter, Some(Timestamp::MAX)).unwrap();
        assert_eq!(stored.store(CREDENTIALS, None), Err(needed));
        assert_eq!(stored.credentials().unwrap().secret_access_key, "the-secret");
        assert_eq!(stored.expires_at(), Some(Timestamp::MAX));
    }

    #[test]
    fn holds_and_wipes_an_exact_fit() {
        let mut stored = StoredCredentials::<38>::new();
        stored.store(CREDENTIALS, Some(Timestamp::MAX)).unwrap();
        let held = stored.credentials().unwrap();
        assert_eq!(held.access_key_id, CREDENTIALS.access_key_id);
        assert_eq!(held.secret_access_key, CREDENTIALS.secret_access_key);
        assert_eq!(held.session_token, CREDENTIALS.session_token);
        stored.zeroize();
        assert_eq!(stored.bytes, [0; 38]);
        assert!(stored.credentials().is_none() && stored.expires_at().is_none());
        assert!(stored.expires_within(0, Timestamp::EPOCH), "nothing is held");
    }

    #[test]
    fn keeps_an_absent_session_token_absent() {
        let mut stored = StoredCredentials::<64>::new();
        stored.store(CREDENTIALS, None).unwrap();
        stored.store(Credentials { session_token: None, ..CREDENTIALS }, None).unwrap();
        assert_eq!(stored.credentials().unwrap().session_token, None);
        assert!(!stored.bytes.windows(7).any(|window| window == b"session"));
    }

    #[test]
    fn hides_secrets_in_debug() {
        let mut stored = StoredCredentials::<64>::new();
        stored.store(CREDENTIALS, Some(Timestamp::EPOCH)).unwrap();
        let shown = std::format!("{stored:?}");
        assert!(shown.contains("ASIAEXAMPLE"), "{shown}");
        assert!(!shown.contains("secret") && !shown.contains("session"), "{shown}");
    }

    #[test]
    fn counts_the_last_second_before_the_expiry() {
        let mut stored = StoredCredentials::<64>::new();
        let now = Timestamp::from(1_000);
        assert!(stored.expires_within(0, now), "nothing held");
        stored.store(CREDENTIALS, None).unwrap();
        assert!(!stored.expires_within(u64::MAX, now), "never expires");
        stored.store(CREDENTIALS, Some(Timestamp::from(1_060))).unwrap();
        assert!(stored.expires_within(60, now) && !stored.expires_within(59, now));
        assert!(stored.expires_within(0, Timestamp::from(2_000)), "long expired");
    }
}

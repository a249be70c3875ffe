//! The keys of the day, for further requests that were signed with the same secrets.

#[cfg(test)]
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rolesig::{Claimed, Credentials, DateStamp, ReceivedBody, SigningKey, Verified, VerifyError};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The most keys that are kept. The one that was used least recently gives way.
const MOST: usize = 32;

/// Keys that were derived from the secrets of clients, and have verified a signature. The secrets
/// are not kept, only their hashes: so a key serves no other secret of the same access key id.
#[derive(Default)]
pub(super) struct KeptKeys {
    keys: Mutex<Vec<KeptKey>>,
    #[cfg(test)]
    derived: AtomicU64,
}

struct KeptKey {
    secret: Zeroizing<[u8; 32]>,
    key: Arc<SigningKey>,
}

impl KeptKeys {
    /// Verifies with the kept key of a secret; returns `None` if it is not there.
    pub(super) fn finish<'r>(
        &self,
        claimed: &Claimed<'r>,
        secret_access_key: &str,
        body: ReceivedBody<'_>,
        today: DateStamp,
    ) -> Option<Result<Verified<'r>, VerifyError>> {
        let secret = hash(secret_access_key);
        let key = self.find(claimed, &secret)?;
        let outcome = claimed.finish_with_key(&key, body);
        if outcome.is_ok() {
            self.keep(claimed, KeptKey { secret, key }, today);
        }
        Some(outcome)
    }

    /// Verifies with the key that a secret gives, and keeps it if the signature is right: anyone
    /// can send a request that names another access key id.
    pub(super) fn derive_and_finish<'r>(
        &self,
        claimed: &Claimed<'r>,
        secret_access_key: &str,
        body: ReceivedBody<'_>,
        today: DateStamp,
    ) -> Result<Verified<'r>, VerifyError> {
        let access_key_id = claimed.access_key_id();
        let credentials = Credentials { access_key_id, secret_access_key, session_token: None };
        let key = Arc::new(SigningKey::derive(&credentials, claimed.scope()));
        #[cfg(test)]
        self.derived.fetch_add(1, Ordering::Relaxed);
        let verified = claimed.finish_with_key(&key, body)?;
        self.keep(claimed, KeptKey { secret: hash(secret_access_key), key }, today);
        Ok(verified)
    }

    /// Returns the number of keys that were derived so far.
    #[cfg(all(test, feature = "client"))]
    pub(super) fn derived(&self) -> u64 {
        self.derived.load(Ordering::Relaxed)
    }

    /// Returns the number of keys.
    #[cfg(all(test, feature = "client"))]
    pub(super) fn len(&self) -> usize {
        self.keys().len()
    }

    fn find(&self, claimed: &Claimed<'_>, secret: &[u8; 32]) -> Option<Arc<SigningKey>> {
        let keys = self.keys();
        let kept = keys.iter().rfind(|kept| kept.is_for(claimed, secret))?;
        Some(Arc::clone(&kept.key))
    }

    /// Puts a key of `today` last, as the one that was used last, in place of its equal: two
    /// requests may have derived it at once. Presigned URLs come with keys of other days, too.
    fn keep(&self, claimed: &Claimed<'_>, kept: KeptKey, today: DateStamp) {
        if kept.key.date() != today {
            return;
        }
        let mut keys = self.keys();
        keys.retain(|other| other.key.date() == today && !other.is_for(claimed, &kept.secret));
        if keys.len() >= MOST {
            keys.remove(0);
        }
        keys.push(kept);
    }

    /// Locks the keys. Nothing that panics is done meanwhile.
    fn keys(&self) -> MutexGuard<'_, Vec<KeptKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeptKey {
    fn is_for(&self, claimed: &Claimed<'_>, secret: &[u8; 32]) -> bool {
        *self.secret == *secret && self.key.is_for(claimed.access_key_id(), claimed.scope())
    }
}

fn hash(secret_access_key: &str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(Sha256::digest(secret_access_key).into())
}

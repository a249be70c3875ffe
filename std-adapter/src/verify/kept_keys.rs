//! The keys of the day, for further requests that were signed with the same secrets.

#[cfg(test)]
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rolesig::{Claimed, Credentials, DateStamp, SigningKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The most keys that are kept. The one that was used least recently gives way.
const MOST: usize = 32;

/// Keys that were derived from the secrets of clients. The secrets are not kept, only their hashes:
/// so a key serves no other secret of the same access key id.
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
    /// Returns the key that a request claims to be signed with, from the secret if it is not at
    /// hand. A key of `today` is kept. Presigned URLs come with those of other days, too.
    pub(super) fn key(
        &self,
        claimed: &Claimed<'_>,
        secret_access_key: &str,
        today: DateStamp,
    ) -> Arc<SigningKey> {
        let secret = Zeroizing::new(Sha256::digest(secret_access_key).into());
        if let Some(kept) = self.find(claimed, &secret) {
            return kept;
        }
        let credentials = Credentials {
            access_key_id: claimed.access_key_id(),
            secret_access_key,
            session_token: None,
        };
        let key = Arc::new(SigningKey::derive(&credentials, claimed.scope()));
        #[cfg(test)]
        self.derived.fetch_add(1, Ordering::Relaxed);
        if key.date() == today {
            self.keep(KeptKey { secret, key: Arc::clone(&key) });
        }
        key
    }

    /// Returns the number of keys that were derived so far.
    #[cfg(all(test, feature = "client"))]
    pub(super) fn derived(&self) -> u64 {
        self.derived.load(Ordering::Relaxed)
    }

    fn find(&self, claimed: &Claimed<'_>, secret: &[u8; 32]) -> Option<Arc<SigningKey>> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |kept: &KeptKey| {
            *kept.secret == *secret && kept.key.is_for(claimed.access_key_id(), claimed.scope())
        };
        let place = keys.iter().rposition(is_it)?;
        let kept = keys.remove(place);
        let key = Arc::clone(&kept.key);
        // The last one is the one that was used last.
        keys.push(kept);
        Some(key)
    }

    fn keep(&self, kept: KeptKey) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|other| other.key.date() == kept.key.date());
        if keys.len() >= MOST {
            keys.remove(0);
        }
        keys.push(kept);
    }
}

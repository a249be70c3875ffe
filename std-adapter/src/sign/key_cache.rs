//! Signing keys that outlive one request.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use http::HeaderValue;
use rolesig::percent::Encoded;
use rolesig::{
    ByteQuery, CheckedCredentials, CredentialScope, Credentials, Emit as _, EncodedToken,
    SignError, SigningKey, Timestamp, V4,
};

use super::SignRequestError;
use super::secret_text::SecretText;

const SECONDS_OF_DAY: u64 = 86_400;
/// The most keys that are kept. The one that was used least recently gives way.
const MOST: usize = 32;

/// The key of one day, region, service and identity, as [`RequestSigner`](super::RequestSigner)
/// uses it; the credentials that it was derived from; and their session token as a header, which
/// is sent with each signature, and as URLs have it, if there are any.
pub(super) struct DayKey {
    key: SigningKey<ByteQuery<V4>>,
    credentials: CheckedCredentials<SecretText>,
    session_token: Option<HeaderValue>,
    encoded_token: OnceLock<EncodedToken<Box<[u8]>>>,
}

impl DayKey {
    /// Derives the key of a scope.
    pub(super) fn derive(scope: KeyScope<'_>) -> Result<Self, SignRequestError> {
        let KeyScope { credentials, region, service, now } = scope;
        let Credentials { access_key_id, secret_access_key, session_token } = credentials;
        let token = session_token.map(SecretText::new);
        let (id, secret) = (SecretText::new(access_key_id), SecretText::new(secret_access_key));
        let checked = CheckedCredentials::new(id, secret, token.clone());
        let derived = CredentialScope::new(now.amz_date().date(), region, service);
        Ok(Self {
            credentials: checked.map_err(SignError::from)?,
            key: SigningKey::derive(&credentials, &derived),
            session_token: token.map(SecretText::into_header).transpose()?,
            encoded_token: OnceLock::new(),
        })
    }

    pub(super) const fn key(&self) -> &SigningKey<ByteQuery<V4>> {
        &self.key
    }

    pub(super) const fn credentials(&self) -> &CheckedCredentials<SecretText> {
        &self.credentials
    }

    pub(super) const fn session_token(&self) -> Option<&HeaderValue> {
        self.session_token.as_ref()
    }

    /// Returns the session token as URLs have it. It is encoded for the first of them.
    pub(super) fn encoded_token(&self) -> &EncodedToken<Box<[u8]>> {
        self.encoded_token.get_or_init(|| {
            let credentials = self.credentials.as_credentials();
            let len = credentials.session_token.map(|token| Encoded::value(token).emitted_len());
            let mut encoded = EncodedToken::new(vec![0; len.unwrap_or_default()].into());
            // It fits. If it did not, signers would encode the token themselves.
            encoded.encode(&credentials).unwrap_or_default();
            encoded
        })
    }
}

/// A signing key cache: the keys that were derived for the identities, regions and services in use.
///
/// A signing key is valid for a day, and to derive it costs about as much as all the rest of a
/// signature. Clones share the keys; a [`SigningClient`](crate::SigningClient) has one. It holds up
/// to 32 keys, each with the secret access key that it was derived from, so that no key signs for
/// another secret of the same access key id, and with the session token, also as URLs have it once
/// one is presigned. All are wiped when their
/// day is over and another key is derived, when others take their place, and with the last clone.
///
/// Source: "Create a signed AWS API request", step 4 (AWS IAM User Guide).
///
/// ```
/// use rolesig::{Credentials, Payload, Service, Timestamp};
/// use rolesig_std::sign::{RequestSigner, SigningKeyCache};
///
/// let keys = SigningKeyCache::new();
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let now = Timestamp::from(1_440_938_160);
/// for key in ["a", "b"] {
///     let mut request = http::Request::get(format!("https://bucket.s3.amazonaws.com/{key}")).body(())?;
///     RequestSigner::new(credentials, "us-east-1", Service::S3)
///         .with_keys(&keys)
///         .sign(&mut request, Payload::Bytes(b""), now)?;
/// }
/// assert_eq!(keys.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct SigningKeyCache(Arc<Keys>);

#[derive(Default)]
struct Keys {
    entries: Mutex<Vec<Entry>>,
    derived: AtomicU64,
}

/// A key, and all that it was derived from.
struct Entry {
    region: String,
    service: String,
    day: u64,
    key: Arc<DayKey>,
}

/// The input of a key's derivation.
#[derive(Clone, Copy)]
pub(super) struct KeyScope<'k> {
    pub(super) credentials: Credentials<'k>,
    pub(super) region: &'k str,
    pub(super) service: &'k str,
    pub(super) now: Timestamp,
}

impl KeyScope<'_> {
    /// Returns the number of the day, in UTC. A date takes longer to compute.
    const fn day(&self) -> u64 {
        self.now.as_unix() / SECONDS_OF_DAY
    }
}

impl SigningKeyCache {
    /// Creates a cache without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of keys.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Returns whether it has no keys.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// Returns the number of keys that were derived so far, by all clones: one for each identity,
    /// region and service on each day, unless there are more than it holds.
    pub fn derived(&self) -> u64 {
        self.0.derived.load(Ordering::Relaxed)
    }

    /// Forgets all keys, in all clones. Each is wiped when no body is being signed with it.
    pub fn clear(&self) {
        self.entries().clear();
    }

    /// Returns the key of a scope, if it is kept.
    pub(super) fn find(&self, scope: KeyScope<'_>) -> Option<Arc<DayKey>> {
        let mut entries = self.entries();
        let place = entries.iter().rposition(|entry| entry.is_for(&scope))?;
        let used = place..;
        // The last one is the one that was used last.
        entries.get_mut(used)?.rotate_left(1);
        entries.last().map(|entry| Arc::clone(&entry.key))
    }

    /// Keeps a key that was derived for a scope.
    pub(super) fn keep(&self, scope: KeyScope<'_>, key: Arc<DayKey>) {
        self.0.derived.fetch_add(1, Ordering::Relaxed);
        let mut entries = self.entries();
        entries.retain(|entry| entry.day == scope.day() && !entry.is_for(&scope));
        if entries.len() >= MOST {
            entries.remove(0);
        }
        entries.push(Entry {
            region: scope.region.to_owned(),
            service: scope.service.to_owned(),
            day: scope.day(),
            key,
        });
    }

    /// Locks the keys. Nothing that panics is done meanwhile.
    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_for(&self, scope: &KeyScope<'_>) -> bool {
        let kept = self.key.credentials.as_credentials();
        self.day == scope.day()
            && self.service == scope.service
            && self.region == scope.region
            && kept.access_key_id == scope.credentials.access_key_id
            && is_same(kept.secret_access_key, scope.credentials.secret_access_key)
            // This reveals no secret: it is compared after the one above.
            && kept.session_token == scope.credentials.session_token
    }
}

/// Compares two secrets, in a time that depends on their lengths only.
fn is_same(one: &str, other: &str) -> bool {
    let pairs = one.bytes().zip(other.bytes());
    let difference = pairs.fold(0, |difference, (one, other)| difference | (one ^ other));
    one.len() == other.len() && core::hint::black_box(difference) == 0
}

/// The number of keys only.
impl fmt::Debug for SigningKeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeyCache").field("keys", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u32 = 86_400;

    fn scope<'k>(secret_access_key: &'k str, region: &'k str, day: u32) -> KeyScope<'k> {
        let credentials =
            Credentials { access_key_id: "AKID", secret_access_key, session_token: None };
        KeyScope { credentials, region, service: "s3", now: Timestamp::from(day * DAY) }
    }

    fn keep(keys: &SigningKeyCache, scope: KeyScope<'_>) {
        keys.keep(scope, Arc::new(DayKey::derive(scope).unwrap()));
    }

    #[test]
    fn distinguishes_secrets_regions_and_days() {
        let keys = SigningKeyCache::new();
        keep(&keys, scope("one", "a-1", 1));
        assert!(keys.find(scope("one", "a-1", 1)).is_some());
        for other in [scope("two", "a-1", 1), scope("one", "b-1", 1), scope("one", "a-1", 2)] {
            assert!(keys.find(other).is_none());
        }
    }

    #[test]
    fn forgets_yesterday_and_the_least_recently_used() {
        let keys = SigningKeyCache::new();
        keep(&keys, scope("s", "a-1", 1));
        let regions: Vec<_> = (0..=MOST).map(|number| format!("r-{number}")).collect();
        for (number, region) in regions.iter().enumerate() {
            keep(&keys, scope("s", region, 2));
            assert_eq!(keys.len(), (number + 1).min(MOST));
            assert!(keys.find(scope("s", "r-0", 2)).is_some(), "it is in use");
        }
        assert!(keys.find(scope("s", "r-1", 2)).is_none());
        keys.clone().clear();
        assert!(keys.is_empty());
    }

    #[test]
    fn hides_keys_and_secrets() {
        let keys = SigningKeyCache::new();
        keep(&keys, scope("hush", "a-1", 1));
        assert_eq!(format!("{keys:?}"), "SigningKeyCache { keys: 1 }");
    }
}

//! The role of the instance and the temporary credentials that it has been given.

use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rolesig::Timestamp;
use subtle::ConstantTimeEq;

/// The letters of an access key ID.
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The letters of everything else that AWS hands out.
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Temporary credentials. There is no `Debug`: two of the three are secret.
pub(super) struct SandboxCredentials {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    session_token: String,
    pub(super) issued: Timestamp,
    /// The first second at which they are refused.
    pub(super) expires: Timestamp,
}

impl SandboxCredentials {
    /// Returns random credentials of the size and alphabet of real ones. The page "IAM identifiers"
    /// names the prefix `ASIA`; the session token is as long as that of an instance.
    fn random(now: Timestamp, lifetime: Duration) -> io::Result<Self> {
        Ok(Self {
            access_key_id: format!("ASIA{}", random_text(BASE32, 16)?),
            secret_access_key: random_base64(40)?,
            session_token: format!("IQoJb3JpZ2luX2Vj{}A==", random_base64(881)?),
            issued: now,
            expires: now.checked_add(lifetime.as_secs()).unwrap_or(Timestamp::MAX),
        })
    }

    /// Returns the session token as the metadata service hands it out.
    pub(super) fn session_token(&self) -> &str {
        &self.session_token
    }

    /// Returns whether `token` is their session token, in a time that does not depend on how much
    /// of it is.
    pub(super) fn has_session_token(&self, token: &str) -> bool {
        self.session_token.as_bytes().ct_eq(token.as_bytes()).into()
    }

    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires <= now
    }

    fn time_left(&self, now: Timestamp) -> Duration {
        Duration::from_secs(self.expires.seconds_since(now).unwrap_or_default())
    }
}

/// A role, and all the credentials that it ever had, the current ones last.
pub(super) struct Role {
    pub(super) name: String,
    lifetime: Duration,
    issued: Mutex<Vec<Arc<SandboxCredentials>>>,
}

impl Role {
    pub(super) fn new(name: String, lifetime: Duration) -> Self {
        Self { name, lifetime, issued: Mutex::default() }
    }

    /// Returns the current credentials, and renews them when half of their lifetime or less is
    /// left.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub(super) fn current(&self, now: Timestamp) -> io::Result<Arc<SandboxCredentials>> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = issued.last()
            // A started second counts as spent.
            && current.time_left(now) > self.lifetime / 2
        {
            return Ok(current.clone());
        }
        let fresh = Arc::new(SandboxCredentials::random(now, self.lifetime)?);
        issued.push(fresh.clone());
        Ok(fresh)
    }

    /// Returns the credentials with this access key ID, expired or not.
    pub(super) fn find(&self, access_key_id: &str) -> Option<Arc<SandboxCredentials>> {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.iter().find(|credentials| credentials.access_key_id == access_key_id).cloned()
    }
}

/// Returns random letters of base64.
///
/// # Errors
/// If the system gives no random numbers.
pub(super) fn random_base64(length: usize) -> io::Result<String> {
    random_text(BASE64, length)
}

/// Returns random letters of `alphabet`, whose size divides 256, so that each is as likely as any
/// other.
fn random_text(alphabet: &[u8], length: usize) -> io::Result<String> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let letters = bytes.iter().filter_map(|&byte| alphabet.get(usize::from(byte) % alphabet.len()));
    Ok(letters.copied().map(char::from).collect())
}

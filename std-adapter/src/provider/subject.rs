//! The subject that gets credentials, as far as the settings do not name it.
//!
//! Two hosts, pods or persons may have the same settings, by a home directory or a volume that they
//! share, and are still not to have each other's credentials.

use std::fs;
use std::path::Path;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::read::secret_file;

/// The claims that differ between the tokens of one subject.
const ROTATING: [&str; 4] = ["exp", "iat", "jti", "nbf"];

/// The characters of the shortest secret that cannot be guessed from its hash.
const UNGUESSABLE: usize = 16;

/// A hash of the subject.
pub(crate) struct Subject<'p> {
    hash: Sha256,
    /// The directory in which Linux describes the host: `/proc`.
    proc: &'p Path,
}

impl<'p> Subject<'p> {
    pub(crate) fn new(configured: &str, proc: &'p Path) -> Self {
        let mut subject = Self { hash: Sha256::new(), proc };
        subject.take(configured.as_bytes());
        subject
    }

    pub(crate) fn into_key(self) -> String {
        hex::encode(self.hash.finalize())
    }

    /// Adds this host since it was started, and in it this container: some networks answer each
    /// container differently.
    pub(super) fn host(&mut self) -> Option<()> {
        for file in ["sys/kernel/random/boot_id", "sys/kernel/hostname"] {
            let text = fs::read(self.proc.join(file)).ok().filter(|text| !text.is_empty())?;
            self.take(&text);
        }
        let network = fs::read_link(self.proc.join("self/ns/net")).ok()?;
        self.take(network.as_os_str().as_encoded_bytes());
        Some(())
    }

    /// Adds the subject of a token, which stays when the token is rotated. All that its issuer says
    /// about the subject counts, since roles depend on tags, too.
    pub(super) fn token_file(&mut self, path: &Path) -> Option<()> {
        let token = secret_file::read(path).ok()?;
        let claims = claims(&token)?;
        self.take(&claims);
        Some(())
    }

    /// Adds a secret that does not rotate. Only beside the [host](Self::host), which is its salt.
    pub(super) fn secret(&mut self, secret: &str) -> Option<()> {
        if secret.len() < UNGUESSABLE {
            return None;
        }
        self.take(secret.as_bytes());
        Some(())
    }

    /// Hashes a part with its length, so that no two parts look like others.
    fn take(&mut self, part: &[u8]) {
        self.hash.update(part.len().to_le_bytes());
        self.hash.update(part);
    }
}

/// Returns the claims of a JSON Web Token (RFC 7519) with an issuer and a subject, without its
/// signature.
fn claims(token: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut parts = core::str::from_utf8(token).ok()?.trim().split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let payload = Zeroizing::new(Base64UrlUnpadded::decode_vec(payload).ok()?);
    let mut claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
    let is_text = |name| claims.get(name).is_some_and(Value::is_string);
    if !is_text("iss") || !is_text("sub") {
        return None;
    }
    claims.retain(|name, _| !ROTATING.contains(&name.as_str()));
    serde_json::to_vec(&claims).ok().map(Zeroizing::new)
}

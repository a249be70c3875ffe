//! The signing key: derived from the secret once a day, and kept as an HMAC that has already taken
//! its key, so that a signature begins with a copy of it.

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::scope::{CredentialScope, TERMINATION};
use crate::sink::Emit;
use crate::staged::Staged;

const BLOCK: usize = 64;
const PREFIX: &[u8] = b"AWS4";

/// `HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")`, ready to
/// authenticate a string to sign. Wiped when dropped.
///
/// Source: "Create a signed AWS API request", step 4.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// Costs 18 SHA-256 blocks.
    pub(crate) fn derive(secret_access_key: &str, scope: &CredentialScope<'_>) -> Self {
        let secret = Hmac::new(&(*secret_block(secret_access_key)).into());
        let date = next_key(secret, &scope.date);
        let region = next_key(date, scope.region);
        let service = next_key(region, scope.service);
        Self(next_key(service, TERMINATION))
    }

    /// Authenticates a string to sign.
    pub(crate) fn authenticate(&self, string_to_sign: &impl Emit) -> [u8; 32] {
        let mut hmac = Staged::new(self.0.clone());
        string_to_sign.emit(&mut hmac);
        hmac.into_digest().finalize().into_bytes().into()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// The key `"AWS4" + secret` as HMAC wants it: filled up with zeros to a block, or hashed if it is
/// longer than one (RFC 2104 §2). The two texts are never joined, so the secret has no bound.
fn secret_block(secret_access_key: &str) -> Zeroizing<[u8; BLOCK]> {
    let secret = secret_access_key.as_bytes();
    if PREFIX.len() + secret.len() <= BLOCK {
        return block(PREFIX.iter().chain(secret));
    }
    let digest = Sha256::new().chain_update(PREFIX).chain_update(secret).finalize();
    block(&Zeroizing::new(<[u8; 32]>::from(digest))[..])
}

fn next_key(mut hmac: Hmac<Sha256>, message: &(impl Emit + ?Sized)) -> Hmac<Sha256> {
    message.emit(&mut hmac);
    let key = Zeroizing::new(<[u8; 32]>::from(hmac.finalize().into_bytes()));
    Hmac::new(&(*block(&key[..])).into())
}

/// A block that begins with `bytes` and goes on with zeros.
fn block<'b>(bytes: impl IntoIterator<Item = &'b u8>) -> Zeroizing<[u8; BLOCK]> {
    let mut block = Zeroizing::new([0; BLOCK]);
    for (to, from) in block.iter_mut().zip(bytes) {
        *to = *from;
    }
    block
}

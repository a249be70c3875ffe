//! Signature Version 4: HMAC-SHA256. The key is kept as an HMAC that has already taken it, so that
//! a signature begins with a copy.

use core::fmt;

use hmac::digest::CtOutput;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::credentials::Credentials;
use crate::emit::hex_digest::{self, HexDigest};
use crate::emit::sink::Emit;
use crate::emit::staged::Staged;
use crate::sigv4::scheme::{Scheme, private};
use crate::sigv4::scope::{CredentialScope, TERMINATION};

const BLOCK: usize = 64;

/// Signature Version 4: HMAC-SHA256, in one region.
///
/// ```
/// use rolesig::{Credentials, Service, Signer, V4};
///
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// // For up to 64 headers.
/// let signer = Signer::<V4, 64>::with_slots(credentials, "us-east-1", Service::S3)?;
/// # let _ = signer;
/// # Ok::<(), rolesig::SignError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct V4;

impl private::Sealed for V4 {}

impl Scheme for V4 {
    const ALGORITHM: &'static str = "AWS4-HMAC-SHA256";
    const REGION_IN_SCOPE: bool = true;
    const CHUNK_SIGNATURE_LEN: usize = 64;
    type QueryText = str;
    type Key = HmacKey;
    type Signature = HexDigest;

    /// Derives the key, which costs 18 SHA-256 blocks.
    fn derive(credentials: &Credentials<'_>, scope: &CredentialScope<'_>) -> HmacKey {
        let secret = secret_key("AWS4", credentials);
        let date = next_key(secret, &scope.date);
        let region = next_key(date, scope.region.unwrap_or_default());
        let service = next_key(region, scope.service);
        HmacKey(next_key(service, TERMINATION))
    }

    fn authenticate(key: &HmacKey, string_to_sign: &(impl Emit + ?Sized)) -> HexDigest {
        let mut hmac = key.0.clone();
        Staged::update(&mut hmac, string_to_sign);
        HexDigest::new(&finish(hmac))
    }

    fn read_signature(digits: &[u8]) -> Option<HexDigest> {
        HexDigest::read(digits)
    }

    fn verifies(
        key: &HmacKey,
        string_to_sign: &(impl Emit + ?Sized),
        signature: &HexDigest,
    ) -> bool {
        let mut hmac = key.0.clone();
        Staged::update(&mut hmac, string_to_sign);
        hmac.verify_slice(&signature.to_bytes()).is_ok()
    }
}

/// `HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")`, ready to
/// authenticate a string to sign. Wiped when dropped.
///
/// Source: "Create a signed AWS API request", step 4.
#[expect(unnameable_types, reason = "only the sealed `Scheme` shows it")]
#[derive(Clone)]
pub struct HmacKey(Hmac<Sha256>);

impl HmacKey {
    pub(crate) fn from_bytes(key: &[u8; 32]) -> Self {
        Self(keyed(&block(key)))
    }
}

/// The features `zeroize` of RustCrypto's crates: without them neither the key, which is two states
/// of SHA-256, nor what it was computed from would be wiped, and this would not compile.
const _: () = {
    const fn is_wiped_on_drop<T: ZeroizeOnDrop>() {}
    is_wiped_on_drop::<Sha256>();
    is_wiped_on_drop::<CtOutput<Hmac<Sha256>>>();
};

impl ZeroizeOnDrop for HmacKey {}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(..)")
    }
}

/// Creates the HMAC whose key is a prefix and the secret: filled up with zeros to a block, or
/// hashed if it is longer than one (RFC 2104 §2). The two texts are never joined, so the secret has
/// no bound.
pub(crate) fn secret_key(prefix: &str, credentials: &Credentials<'_>) -> Hmac<Sha256> {
    let secret = credentials.secret_access_key.as_bytes();
    if prefix.len() + secret.len() <= BLOCK {
        return keyed(&block(prefix.as_bytes().iter().chain(secret)));
    }
    let digest = hex_digest::finish(Sha256::new().chain_update(prefix).chain_update(secret));
    keyed(&block(&Zeroizing::new(digest)[..]))
}

fn next_key(mut hmac: Hmac<Sha256>, message: &(impl Emit + ?Sized)) -> Hmac<Sha256> {
    message.emit(&mut hmac);
    keyed(&block(&finish(hmac)[..]))
}

/// Creates an HMAC from a key of one block. Not inlined, like [`finish`]: RustCrypto's code for it
/// is, and would stand in flash many times.
#[inline(never)]
fn keyed(block: &[u8; BLOCK]) -> Hmac<Sha256> {
    Hmac::new(block.into())
}

#[inline(never)]
pub(crate) fn finish(hmac: Hmac<Sha256>) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(hmac.finalize().into_bytes().into())
}

/// Returns a block that begins with `bytes` and goes on with zeros.
fn block<'b>(bytes: impl IntoIterator<Item = &'b u8>) -> Zeroizing<[u8; BLOCK]> {
    let mut block = Zeroizing::new([0; BLOCK]);
    for (to, from) in block.iter_mut().zip(bytes) {
        *to = *from;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::timestamp::Timestamp;

    extern crate std;
    use std::format;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn scope() -> CredentialScope<'static> {
        let date = "2012-02-15T00:00:00Z".parse::<Timestamp>().unwrap().amz_date().date();
        CredentialScope { date, region: Some("us-east-1"), service: "iam" }
    }

    fn derived(secret_access_key: &str) -> HmacKey {
        let credentials =
            Credentials { access_key_id: "AKID", secret_access_key, session_token: None };
        V4::derive(&credentials, &scope())
    }

    /// Computes HMAC by its definition (RFC 2104 §2), with nothing of the crate `hmac`.
    fn plain_hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
        let mut block = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
        block.resize(BLOCK, 0);
        let pad = |with: u8| block.iter().map(|byte| byte ^ with).collect::<Vec<_>>();
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
        Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
    }

    /// "Examples of how to derive a signing key for Signature Version 4" (AWS General Reference).
    #[test]
    fn the_published_derivation() {
        let mut published = [0; 32];
        let digits = "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d";
        hex::decode_to_slice(digits, &mut published).unwrap();
        let key = derived("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let expected = plain_hmac(&published, scope().to_string().as_bytes());
        assert_eq!(
            V4::authenticate(&key, &scope()).to_string(),
            HexDigest::new(&expected.try_into().unwrap()).to_string()
        );
    }

    /// `AWS4` and 60 bytes fill a block of SHA-256; from 61 on the secret is hashed first.
    #[test]
    fn secrets_of_every_length() {
        for len in 0..=200 {
            let secret: String = ('!'..='~').cycle().take(len).collect();
            let key = ["20120215", "us-east-1", "iam", "aws4_request"]
                .iter()
                .fold(format!("AWS4{secret}").into_bytes(), |key, message| {
                    plain_hmac(&key, message.as_bytes())
                });
            let expected = plain_hmac(&key, scope().to_string().as_bytes());
            let signature = V4::authenticate(&derived(&secret), &scope());
            assert_eq!(
                signature.to_string(),
                HexDigest::new(&expected.try_into().unwrap()).to_string(),
                "{len}"
            );
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", derived("secret")), "HmacKey(..)");
    }
}

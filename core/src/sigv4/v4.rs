//! Signature Version 4: HMAC-SHA256.

use crate::credentials::Credentials;
use crate::emit::hex_digest::HexDigest;
use crate::emit::sink::Emit;
use crate::sigv4::hmac::HmacKey;
use crate::sigv4::items::Items;
use crate::sigv4::scheme::{Scheme, private};
use crate::sigv4::scope::{CredentialScope, TERMINATION};

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
///
/// Source: "Create a signed AWS API request".
#[derive(Clone, Copy, Debug)]
pub struct V4;

impl private::Sealed for V4 {}

impl Scheme for V4 {
    const ALGORITHM: &'static str = "AWS4-HMAC-SHA256";
    const REGION_IN_SCOPE: bool = true;
    const SIGNATURE_LEN: usize = 64;
    type QueryText = str;
    type Key = HmacKey;
    type VerifyingKey = HmacKey;
    type Signature = HexDigest;

    fn query<'q>(pairs: &'q [(&'q str, &'q str)]) -> Items<'q> {
        Items::Texts(pairs)
    }

    /// Derives the key, which costs 18 SHA-256 blocks:
    /// `HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")`.
    ///
    /// Source: "Create a signed AWS API request", step 4.
    fn derive(credentials: &Credentials<'_>, scope: &CredentialScope<'_>) -> HmacKey {
        let CredentialScope { date, region, service } = scope;
        let secret = [b"AWS4", credentials.secret_access_key.as_bytes()];
        HmacKey::derive(secret, &[date, &region.unwrap_or_default(), service, &TERMINATION])
    }

    fn authenticate(key: &HmacKey, string_to_sign: &dyn Emit) -> HexDigest {
        HexDigest::new(&key.authenticate(string_to_sign))
    }

    fn verifying_key(key: HmacKey) -> HmacKey {
        key
    }

    fn read_signature(digits: &[u8]) -> Option<HexDigest> {
        HexDigest::read(digits)
    }

    fn verifies(key: &HmacKey, string_to_sign: &dyn Emit, signature: &HexDigest) -> bool {
        key.verifies(string_to_sign, &signature.to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::emit::stage::BLOCK;
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
    fn reproduces_the_published_derivation() {
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
    fn accepts_secrets_of_every_length() {
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
    fn hides_everything_in_debug() {
        assert_eq!(format!("{:?}", derived("secret")), "HmacKey(..)");
    }
}

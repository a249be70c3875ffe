//! The public key of Signature Version 4a, which verifies and cannot sign.

use core::fmt;

use p256::elliptic_curve::sec1::ToSec1Point as _;

use super::V4a;
use crate::credentials::Credentials;
use crate::sigv4::scheme::Scheme as _;
use crate::sigv4::sigv4a::PrivateKey;

/// The public key of an access key in Signature Version 4a: it verifies what the secret access key
/// [signs](crate::V4a), and signs nothing.
///
/// A verifier that has it [needs no secret](crate::Claimed::finish_with_public_key). It is derived
/// where the secret is. No day, region or service is in it, so it is good as long as its access key.
///
/// ```
/// use rolesig::{Credentials, PublicKey};
///
/// # let secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// // Where the secret is:
/// let credentials =
///     Credentials { access_key_id: "AKIDEXAMPLE", secret_access_key, session_token: None };
/// let point = PublicKey::derive(&credentials).to_sec1();
/// assert!(point.starts_with(&[0x04, 0xb6, 0x61, 0x8f, 0x6a]));
///
/// // Where requests are verified:
/// assert!(PublicKey::from_sec1(&point).is_some());
/// ```
///
/// Source: "Create a signed AWS API request", `SigV4a`; the files `public-key.json` of AWS's signing
/// test suite.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub(super) p256::PublicKey);

impl PublicKey {
    /// The length of a point that is written: a tag, and two coordinates.
    const LEN: usize = 65;

    /// Derives the key of an access key from its secret.
    pub fn derive(credentials: &Credentials<'_>) -> Self {
        V4a::verifying_key(PrivateKey::derive(credentials))
    }

    /// Reads a point, 65 bytes or 33 if it is compressed; returns `None` if it is not one of the
    /// curve P-256. A `SubjectPublicKeyInfo`, as OpenSSL writes it, ends with such a point.
    ///
    /// Source: SEC 1, version 2.0, §2.3.4; RFC 5480 §2.2.
    pub fn from_sec1(point: &[u8]) -> Option<Self> {
        p256::PublicKey::from_sec1_bytes(point).ok().map(Self)
    }

    /// Returns the point without compression: the byte 4, then both coordinates.
    ///
    /// Source: SEC 1, version 2.0, §2.3.3.
    pub fn to_sec1(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        for (to, from) in bytes.iter_mut().zip(self.0.to_sec1_point(false).as_bytes()) {
            *to = *from;
        }
        bytes
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(")?;
        self.to_sec1().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

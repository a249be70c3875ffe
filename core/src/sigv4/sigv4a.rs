//! Signature Version 4a: ECDSA on the curve P-256, good for a set of regions. Needs the feature
//! `sigv4a`.

use core::fmt;

use ecdsa::hazmat::sign_prehashed_rfc6979;
use hmac::Hmac;
use p256::elliptic_curve::ff::PrimeField;
use p256::{NistP256, NonZeroScalar, Scalar};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::emit::hex_digest::{self, digit};
use crate::emit::sink::{self, Emit, Sink};
use crate::emit::staged::Staged;
use crate::sigv4::scheme::{Scheme, private};
use crate::sigv4::scope::CredentialScope;
use crate::sigv4::v4::{finish, secret_key};

/// Signature Version 4a: ECDSA with SHA-256 on P-256, in a set of regions.
///
/// The region of a [`Signer`](crate::Signer) is then the region set, `*` or a list with commas and
/// no spaces, and goes into `x-amz-region-set`. It is no region that an endpoint could be built
/// from: the host, and that of STS for the role's credentials, is another matter.
///
/// Its signatures are deterministic (RFC 6979), so no source of randomness is needed. One takes
/// some hundred times as long as one of [`V4`](crate::V4); a third of that with the feature
/// `precomputed-tables` of the crate p256, which wants `std`.
///
/// Bodies are whole or in chunks. Events are not signed with it, so this does not compile, and does
/// with [`V4`](crate::V4):
///
/// ```compile_fail,E0277
/// # use rolesig::{Events, Request, SignError, Signer, Timestamp};
/// type Scheme = rolesig::V4a;
/// # fn sign(mut signer: Signer<'_, Scheme>, request: Request<'_, Events>) -> Result<(), SignError> {
/// signer.sign(&request, Timestamp::EPOCH)?;
/// # Ok(())
/// # }
/// ```
/// ```
/// # use rolesig::{Events, Request, SignError, Signer, Timestamp};
/// # type Scheme = rolesig::V4;
/// # fn sign(mut signer: Signer<'_, Scheme>, request: Request<'_, Events>) -> Result<(), SignError> {
/// # signer.sign(&request, Timestamp::EPOCH)?;
/// # Ok(())
/// # }
/// ```
///
/// A request to an S3 Multi-Region Access Point:
///
/// ```
/// use rolesig::{Credentials, Payload, Request, Service, Signer, Timestamp, V4a};
///
/// let credentials = Credentials {
///     access_key_id: "AKIAIOSFODNN7EXAMPLE",
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
///     session_token: None,
/// };
/// let request = Request {
///     method: "GET",
///     host: "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com",
///     path: "/test.txt",
///     query: &[],
///     headers: &[],
///     payload: Payload::Bytes(b""),
/// };
/// let now: Timestamp = "2013-05-24T00:00:00Z".parse()?;
///
/// // What else is a region is here the region set: all of them, or "us-east-1,eu-west-1".
/// let mut signer = Signer::<V4a>::with_slots(credentials, "*", Service::S3)?;
/// let signed = signer.sign(&request, now)?;
/// let headers: Vec<_> = signed.headers().map(|(name, value)| (name, value.to_string())).collect();
/// assert_eq!(headers[2], ("x-amz-region-set", "*".into()));
/// assert!(headers[3].1.starts_with(
///     "AWS4-ECDSA-P256-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/s3/aws4_request, "
/// ));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: "Create a signed AWS API request", SigV4a; the S3 User Guide, "Making requests through a
/// Multi-Region Access Point".
#[derive(Clone, Copy, Debug)]
pub struct V4a;

impl private::Sealed for V4a {}

impl Scheme for V4a {
    const ALGORITHM: &'static str = "AWS4-ECDSA-P256-SHA256";
    const REGION_IN_SCOPE: bool = false;
    const CHUNK_SIGNATURE_LEN: usize = 144;
    type QueryText = str;
    type Key = PrivateKey;
    type Signature = EcdsaSignature;

    /// Derives the key of the credentials; no scope is in it.
    ///
    /// Source: NIST SP 800-108r1 §4.1, a KDF in counter mode, for the candidates; FIPS 186-5 §A.2.2
    /// for which of them is taken.
    fn derive(credentials: &Credentials<'_>, _: &CredentialScope<'_>) -> PrivateKey {
        let hmac = secret_key("AWS4A", credentials);
        let mut counter = 1_u8;
        loop {
            let candidate = candidate(hmac.clone(), credentials.access_key_id, counter);
            if let Some(key) = PrivateKey::from_candidate(&candidate) {
                return key;
            }
            // One of 2³² is refused. AWS gives up after 254, which no one will see.
            counter = counter.wrapping_add(1);
        }
    }

    fn authenticate(key: &PrivateKey, string_to_sign: &(impl Emit + ?Sized)) -> EcdsaSignature {
        let mut sha256 = Sha256::new();
        Staged::update(&mut sha256, string_to_sign);
        let digest = hex_digest::finish(sha256);
        let (signature, _) = sign_prehashed_rfc6979::<NistP256, Sha256>(&key.0, &digest, &[]);
        let (r, s) = signature.split_bytes();
        EcdsaSignature { r: r.into(), s: s.into() }
    }
}

/// Computes one block of the KDF: 256 bits, all that is asked for.
fn candidate(mut hmac: Hmac<Sha256>, access_key_id: &str, counter: u8) -> Zeroizing<[u8; 32]> {
    // The number of the block.
    hmac.put(&1_u32.to_be_bytes());
    // Label and context, apart by a zero.
    hmac.put(V4a::ALGORITHM.as_bytes());
    hmac.put(&[0]);
    hmac.put(access_key_id.as_bytes());
    hmac.put(&[counter]);
    // The length that is asked for, in bits.
    hmac.put(&256_u32.to_be_bytes());
    finish(hmac)
}

/// A number from 1 to below the order of the curve. Wiped when dropped.
#[expect(unnameable_types, reason = "only the sealed `Scheme` shows it")]
#[derive(Clone)]
pub struct PrivateKey(Zeroizing<NonZeroScalar>);

impl PrivateKey {
    /// Adds one to the candidate, which must be below the order by two at least. Takes the same
    /// time for all that are; one that is not is never a key.
    fn from_candidate(candidate: &[u8; 32]) -> Option<Self> {
        let below_order = Scalar::from_repr((*candidate).into()).into_option()?;
        let below_order = Zeroizing::new(below_order);
        // The order less one becomes zero.
        let key = NonZeroScalar::new(*below_order + Scalar::ONE).into_option()?;
        Some(Self(Zeroizing::new(key)))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

/// A signature of [`V4a`], written in DER and lower-case hexadecimal: emits 16 to 144 bytes, nearly
/// always 140 to 144.
///
/// Source: RFC 3279 §2.2.3.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EcdsaSignature {
    r: [u8; 32],
    s: [u8; 32],
}

impl Emit for EcdsaSignature {
    fn emit(&self, out: &mut impl Sink) {
        let r = DerInteger::new(&self.r);
        let s = DerInteger::new(&self.s);
        // SEQUENCE and INTEGER; all lengths are below 128, which is one byte each.
        put_hex(&[0x30, 2 + r.len + 2 + s.len], out);
        for integer in [r, s] {
            put_hex(&[0x02, integer.len], out);
            put_hex(integer.sign, out);
            put_hex(integer.magnitude, out);
        }
    }
}

/// A positive integer as DER has it: as short as can be, and its first bit is the sign (ITU-T X.690
/// §8.3).
struct DerInteger<'a> {
    len: u8,
    sign: &'static [u8],
    magnitude: &'a [u8],
}

impl<'a> DerInteger<'a> {
    fn new(bytes: &'a [u8; 32]) -> Self {
        let mut len = 32;
        let mut magnitude = &bytes[..];
        while let [0, shorter @ ..] = magnitude {
            len -= 1;
            magnitude = shorter;
        }
        match magnitude {
            [0x80..=0xff, ..] => Self { len: len + 1, sign: &[0], magnitude },
            _ => Self { len, sign: &[], magnitude },
        }
    }
}

fn put_hex(bytes: &[u8], out: &mut impl Sink) {
    for byte in bytes {
        out.put(&[digit(byte >> 4), digit(byte & 15)]);
    }
}

impl fmt::Display for EcdsaSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

impl fmt::Debug for EcdsaSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

#[cfg(test)]
mod tests {
    use p256::PublicKey;
    use p256::ecdsa::signature::Verifier;
    use p256::ecdsa::{Signature, VerifyingKey};
    use p256::elliptic_curve::sec1::ToSec1Point;
    use proptest::prelude::*;

    use super::*;
    use crate::time::timestamp::Timestamp;

    extern crate std;
    use std::format;
    use std::string::{String, ToString};

    fn derived(access_key_id: &str, secret_access_key: &str) -> PrivateKey {
        let credentials = Credentials { access_key_id, secret_access_key, session_token: None };
        let date = Timestamp::EPOCH.amz_date().date();
        V4a::derive(&credentials, &CredentialScope { date, region: None, service: "s3" })
    }

    fn public(key: &PrivateKey) -> PublicKey {
        PublicKey::from_secret_scalar(&key.0)
    }

    fn bytes(digits: &str) -> [u8; 32] {
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).unwrap();
        bytes
    }

    /// The file `public-key.json` of the cases in AWS's signing test suite.
    #[test]
    fn the_published_public_key() {
        let key = derived("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let x = "b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1";
        let y = "865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518";
        let point = public(&key).to_sec1_point(false);
        assert_eq!(hex::encode(point.as_bytes()), format!("04{x}{y}"));
    }

    /// RFC 6979 §A.2.5, SHA-256; the candidate is one less than the key.
    #[test]
    fn the_published_signatures() {
        let key = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6720";
        let key = PrivateKey::from_candidate(&bytes(key)).unwrap();
        for (message, signature) in [
            (
                "sample",
                "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
                 022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
            ),
            (
                "test",
                "3045022100f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367\
                 0220019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
            ),
        ] {
            assert_eq!(V4a::authenticate(&key, message).to_string(), signature);
        }
    }

    /// From zero to the order less two; the key is one more.
    #[test]
    fn the_first_and_the_last_candidate() {
        let key = |candidate| {
            PrivateKey::from_candidate(&bytes(candidate)).map(|key| hex::encode(key.0.to_repr()))
        };
        let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
        let less_one = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";
        let less_two = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254f";
        let zero = "0000000000000000000000000000000000000000000000000000000000000000";
        let one = "0000000000000000000000000000000000000000000000000000000000000001";
        assert_eq!(key(zero).as_deref(), Some(one));
        assert_eq!(key(less_two).as_deref(), Some(less_one));
        assert_eq!(key(less_one), None);
        assert_eq!(key(order), None);
        assert_eq!(key(&"f".repeat(64)), None);
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", derived("AKIDEXAMPLE", "secret")), "PrivateKey(..)");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn signatures_verify_and_are_always_the_same(secret in ".{1,200}", message: String) {
            let key = derived("AKIDEXAMPLE", &secret);
            let signature = V4a::authenticate(&key, message.as_str());
            prop_assert_eq!(signature, V4a::authenticate(&derived("AKIDEXAMPLE", &secret), message.as_str()));
            prop_assert!(signature.emitted_len() <= V4a::CHUNK_SIGNATURE_LEN);
            let der = hex::decode(signature.to_string()).unwrap();
            let signature = Signature::from_der(&der).unwrap();
            let public = VerifyingKey::from(public(&key));
            prop_assert!(public.verify(message.as_bytes(), &signature).is_ok());
        }
    }

    proptest! {
        /// Of numbers of any length, where signatures seldom have short ones.
        #[test]
        fn der_is_that_of_the_crate_der(mut r: [u8; 32], mut s: [u8; 32], zeros in 0_usize..32) {
            r[..zeros].fill(0);
            s[..31 - zeros].fill(0);
            if let Ok(expected) = Signature::from_scalars(r, s) {
                let ours = EcdsaSignature { r, s }.to_string();
                prop_assert_eq!(ours, hex::encode(expected.to_der().as_bytes()));
            }
        }
    }
}

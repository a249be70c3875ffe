//! Signature Version 4a: ECDSA on the curve P-256, valid for a set of regions. Needs the feature
//! `sigv4a`.

use core::fmt;

use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};
use p256::elliptic_curve::ff::PrimeField;
use p256::{NistP256, NonZeroScalar, Scalar};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::emit::hex_digest::digit;
use crate::emit::percent::digit_value;
use crate::emit::sha256;
use crate::emit::sink::{self, Emit, Stage, display_emitted};
use crate::sigv4::hmac::HmacKey;
use crate::sigv4::items::Items;
use crate::sigv4::scheme::{Scheme, private};
use crate::sigv4::scope::CredentialScope;

mod public_key;
#[cfg(test)]
mod tests;

pub use public_key::PublicKey;

/// Signature Version 4a: ECDSA with SHA-256 on P-256, in a set of regions.
///
/// The region of a [`Signer`](crate::Signer) is then the region set, `*` or a list with commas and
/// no spaces, and goes into `x-amz-region-set`. No endpoint can be built from
/// it: the host, and that of STS for the role's credentials, is set separately.
///
/// Its signatures are deterministic (RFC 6979), so no source of randomness is needed. One takes
/// some hundred times as long as one of [`V4`](crate::V4); a third of that with the feature
/// `precomputed-tables` of the crate p256, which needs `std`.
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
    const SIGNATURE_LEN: usize = 144;
    type QueryText = str;
    type Key = PrivateKey;
    type VerifyingKey = PublicKey;
    type Signature = EcdsaSignature;

    fn query<'q>(pairs: &'q [(&'q str, &'q str)]) -> Items<'q> {
        Items::Texts(pairs)
    }

    /// Derives the key of the credentials; no scope is in it.
    fn derive(credentials: &Credentials<'_>, _: &CredentialScope<'_>) -> PrivateKey {
        PrivateKey::derive(credentials)
    }

    fn authenticate(key: &PrivateKey, string_to_sign: &dyn Emit) -> EcdsaSignature {
        let digest = digest(string_to_sign);
        let (signature, _) = sign_prehashed_rfc6979::<NistP256, Sha256>(&key.0, &digest, &[]);
        let (r, s) = signature.split_bytes();
        EcdsaSignature { r: r.into(), s: s.into() }
    }

    fn verifying_key(key: PrivateKey) -> PublicKey {
        PublicKey(p256::PublicKey::from_secret_scalar(&key.0))
    }

    fn read_signature(digits: &[u8]) -> Option<EcdsaSignature> {
        EcdsaSignature::read(digits)
    }

    /// Verifies in a time that depends on what anyone may know.
    ///
    /// Source: FIPS 186-5 §6.4.2.
    fn verifies(key: &PublicKey, string_to_sign: &dyn Emit, signature: &EcdsaSignature) -> bool {
        let (point, digest) = (key.0.to_projective(), digest(string_to_sign));
        ecdsa::Signature::<NistP256>::from_scalars(signature.r, signature.s)
            .is_ok_and(|signature| verify_prehashed(&point, &digest, &signature).is_ok())
    }
}

fn digest(string_to_sign: &dyn Emit) -> [u8; 32] {
    let mut sha256: sha256::Sha256 = sha256::Sha256::new();
    sha256.update(string_to_sign);
    sha256.finish()
}

/// The input of the KDF for one block: 256 bits, all that is asked for.
struct KdfInput<'a> {
    access_key_id: &'a str,
    counter: u8,
}

impl Emit for KdfInput<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        // The number of the block.
        out.put(&1_u32.to_be_bytes());
        // Label and context, apart by a zero.
        out.put(V4a::ALGORITHM.as_bytes());
        out.put(&[0]);
        out.put(self.access_key_id.as_bytes());
        out.put(&[self.counter]);
        // The length that is asked for, in bits.
        out.put(&256_u32.to_be_bytes());
    }
}

/// A number from 1 to below the order of the curve. Wiped when dropped.
#[expect(unnameable_types, reason = "only the sealed `Scheme` shows it")]
#[derive(Clone)]
pub struct PrivateKey(Zeroizing<NonZeroScalar>);

impl PrivateKey {
    /// Derives the key of an access key.
    ///
    /// Source: NIST SP 800-108r1 §4.1, a KDF in counter mode, for the candidates; FIPS 186-5 §A.2.2
    /// for which of them is taken.
    fn derive(credentials: &Credentials<'_>) -> Self {
        let secret = HmacKey::new(b"AWS4A", credentials.secret_access_key.as_bytes());
        let mut counter = 1_u8;
        loop {
            let input = KdfInput { access_key_id: credentials.access_key_id, counter };
            let candidate = Zeroizing::new(secret.authenticate(&input));
            if let Some(key) = Self::from_candidate(&candidate) {
                return key;
            }
            // One of 2³² is refused. AWS gives up after 254, which no one will see.
            counter = counter.wrapping_add(1);
        }
    }

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
///
/// ```
/// use rolesig::{Credentials, Payload, Request, Service, Signer, Timestamp, V4a};
///
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let request = Request {
///     method: "GET",
///     host: "example.com",
///     path: "/",
///     query: &[],
///     headers: &[],
///     payload: Payload::Bytes(b""),
/// };
/// let now = Timestamp::from(1_440_938_160);
/// let mut signer = Signer::<V4a>::with_slots(credentials, "*", Service::new("service"))?;
/// let signature = signer.sign(&request, now)?.signature().to_string();
/// assert!(signature.starts_with("30") && signature.len() <= 144); // DER
/// # Ok::<(), rolesig::SignError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EcdsaSignature {
    r: [u8; 32],
    s: [u8; 32],
}

/// The longest signature in DER, in bytes.
const MAX_DER: usize = V4a::SIGNATURE_LEN / 2;

impl EcdsaSignature {
    /// Reads DER in lower-case hexadecimal digits, in its only form.
    fn read(digits: &[u8]) -> Option<Self> {
        let mut der = [0; MAX_DER];
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        for (byte, [high, low]) in der.iter_mut().zip(pairs) {
            *byte = (lower_digit(*high)? << 4) | lower_digit(*low)?;
        }
        let [0x30, len, integers @ ..] = der.get(..pairs.len())? else { return None };
        let integers = Some(integers).filter(|integers| integers.len() == usize::from(*len))?;
        let (r, rest) = take_integer(integers)?;
        let (s, rest) = take_integer(rest)?;
        rest.is_empty().then_some(Self { r, s })
    }
}

/// Returns the value of a digit, which must not be in upper case.
fn lower_digit(digit: u8) -> Option<u8> {
    digit_value(digit).filter(|_| !digit.is_ascii_uppercase())
}

/// Takes a positive integer of at most 256 bits from the front of DER.
fn take_integer(der: &[u8]) -> Option<([u8; 32], &[u8])> {
    let [0x02, len, rest @ ..] = der else { return None };
    let (bytes, rest) = rest.split_at_checked(usize::from(*len))?;
    let magnitude = match bytes {
        [0, magnitude @ ..] if matches!(magnitude, [0x80..=0xff, ..]) => magnitude,
        [0x01..=0x7f, ..] => bytes,
        _ => return None,
    };
    let mut integer = [0; 32];
    let zeros = integer.len().checked_sub(magnitude.len())?;
    for (to, from) in integer.iter_mut().skip(zeros).zip(magnitude) {
        *to = *from;
    }
    Some((integer, rest))
}

impl Emit for EcdsaSignature {
    fn emit(&self, out: &mut Stage<'_>) {
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

fn put_hex(bytes: &[u8], out: &mut Stage<'_>) {
    for byte in bytes {
        out.put(&[digit(byte >> 4), digit(byte & 15)]);
    }
}

display_emitted!(EcdsaSignature);

impl fmt::Debug for EcdsaSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::elliptic_curve::sec1::ToSec1Point as _;
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
    V4a::verifying_key(key.clone())
}

fn bytes(digits: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes).unwrap();
    bytes
}

/// The file `public-key.json` of the cases in AWS's signing test suite.
#[test]
fn reproduces_the_published_public_key() {
    let key = derived("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let x = "b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1";
    let y = "865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518";
    assert_eq!(hex::encode(public(&key).to_sec1()), format!("04{x}{y}"));
    assert_eq!(format!("{:?}", public(&key)), format!("PublicKey(04{x}{y})"));
}

/// RFC 6979 §A.2.5, SHA-256; the candidate is one less than the key.
#[test]
fn verifies_the_published_signatures() {
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
        assert_eq!(V4a::authenticate(&key, &message).to_string(), signature);
    }
}

/// From zero to the order less two; the key is one more.
#[test]
fn accepts_the_first_and_the_last_candidate() {
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
fn reads_points_of_the_curve_only() {
    let key = public(&derived("AKIDEXAMPLE", "secret"));
    let point = key.to_sec1();
    assert_eq!(PublicKey::from_sec1(&point), Some(key));
    let compressed = key.0.to_sec1_point(true);
    assert_eq!(PublicKey::from_sec1(compressed.as_bytes()), Some(key));
    let mut off_curve = point;
    off_curve[64] ^= 1;
    let mut hybrid = point;
    hybrid[0] = 6 | (point[64] & 1);
    let mut beyond_field = [0xff; 65];
    beyond_field[0] = 4;
    // The point at infinity is one of the curve, but no key.
    let refused: [&[u8]; 7] =
        [&off_curve, &hybrid, &beyond_field, &[0], &[], &point[..64], &[&point[..], &[0]].concat()];
    for bytes in refused {
        assert_eq!(PublicKey::from_sec1(bytes), None, "{bytes:?}");
    }
}

#[test]
fn hides_everything_in_debug() {
    assert_eq!(format!("{:?}", derived("AKIDEXAMPLE", "secret")), "PrivateKey(..)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn signs_deterministically_and_verifies(secret in ".{1,200}", message: String) {
        let key = derived("AKIDEXAMPLE", &secret);
        let signature = V4a::authenticate(&key, &message.as_str());
        prop_assert_eq!(signature, V4a::authenticate(&derived("AKIDEXAMPLE", &secret), &message.as_str()));
        prop_assert!(signature.emitted_len() <= V4a::SIGNATURE_LEN);
        let public = public(&key);
        prop_assert!(V4a::verifies(&public, &message.as_str(), &signature));
        let longer = message.clone() + "a";
        prop_assert!(!V4a::verifies(&public, &longer.as_str(), &signature));
        let other = V4a::verifying_key(derived("AKIDEXAMPLF", &secret));
        prop_assert!(!V4a::verifies(&other, &message.as_str(), &signature));
        let der = hex::decode(signature.to_string()).unwrap();
        let signature = Signature::from_der(&der).unwrap();
        prop_assert!(VerifyingKey::from(public.0).verify(message.as_bytes(), &signature).is_ok());
    }
}

proptest! {
    /// Every signature has one form only, so that no byte of it can be changed.
    #[test]
    fn reads_what_it_would_write_and_nothing_else(
        r: [u8; 32],
        s: [u8; 32],
        at in 0_usize..144,
        other in "[0-9a-fA-F*]",
    ) {
        let mut digits = EcdsaSignature { r, s }.to_string();
        let at = at % digits.len();
        digits.replace_range(at..=at, &other);
        if let Some(read) = EcdsaSignature::read(digits.as_bytes()) {
            prop_assert_eq!(read.to_string(), digits.as_str());
        }
        digits.push_str("00");
        prop_assert_eq!(EcdsaSignature::read(digits.as_bytes()), None);
    }
}

proptest! {
    /// Of numbers of any length; those of signatures are rarely short.
    #[test]
    fn encodes_der_as_the_crate_der_does(mut r: [u8; 32], mut s: [u8; 32], zeros in 0_usize..32) {
        r[..zeros].fill(0);
        s[..31 - zeros].fill(0);
        if let Ok(expected) = Signature::from_scalars(r, s) {
            let ours = EcdsaSignature { r, s }.to_string();
            prop_assert_eq!(EcdsaSignature::read(ours.as_bytes()), Some(EcdsaSignature { r, s }));
            prop_assert_eq!(ours, hex::encode(expected.to_der().as_bytes()));
        }
    }
}

//! Errors say what was expected, and sinks of other libraries take what is written.

use hmac::{Hmac, KeyInit as _, Mac as _};
use rolesig::sink::Sink;
use rolesig::{
    BufferTooSmallError, Credentials, CredentialsError, Emit, Payload, Refresh, Request, Service,
    Signer, StaleCredentialsError, Timestamp,
};
use sha2::{Digest as _, Sha256};

#[test]
fn errors_say_what_was_expected() {
    let now = Timestamp::from(1_440_938_160);
    let too_small = now.amz_date().write_to(&mut [0; 8]).unwrap_err();
    let mut refresh = Refresh::new();
    let expired = refresh.fetched("ASIA", Some(now), now, 0).unwrap_err();
    refresh.fetched("ASIA", now.checked_add(60), now, 0).unwrap();
    let unchanged = refresh.fetched("ASIA", now.checked_add(60), now, 0).unwrap_err();
    assert_eq!(
        [expired, unchanged],
        [StaleCredentialsError::Expired, StaleCredentialsError::Unchanged]
    );
    for (error, expected) in [
        (too_small.to_string(), "16 bytes are needed"),
        ("2015".parse::<Timestamp>().unwrap_err().to_string(), "with its offset"),
        (expired.to_string(), "already expired"),
        (unchanged.to_string(), "no newer credentials"),
    ] {
        assert!(error.contains(expected), "{error}");
    }
    let BufferTooSmallError { needed, .. } = too_small;
    assert_eq!(needed, 16);
}

#[test]
fn hashes_of_other_libraries_are_sinks() {
    let request = Request {
        method: "GET",
        host: "iam.amazonaws.com",
        path: "/",
        query: &[("Action", "ListUsers")],
        headers: &[],
        payload: Payload::Bytes(b""),
    };
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: "s", session_token: None };
    let mut signer = Signer::new(credentials, "us-east-1", Service::new("iam")).unwrap();
    let signed = signer.sign(&request, Timestamp::EPOCH).unwrap();
    let text = signed.canonical_request().to_string();
    let mut sha256 = Sha256::new();
    signed.canonical_request().emit_to(&mut sha256);
    assert_eq!(sha256.finalize(), Sha256::digest(&text));
    let [mut hmac, mut expected] = [(); 2].map(|()| Hmac::<Sha256>::new_from_slice(b"k").unwrap());
    hmac.put(text.as_bytes());
    expected.update(text.as_bytes());
    assert_eq!(hmac.finalize().into_bytes(), expected.finalize().into_bytes());
}

#[test]
fn secrets_with_blanks_are_refused_however_many_they_are() {
    for secret in ["", " ", "a b", "a b c", " a ", "a\tb\n", "a\u{7f}b\u{7f}"] {
        let credentials =
            Credentials { access_key_id: "AKID", secret_access_key: secret, session_token: None };
        assert_eq!(credentials.check(), Err(CredentialsError::SecretAccessKey), "{secret:?}");
    }
}

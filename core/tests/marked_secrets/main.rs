//! Each public type that can hold a secret, with marked ones: `Debug`, messages of errors, logs and
//! panics show none, in no form. `tests/secrets/check.py` fails if a public type is neither walked
//! here nor listed as one that cannot hold any.

#![cfg(test)]
#![cfg(feature = "conversations")]

mod conversations;
mod marks;
mod signing;
mod verifying;

use base64ct::{Base64, Encoding as _};
use rolesig::percent::Encoded;
use rolesig::{
    CheckedCredentials, Credentials, EncodedToken, Service, Signer, StoredCredentials, Timestamp,
};

use crate::marks::{
    ACCESS_KEY_ID, SECRET, SERVICE_TOKEN, TOKEN, hides_in, shown_form, walked, walked_error,
};

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: ACCESS_KEY_ID,
    secret_access_key: SECRET,
    session_token: Some(TOKEN),
};

fn now() -> Timestamp {
    Timestamp::from(1_440_938_160)
}

fn encoded_token() -> EncodedToken<[u8; 256]> {
    let mut encoded = EncodedToken::new([0; 256]);
    encoded.encode(&CREDENTIALS).unwrap();
    encoded
}

#[test]
fn finds_marks_in_each_form() {
    let bytes = TOKEN.as_bytes();
    for (text, form) in [
        (format!("a {TOKEN}"), "as it is"),
        (TOKEN[20..29].to_owned(), "as it is"),
        (format!("{:?}", &bytes[3..20]), "as numbers"),
        (format!("{bytes:#?}"), "as numbers"),
        (format!("{bytes:x?}"), "as hexadecimal numbers"),
        (Encoded::value(&TOKEN[2..14]).to_string(), "percent-encoded"),
        (hex::encode_upper(bytes), "in hexadecimal"),
        (Base64::encode_string(format!("a{TOKEN}").as_bytes()), "in Base64"),
    ] {
        assert_eq!(shown_form(text.as_bytes(), TOKEN), Some(form), "{text}");
    }
    for other in [SECRET, SERVICE_TOKEN, "a session token"] {
        assert_eq!(shown_form(other.as_bytes(), TOKEN), None, "{other}");
    }
}

#[test]
fn hides_credentials() {
    walked("Credentials", &CREDENTIALS);
    let checked = CheckedCredentials::new(ACCESS_KEY_ID, SECRET, Some(TOKEN)).unwrap();
    walked("CheckedCredentials", &checked);
    let mut stored = StoredCredentials::<256>::new();
    stored.store(CREDENTIALS, Some(now())).unwrap();
    walked("StoredCredentials", &stored);
    // Too long for it.
    walked_error(
        "StoredCredentials",
        &StoredCredentials::<16>::new().store(CREDENTIALS, None).unwrap_err(),
    );
}

/// Secrets in the places of others, and such as no request can carry.
#[test]
fn hides_credentials_that_are_refused() {
    let with_end = |text: &str| format!("{text}\n");
    let (secret, token) = (with_end(SECRET), with_end(TOKEN));
    for credentials in [
        Credentials { access_key_id: &secret, ..CREDENTIALS },
        Credentials { secret_access_key: &secret, ..CREDENTIALS },
        Credentials { session_token: Some(&token), ..CREDENTIALS },
    ] {
        walked_error("CredentialsError", &credentials.check().unwrap_err());
        let refused = Signer::new(credentials, "eu-west-1", Service::S3).unwrap_err();
        walked_error("SignError", &refused);
    }
    for (region, service) in [(&*secret, Service::S3), ("eu-west-1", Service::new(&secret))] {
        walked_error("SignError", &Signer::new(CREDENTIALS, region, service).unwrap_err());
    }
}

/// A panic that shows whatever a program has at hand.
#[test]
fn hides_secrets_in_panics() {
    let encoded = encoded_token();
    let signer = Signer::new(CREDENTIALS, "eu-west-1", Service::S3).unwrap();
    let signer = signer.with_encoded_token(&encoded);
    let panicked = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
        panic!("nothing was expected: {:?}", (CREDENTIALS, &signer));
    }));
    let message = panicked.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains(ACCESS_KEY_ID), "{message}");
    hides_in("a panic", *message);
}

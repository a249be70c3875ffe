//! When a request was signed, and for how long it holds.

use hmac::{Hmac, KeyInit, Mac};
use rolesig::{AuthMechanism, Request, Service, Timestamp, VerifyError};
use sha2::{Digest, Sha256};

use crate::verify::wire::{
    CREDENTIALS, DYNAMODB, HOUR, NOW, REQUEST, Wire, by_header, by_query, now, refusal,
};

#[test]
fn refuses_missing_or_unreadable_dates() {
    let mut unreadable = by_header();
    *unreadable.header("x-amz-date") = b"2015-08-30T12:36:00Z".to_vec();
    assert_eq!(refusal(&unreadable), Some(VerifyError::InvalidDate(AuthMechanism::Header)));
    let mut unreadable = by_query();
    *unreadable.pair("X-Amz-Date") = "20150830T123600".to_owned();
    assert_eq!(refusal(&unreadable), Some(VerifyError::InvalidDate(AuthMechanism::Query)));
    let missing = by_header().without_header("x-amz-date");
    assert_eq!(refusal(&missing), Some(VerifyError::Missing { name: "x-amz-date" }));
    // `Date` takes its place; what was signed had the other.
    for date in ["Sun, 30 Aug 2015 12:36:00 GMT", "20150830T123600Z"] {
        let by_date = by_header()
            .without_header("x-amz-date")
            .with_header("Date", date)
            .authorized("x-amz-date;", "");
        assert_eq!(refusal(&by_date), Some(VerifyError::SignatureDoesNotMatch));
    }
    let unreadable = missing.with_header("Date", "today");
    assert_eq!(refusal(&unreadable), Some(VerifyError::InvalidDate(AuthMechanism::Header)));
}

/// By the documentation, since the signer always adds `x-amz-date`.
#[test]
fn accepts_a_date_header() {
    let hmac = |key: &[u8], message: &str| {
        let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        hmac.update(message.as_bytes());
        hmac.finalize().into_bytes().to_vec()
    };
    let scope = "20150830/eu-west-1/dynamodb/aws4_request";
    for date in [
        "Sun, 30 Aug 2015 12:36:00 GMT",
        "Sunday, 30-Aug-15 12:36:00 GMT",
        "Sun Aug 30 12:36:00 2015",
        "20150830T123600Z",
    ] {
        let canonical_request = format!(
            "GET\n/\n\ndate:{date}\nhost:example.com\n\ndate;host\n{}",
            hex(&Sha256::digest(b""))
        );
        let digest = hex(&Sha256::digest(canonical_request));
        let secret = format!("AWS4{}", CREDENTIALS.secret_access_key);
        let signing_key = scope.split('/').fold(secret.into_bytes(), |key, part| hmac(&key, part));
        let string_to_sign = format!("AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n{digest}");
        let signature = hex(&hmac(&signing_key, &string_to_sign));
        let (method, host) = ("GET", "example.com");
        let request = Request { method, host, headers: &[], ..REQUEST };
        let wire = Wire::new(&request, "/", Some(b"")).with_header("Date", date).with_header(
            "Authorization",
            &format!(
                "AWS4-HMAC-SHA256 Signature={signature},SignedHeaders=date;host,\
                 Credential=ASIAIOSFODNN7EXAMPLE/{scope}"
            ),
        );
        assert!(wire.verify(&CREDENTIALS, DYNAMODB, now()).is_ok(), "{date}");
        let late = Timestamp::from(NOW + 901);
        let error = wire.verify(&CREDENTIALS, DYNAMODB, late).err();
        assert_eq!(error, Some(VerifyError::RequestTimeTooSkewed));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
fn allows_fifteen_minutes_and_not_a_second_more() {
    for (seconds, error) in [
        (NOW - 901, Some(VerifyError::RequestTimeTooSkewed)),
        (NOW - 900, None),
        (NOW + 900, None),
        (NOW + 901, Some(VerifyError::RequestTimeTooSkewed)),
    ] {
        let outcome = by_header().verify(&CREDENTIALS, Service::S3, Timestamp::from(seconds));
        assert_eq!(outcome.err(), error, "{seconds}");
    }
    for (seconds, error) in [
        (NOW - 901, Some(VerifyError::RequestNotYetValid)),
        (NOW - 900, None),
        (NOW + HOUR - 1, None),
        (NOW + HOUR, Some(VerifyError::RequestExpired)),
    ] {
        let outcome = by_query().verify(&CREDENTIALS, Service::S3, Timestamp::from(seconds));
        assert_eq!(outcome.err(), error, "{seconds}");
    }
    for extreme in [Timestamp::EPOCH, Timestamp::MAX] {
        assert!(by_header().verify(&CREDENTIALS, Service::S3, extreme).is_err());
        assert!(by_query().verify(&CREDENTIALS, Service::S3, extreme).is_err());
    }
}

#[test]
fn accepts_one_second_to_seven_days() {
    for (expires, error) in [
        ("1", VerifyError::SignatureDoesNotMatch),
        ("604800", VerifyError::SignatureDoesNotMatch),
        ("604801", VerifyError::InvalidExpires),
        ("0", VerifyError::InvalidExpires),
        ("", VerifyError::InvalidExpires),
        ("-1", VerifyError::InvalidExpires),
        ("+1", VerifyError::InvalidExpires),
        ("1 ", VerifyError::InvalidExpires),
        ("4294967297", VerifyError::InvalidExpires),
    ] {
        let mut wire = by_query();
        *wire.pair("X-Amz-Expires") = expires.to_owned();
        assert_eq!(refusal(&wire), Some(error), "{expires}");
    }
}

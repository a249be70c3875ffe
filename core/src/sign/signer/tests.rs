//! Signed headers, beside AWS's worked examples.

mod linear;

use super::*;
use crate::sigv4::payload::Payload;
use crate::sigv4::request::Request;
use crate::time::timestamp::Timestamp;

extern crate std;
use std::string::ToString;
use std::vec::Vec;

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "AKIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};

const EXAMPLE: Request<'static> = Request {
    method: "GET",
    host: "examplebucket.s3.amazonaws.com",
    path: "/",
    query: &[],
    headers: &[],
    payload: Payload::Bytes(b""),
};

fn may_24() -> Timestamp {
    "2013-05-24T00:00:00Z".parse().unwrap()
}

/// The four of "Signature Calculations for the Authorization Header: Transferring Payload in a
/// Single Chunk" (Amazon S3).
#[test]
fn reproduces_the_worked_examples() {
    let get_object = Request { path: "/test.txt", headers: &[("Range", b"bytes=0-9")], ..EXAMPLE };
    let put_object = Request {
        method: "PUT",
        path: "/test$file.text",
        headers: &[
            ("Date", b"Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-storage-class", b"REDUCED_REDUNDANCY"),
        ],
        payload: Payload::Bytes(b"Welcome to Amazon S3."),
        ..EXAMPLE
    };
    let get_lifecycle = Request { query: &[("lifecycle", "")], ..EXAMPLE };
    let list_objects = Request { query: &[("max-keys", "2"), ("prefix", "J")], ..EXAMPLE };

    let mut s3 = Signer::new(CREDENTIALS, "us-east-1", Service::S3).unwrap();
    for (request, names, signature) in [
        (
            get_object,
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            put_object,
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            get_lifecycle,
            "host;x-amz-content-sha256;x-amz-date",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            list_objects,
            "host;x-amz-content-sha256;x-amz-date",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ] {
        let signed = s3.sign(&request, may_24()).unwrap();
        assert_eq!(
            signed.authorization().to_string(),
            std::format!(
                "AWS4-HMAC-SHA256 \
                 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
                 SignedHeaders={names}, Signature={signature}"
            )
        );
        assert_eq!(signed.signature().to_string(), signature);
    }
}

#[test]
fn sends_date_token_and_hash_beside_the_requests_own_headers() {
    let credentials = Credentials { session_token: Some("the-session-token"), ..CREDENTIALS };
    let request = Request {
        path: "/a b",
        query: &[("prefix", "x/y"), ("acl", "")],
        payload: Payload::Unsigned,
        ..EXAMPLE
    };
    let mut s3 = Signer::new(credentials, "us-east-1", Service::S3).unwrap();
    let signed = s3.sign(&request, may_24()).unwrap();
    assert_eq!(signed.target().to_string(), "/a%20b?acl=&prefix=x%2Fy");
    let headers: Vec<_> = signed.headers().map(|(name, value)| (name, value.to_string())).collect();
    assert_eq!(
        headers,
        [
            ("x-amz-content-sha256", "UNSIGNED-PAYLOAD".into()),
            ("x-amz-date", "20130524T000000Z".into()),
            ("x-amz-security-token", "the-session-token".into()),
            ("authorization", signed.authorization().to_string()),
        ]
    );
}

#[test]
fn signs_with_a_kept_key_as_with_its_own() {
    let next_day = "2013-05-25T00:00:00Z".parse().unwrap();
    let signature =
        |signer: &mut Signer<'_>, now| signer.sign(&EXAMPLE, now).unwrap().signature().to_string();
    let signer = |region| Signer::new(CREDENTIALS, region, Service::S3).unwrap();
    let mut own = signer("us-east-1");
    let (today, tomorrow) = (signature(&mut own, may_24()), signature(&mut own, next_day));
    signature(&mut own, may_24());
    let key = own.into_key().unwrap();

    let mut kept = signer("us-east-1").with_kept_key(&key);
    assert_eq!(signature(&mut kept, may_24()), today);
    assert_eq!(signature(&mut kept, next_day), tomorrow);
    assert_eq!(signature(&mut kept, may_24()), today);
    assert!(signer("us-east-1").with_kept_key(&key).into_key().is_none());

    let elsewhere = signature(&mut signer("us-east-2"), may_24());
    let mut other = signer("us-east-2").with_kept_key(&key);
    assert_eq!(signature(&mut other, may_24()), elsewhere, "the key of another region is not used");
}

#[test]
fn checked_credentials_and_an_own_key_sign_alike() {
    let with_token = Credentials { session_token: Some("token"), ..CREDENTIALS };
    let Credentials { access_key_id, secret_access_key, session_token } = with_token;
    let checked = CheckedCredentials::new(access_key_id, secret_access_key, session_token).unwrap();
    let mut plain = Signer::new(with_token, "us-east-1", Service::S3).unwrap();
    let expected = plain.sign(&EXAMPLE, may_24()).unwrap().authorization().to_string();
    let key = plain.into_key().unwrap();
    let sign = |date| {
        let signer = Signer::<V4>::with_checked(&checked, "us-east-1", Service::S3).unwrap();
        signer.with_unchecked_key(&key).sign(&EXAMPLE, date).unwrap().authorization().to_string()
    };
    assert_eq!(sign(may_24()), expected);
    let next_day = may_24().checked_add(86_400).unwrap();
    let mut plain = Signer::new(with_token, "us-east-1", Service::S3).unwrap();
    let expected = plain.sign(&EXAMPLE, next_day).unwrap().authorization().to_string();
    assert_eq!(sign(next_day), expected, "another day has another key");

    assert!(CheckedCredentials::new("AKID", "secret", Some("to\nken")).is_err());
    assert!(CheckedCredentials::new("AKID/", "secret", None).is_err());
    let region = Signer::<V4>::with_checked(&checked, "us\r\n", Service::S3).err();
    assert_eq!(region, Some(SignError::InvalidRegion));
    assert_eq!(
        std::format!("{checked:?}"),
        r#"CheckedCredentials { access_key_id: "AKIAIOSFODNN7EXAMPLE", .. }"#
    );
}

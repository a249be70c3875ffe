//! Presigned requests, and what their signature says of the body.

use core::time::Duration;

use rolesig::{Credentials, Expires, Payload, Request, Service, SignError, Signer, Timestamp};

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "ASIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};

const REQUEST: Request<'static> = Request {
    method: "PUT",
    host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
    path: "/key",
    query: &[],
    headers: &[],
    payload: Payload::Bytes(b""),
};

const NOW: u32 = 1_440_938_160;

#[test]
fn takes_whole_seconds_as_an_expiry() {
    let of = |milliseconds| Expires::try_from(Duration::from_millis(milliseconds)).ok();
    assert_eq!(of(1000), Expires::seconds(1));
    assert_eq!(of(604_800_000), Expires::seconds(604_800));
    for milliseconds in [0, 999, 1001, 1500, 604_800_001, 604_801_000, u64::MAX] {
        assert_eq!(of(milliseconds), None, "{milliseconds}");
    }
}

/// No service ignores what a presigned request says of its body: it signs that, or cannot know it.
#[test]
fn presigns_a_body_only_where_the_service_learns_of_it() {
    let hour = Expires::seconds(3600).unwrap();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let bytes = Some(Payload::Bytes(b"hello"));
    let [s3, lattice] = [Service::S3, Service::new("vpc-lattice-svcs")];
    let sqs = Service::new("sqs");
    let unsigned = "UNSIGNED-PAYLOAD";
    for (service, payload, expected) in [
        (s3, None, Ok(unsigned)),
        (s3, Some(Payload::Unsigned), Ok(unsigned)),
        (s3, bytes, Err(SignError::SignedPayload)),
        (s3, Some(Payload::Sha256([7; 32])), Err(SignError::SignedPayload)),
        (Service::S3_EXPRESS_SESSION, bytes, Err(SignError::SignedPayload)),
        (lattice, None, Ok(unsigned)),
        (lattice, Some(Payload::Unsigned), Ok(unsigned)),
        (lattice, bytes, Err(SignError::SignedPayload)),
        (sqs, None, Ok(empty)),
        (sqs, bytes, Ok(hello)),
        (sqs, Some(Payload::Unsigned), Err(SignError::UnsignedPayload)),
    ] {
        let request = REQUEST.with_payload(payload);
        let mut signer = Signer::new(CREDENTIALS, "eu-west-1", service).unwrap();
        let presigned = signer.presign(&request, hour, Timestamp::from(NOW));
        let canonical = presigned.map(|signed| signed.canonical_request().to_string());
        let said = canonical.as_ref().map(|text| text.rsplit('\n').next().unwrap());
        assert_eq!(said.map_err(|error| *error), expected, "{} {payload:?}", service.name);
    }
    let name = "X-Amz-Content-Sha256";
    let query = [(name, hello)];
    let said = Request { query: &query, ..REQUEST.with_payload(None) };
    let mut signer = Signer::new(CREDENTIALS, "eu-west-1", s3).unwrap();
    let refused = signer.presign(&said, hour, Timestamp::from(NOW)).err();
    assert_eq!(refused, Some(SignError::OwnedPair { name }));
}

#[test]
fn presigns_what_a_request_itself_says_of_its_body() {
    let hour = Expires::seconds(3600).unwrap();
    let hello = &b"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"[..];
    let (name, unsigned) = ("x-amz-content-sha256", &b"UNSIGNED-PAYLOAD"[..]);
    let lattice = Service::new("vpc-lattice-svcs");
    for (service, value, payload, is_signed) in [
        (Service::S3, hello, Payload::Bytes(b"hello"), true),
        (Service::S3, unsigned, Payload::Unsigned, true),
        (Service::new("sqs"), hello, Payload::Bytes(b"hello"), true),
        (Service::new("sqs"), unsigned, Payload::Unsigned, true),
        (Service::new("sqs"), hello, Payload::Bytes(b"other"), false),
        (Service::new("sqs"), &hello[1..], Payload::Bytes(b"hello"), false),
        (Service::S3, hello, Payload::Unsigned, false),
        (Service::S3, unsigned, Payload::Bytes(b"hello"), false),
        (lattice, unsigned, Payload::Unsigned, false),
    ] {
        let headers = [("X-Amz-Content-SHA256", value)];
        let request = Request { headers: &headers, ..REQUEST.with_payload(Some(payload)) };
        let mut signer = Signer::new(CREDENTIALS, "eu-west-1", service).unwrap();
        let value_text = core::str::from_utf8(value).unwrap();
        match signer.presign(&request, hour, Timestamp::from(NOW)) {
            Ok(presigned) => {
                let canonical = presigned.canonical_request().to_string();
                assert!(is_signed && canonical.ends_with(value_text), "{canonical}");
                assert!(canonical.contains(&format!("\n{name}:{value_text}\n")), "{canonical}");
            }
            Err(error) => {
                assert_eq!((error, is_signed), (SignError::OwnedHeader { name }, false));
            }
        }
    }
}

//! Verifying, as a caller sees it: what the signer makes is accepted, and nothing else is.

use core::cell::Cell;

use rolesig::{
    Credentials, Expires, HeaderName, Payload, ReceivedBody, ReceivedRequest, Request, Service,
    SignedPayload, Timestamp, V4, Verifier, VerifyError,
};

use crate::verify::wire::{
    CREDENTIALS, DYNAMODB, IOT, REGION, REQUEST, WITH_TOKEN, Wire, by_header, by_query, now,
    presigned, refusal, signed,
};

mod authorization;
mod dates;
mod error_codes;
mod mechanisms;
mod payloads;
mod properties;
#[cfg(feature = "sigv4a")]
mod sigv4a;
mod two_steps;
mod wire;

/// Presigned URL of "Authenticating Requests: Using Query Parameters" (Amazon S3).
#[test]
fn verifies_the_worked_example_of_a_presigned_url() {
    let request =
        Request { method: "GET", host: "examplebucket.s3.amazonaws.com", headers: &[], ..REQUEST };
    let target = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
        &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let credentials = Credentials { access_key_id: "AKIAIOSFODNN7EXAMPLE", ..CREDENTIALS };
    let s3 = Verifier::new("us-east-1", Service::S3).allow_unsigned_payload();
    let midnight: Timestamp = "2013-05-24T00:00:00Z".parse().unwrap();
    let wire = Wire::new(&request, target, None);
    wire.verified(&credentials, &s3, midnight, |verified| {
        assert_eq!(verified.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(verified.session_token(), None);
        assert_eq!(verified.signed_headers(), "host");
        assert_eq!(verified.payload(), SignedPayload::Unsigned);
        assert_eq!(verified.signed_at(), midnight);
        assert_eq!(verified.expires(), Expires::seconds(86_400));
        assert_eq!(verified.scope().to_string(), "20130524/us-east-1/s3/aws4_request");
        assert!(verified.signature().to_string().starts_with("aeeed9bb"));
        assert!(format!("{verified:?}").starts_with("Verified { access_key_id: "));
    })
    .unwrap();
}

/// The other three of "Signature Calculations for the Authorization Header: Transferring Payload in
/// a Single Chunk" (Amazon S3); the first is the example of the module.
#[test]
fn verifies_the_worked_examples_by_header() {
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let request = Request {
        method: "GET",
        host: "examplebucket.s3.amazonaws.com",
        headers: &[("x-amz-date", b"20130524T000000Z")],
        ..REQUEST
    };
    let lifecycle = Wire::new(&request, "/?lifecycle=", Some(b""))
        .with_header("x-amz-content-sha256", EMPTY)
        .with_header("authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    let list = Wire::new(&request, "/?max-keys=2&prefix=J", Some(b""))
        .with_header("x-amz-content-sha256", EMPTY)
        .with_header("authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    let put = Request {
        method: "PUT",
        headers: &[
            ("Date", b"Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-date", b"20130524T000000Z"),
            ("x-amz-storage-class", b"REDUCED_REDUNDANCY"),
        ],
        ..request
    };
    let put = Wire::new(&put, "/test%24file.text", Some(b"Welcome to Amazon S3."))
        .with_header("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
        .with_header("authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    let credentials = Credentials { access_key_id: "AKIAIOSFODNN7EXAMPLE", ..CREDENTIALS };
    let s3 = Verifier::new("us-east-1", Service::S3);
    let midnight: Timestamp = "2013-05-24T00:00:00Z".parse().unwrap();
    for wire in [lifecycle, list, put] {
        wire.verified(&credentials, &s3, midnight, |_| ()).unwrap();
        // A request is signed in full in any order and form that AWS takes.
        let spaced = wire.clone().authorized(",", " ,  ");
        spaced.verified(&credentials, &s3, midnight, |_| ()).unwrap();
    }
}

#[test]
fn refuses_wrong_lists_of_signed_headers() {
    let names = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-job";
    let replaced = |names_then: &str| refusal(&by_header().authorized(names, names_then));
    for invalid in [
        "content-type;host;x-amz-date;x-amz-content-sha256;x-amz-meta-job",
        "content-type;Host;x-amz-content-sha256;x-amz-date;x-amz-meta-job",
        "content-type;host;host;x-amz-content-sha256;x-amz-date;x-amz-meta-job",
        "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-job;",
        "",
    ] {
        assert_eq!(replaced(invalid), Some(VerifyError::InvalidSignedHeaders), "{invalid}");
    }
    assert_eq!(
        replaced("content-type;x-amz-content-sha256;x-amz-date;x-amz-meta-job"),
        Some(VerifyError::HostNotSigned)
    );
    let not_signed = |name| VerifyError::HeaderNotSigned { name: HeaderName::new(name) };
    let absent = |name| VerifyError::SignedHeaderAbsent { name: HeaderName::new(name) };
    assert_eq!(
        replaced("content-type;host;x-amz-content-sha256;x-amz-date"),
        Some(not_signed("x-amz-meta-job"))
    );
    assert_eq!(
        replaced("content-type;host;x-amz-date;x-amz-meta-job"),
        Some(not_signed("x-amz-content-sha256"))
    );
    assert_eq!(
        refusal(&by_query().with_header("X-AMZ-Acl", "public-read")),
        Some(not_signed("x-amz-acl"))
    );
    assert_eq!(refusal(&by_header().without_header("content-type")), Some(absent("content-type")));
    assert_eq!(
        refusal(&by_query().without_header("x-amz-meta-job")),
        Some(absent("x-amz-meta-job"))
    );
    let no_host = Some(VerifyError::Missing { name: "host" });
    assert_eq!(refusal(&by_header().without_header("host")), no_host);
    assert_eq!(refusal(&by_query().without_header("host")), no_host);
    assert_eq!(
        refusal(&by_header().with_header("hOST", "other.example")),
        Some(VerifyError::Duplicate { name: "host" })
    );
    for name in ["x-amz-date", "x-amz-content-sha256"] {
        assert_eq!(
            refusal(&by_header().with_header(name, "")),
            Some(VerifyError::Duplicate { name })
        );
    }
    // Headers that are neither signed nor AWS's can be added on the way.
    for name in ["via", "x-amzn-trace-id", "x-am\u{e4}", "x-amz", ""] {
        assert_eq!(refusal(&by_header().with_header(name, "a\tb\n")), None, "{name}");
    }
    let mut tab = by_header();
    *tab.header("content-type") = b"a\tb".to_vec();
    assert_eq!(
        refusal(&tab),
        Some(VerifyError::InvalidHeaderValue { name: HeaderName::new("content-type") })
    );
}

#[test]
fn requests_that_could_not_be_sent() {
    for (method, path, error) in [
        ("PU T", "/data/part-00000", VerifyError::InvalidMethod),
        ("", "/data/part-00000", VerifyError::InvalidMethod),
        ("PUT", "data/part-00000", VerifyError::InvalidPath),
        ("PUT", "/data/part-00000?", VerifyError::InvalidPath),
        ("PUT", "/data/part-00000\n", VerifyError::InvalidPath),
    ] {
        let (method, path) = (method.to_owned(), path.to_owned());
        assert_eq!(refusal(&Wire { method, path, ..by_header() }), Some(error));
    }
}

#[test]
fn fills_every_slot_and_refuses_one_more() {
    let five = Verifier::<V4, 5>::with_slots(REGION, Service::S3).allow_unsigned_payload();
    let four = Verifier::<V4, 4>::with_slots(REGION, Service::S3).allow_unsigned_payload();
    let outcome = |wire: Wire, slots: usize| match slots {
        5 => wire.verified(&CREDENTIALS, &five, now(), |_| ()),
        _ => wire.verified(&CREDENTIALS, &four, now(), |_| ()),
    };
    assert_eq!(outcome(by_header(), 5), Ok(()));
    assert_eq!(outcome(by_header(), 4), Err(VerifyError::TooManyHeaders { slots: 4 }));
    let request = Request { headers: &[], query: &[], ..REQUEST };
    let bare = presigned(CREDENTIALS, Service::S3, &request);
    assert_eq!(outcome(bare.clone(), 5), Ok(()), "the signature needs no slot");
    assert_eq!(outcome(bare, 4), Err(VerifyError::TooManyQueryPairs { slots: 4 }));
    let many: Vec<_> = (0..25).map(|number| format!("a{number:02}")).collect();
    let listed =
        by_header().authorized("content-type;", &format!("{};content-type;", many.join(";")));
    assert_eq!(refusal(&listed), Some(VerifyError::TooManyHeaders { slots: 24 }));
    // Whatever a signer with 16 makes.
    let (headers, query) = (vec![("a", &b"1"[..]); 16], vec![("a", "1"); 16]);
    let full = Request { headers: &headers, query: &query, ..REQUEST };
    assert!(signed(WITH_TOKEN, Service::S3, &full).verify(&WITH_TOKEN, Service::S3, now()).is_ok());
    let wire = presigned(WITH_TOKEN, Service::S3, &full);
    assert!(wire.verify(&WITH_TOKEN, Service::S3, now()).is_ok());
}

#[test]
fn refuses_missing_other_and_expired_session_tokens() {
    let express = Service::S3_EXPRESS_SESSION;
    for service in [Service::S3, DYNAMODB, IOT, express] {
        let request = Request { payload: Payload::Bytes(b""), ..REQUEST };
        for sign in [signed, presigned] {
            let wire = sign(WITH_TOKEN, service, &request);
            assert!(wire.verify(&WITH_TOKEN, service, now()).is_ok(), "{wire:?}");
            let error = wire.verify(&CREDENTIALS, service, now()).err();
            assert_eq!(error, Some(VerifyError::InvalidToken));
            let without = sign(CREDENTIALS, service, &request);
            let error = without.verify(&WITH_TOKEN, service, now()).err();
            assert_eq!(error, Some(VerifyError::InvalidToken));
            let expired = Credentials { session_token: Some("expired"), ..CREDENTIALS };
            let error = sign(expired, service, &request).verify(&expired, service, now()).err();
            assert_eq!(error, Some(VerifyError::ExpiredToken));
        }
    }
    let mut not_a_text = signed(WITH_TOKEN, Service::S3, &REQUEST);
    not_a_text.header("x-amz-security-token").push(0xff);
    assert_eq!(refusal(&not_a_text), Some(VerifyError::InvalidToken));
    // An unsigned token can be replaced by any; the lookup must check it.
    let wire = signed(CREDENTIALS, IOT, &REQUEST).with_header("X-Amz-Security-Token", "any");
    let any = Credentials { session_token: Some("any"), ..CREDENTIALS };
    assert!(wire.verify(&any, IOT, now()).is_ok());
}

#[test]
fn refuses_another_key() {
    let other_id = Credentials { access_key_id: "AKIAOTHER", ..CREDENTIALS };
    let error = by_header().verify(&other_id, Service::S3, now()).err();
    assert_eq!(error, Some(VerifyError::InvalidAccessKeyId));
    for (secret_access_key, expected) in [
        // A lookup that found nothing and did not say so: with that, anyone could sign.
        ("", VerifyError::InvalidAccessKeyId),
        ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEy", VerifyError::SignatureDoesNotMatch),
    ] {
        let other_secret = Credentials { secret_access_key, ..CREDENTIALS };
        for wire in [by_header(), by_query()] {
            let error = wire.verify(&other_secret, Service::S3, now()).err();
            assert_eq!(error, Some(expected));
        }
    }
}

#[test]
fn looks_up_the_key_only_after_all_other_checks() {
    let asked = Cell::new(0);
    let mut headers: Vec<(&str, &[u8])> = vec![];
    let wire = by_header();
    headers.extend(wire.headers.iter().map(|(name, value)| (&**name, &**value)));
    let request = ReceivedRequest {
        method: "PUT",
        path: &wire.path,
        query: &[(b"x-id", b"PutObject")],
        headers: &headers,
    };
    let s3 = Verifier::new(REGION, Service::S3);
    let verify = |request: &ReceivedRequest<'_>| {
        s3.verify(request, ReceivedBody::Sha256([0; 32]), now(), |_, _| {
            asked.set(asked.get() + 1);
            Ok(CREDENTIALS.secret_access_key.to_owned())
        })
        .err()
    };
    assert_eq!(verify(&request), Some(VerifyError::ContentSha256Mismatch));
    assert_eq!(asked.get(), 1);
    assert_eq!(
        verify(&ReceivedRequest { method: "", ..request }),
        Some(VerifyError::InvalidMethod)
    );
    assert_eq!(asked.get(), 1);
    assert_eq!(
        format!("{request:?}"),
        r#"ReceivedRequest { method: "PUT", path: "/data/part-00000", .. }"#
    );
}

#[test]
fn refuses_half_percent_encodings_in_the_path() {
    for path in ["/%", "/a%2", "/a%zz", "/%%30", "/a%2g/b", "/%C3%BC%", "/%+1", "/a b%"] {
        for mut wire in [by_header(), by_query()] {
            path.clone_into(&mut wire.path);
            assert_eq!(refusal(&wire), Some(VerifyError::InvalidPath), "{path}");
        }
    }
    let mut whole = by_header();
    "/%c3%BC%25 %2b".clone_into(&mut whole.path);
    assert_eq!(refusal(&whole), Some(VerifyError::SignatureDoesNotMatch));
}

/// Names are looked for one after the other where they are few, and in halves where they are many:
/// up to 16 of the request, and three of the signature.
#[test]
fn finds_each_name_in_lists_of_any_length() {
    for count in 1..=16 {
        let names: Vec<_> = (0..count).map(|number| format!("X-Name-{number:02}")).collect();
        let headers: Vec<_> = names.iter().map(|name| (&**name, &b"value"[..])).collect();
        let request = Request { headers: &headers, ..REQUEST };
        for wire in [
            signed(CREDENTIALS, Service::S3, &request),
            presigned(CREDENTIALS, Service::S3, &request),
        ] {
            assert_eq!(refusal(&wire), None);
            for name in &names {
                let absent = VerifyError::SignedHeaderAbsent { name: HeaderName::new(name) };
                assert_eq!(refusal(&wire.clone().without_header(name)), Some(absent));
            }
            let name = HeaderName::new("x-amz-acl");
            let not_signed = VerifyError::HeaderNotSigned { name };
            assert_eq!(refusal(&wire.with_header("x-amz-acl", "private")), Some(not_signed));
        }
    }
}

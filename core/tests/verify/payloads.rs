//! The statement of a signature about the body.

use rolesig::{
    ChunkForm, Chunked, Events, Payload, Request, Service, SignedPayload, Trailer, TrailerName,
    Verifier, VerifyError,
};

use crate::verify::wire::{
    CREDENTIALS, DYNAMODB, REGION, REQUEST, WITH_TOKEN, Wire, by_header, by_query, now, presigned,
    refusal, signed, signed_form,
};

#[test]
fn refuses_other_bodies_and_invalid_hashes() {
    let mut other_body = by_header();
    other_body.body = Some(b"hellp".to_vec());
    assert_eq!(refusal(&other_body), Some(VerifyError::ContentSha256Mismatch));
    // By query S3 protects no body.
    other_body = by_query();
    other_body.body = Some(b"hellp".to_vec());
    assert_eq!(refusal(&other_body), None);

    let missing =
        by_header().without_header("x-amz-content-sha256").authorized("x-amz-content-sha256;", "");
    assert_eq!(refusal(&missing), Some(VerifyError::Missing { name: "x-amz-content-sha256" }));
    for value in ["unsigned-payload", "STREAMING-", "", "E3B0", "-"] {
        let mut invalid = by_header();
        *invalid.header("x-amz-content-sha256") = value.as_bytes().to_vec();
        assert_eq!(refusal(&invalid), Some(VerifyError::InvalidContentSha256), "{value}");
        invalid = by_query().with_pair("X-Amz-Content-Sha256", value);
        assert_eq!(refusal(&invalid), Some(VerifyError::InvalidContentSha256), "{value}");
    }

    // A body that is not read: S3 takes the request's word for it, and says what it was.
    let mut unread = by_header();
    unread.body = None;
    let (_, payload) = unread.verify(&CREDENTIALS, Service::S3, now()).unwrap();
    let digest = String::from_utf8(unread.header("x-amz-content-sha256").clone()).unwrap();
    assert!(matches!(payload, SignedPayload::Sha256(signed) if signed.to_string() == digest));
    // A service that has no such header must read first.
    let of_dynamodb = signed(CREDENTIALS, DYNAMODB, &REQUEST);
    assert!(of_dynamodb.verify(&CREDENTIALS, DYNAMODB, now()).is_ok());
    let unread = Wire { body: None, ..of_dynamodb.clone() };
    let error = unread.verify(&CREDENTIALS, DYNAMODB, now()).err();
    assert_eq!(error, Some(VerifyError::UnreadBody));
    let other_body = Wire { body: Some(b"hellp".to_vec()), ..of_dynamodb };
    let error = other_body.verify(&CREDENTIALS, DYNAMODB, now()).err();
    assert_eq!(error, Some(VerifyError::SignatureDoesNotMatch));
}

/// The query may say what counts as the body's hash, as AWS's SDK for JavaScript does.
#[test]
fn reads_the_payloads_hash_in_the_query() {
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let query = [("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")];
    let wire = presigned(CREDENTIALS, Service::S3, &Request { query: &query, ..REQUEST });
    let (_, payload) = wire.verify(&CREDENTIALS, Service::S3, now()).unwrap();
    assert_eq!(payload, SignedPayload::Unsigned);
    let twice = wire.clone().with_header("x-amz-content-sha256", hello);
    assert_eq!(refusal(&twice), Some(VerifyError::Duplicate { name: "x-amz-content-sha256" }));

    let query = [("X-Amz-Content-Sha256", hello)];
    let wire = presigned(CREDENTIALS, DYNAMODB, &Request { query: &query, ..REQUEST });
    assert!(wire.verify(&CREDENTIALS, DYNAMODB, now()).is_ok());
    assert!(Wire { body: None, ..wire.clone() }.verify(&CREDENTIALS, DYNAMODB, now()).is_ok());
    let error = Wire { body: Some(Vec::new()), ..wire }.verify(&CREDENTIALS, DYNAMODB, now()).err();
    assert_eq!(error, Some(VerifyError::ContentSha256Mismatch));
}

#[test]
fn recognizes_every_form_of_payload() {
    let trailer = Trailer { name: TrailerName::CRC32C, value_len: 8 };
    for (form, expected) in [
        (ChunkForm::Signed, SignedPayload::Chunks),
        (ChunkForm::SignedWithTrailer(trailer), SignedPayload::ChunksWithTrailer),
        (ChunkForm::UnsignedWithTrailer(trailer), SignedPayload::UnsignedChunksWithTrailer),
    ] {
        let payload = Chunked { len: 5, chunk_len: 65_536, content_encoding: Some("gzip"), form };
        let request = Request {
            method: REQUEST.method,
            host: REQUEST.host,
            path: REQUEST.path,
            query: REQUEST.query,
            headers: REQUEST.headers,
            payload,
        };
        let wire = signed_form(WITH_TOKEN, Service::S3, &request, None);
        let (_, payload) = wire.verify(&WITH_TOKEN, Service::S3, now()).unwrap();
        assert_eq!(payload, expected);
    }
    let transcribe = Service::new("transcribe");
    let request = Request {
        method: "POST",
        host: REQUEST.host,
        path: "/stream-transcription",
        query: &[],
        headers: &[],
        payload: Events,
    };
    let wire = signed_form(WITH_TOKEN, transcribe, &request, None);
    let (_, payload) = wire.verify(&WITH_TOKEN, transcribe, now()).unwrap();
    assert_eq!(payload, SignedPayload::Events);
}

/// Whoever reads a body and verifies it gets no body that anyone could have changed.
#[test]
fn refuses_a_body_that_is_not_signed_unless_that_is_allowed() {
    let lattice = Service::new("vpc-lattice-svcs");
    let unsigned = Request { payload: Payload::Unsigned, ..REQUEST };
    let sent = [
        (Service::S3, signed(CREDENTIALS, Service::S3, &unsigned)),
        (Service::S3, by_query()),
        (DYNAMODB, signed(CREDENTIALS, DYNAMODB, &unsigned)),
        (lattice, signed(CREDENTIALS, lattice, &REQUEST)),
        (lattice, presigned(CREDENTIALS, lattice, &REQUEST)),
    ];
    for (service, wire) in sent {
        let (strict, lax) = (Verifier::new(REGION, service), Verifier::new(REGION, service));
        for body in [None, Some(Vec::new()), Some(b"changed".to_vec())] {
            let wire = Wire { body, ..wire.clone() };
            let is_unsigned = |verifier| {
                wire.verified(&CREDENTIALS, &verifier, now(), |verified| {
                    verified.payload() == SignedPayload::Unsigned
                })
            };
            assert_eq!(is_unsigned(strict), Err(VerifyError::UnsignedPayload), "{wire:?}");
            assert_eq!(is_unsigned(lax.allow_unsigned_payload()), Ok(true), "{wire:?}");
        }
    }
}

#[test]
fn refuses_a_whole_body_that_is_signed_in_parts() {
    let trailer = Trailer { name: TrailerName::CRC32C, value_len: 8 };
    let chunked = |form| Request {
        method: "PUT",
        host: REQUEST.host,
        path: REQUEST.path,
        query: &[],
        headers: &[],
        payload: Chunked { len: 5, chunk_len: 65_536, content_encoding: None, form },
    };
    let strict = Verifier::new(REGION, Service::S3);
    let outcome = |form, body: Option<&[u8]>, verifier: &Verifier<'_>| {
        let wire = signed_form(CREDENTIALS, Service::S3, &chunked(form), body);
        wire.verified(&CREDENTIALS, verifier, now(), |_| ()).err()
    };
    for form in [ChunkForm::Signed, ChunkForm::SignedWithTrailer(trailer)] {
        for verifier in [strict, strict.allow_unsigned_payload()] {
            let error = outcome(form, Some(b"hello"), &verifier);
            assert_eq!(error, Some(VerifyError::StreamingPayload));
            assert_eq!(outcome(form, None, &verifier), None);
        }
    }
    let form = ChunkForm::UnsignedWithTrailer(trailer);
    for body in [None, Some(&b"hello"[..])] {
        assert_eq!(outcome(form, body, &strict), Some(VerifyError::UnsignedPayload));
        assert_eq!(outcome(form, body, &strict.allow_unsigned_payload()), None);
    }
    let events = Request {
        method: "POST",
        host: REQUEST.host,
        path: "/stream",
        query: &[],
        headers: &[],
        payload: Events,
    };
    let transcribe = Service::new("transcribe");
    let wire = signed_form(CREDENTIALS, transcribe, &events, Some(b"hello"));
    let verifier = Verifier::new(REGION, transcribe);
    let error = wire.verified(&CREDENTIALS, &verifier, now(), |_| ()).err();
    assert_eq!(error, Some(VerifyError::StreamingPayload));
}

/// VPC Lattice knows no body: `x-amz-content-sha256` must be there, and be signed, in both forms.
#[test]
fn requires_the_header_of_a_service_that_signs_no_body() {
    let lattice = Service::new("vpc-lattice-svcs");
    let missing = Some(VerifyError::Missing { name: "x-amz-content-sha256" });
    let mut of_query = presigned(CREDENTIALS, lattice, &REQUEST);
    let names = of_query.pair("X-Amz-SignedHeaders");
    *names = names.replace("x-amz-content-sha256;", "");
    for wire in
        [signed(CREDENTIALS, lattice, &REQUEST).authorized("x-amz-content-sha256;", ""), of_query]
    {
        let wire = wire.without_header("x-amz-content-sha256");
        assert_eq!(wire.verify(&CREDENTIALS, lattice, now()).err(), missing);
    }
}

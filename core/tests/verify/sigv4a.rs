//! Verifying Signature Version 4a: requests of AWS's signing test suite, and of our signer, whose
//! signatures are those of `aws-sigv4`.

use rolesig::{
    AuthMechanism, ChunkEvent, ChunkForm, ChunkHeadReceived, Chunked, Credentials, Expires,
    Payload, PayloadForm, PublicKey, ReceivedBody, ReceivedRequest, Service, SignedPayload, Signer,
    SigningKey, Timestamp, Trailer, TrailerName, V4a, Verifier, VerifyError,
};

use crate::verify::wire::{CREDENTIALS, NOW, REGION, REQUEST, WITH_TOKEN, Wire, emitted, now};

const OTHER_SECRET: Credentials<'static> =
    Credentials { secret_access_key: "another", ..CREDENTIALS };

type Headers = &'static [(&'static str, &'static [u8])];

/// The cases `get-vanilla`, `get-vanilla-with-session-token` and `post-x-www-form-urlencoded`.
const PUBLISHED: [(&str, Headers, &[u8]); 3] = [
    (
        "GET",
        &[
            ("Host", b"example.amazonaws.com"),
            ("X-Amz-Date", b"20150830T123600Z"),
            ("X-Amz-Region-Set", b"us-east-1"),
            (
                "Authorization",
                b"AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=3046022100fddaaf816a31e30d04973875b13bc27b98da10907a3a1872fd5819a221334abc022100de2ee81d83b54f31efc82834de07e6cd4d5c6f25bfa08e0f29a15bb0977c343e",
            ),
        ],
        b"",
    ),
    (
        "GET",
        &[
            ("Host", b"example.amazonaws.com"),
            (
                "X-Amz-Security-Token",
                b"6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
            ),
            ("X-Amz-Date", b"20150830T123600Z"),
            ("X-Amz-Region-Set", b"us-east-1"),
            (
                "Authorization",
                b"AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set;x-amz-security-token, Signature=30450221008f4516c8850ed9eb29502658d1f0e0f6cabc11a44963c558efd1dd8e9fb084a0022032e47df89ad1a5b4e2b82d3a68dbe31d6ef8e1ea8c3815b2097538c4695d184e",
            ),
        ],
        b"",
    ),
    (
        "POST",
        &[
            ("Content-Type", b"application/x-www-form-urlencoded"),
            ("Host", b"example.amazonaws.com"),
            ("Content-Length", b"13"),
            ("X-Amz-Date", b"20150830T123600Z"),
            ("X-Amz-Region-Set", b"us-east-1"),
            (
                "x-amz-content-sha256",
                b"9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
            ),
            (
                "Authorization",
                b"AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-region-set, Signature=3045022100955bbc0f0b9d4284719808642167f7d5ea4a72f8c296b75b442898c8b81cd7e502202425fb97620fa9a20344d22b248dd00db07524fc39b5ad77533e00b277331241",
            ),
        ],
        b"Param1=value1",
    ),
];

#[test]
fn accepts_the_requests_of_awss_suite() {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let verifier = Verifier::<V4a>::with_slots("us-east-1", Service::new("service"));
    for (method, headers, body) in PUBLISHED {
        let request = ReceivedRequest { method, path: "/", query: &[], headers };
        let claimed = verifier.begin(&request, now()).unwrap();
        assert_eq!(claimed.access_key_id(), "AKIDEXAMPLE");
        assert_eq!(claimed.region_set(), Some("us-east-1"));
        assert_eq!(claimed.scope().to_string(), "20150830/service/aws4_request");
        assert!(claimed.finish(secret, ReceivedBody::Bytes(body)).is_ok());
        let other = claimed.finish("another", ReceivedBody::Bytes(body)).err();
        assert_eq!(other, Some(VerifyError::SignatureDoesNotMatch));
        assert!(claimed.finish(secret, ReceivedBody::Bytes(b"x")).is_err());
    }
}

#[test]
fn refuses_signed_events_which_version_4a_does_not_have() {
    let verifier = Verifier::<V4a>::with_slots("us-east-1", Service::new("service"));
    let (method, headers, _) = PUBLISHED[2];
    let mut headers = headers.to_vec();
    headers[5].1 = b"STREAMING-AWS4-ECDSA-P256-SHA256-EVENTS";
    let request = ReceivedRequest { method, path: "/", query: &[], headers: &headers };
    let refused = verifier.begin(&request, now()).err();
    assert_eq!(refused, Some(VerifyError::InvalidContentSha256));
}

/// DER has one form for each number. A second one would be a second signature of the same request.
#[test]
fn refuses_integers_with_needless_zeros() {
    let verifier = Verifier::<V4a>::with_slots("us-east-1", Service::new("service"));
    let (method, headers, body) = PUBLISHED[2];
    let written = str::from_utf8(headers[6].1).unwrap();
    let padded =
        written.replace("=3045022100", "=3046022100").replace("02202425fb", "0221002425fb");
    assert_eq!(padded.len(), written.len() + 2);
    let mut headers = headers.to_vec();
    headers[6].1 = padded.as_bytes();
    let request = ReceivedRequest { method, path: "/", query: &[], headers: &headers };
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let verified = verifier.begin(&request, now());
    assert!(
        verified.and_then(|claimed| claimed.finish(secret, ReceivedBody::Bytes(body))).is_err()
    );
}

/// The file `public-key.json` of AWS's signing test suite.
const PUBLISHED_KEY: &str = "04b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1\
    865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518";

#[test]
fn verifies_with_a_public_key_alone() {
    let key = PublicKey::from_sec1(&hex::decode(PUBLISHED_KEY).unwrap()).unwrap();
    let verifier = Verifier::<V4a>::with_slots("us-east-1", Service::new("service"));
    let no_match = Some(VerifyError::SignatureDoesNotMatch);
    for (method, headers, body) in PUBLISHED {
        let request = ReceivedRequest { method, path: "/", query: &[], headers };
        let verify = |request: &ReceivedRequest<'_>, key: &PublicKey, body: &[u8]| {
            let claimed = verifier.begin(request, now())?;
            let verified = claimed.finish_with_public_key(key, ReceivedBody::Bytes(body))?;
            Ok(verified.access_key_id().to_owned())
        };
        assert_eq!(verify(&request, &key, body).as_deref(), Ok("AKIDEXAMPLE"));
        assert_eq!(verify(&ReceivedRequest { path: "/a", ..request }, &key, body).err(), no_match);
        assert!(verify(&request, &key, b"another").is_err());
        let another = PublicKey::derive(&CREDENTIALS);
        assert_eq!(verify(&request, &another, body).err(), no_match);
        let late = verifier.begin(&request, Timestamp::from(NOW + 901)).err();
        assert_eq!(late, Some(VerifyError::RequestTimeTooSkewed));
    }
}

#[test]
fn verifies_both_forms_and_chunks_by_public_key() {
    let (key, another) = (PublicKey::derive(&CREDENTIALS), PublicKey::derive(&OTHER_SECRET));
    let verifier = Verifier::<V4a>::with_slots(REGION, Service::S3).allow_unsigned_payload();
    let form = ChunkForm::Signed;
    let chunked = Chunked { len: 5, chunk_len: 5, content_encoding: None, form };
    for (wire, is_chunked) in [
        (by_header("*", CREDENTIALS, Payload::Bytes(b"hello")), false),
        (by_query("*"), false),
        (by_header("*", CREDENTIALS, chunked), true),
    ] {
        wire.with_received(|request| {
            let claimed = verifier.begin(request, now()).unwrap();
            let refused = claimed.finish_with_public_key(&another, ReceivedBody::Unread).err();
            assert_eq!(refused, Some(VerifyError::SignatureDoesNotMatch));
            let verified = claimed.finish_with_public_key(&key, ReceivedBody::Unread).unwrap();
            let Some(mut chunks) = verified.into_chunks() else {
                assert!(!is_chunked);
                return;
            };
            let mut signer = Signer::<V4a>::with_slots(CREDENTIALS, "*", Service::S3).unwrap();
            let signed = signer.sign(&REQUEST.with_payload(chunked), now()).unwrap();
            let chunk = emitted(&signer.chunks(&signed).chunk(b"hello").unwrap().head());
            let head = ChunkHeadReceived::read(chunk.strip_suffix(b"\r\n").unwrap()).unwrap();
            assert_eq!(chunks.chunk(&head, b"help!"), Err(VerifyError::SignatureDoesNotMatch));
            assert_eq!(chunks.chunk(&head, b"hello"), Ok(()));
        });
    }
}

fn by_header<P: PayloadForm<V4a>>(region_set: &str, with: Credentials<'_>, payload: P) -> Wire {
    let request = REQUEST.with_payload(payload);
    let mut signer = Signer::<V4a>::with_slots(with, region_set, Service::S3).unwrap();
    let signed = signer.sign(&request, now()).unwrap();
    let mut wire = Wire::new(&REQUEST, &signed.target().to_string(), None);
    wire.headers.extend(signed.headers().map(|(name, value)| (name.to_owned(), emitted(&value))));
    wire
}

fn by_query(region_set: &str) -> Wire {
    let mut signer = Signer::<V4a>::with_slots(CREDENTIALS, region_set, Service::S3).unwrap();
    let hour = Expires::seconds(3600).unwrap();
    let request = REQUEST.with_payload(None);
    let target = signer.presign(&request, hour, now()).unwrap().target().to_string();
    Wire::new(&REQUEST, &target, None)
}

fn refusal(wire: &Wire, with: &Credentials<'_>) -> Option<VerifyError> {
    let verifier = Verifier::<V4a>::with_slots(REGION, Service::S3).allow_unsigned_payload();
    wire.verified(with, &verifier, now(), |verified| assert!(verified.region_set().is_some())).err()
}

#[test]
fn requires_the_region_in_the_signed_set() {
    for (region_set, is_in) in [
        ("*", true),
        ("eu-west-1", true),
        ("us-east-1,eu-west-1", true),
        ("eu-*-1", true),
        ("*-1", true),
        ("e*w*t-*", true),
        ("eu-west-1*", true),
        ("us-east-1,eu-west-2", false),
        ("eu-west", false),
        ("u-west-1", false),
        ("eu-west-11", false),
        ("eu-*-2", false),
        ("eu-west-1-*", false),
        ("us-*", false),
        ("*x*", false),
    ] {
        let error = |mechanism| (!is_in).then_some(VerifyError::WrongScopeRegion(mechanism));
        let wire = by_header(region_set, CREDENTIALS, Payload::Bytes(b"hello"));
        assert_eq!(refusal(&wire, &CREDENTIALS), error(AuthMechanism::Header), "{region_set}");
        let wire = by_query(region_set);
        assert_eq!(refusal(&wire, &CREDENTIALS), error(AuthMechanism::Query), "{region_set}");
    }
}

#[test]
fn refuses_what_was_changed() {
    let wire = by_header("*", WITH_TOKEN, Payload::Bytes(b"hello"));
    assert_eq!(refusal(&wire, &WITH_TOKEN), None);
    let no_match = Some(VerifyError::SignatureDoesNotMatch);
    let mut changed = wire.clone();
    *changed.header("x-amz-region-set") = b"eu-west-1".to_vec();
    assert_eq!(refusal(&changed, &WITH_TOKEN), no_match);
    changed = Wire { path: "/data/part-00001".to_owned(), ..wire.clone() };
    assert_eq!(refusal(&changed, &WITH_TOKEN), no_match);
    assert_eq!(refusal(&wire.clone().with_pair("acl", ""), &WITH_TOKEN), no_match);
    let missing = wire.clone().without_header("x-amz-region-set");
    let error = VerifyError::Missing { name: "x-amz-region-set" };
    assert_eq!(refusal(&missing, &WITH_TOKEN), Some(error));
    for (from, to, error) in [
        ("Signature=30", "Signature=31", VerifyError::InvalidSignature),
        ("Signature=30", "Signature=0030", VerifyError::InvalidSignature),
        ("/s3/", "/eu-west-1/s3/", VerifyError::InvalidCredential(AuthMechanism::Header)),
        (
            "AWS4-ECDSA-P256-SHA256",
            "AWS4-HMAC-SHA256",
            VerifyError::UnsupportedAlgorithm(AuthMechanism::Header),
        ),
    ] {
        let changed = wire.clone().authorized(from, to);
        assert_eq!(refusal(&changed, &WITH_TOKEN), Some(error), "{from} {to}");
    }
    let missing = by_query("*").without_pair("X-Amz-Region-Set");
    let error = VerifyError::Missing { name: "X-Amz-Region-Set" };
    assert_eq!(refusal(&missing, &CREDENTIALS), Some(error));
    let mut wire = by_query("*");
    wire.pair("X-Amz-Expires").push('0');
    assert_eq!(refusal(&wire, &CREDENTIALS), no_match);
}

#[test]
fn verifies_with_a_kept_key() {
    let wire = by_header("*", CREDENTIALS, Payload::Bytes(b"hello"));
    let headers: Vec<_> = wire.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let request = ReceivedRequest {
        method: "PUT",
        path: &wire.path,
        query: &[(b"x-id", b"PutObject")],
        headers: &headers,
    };
    let verifier = Verifier::<V4a>::with_slots(REGION, Service::S3);
    let claimed = verifier.begin(&request, now()).unwrap();
    let key = SigningKey::<V4a>::derive(&CREDENTIALS, claimed.scope());
    assert!(claimed.finish_with_key(&key, ReceivedBody::Bytes(b"hello")).is_ok());
    let v4 = Verifier::new(REGION, Service::S3).begin(&request, now()).err();
    assert_eq!(v4, Some(VerifyError::UnsupportedAlgorithm(AuthMechanism::Header)));
    let late = verifier.begin(&request, Timestamp::from(NOW + 901)).err();
    assert_eq!(late, Some(VerifyError::RequestTimeTooSkewed));
}

/// Returns the body of a request in chunks.
fn decode(wire: &Wire, mut body: &[u8]) -> Result<Vec<u8>, VerifyError> {
    let headers: Vec<_> = wire.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let query = [(&b"x-id"[..], &b"PutObject"[..])];
    let (path, headers) = (&*wire.path, &*headers);
    let request = ReceivedRequest { method: "PUT", path, query: &query, headers };
    let claimed = Verifier::<V4a>::with_slots(REGION, Service::S3).begin(&request, now())?;
    let verified = claimed.finish(CREDENTIALS.secret_access_key, ReceivedBody::Unread)?;
    assert_eq!(verified.decoded_len(), Some(5));
    assert!(verified.trailer_names().eq([TrailerName::CRC32C]));
    let (mut decoder, mut decoded) = (verified.into_decoder().unwrap(), Vec::new());
    while let Some(event) = decoder.decode(&mut body)? {
        if let ChunkEvent::Data(data) = event {
            decoded.extend_from_slice(data);
        }
    }
    decoder.finish().map(|()| decoded)
}

#[test]
fn verifies_chunks_and_their_trailer() {
    let name = TrailerName::CRC32C;
    let form = ChunkForm::SignedWithTrailer(Trailer { name, value_len: 8 });
    let payload = Chunked { len: 5, chunk_len: 4, content_encoding: None, form };
    let request = REQUEST.with_payload(payload);
    let mut signer = Signer::<V4a>::with_slots(CREDENTIALS, "*", Service::S3).unwrap();
    let signed = signer.sign(&request, now()).unwrap();
    let mut signing = signer.chunks(&signed);
    let wire = by_header("*", CREDENTIALS, payload);
    let verifier = Verifier::<V4a>::with_slots(REGION, Service::S3);
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for data in [&b"hell"[..], b"o"] {
        let chunk = emitted(&signing.chunk(data).unwrap().head());
        lines.push(chunk.strip_suffix(b"\r\n").unwrap().to_vec());
    }
    let whole = emitted(&signing.finish(Some(b"sOO8/Q==")).unwrap());
    let last: Vec<_> = str::from_utf8(&whole).unwrap().split("\r\n").collect();
    let signature = last[2].strip_prefix("x-amz-trailer-signature:").unwrap().as_bytes();
    let verify = |data: [&[u8]; 3], value: &[u8]| {
        wire.verified(&CREDENTIALS, &verifier, now(), |verified| {
            assert_eq!(verified.payload(), SignedPayload::ChunksWithTrailer);
        })?;
        let headers: Vec<_> =
            wire.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let query = [(&b"x-id"[..], &b"PutObject"[..])];
        let (path, headers) = (&*wire.path, &*headers);
        let request = ReceivedRequest { method: "PUT", path, query: &query, headers };
        let claimed = verifier.begin(&request, now())?;
        let verified = claimed.finish(CREDENTIALS.secret_access_key, ReceivedBody::Unread)?;
        let mut chunks = verified.into_chunks().unwrap();
        let heads = [&*lines[0], &*lines[1], last[0].as_bytes()];
        for (line, data) in heads.into_iter().zip(data) {
            chunks.chunk(&ChunkHeadReceived::read(line)?, data)?;
        }
        chunks.finish(Some((name, value, signature)))
    };
    assert_eq!(verify([b"hell", b"o", b""], b"sOO8/Q=="), Ok(()));
    let no_match = Err(VerifyError::SignatureDoesNotMatch);
    assert_eq!(verify([b"help", b"o", b""], b"sOO8/Q=="), no_match);
    assert_eq!(verify([b"hell", b"p", b""], b"sOO8/Q=="), no_match);
    assert_eq!(verify([b"hell", b"o", b""], b"sOO8/R=="), no_match);
    assert_eq!(lines[0].len(), "4;chunk-signature=".len() + 144);
    let body = [&lines[0][..], b"\r\nhell\r\n", &lines[1], b"\r\no\r\n", &whole].concat();
    assert_eq!(decode(&wire, &body), Ok(b"hello".to_vec()));
    let changed = [&body[..body.len() - 20], b"0", &body[body.len() - 19..]].concat();
    assert!(decode(&wire, &changed).is_err());
    let longer = [&lines[0][..], b"*"].concat();
    assert_eq!(ChunkHeadReceived::<V4a>::read(&longer).err(), Some(VerifyError::InvalidChunk));
}

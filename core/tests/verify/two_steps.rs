//! Verifying in two steps: what a request claims, and then its signature.

use rolesig::{
    ByteQuery, ChunkForm, Chunked, CredentialScope, ReceivedBody, ReceivedRequest, Request,
    Service, Signer, SigningKey, V4, Verifier, VerifyError,
};

use crate::verify::wire::{CREDENTIALS, DYNAMODB, REGION, REQUEST, WITH_TOKEN, Wire, now, signed};

fn with_request<T>(wire: &Wire, see: impl FnOnce(&ReceivedRequest<'_>) -> T) -> T {
    let query: Vec<_> =
        wire.query.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let headers: Vec<_> = wire.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    see(&ReceivedRequest {
        method: &wire.method,
        path: &wire.path,
        query: &query,
        headers: &headers,
    })
}

#[test]
fn shows_what_is_claimed_before_any_secret_is_known() {
    let wire = signed(WITH_TOKEN, Service::S3, &REQUEST);
    with_request(&wire, |request| {
        let claimed = Verifier::new(REGION, Service::S3).begin(request, now()).unwrap();
        assert_eq!(claimed.access_key_id(), WITH_TOKEN.access_key_id);
        assert_eq!(claimed.session_token(), WITH_TOKEN.session_token);
        assert_eq!(claimed.scope().to_string(), "20150830/eu-west-1/s3/aws4_request");
        assert_eq!(claimed.signed_at(), now());
        assert_eq!(claimed.expires(), None);
        assert!(claimed.payload().is_some());
        let shown = format!("{claimed:?}");
        let token = WITH_TOKEN.session_token.unwrap();
        assert!(shown.contains(WITH_TOKEN.access_key_id) && !shown.contains(token), "{shown}");
    });
}

#[test]
fn tries_one_candidate_after_another() {
    let wire = signed(CREDENTIALS, DYNAMODB, &REQUEST);
    with_request(&wire, |request| {
        let claimed = Verifier::new(REGION, DYNAMODB).begin(request, now()).unwrap();
        let body = wire.body.clone().unwrap();
        let finish = |secret: &str| claimed.finish(secret, ReceivedBody::Bytes(&body)).err();
        assert_eq!(finish("the secret before the last"), Some(VerifyError::SignatureDoesNotMatch));
        assert_eq!(finish(""), Some(VerifyError::InvalidAccessKeyId));
        assert_eq!(finish(CREDENTIALS.secret_access_key), None);
    });
}

#[test]
fn verifies_with_a_key_that_was_derived_elsewhere() {
    let wire = signed(CREDENTIALS, Service::S3, &REQUEST);
    with_request(&wire, |request| {
        let claimed = Verifier::new(REGION, Service::S3).begin(request, now()).unwrap();
        let finish =
            |key: &SigningKey| claimed.finish_with_key(key, ReceivedBody::Unread).map(|_| ());
        let key = SigningKey::<V4>::derive(&CREDENTIALS, claimed.scope());
        assert_eq!(finish(&key), Ok(()));
        let (date, region) = (claimed.scope().date(), claimed.scope().region().unwrap());
        let other = CredentialScope::new(date, region, "sts");
        let no_match = Err(VerifyError::SignatureDoesNotMatch);
        assert_eq!(finish(&SigningKey::<V4>::derive(&CREDENTIALS, &other)), no_match);
        let bytes = SigningKey::from_bytes(&[7; 32], CREDENTIALS.access_key_id, claimed.scope());
        assert_eq!(finish(&bytes), no_match);
    });
}

/// The key that botocore 1.44 and AWS's "Examples of how to derive a signing key" give.
#[test]
fn takes_the_bytes_of_a_published_key() {
    let date = "2012-02-15T00:00:00Z".parse::<rolesig::Timestamp>().unwrap();
    let scope = CredentialScope::new(date.amz_date().date(), "us-east-1", "iam");
    let mut published = [0; 32];
    let digits = "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d";
    hex::decode_to_slice(digits, &mut published).unwrap();
    let credentials = rolesig::Credentials {
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        ..CREDENTIALS
    };
    let iam = Service::new("iam");
    let sign = |key: Option<SigningKey>| {
        let mut signer = Signer::new(credentials, "us-east-1", iam).unwrap();
        if let Some(key) = key {
            signer = signer.with_key(key);
        }
        signer.sign(&REQUEST, date).unwrap().signature().to_string()
    };
    let key = SigningKey::from_bytes(&published, credentials.access_key_id, &scope);
    assert_eq!(sign(Some(key)), sign(None));
}

#[test]
fn keeps_its_key_and_drops_a_foreign_one() {
    let sign = |credentials, region, key: Option<SigningKey>| {
        let mut signer = Signer::new(credentials, region, Service::S3).unwrap();
        if let Some(key) = key {
            signer = signer.with_key(key);
        }
        let signature = signer.sign(&REQUEST, now()).unwrap().signature().to_string();
        (signature, signer.into_key())
    };
    let (fresh, key) = sign(CREDENTIALS, REGION, None);
    assert!(key.as_ref().unwrap().date() == now().amz_date().date());
    assert_eq!(sign(CREDENTIALS, REGION, key.clone()).0, fresh);
    let elsewhere = sign(CREDENTIALS, "us-west-2", None).0;
    assert_eq!(sign(CREDENTIALS, "us-west-2", key.clone()).0, elsewhere);
    let other = rolesig::Credentials { access_key_id: "AKIDOTHER", ..CREDENTIALS };
    let other = rolesig::Credentials { secret_access_key: "another-secret", ..other };
    assert_eq!(sign(other, REGION, key).0, sign(other, REGION, None).0);
}

#[test]
fn verifies_with_a_query_of_bytes_alike() {
    let wire = signed(CREDENTIALS, DYNAMODB, &REQUEST);
    with_request(&wire, |request| {
        let verifier = Verifier::<ByteQuery<V4>>::with_slots(REGION, DYNAMODB);
        let claimed = verifier.begin(request, now()).unwrap();
        let body = wire.body.clone().unwrap();
        let finish = |secret: &str| claimed.finish(secret, ReceivedBody::Bytes(&body)).err();
        assert_eq!(finish(CREDENTIALS.secret_access_key), None);
        assert_eq!(finish("another"), Some(VerifyError::SignatureDoesNotMatch));
    });
}

/// Returns the head of a request whose body comes in chunks.
fn in_chunks() -> Wire {
    let Request { method, host, path, query, headers, .. } = REQUEST;
    let payload = Chunked { len: 3, chunk_len: 3, content_encoding: None, form: ChunkForm::Signed };
    let request = Request { method, host, path, query, headers, payload };
    let mut signer = Signer::new(CREDENTIALS, REGION, Service::S3).unwrap();
    let chunked = signer.sign(&request, now()).unwrap();
    let headers = chunked.headers().map(|(name, value)| (name.to_owned(), value.to_string()));
    let target = chunked.target().to_string();
    let mut wire = Wire::new(&REQUEST, &target, None);
    wire.headers.extend(headers.map(|(name, value)| (name, value.into_bytes())));
    wire
}

#[test]
fn shows_the_length_of_a_body_in_chunks_alone() {
    let decoded_len = |wire: &Wire, service| {
        let verifier = Verifier::new(REGION, service);
        with_request(wire, |request| verifier.begin(request, now()).unwrap().decoded_len())
    };
    assert_eq!(decoded_len(&in_chunks(), Service::S3), Some(3));
    assert_eq!(decoded_len(&signed(CREDENTIALS, DYNAMODB, &REQUEST), DYNAMODB), None);
}

#[test]
fn requires_reading_the_body_as_the_signature_says() {
    let finish = |wire: &Wire, service, body| {
        with_request(wire, |request| {
            let claimed = Verifier::new(REGION, service).begin(request, now()).unwrap();
            claimed.finish(CREDENTIALS.secret_access_key, body).map(|_| ())
        })
    };
    let of_dynamodb = signed(CREDENTIALS, DYNAMODB, &REQUEST);
    assert_eq!(finish(&of_dynamodb, DYNAMODB, ReceivedBody::Unread), Err(VerifyError::UnreadBody));
    let wire = in_chunks();
    assert_eq!(finish(&wire, Service::S3, ReceivedBody::Unread), Ok(()));
    let read = finish(&wire, Service::S3, ReceivedBody::Bytes(b"abc"));
    assert_eq!(read, Err(VerifyError::StreamingPayload));
}

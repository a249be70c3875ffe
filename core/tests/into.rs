//! Signing into a buffer, beside signing to any sink.

use proptest::prelude::*;
use rolesig::{
    ByteQuery, ChunkForm, Chunked, Credentials, EncodedToken, Expires, Payload, PayloadForm,
    Request, Scheme, Service, SessionTokenPlace, SignError, Signer, Timestamp, V4,
};

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "ASIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: Some("the/session+token=="),
};

const NOW: u32 = 1_440_938_160;

const REQUEST: Request<'static> = Request {
    method: "PUT",
    host: "Example.s3.amazonaws.com",
    path: "/a/../b c/./é",
    query: &[("z", "1 2"), ("a", ""), ("key", "a/b")],
    headers: &[("X-Amz-Meta-B", b" b  b "), ("x-amz-meta-b", b"c"), ("Range", b"bytes=0-9")],
    payload: Payload::Bytes(b"body"),
};

fn services() -> [Service<'static>; 6] {
    [
        Service::S3,
        Service::new("dynamodb"),
        Service::new("vpc-lattice-svcs"),
        Service::new("iotdevicegateway"),
        Service::S3_EXPRESS_SESSION,
        Service { session_token: SessionTokenPlace::Appended, ..Service::S3 },
    ]
}

/// Asserts that both write the same, and that a buffer one byte shorter is refused.
fn assert_same<P: PayloadForm<S>, S: Scheme>(
    region: &str,
    service: Service<'_>,
    request: &Request<'_, P, S::QueryText>,
) {
    let now = Timestamp::from(NOW);
    let mut signer = Signer::<S>::with_slots(CREDENTIALS, region, service).unwrap();
    let signed = signer.sign(request, now).unwrap();
    let mut expected: Vec<_> =
        signed.headers().map(|(name, value)| (name, value.to_string().into_bytes())).collect();
    let (target, authorization) = (signed.target().to_string(), signed.authorization().to_string());
    let signature = signed.signature().to_string();

    let mut buffer = [0; 1024];
    let head = signer.sign_into(request, now, &mut buffer).unwrap();
    let mut headers: Vec<_> = head.headers().map(|(name, value)| (name, value.to_vec())).collect();
    expected.sort();
    headers.sort();
    assert_eq!(headers, expected);
    assert_eq!(head.target(), target.as_bytes());
    assert_eq!(head.authorization(), authorization.as_bytes());
    assert_eq!(head.signature(), signature.as_bytes());
    assert_eq!(head.session_token(), CREDENTIALS.session_token);
    assert_eq!(head.date(), b"20150830T123600Z");
    assert!(!format!("{head:?}").contains("session+token"));

    let Err(SignError::BufferTooSmall { needed }) = signer.sign_into(request, now, &mut []) else {
        panic!("an empty buffer holds nothing");
    };
    for len in 0..needed {
        let refused = signer.sign_into(request, now, &mut vec![0; len]).err();
        assert_eq!(refused, Some(SignError::BufferTooSmall { needed }));
    }
    assert!(signer.sign_into(request, now, &mut vec![0; needed]).is_ok());
}

#[test]
fn writes_the_same_head_into_a_buffer_as_into_a_sink() {
    for service in services() {
        assert_same::<_, V4>("eu-west-1", service, &REQUEST);
        assert_same::<_, V4>("eu-west-1", service, &Request { path: "", query: &[], ..REQUEST });
        let Request { method, host, path, .. } = REQUEST;
        let query: &[(&[u8], &[u8])] = &[(b"q", b"caf\xe9")];
        let payload = Payload::Unsigned;
        let request = Request { method, host, path, query, headers: &[], payload };
        assert_same::<_, ByteQuery<V4>>("eu-west-1", service, &request);
        let form = ChunkForm::Signed;
        let payload = Chunked { len: 9, chunk_len: 8192, content_encoding: Some("gzip"), form };
        let request = Request { query: &[], headers: &[], ..REQUEST.with_payload(payload) };
        assert_same::<_, V4>("eu-west-1", service, &request);
    }
}

#[cfg(feature = "sigv4a")]
#[test]
fn writes_the_same_head_of_version_4a_into_a_buffer() {
    // The length of its signatures differs, so the room for the longest is asked for.
    let mut signer =
        Signer::<rolesig::V4a>::with_slots(CREDENTIALS, "us-east-1,eu-west-1", Service::S3)
            .unwrap();
    let now = Timestamp::from(NOW);
    let authorization = signer.sign(&REQUEST, now).unwrap().authorization().to_string();
    let mut buffer = [0; 1024];
    let head = signer.sign_into(&REQUEST, now, &mut buffer).unwrap();
    assert_eq!(head.authorization(), authorization.as_bytes());
    let region_set = head.headers().find(|(name, _)| *name == "x-amz-region-set").unwrap();
    assert_eq!(region_set.1, b"us-east-1,eu-west-1");
}

#[test]
fn writes_the_same_url_with_a_token_encoded_or_not() {
    let now = Timestamp::from(NOW);
    for service in services() {
        let signer = || Signer::new(CREDENTIALS, "eu-west-1", service).unwrap();
        let mut to_any_sink = signer();
        let request = REQUEST.with_payload(None);
        let expected = to_any_sink.presign(&request, Expires::MAX, now).unwrap();
        let (url, target) = (expected.url("https").to_string(), expected.target().to_string());
        let mut encoded = EncodedToken::new([0; 64]);
        encoded.encode(&CREDENTIALS).unwrap();
        assert_eq!(
            (encoded.len(), encoded.is_empty()),
            ("the%2Fsession%2Btoken%3D%3D".len(), false)
        );
        let no_token = EncodedToken::new([]);
        assert_eq!((no_token.len(), no_token.is_empty()), (0, true));
        let with = [signer().with_encoded_token(&encoded), signer().with_encoded_token(&no_token)];
        for mut signer in [signer()].into_iter().chain(with) {
            let mut buffer = [0; 1024];
            let written =
                signer.presign_into(&request, Expires::MAX, now, "https", &mut buffer).unwrap();
            assert_eq!(written.url(), url.as_bytes());
            assert_eq!(written.target(), target.as_bytes());
            assert_eq!(written.header(), expected.header());
            assert_eq!(written.expires_at(None), expected.expires_at(None));
            let needed = url.len();
            for len in 0..needed {
                let mut short = vec![0; len];
                let refused =
                    signer.presign_into(&request, Expires::MAX, now, "https", &mut short).err();
                assert_eq!(refused, Some(SignError::BufferTooSmall { needed }));
            }
            let mut exact = vec![0; needed];
            signer.presign_into(&request, Expires::MAX, now, "https", &mut exact).unwrap();
        }
    }
}

proptest! {
    #[test]
    fn signs_any_request_alike(
        path in "/[ -~é]{0,60}",
        query in prop::collection::vec(("[ -~é]{0,8}", "[ -~é]{0,8}"), 0..8),
        headers in prop::collection::vec(("[a-zA-Z-]{1,8}", "[ -~]{0,12}"), 0..8),
    ) {
        let query: Vec<_> = query.iter().map(|(name, value)| (&**name, &**value)).collect();
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
        let request = Request { path: &path, query: &query, headers: &headers, ..REQUEST };
        for service in [Service::S3, Service::new("dynamodb")] {
            let mut signer = Signer::new(CREDENTIALS, "eu-west-1", service).unwrap();
            let now = Timestamp::from(NOW);
            let mut buffer = [0; 2048];
            let authorization =
                signer.sign(&request, now).map(|signed| signed.authorization().to_string());
            let head = signer.sign_into(&request, now, &mut buffer);
            let head = head.map(|head| String::from_utf8(head.authorization().to_vec()).unwrap());
            prop_assert_eq!(head, authorization);
        }
    }

    #[test]
    fn presigns_any_request_alike_with_a_token_encoded_or_not(
        token in "[!-~]{1,200}",
        path in "/[ -~é]{0,60}",
        query in prop::collection::vec(("[ -~é]{0,40}", "[ -~é]{0,40}"), 0..8),
    ) {
        let query: Vec<_> = query.iter().map(|(name, value)| (&**name, &**value)).collect();
        let request = Request { path: &path, query: &query, headers: &[], ..REQUEST };
        let (request, now) = (request.with_payload(None), Timestamp::from(NOW));
        let credentials = Credentials { session_token: Some(&token), ..CREDENTIALS };
        let mut encoded = EncodedToken::new([0; 600]);
        encoded.encode(&credentials).unwrap();
        for service in services() {
            let signer = || Signer::new(credentials, "eu-west-1", service).unwrap();
            let url = |signer: &mut Signer<'_>| {
                let mut buffer = [0; 4096];
                let url = signer.presign_into(&request, Expires::MAX, now, "https", &mut buffer);
                url.map(|url| String::from_utf8(url.url().to_vec()).unwrap())
            };
            let plain = url(&mut signer());
            let (mut prepared, mut to_any_sink) = (signer().with_encoded_token(&encoded), signer());
            let expected = to_any_sink.presign(&request, Expires::MAX, now);
            prop_assert_eq!(&plain, &expected.map(|url| url.url("https").to_string()));
            prop_assert_eq!(&url(&mut prepared), &plain);
            let expected = prepared.presign(&request, Expires::MAX, now);
            prop_assert_eq!(&plain, &expected.map(|url| url.url("https").to_string()));
        }
    }
}

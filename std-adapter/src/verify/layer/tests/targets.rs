//! Targets are read as the service reads them, or refused.

use rolesig::{Signer, V4};

use super::*;
use crate::verify::verify_request;

#[tokio::test]
async fn refuses_targets_that_cannot_be_decoded() {
    let refused = (400, "InvalidURI".to_owned());
    let verifier = Verifier::<V4>::new(REGION, Service::S3);
    for target in ["/key?prefix=%zz", "/key?prefix=%", "/key?%2", "/%zz?a", "/a%", "/a%%30"] {
        let unsigned = put(target);
        let mut request = signed(signer("AKID", "secret"), NOON);
        *request.uri_mut() = unsigned.uri().clone();
        assert_eq!(answer(&layer(), request.clone()).await, refused, "{target}");
        let (parts, _) = request.into_parts();
        let now = Timestamp::from(NOON);
        let secret = |_: &str, _: Option<&str>| Ok("secret");
        let error = verify_request(&parts, ReceivedBody::Unread, &verifier, now, secret).err();
        assert_eq!(error, Some(VerifyError::InvalidPath), "{target}");
        let error = ReceivedQuery::decode(&parts, verifier.service()).err();
        assert_eq!(error, Some(VerifyError::InvalidPath), "{target}");
        let mut unsigned = unsigned;
        unsigned.headers_mut().insert("host", HeaderValue::from_static("h"));
        assert_eq!(answer(&layer(), unsigned).await, refused, "{target}");
    }
}

/// Signs a request to a URL, and sends it with another query.
fn sent_with(service: Service<'static>, url: &str, query: &str) -> Request<Full<Bytes>> {
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
    let signer = RequestSigner::new(credentials, REGION, service);
    let mut request = put(url);
    signer.sign(&mut request, Payload::Bytes(b""), Timestamp::from(NOON)).unwrap();
    let target = format!("https://bucket.s3.amazonaws.com/key?{query}");
    *request.uri_mut() = target.parse().unwrap();
    request
}

#[tokio::test]
async fn reads_a_plus_in_a_query_as_the_service_does() {
    let execute_api = Service::new("execute-api");
    for (service, signed, query, is_right) in [
        (Service::S3, "prefix=a%20b", "prefix=a+b", true),
        (Service::S3, "a%20b=c%2Bd%20", "a+b=c%2Bd+", true),
        (Service::S3, "prefix=a%2Bb", "prefix=a+b", false),
        (Service::S3, "prefix=a%2Bb", "prefix=a%2Bb", true),
        (execute_api, "prefix=a%2Bb", "prefix=a+b", true),
        (execute_api, "prefix=a%20b", "prefix=a+b", false),
    ] {
        let url = format!("https://bucket.s3.amazonaws.com/key?{signed}");
        let request = sent_with(service, &url, query);
        let secrets = async |_| Ok(vec![VerifyingKey::secret("secret")]);
        let layer = VerifyLayer::new(REGION, service, secrets);
        let layer = layer.with_clock(Clock { now: || Timestamp::from(NOON), ..Clock::SYSTEM });
        let expected = if is_right { 200 } else { 403 };
        assert_eq!(status(&layer, request.clone()).await, expected, "{signed} {query}");
        let (parts, _) = request.into_parts();
        let verifier = Verifier::<V4>::new(REGION, service);
        let (body, now) = (ReceivedBody::Bytes(b""), Timestamp::from(NOON));
        let verified = verify_request(&parts, body, &verifier, now, |_, _| Ok("secret"));
        assert_eq!(verified.is_ok(), is_right, "{signed} {query}");
    }
}

#[tokio::test]
async fn refuses_targets_that_are_too_long_once_a_plus_is_a_space() {
    // With the slash and the letter, 21,844 spaces take the 65,534 bytes that there are.
    for (count, expected) in [
        (21_844, (200, "")),
        (21_845, (400, "RequestHeaderSectionTooLarge")),
        (22_000, (400, "RequestHeaderSectionTooLarge")),
    ] {
        let path = |space: &str| format!("/k{}", space.repeat(count));
        // A request of the `http` crate cannot have the target that is signed.
        let target = path("%20");
        let host = "bucket.s3.amazonaws.com";
        let payload = Payload::Bytes(b"");
        let signed = rolesig::Request {
            method: "PUT",
            host,
            path: &target,
            query: &[],
            headers: &[],
            payload,
        };
        let credentials =
            Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
        let mut signer = Signer::new(credentials, REGION, Service::S3).unwrap();
        let signature = signer.sign(&signed, Timestamp::from(NOON)).unwrap();
        let mut request = put("/");
        request.headers_mut().insert("host", HeaderValue::from_static(host));
        for (name, value) in signature.headers() {
            let value = HeaderValue::try_from(value.to_string()).unwrap();
            request.headers_mut().insert(name, value);
        }
        for origin in ["", "https://bucket.s3.amazonaws.com"] {
            let mut sent = request.clone();
            *sent.uri_mut() = format!("{origin}{}", path("+")).parse().unwrap();
            let expected = (expected.0, expected.1.to_owned());
            assert_eq!(answer(&layer(), sent).await, expected, "{count} {origin}");
        }
    }
}

#[tokio::test]
async fn hands_on_a_space_for_a_plus_in_a_query() {
    let inner = service_fn(async |request: Request<VerifiedBody>| {
        let target = request.uri().path_and_query().unwrap().to_string();
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(target)))
    });
    let url = "https://bucket.s3.amazonaws.com/key?prefix=a%20b%2Bc";
    let request = sent_with(Service::S3, url, "prefix=a+b%2Bc");
    let response = layer().layer(inner).oneshot(request).await.unwrap();
    let seen = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(seen, "/key?prefix=a%20b%2Bc");
}

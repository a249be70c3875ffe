//! Keys are derived once a day, and only what is signed is handed on.

use core::convert::Infallible;

use http::{HeaderMap, HeaderValue};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use rolesig::{Credentials, Expires, Payload, ReceivedBody, Timestamp};
use tower::{ServiceExt as _, service_fn};

use super::*;
use crate::sign::RequestSigner;
use crate::verify::{Claim, ReceivedHead, ReceivedQuery, VerifyingKey};

mod limits;
mod targets;

const REGION: &str = "eu-west-1";
const NOON: u32 = 1_440_936_000;
const DAY: u32 = 86_400;

fn put(uri: &str) -> Request<Full<Bytes>> {
    Request::put(uri).body(Full::default()).unwrap()
}

fn signer<'s>(access_key_id: &'s str, secret_access_key: &'s str) -> RequestSigner<'s> {
    let credentials = Credentials { access_key_id, secret_access_key, session_token: None };
    RequestSigner::new(credentials, REGION, Service::S3)
}

fn signed(signer: RequestSigner<'_>, at: u32) -> Request<Full<Bytes>> {
    let mut request = put("https://bucket.s3.amazonaws.com/key");
    signer.sign(&mut request, Payload::Bytes(b""), Timestamp::from(at)).unwrap();
    request
}

fn presigned(signer: RequestSigner<'_>, at: u32) -> Request<Full<Bytes>> {
    let request = put("https://bucket.s3.amazonaws.com/key");
    let expires = Expires::MAX;
    let url = signer.presign(&request, None, expires, Timestamp::from(at)).unwrap();
    put(url.url())
}

/// Returns a layer, each of whose clients may have one of two secrets.
fn layer() -> VerifyLayer<impl LookUpKeys> {
    let secrets = async |_| Ok(["former", "secret"].map(VerifyingKey::secret).into());
    let layer = VerifyLayer::new(REGION, Service::S3, secrets).allow_unsigned_payload();
    layer.with_clock(Clock { now: || Timestamp::from(NOON), ..Clock::SYSTEM })
}

async fn status<L: LookUpKeys>(layer: &VerifyLayer<L>, request: Request<Full<Bytes>>) -> u16 {
    answer(layer, request).await.0
}

/// Returns the status of the response, and its error code.
async fn answer<L: LookUpKeys>(
    layer: &VerifyLayer<L>,
    request: Request<Full<Bytes>>,
) -> (u16, String) {
    let inner = async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()));
    let response = layer.clone().layer(service_fn(inner)).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(text.to_vec()).unwrap();
    let code = text.split("<Code>").nth(1).and_then(|rest| rest.split('<').next());
    (status, code.unwrap_or_default().to_owned())
}

#[tokio::test]
async fn derives_the_key_of_a_secret_once_a_day() {
    let layer = layer();
    let derived = || layer.settings.kept.derived();
    // The former secret is tried first, until the key of the other one is kept.
    for _ in 0..3 {
        assert_eq!(status(&layer, signed(signer("AKID", "secret"), NOON)).await, 200);
        assert_eq!(status(&layer, presigned(signer("AKID", "secret"), NOON)).await, 200);
    }
    assert_eq!(derived(), 2);
    assert_eq!(status(&layer, signed(signer("OTHER", "secret"), NOON)).await, 200);
    assert_eq!(derived(), 4);
}

#[tokio::test]
async fn keeps_todays_keys_beside_urls_of_other_days() {
    let layer = layer();
    for _ in 0..2 {
        assert_eq!(status(&layer, signed(signer("AKID", "former"), NOON)).await, 200);
        assert_eq!(status(&layer, presigned(signer("AKID", "former"), NOON - DAY)).await, 200);
    }
    assert_eq!(layer.settings.kept.derived(), 3);
}

#[tokio::test]
async fn keeps_no_more_keys_than_it_says() {
    let layer = layer();
    let names: Vec<String> = (0..40).map(|number| format!("AKID{number}")).collect();
    for name in &names {
        assert_eq!(status(&layer, signed(signer(name, "former"), NOON)).await, 200);
        assert_eq!(status(&layer, signed(signer("AKID0", "former"), NOON)).await, 200);
    }
    assert_eq!(layer.settings.kept.derived(), 40, "the one in use stays");
    assert_eq!(status(&layer, signed(signer("AKID1", "former"), NOON)).await, 200);
    assert_eq!(layer.settings.kept.derived(), 41);
}

#[tokio::test]
async fn keeps_no_key_of_a_signature_that_was_wrong() {
    let layer = layer();
    let good = || signed(signer("AKID", "secret"), NOON);
    assert_eq!(status(&layer, good()).await, 200);
    let names: Vec<String> = (0..40).map(|number| format!("AKID{number}")).collect();
    for name in &names {
        assert_eq!(status(&layer, signed(signer(name, "wrong"), NOON)).await, 403);
        assert_eq!(layer.settings.kept.len(), 1);
    }
    let derived = layer.settings.kept.derived();
    assert_eq!(status(&layer, good()).await, 200);
    assert_eq!(layer.settings.kept.derived(), derived, "it is still there");
}

#[tokio::test]
async fn does_not_hold_a_key_back_for_requests_that_only_name_it() {
    let layer = layer();
    let names: Vec<String> = (0..32).map(|number| format!("AKID{number}")).collect();
    for name in &names {
        assert_eq!(status(&layer, signed(signer(name, "secret"), NOON)).await, 200);
    }
    assert_eq!(status(&layer, signed(signer("AKID0", "wrong"), NOON)).await, 403);
    assert_eq!(status(&layer, signed(signer("OTHER", "secret"), NOON)).await, 200);
    let derived = layer.settings.kept.derived();
    assert_eq!(status(&layer, signed(signer("AKID1", "secret"), NOON)).await, 200);
    assert_eq!(layer.settings.kept.derived(), derived, "AKID0 gave way");
}

#[test]
fn keeps_one_of_equal_keys() {
    let parts = signed(signer("AKID", "secret"), NOON).into_parts().0;
    let (kept, now) = (KeptKeys::default(), Timestamp::from(NOON));
    let query = ReceivedQuery::decode(&parts, &Service::S3).unwrap();
    let head = ReceivedHead::new(&parts, &query);
    let claimed = Verifier::new(REGION, Service::S3).begin(&head.as_request(), now).unwrap();
    for _ in 0..2 {
        // As two requests at once.
        let today = now.amz_date().date();
        assert!(kept.derive_and_finish(&claimed, "secret", ReceivedBody::Unread, today).is_ok());
        assert_eq!(kept.len(), 1);
    }
}

/// The case `get-vanilla` of AWS's signing test suite, in Signature Version 4a.
#[cfg(feature = "sigv4a")]
fn signed_v4a() -> Request<Full<Bytes>> {
    let authorization = "AWS4-ECDSA-P256-SHA256 \
        Credential=AKIDEXAMPLE/20150830/service/aws4_request, \
        SignedHeaders=host;x-amz-date;x-amz-region-set, \
        Signature=3046022100fddaaf816a31e30d04973875b13bc27b98da10907a3a1872fd5819a221334abc\
        022100de2ee81d83b54f31efc82834de07e6cd4d5c6f25bfa08e0f29a15bb0977c343e";
    let request = Request::get("/").header("host", "example.amazonaws.com");
    let request = request.header("x-amz-date", "20150830T123600Z");
    let request = request.header("x-amz-region-set", "us-east-1");
    request.header("authorization", authorization).body(Full::default()).unwrap()
}

#[cfg(feature = "sigv4a")]
#[tokio::test]
async fn verifies_version_4a_by_public_key_or_secret_where_it_is_accepted() {
    use rolesig::PublicKey;

    let credentials = |secret_access_key| Credentials {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key,
        session_token: None,
    };
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let public = |secret| VerifyingKey::Public(PublicKey::derive(&credentials(secret)));
    let other = public("another");
    for (keys, region, is_accepted, expected) in [
        (vec![public(secret)], "us-east-1", true, 200),
        (vec![other, VerifyingKey::secret(secret)], "us-east-1", true, 200),
        (vec![public("another")], "us-east-1", true, 403),
        (vec![], "us-east-1", true, 403),
        (vec![public(secret)], "eu-west-1", true, 403),
        (vec![public(secret)], "us-east-1", false, 400),
    ] {
        let keys = std::sync::Mutex::new(Some(keys));
        let lookup = move |claim: Claim| {
            assert_eq!(claim.region_set.as_deref(), Some("us-east-1"));
            let keys = keys.lock().unwrap().take();
            core::future::ready(Ok(keys.unwrap()))
        };
        let layer = VerifyLayer::new(region, Service::new("service"), lookup);
        let layer = if is_accepted { layer.accept_v4a() } else { layer };
        let clock = Clock { now: || Timestamp::from(1_440_938_160), ..Clock::SYSTEM };
        assert_eq!(status(&layer.with_clock(clock), signed_v4a()).await, expected);
    }
}

#[tokio::test]
async fn drops_trailers_that_no_signature_covers() {
    for payload in [Payload::Bytes(b"hello"), Payload::Unsigned] {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-amz-checksum-crc32c", HeaderValue::from_static("AAAAAA=="));
        let frames = [Frame::data(Bytes::from_static(b"hello")), Frame::trailers(trailers)];
        let frames = futures_util::stream::iter(frames.map(Ok::<_, Infallible>));
        let mut request =
            put("https://bucket.s3.amazonaws.com/key").map(|_| StreamBody::new(frames));
        let now = Timestamp::from(NOON);
        signer("AKID", "secret").sign(&mut request, payload, now).unwrap();
        let inner = service_fn(async |request: Request<VerifiedBody>| {
            let body = request.into_body().collect().await;
            let body = body.map(|body| (body.trailers().is_some(), body.to_bytes()));
            let text = format!("{body:?}");
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(text)))
        });
        let response = layer().layer(inner).oneshot(request).await.unwrap().into_body();
        let text = response.collect().await.unwrap().to_bytes();
        assert_eq!(text, "Ok((false, b\"hello\"))", "{payload:?}");
    }
}

/// Amazon S3 limits the bytes of a head, and not the number of its headers and pairs.
#[tokio::test]
async fn takes_as_many_headers_and_pairs_as_fit_into_a_head() {
    let layer = layer().with_head_limit(1 << 20);
    for count in [60, 90, 1000] {
        // Neither comes in the order in which it is signed.
        let pairs: Vec<_> = (0..count).rev().map(|place| format!("a{place}=%2f~{place}")).collect();
        let mut request = put(&format!("https://bucket.s3.amazonaws.com/key?{}", pairs.join("&")));
        for place in (0..count).rev() {
            let name = format!("x-amz-meta-a{place}");
            let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            for value in ["2", "1"] {
                request.headers_mut().append(name.clone(), HeaderValue::from_static(value));
            }
        }
        let (signer, now) = (signer("AKID", "secret"), Timestamp::from(NOON));
        let url = signer.presign(&request, None, Expires::MAX, now).unwrap();
        let mut presigned = put(url.url());
        presigned.headers_mut().clone_from(request.headers());
        assert_eq!(status(&layer, presigned).await, 200, "{count}");
        signer.sign(&mut request, Payload::Bytes(b""), now).unwrap();
        let mut changed = request.clone();
        changed.headers_mut().insert("x-amz-meta-a0", HeaderValue::from_static("2"));
        assert_eq!(status(&layer, request).await, 200, "{count}");
        assert_eq!(status(&layer, changed).await, 403, "{count}");
    }
}

#[test]
fn puts_many_headers_and_pairs_in_the_order_in_which_they_are_signed() {
    let request = Request::get("/?~=1&%2f=2&a=1&Z=3&a=%ff&a=~&a-b=1").header("b", "1");
    let request = request.header("a", "2").header("b", "0").header("host", "h");
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let query = ReceivedQuery::decode(&parts, &Service::S3).unwrap();
    let head = ReceivedHead::new(&parts, &query);
    let pairs: Vec<_> =
        head.query.iter().map(|(name, value)| [*name, b"=", *value].concat()).collect();
    let expected: [&[u8]; 7] = [b"/=2", b"Z=3", b"a=\xff", b"a=1", b"a=~", b"a-b=1", b"~=1"];
    assert_eq!(pairs, expected);
    let headers: [(&str, &[u8]); 4] = [("a", b"2"), ("b", b"1"), ("b", b"0"), ("host", b"h")];
    assert_eq!(head.headers, headers);
}

#[tokio::test]
async fn refuses_requests_without_a_host() {
    for mut request in [signed(signer("AKID", "secret"), NOON), put("/key")] {
        request.headers_mut().remove("host");
        *request.uri_mut() = http::Uri::from_static("/key");
        assert_eq!(answer(&layer(), request).await, (400, "InvalidRequest".to_owned()));
    }
    let mut former = put("/key");
    *former.version_mut() = http::Version::HTTP_10;
    assert_eq!(answer(&layer(), former).await, (403, "AccessDenied".to_owned()));
}

#[tokio::test]
async fn allows_one_auth_mechanism_only() {
    let url = |pairs: &str| format!("https://bucket.s3.amazonaws.com/key?{pairs}");
    for pairs in [
        "X-Amz-Signature=0",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "Signature=c2ln",
        "AWSAccessKeyId=AKID&Expires=2000000000&Signature=c2ln",
    ] {
        let mut request = put(&url(pairs));
        let now = Timestamp::from(NOON);
        signer("AKID", "secret").sign(&mut request, Payload::Bytes(b""), now).unwrap();
        *request.uri_mut() = url(pairs).parse().unwrap();
        let refused = (400, "InvalidArgument".to_owned());
        assert_eq!(answer(&layer(), request).await, refused, "{pairs}");
    }
}

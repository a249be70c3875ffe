//! Keys are derived once a day, and only what is signed is handed on.

use core::convert::Infallible;

use http::{HeaderMap, HeaderValue};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use rolesig::{Credentials, Expires, Payload, Timestamp};
use tower::{ServiceExt as _, service_fn};

use super::*;
use crate::sign::RequestSigner;
use crate::verify::VerifyingKey;

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
    let inner = async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()));
    let response = layer.clone().layer(service_fn(inner)).oneshot(request).await.unwrap();
    response.status().as_u16()
}

#[tokio::test]
async fn derives_the_key_of_a_secret_once_a_day() {
    let layer = layer();
    let derived = || layer.settings.kept.derived();
    // The former secret is tried first.
    for _ in 0..3 {
        assert_eq!(status(&layer, signed(signer("AKID", "secret"), NOON)).await, 200);
        assert_eq!(status(&layer, presigned(signer("AKID", "secret"), NOON)).await, 200);
        assert_eq!(status(&layer, signed(signer("AKID", "wrong"), NOON)).await, 403);
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
        let answer = layer().layer(inner).oneshot(request).await.unwrap().into_body();
        let text = answer.collect().await.unwrap().to_bytes();
        assert_eq!(text, "Ok((false, b\"hello\"))", "{payload:?}");
    }
}

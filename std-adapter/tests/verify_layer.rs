//! A layer verifies what this package signs, before a service sees it.
#![cfg(all(feature = "client", feature = "tower"))]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use core::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt as _, Full, StreamBody};
use rolesig::{
    ChunkForm, Chunked, CredentialScope, Credentials, ErrorCodes, Events, Expires, Payload,
    ReceivedBody, Service, Signer, SigningKey, Timestamp, Trailer, TrailerName, Verifier,
    VerifyError,
};
use rolesig_std::Clock;
use rolesig_std::sign::{presign_request, sign_chunked_request, sign_request};
use rolesig_std::verify::{
    Claim, LookUpError, LookUpKeys, VerifiedBody, VerifiedRequest, VerifyLayer, VerifyingKey,
    verify_request,
};
use tower::{ServiceExt as _, service_fn};
use tower_layer::Layer as _;

const CREDENTIALS: Credentials<'static> =
    Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
const REGION: &str = "eu-west-1";
const NOW: u64 = 1_440_938_160;

fn now() -> Timestamp {
    Timestamp::from(1_440_938_160)
}

/// The bodies that a service has read to their end, and who signed them.
type Seen = Arc<Mutex<Vec<(String, Bytes, Option<HeaderMap>)>>>;

async fn keys(claim: Claim) -> Result<Vec<VerifyingKey>, LookUpError> {
    tokio::task::yield_now().await;
    match (claim.access_key_id.as_str(), claim.session_token) {
        ("AKID", None) => Ok(vec![VerifyingKey::secret("older"), VerifyingKey::secret("secret")]),
        ("AKID", Some(_)) => Err(VerifyError::InvalidToken.into()),
        _ => Err(VerifyError::InvalidAccessKeyId.into()),
    }
}

/// Sends a request through a layer to a service that reads it; returns status and text.
async fn send<B>(
    service: Service<'static>,
    lookup: impl LookUpKeys,
    request: Request<B>,
    seen: &Seen,
) -> (u16, String)
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
{
    send_through(layer(service, lookup), request, seen).await
}

fn layer<L: LookUpKeys>(service: Service<'static>, lookup: L) -> VerifyLayer<L> {
    VerifyLayer::new(REGION, service, lookup).with_clock(Clock { now, ..Clock::SYSTEM })
}

/// Sends a request through a layer as [`answer`] does.
async fn send_through<B>(
    layer: VerifyLayer<impl LookUpKeys>,
    request: Request<B>,
    seen: &Seen,
) -> (u16, String)
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
{
    let seen = Arc::clone(seen);
    let inner = service_fn(move |request: Request<VerifiedBody>| {
        let seen = Arc::clone(&seen);
        async move {
            let id = request.extensions().get::<VerifiedRequest>().unwrap().access_key_id();
            let id = id.to_owned();
            if let Ok(whole) = request.into_body().collect().await {
                let trailers = whole.trailers().cloned();
                seen.lock().unwrap().push((id, whole.to_bytes(), trailers));
            }
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"done"))))
        }
    });
    let response = layer.layer(inner).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(text.to_vec()).unwrap())
}

fn put(body: &'static str) -> Request<Full<Bytes>> {
    Request::put("https://b.s3.amazonaws.com/a//../b?x=1").body(Full::from(body)).unwrap()
}

fn signed(body: &'static str, signed: &str, service: Service<'_>) -> Request<Full<Bytes>> {
    let mut request = put(body);
    let payload = Payload::Bytes(signed.as_bytes());
    sign_request(&mut request, payload, CREDENTIALS, REGION, service, now()).unwrap();
    request
}

#[tokio::test]
async fn lets_signed_requests_through() {
    let seen = Seen::default();
    let request = signed("hello", "hello", Service::S3);
    assert_eq!(send(Service::S3, keys, request, &seen).await, (200, "done".to_owned()));
    // The hash of this service's bodies is in no header.
    let request = signed("hello", "hello", Service::new("execute-api"));
    let service = Service::new("execute-api");
    assert_eq!(send(service, keys, request, &seen).await.0, 200);
    let expected = ("AKID".to_owned(), Bytes::from_static(b"hello"), None);
    assert_eq!(*seen.lock().unwrap(), [expected.clone(), expected]);
}

#[tokio::test]
async fn answers_refusals_as_aws_does() {
    let seen = Seen::default();
    let (status, text) = send(Service::S3, keys, put("hello"), &seen).await;
    assert_eq!(status, 403);
    assert!(text.contains("<Code>AccessDenied</Code><Message>"), "{text}");
    assert!(text.contains("<RequestId>"), "{text}");
    let mut unsigned = signed("hello", "hello", Service::S3);
    unsigned.headers_mut().insert("x-amz-a&b", HeaderValue::from_static("1"));
    let (status, text) = send(Service::S3, keys, unsigned, &seen).await;
    assert_eq!(status, 403);
    assert!(text.contains("x-amz-a&amp;b"), "{text}");
    let none = |_: Claim| async { Ok(Vec::new()) };
    let service = Service::new("sts");
    let (status, text) = send(service, none, signed("", "", service), &seen).await;
    assert_eq!(status, 403);
    assert!(
        text.starts_with("<ErrorResponse><Error><Type>Sender")
            && text.contains("InvalidClientTokenId"),
        "{text}"
    );
    let down = |_: Claim| async { Err(LookUpError::Unavailable) };
    let request = signed("", "", Service::S3);
    let (status, text) = send(Service::S3, down, request, &seen).await;
    assert_eq!(status, 503);
    assert!(text.contains("<Code>ServiceUnavailable</Code>"), "{text}");
    let (_, text) = send(service, down, signed("", "", service), &seen).await;
    assert!(text.contains("<Type>Receiver</Type><Code>ServiceUnavailable</Code>"), "{text}");
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn fails_before_the_last_frame_of_a_changed_body() {
    for body in ["jello", "hello, world", ""] {
        let seen = Seen::default();
        let request = signed(body, "hello", Service::S3);
        let (status, text) = send(Service::S3, keys, request, &seen).await;
        assert_eq!(status, 400, "{text}");
        assert!(text.contains("<Code>XAmzContentSHA256Mismatch</Code>"), "{text}");
        assert!(seen.lock().unwrap().is_empty(), "{body} was read to its end");
    }
}

/// Sends frames with the hash of `hello` to a service that responds with what it reads of them,
/// also if they fail.
async fn read_of(frames: Vec<Frame<Bytes>>) -> (u16, usize) {
    let read = Arc::new(Mutex::new(0));
    let count = Arc::clone(&read);
    let inner = service_fn(move |request: Request<VerifiedBody>| {
        let count = Arc::clone(&count);
        async move {
            let mut body = request.into_body();
            while let Some(Ok(frame)) = body.frame().await {
                // A trailer would count as one more.
                *count.lock().unwrap() += frame.data_ref().map_or(1, Bytes::len);
            }
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
        }
    });
    let (head, _) = signed("", "hello", Service::S3).into_parts();
    let stream = futures_util::stream::iter(frames.into_iter().map(Ok::<_, Infallible>));
    let request = Request::from_parts(head, StreamBody::new(stream));
    let service = layer(Service::S3, keys).layer(inner);
    let status = service.oneshot(request).await.unwrap().status().as_u16();
    let read = *read.lock().unwrap();
    (status, read)
}

#[tokio::test]
async fn holds_the_last_bytes_back_if_an_empty_frame_or_trailers_follow() {
    let data = |text: &'static str| Frame::data(Bytes::from_static(text.as_bytes()));
    let trailers = || Frame::trailers(HeaderMap::new());
    assert_eq!(read_of(vec![data("jello"), data("")]).await, (400, 0));
    assert_eq!(read_of(vec![data("jello"), trailers()]).await, (400, 0));
    assert_eq!(read_of(vec![data("jel"), data("lo"), data(""), trailers()]).await, (400, 3));
    assert_eq!(read_of(vec![trailers()]).await, (400, 0));
    assert_eq!(read_of(vec![data("hel"), data(""), data("lo"), trailers()]).await, (200, 5));
}

#[tokio::test]
async fn refuses_bodies_that_are_signed_as_events() {
    let mut signer = Signer::new(CREDENTIALS, REGION, Service::S3).unwrap();
    let event_stream = rolesig::Request {
        method: "PUT",
        host: "b.s3.amazonaws.com",
        path: "/a//../b",
        query: &[("x", "1")],
        headers: &[],
        payload: Events,
    };
    let signature = signer.sign(&event_stream, now()).unwrap();
    let mut head = put("").into_parts().0;
    head.headers.insert("host", HeaderValue::from_static("b.s3.amazonaws.com"));
    for (name, value) in signature.headers() {
        head.headers.insert(name, HeaderValue::try_from(value.to_string()).unwrap());
    }
    for (body, allows) in [("hello", false), ("", false), ("hello", true)] {
        let seen = Seen::default();
        let mut layer = layer(Service::S3, keys);
        if allows {
            layer = layer.allow_unsigned_payload();
        }
        let request = Request::from_parts(head.clone(), Full::from(body));
        let (status, text) = send_through(layer, request, &seen).await;
        assert_eq!(status, 400, "{text}");
        assert!(text.contains("<Code>InvalidArgument</Code>"), "{text}");
        assert!(seen.lock().unwrap().is_empty(), "{body:?} was read");
    }
}

#[tokio::test]
async fn refuses_a_host_beside_another_one_in_the_uri() {
    let sent_to = |uri: &'static str| async move {
        let mut request = signed("hello", "hello", Service::S3);
        *request.uri_mut() = uri.parse().unwrap();
        send(Service::S3, keys, request, &Seen::default()).await
    };
    for same in [
        "/a//../b?x=1",
        "https://b.s3.amazonaws.com/a//../b?x=1",
        "https://B.s3.amazonaws.com:443/a//../b?x=1",
        "http://b.s3.amazonaws.com:80/a//../b?x=1",
        "http://user@b.s3.amazonaws.com/a//../b?x=1",
    ] {
        assert_eq!(sent_to(same).await.0, 200, "{same}");
    }
    for other in [
        "https://c.s3.amazonaws.com/a//../b?x=1",
        "https://b.s3.amazonaws.com:80/a//../b?x=1",
        "https://b.s3.amazonaws.com:99999/a//../b?x=1",
        "https://b.s3.amazonaws.com@c/a//../b?x=1",
    ] {
        let (status, text) = sent_to(other).await;
        assert_eq!(status, 400, "{other}");
        assert!(text.contains("<Code>InvalidRequest</Code>"), "{text}");
    }
}

#[tokio::test]
async fn keeps_settings_of_a_clone_separate() {
    let first = VerifyLayer::new(REGION, Service::S3, keys);
    let _shared = first.layer(());
    let clock = Clock { now, ..Clock::SYSTEM };
    let second = first.clone().with_clock(clock).with_error_codes(ErrorCodes::Query);
    let third = second.clone().allow_unsigned_payload();
    let mut unsigned = put("hello");
    sign_request(&mut unsigned, Payload::Unsigned, CREDENTIALS, REGION, Service::S3, now())
        .unwrap();
    for (layer, status, text) in [
        (first, 403, "<Code>RequestTimeTooSkewed</Code>"),
        (second, 403, "<ErrorResponse>"),
        (third, 200, "done"),
    ] {
        let got = send_through(layer, unsigned.clone(), &Seen::default()).await;
        assert_eq!(got.0, status);
        assert!(got.1.contains(text), "{}", got.1);
    }
}

#[tokio::test]
async fn takes_a_derived_key() {
    let derived = |_: Claim| async {
        let scope = CredentialScope::new(now().amz_date().date(), REGION, "s3");
        Ok(vec![VerifyingKey::Derived(SigningKey::derive(&CREDENTIALS, &scope))])
    };
    let request = signed("hello", "hello", Service::S3);
    assert_eq!(send(Service::S3, derived, request, &Seen::default()).await.0, 200);
}

/// Signs a body in chunks, changes a byte of what is sent, and returns the response.
async fn sent_in_chunks(change: Option<usize>, seen: &Seen) -> (u16, String) {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-amz-checksum-crc32c", HeaderValue::from_static("sOO8/Q=="));
    let frames = [
        Frame::data(Bytes::from(vec![b'a'; 10_000])),
        Frame::data(Bytes::from(vec![b'b'; 10_000])),
        Frame::trailers(trailers),
    ];
    let stream = futures_util::stream::iter(frames.map(Ok::<_, Infallible>));
    let trailer = Trailer::checksum(TrailerName::CRC32C).unwrap();
    let form = ChunkForm::SignedWithTrailer(trailer);
    let chunked = Chunked { len: 20_000, chunk_len: 8192, content_encoding: None, form };
    let request = Request::put("https://b.s3.amazonaws.com/key").body(StreamBody::new(stream));
    let request = request.unwrap();
    let signed =
        sign_chunked_request(request, chunked, CREDENTIALS, REGION, Service::S3, now()).unwrap();
    let (parts, body) = signed.into_parts();
    let announced = body.size_hint().exact();
    let mut wire = body.collect().await.unwrap().to_bytes().to_vec();
    assert_eq!(announced, u64::try_from(wire.len()).ok());
    if let Some(place) = change {
        *wire.get_mut(place).unwrap() ^= 1;
    }
    let request = Request::from_parts(parts, Full::new(Bytes::from(wire)));
    send(Service::S3, keys, request, seen).await
}

#[tokio::test]
async fn verifies_and_decodes_chunks_and_their_trailer() {
    let seen = Seen::default();
    assert_eq!(sent_in_chunks(None, &seen).await.0, 200);
    let (_, body, trailers) = seen.lock().unwrap().pop().unwrap();
    assert_eq!(body, [vec![b'a'; 10_000], vec![b'b'; 10_000]].concat());
    assert_eq!(trailers.unwrap()["x-amz-checksum-crc32c"], "sOO8/Q==");
    for place in [100, 8_500, 20_000, 20_400] {
        let (status, text) = sent_in_chunks(Some(place), &seen).await;
        assert!(status == 403 || status == 400, "{status} {text}");
        assert!(seen.lock().unwrap().is_empty(), "changed at {place}");
    }
}

#[test]
fn verifies_what_is_presigned() {
    let mut request = Request::get("https://b.s3.amazonaws.com/a b".replace(' ', "%20"));
    request = request.header("range", "bytes=0-9");
    let mut request = request.body(()).unwrap();
    let expires = Expires::seconds(60).unwrap();
    for _ in 0..2 {
        // The signature of the first turn is replaced.
        presign_request(&mut request, None, CREDENTIALS, REGION, Service::S3, expires, now())
            .unwrap();
    }
    let (parts, ()) = request.into_parts();
    let verifier = Verifier::new(REGION, Service::S3).allow_unsigned_payload();
    let secret = |_: &str, _: Option<&str>| Ok("secret");
    let at = |seconds: u64| {
        let now = Timestamp::from_unix(NOW + seconds).unwrap();
        verify_request(&parts, ReceivedBody::Unread, &verifier, now, secret)
    };
    assert_eq!(at(59).unwrap().signed_headers(), "host;range");
    assert_eq!(at(60), Err(VerifyError::RequestExpired));
}

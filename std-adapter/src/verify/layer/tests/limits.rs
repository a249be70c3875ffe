//! Heads and bodies that are too large, and bodies that stall, are refused as AWS does.

use core::time::Duration;

use http::HeaderName;
use rolesig::{ChunkForm, Chunked, Trailer, TrailerName};

use super::*;
use crate::verify::VerifiedBodyError;

fn with_keys(service: Service<'static>) -> VerifyLayer<impl LookUpKeys> {
    let secrets = async |_| Ok(vec![VerifyingKey::secret("secret")]);
    let layer = VerifyLayer::new(REGION, service, secrets);
    layer.with_clock(Clock { now: || Timestamp::from(NOON), ..Clock::SYSTEM })
}

fn of_length(service: Service<'static>, len: usize) -> Request<Full<Bytes>> {
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
    let body = Bytes::from(vec![b'a'; len]);
    let url = "https://api.eu-west-1.amazonaws.com/";
    let mut request = Request::post(url).body(Full::new(body.clone())).unwrap();
    let signer = RequestSigner::new(credentials, REGION, service);
    signer.sign(&mut request, Payload::Bytes(&body), Timestamp::from(NOON)).unwrap();
    request
}

#[tokio::test]
async fn reads_bodies_without_a_hash_up_to_a_limit() {
    let service = Service::new("sts");
    let mib = 1024 * 1024;
    for (limit, len, expected) in [
        (None, mib, (200, "")),
        (None, mib + 1, (413, "RequestEntityTooLargeException")),
        (Some(10), 10, (200, "")),
        (Some(10), 11, (413, "RequestEntityTooLargeException")),
        (Some(2 * mib), 2 * mib, (200, "")),
        (Some(0), 0, (200, "")),
        (Some(0), 1, (413, "RequestEntityTooLargeException")),
    ] {
        let mut layer = with_keys(service);
        if let Some(limit) = limit {
            layer = layer.with_body_limit(limit);
        }
        let expected = (expected.0, expected.1.to_owned());
        let announced = of_length(service, len);
        let (parts, body) = announced.clone().into_parts();
        assert_eq!(answer(&layer, announced).await, expected, "{limit:?} {len}");
        // Frames do not say what is still to come.
        let whole = body.collect().await.unwrap().to_bytes();
        let halves = [whole.slice(..len / 2), whole.slice(len / 2..)].map(Frame::data);
        let frames = futures_util::stream::iter(halves.map(Ok::<_, Infallible>));
        let request = Request::from_parts(parts, StreamBody::new(frames));
        let inner = async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()));
        let response = layer.layer(service_fn(inner)).oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), expected.0, "{limit:?} {len}");
    }
}

#[tokio::test]
async fn answers_a_large_body_with_the_code_of_the_service() {
    let service = Service::new("dynamodb");
    for (codes, status, text) in [
        (ErrorCodes::S3, 400, "<Code>EntityTooLarge</Code>"),
        (ErrorCodes::Query, 413, "<Code>RequestEntityTooLargeException</Code>"),
        (ErrorCodes::Json, 413, "\"__type\":\"RequestEntityTooLargeException\""),
    ] {
        let layer = with_keys(service).with_error_codes(codes).with_body_limit(3);
        let inner = async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()));
        let request = of_length(service, 4);
        let response = layer.layer(service_fn(inner)).oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains(text) && body.contains("at most 3 bytes"), "{body}");
    }
}

#[tokio::test]
async fn takes_heads_of_8_kib_of_requests_to_s3() {
    for (service, limit, len, expected) in [
        (Service::S3, None, 8000, 400),
        (Service::S3, None, 7000, 200),
        (Service::S3, Some(16_384), 8000, 200),
        (Service::new("sts"), None, 8000, 200),
        (Service::new("sts"), Some(4096), 8000, 400),
    ] {
        let credentials =
            Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
        let signer = RequestSigner::new(credentials, REGION, service);
        let long = "a".repeat(len);
        let mut with_header = put("https://bucket.s3.amazonaws.com/key");
        with_header.headers_mut().insert("x-amz-meta-a", HeaderValue::from_str(&long).unwrap());
        let with_query = put(&format!("https://bucket.s3.amazonaws.com/key?a={long}"));
        for mut request in [with_header, with_query] {
            signer.sign(&mut request, Payload::Bytes(b""), Timestamp::from(NOON)).unwrap();
            let mut layer = with_keys(service);
            if let Some(limit) = limit {
                layer = layer.with_head_limit(limit);
            }
            let (status, code) = answer(&layer, request).await;
            assert_eq!(status, expected, "{code}");
            if status == 400 && service == Service::S3 {
                assert_eq!(code, "RequestHeaderSectionTooLarge");
            }
        }
    }
}

/// Frames, each with the pause before it.
fn paused(frames: &[(u64, &'static str)]) -> impl Body<Data = Bytes, Error = Infallible> + use<> {
    let frames = futures_util::stream::iter(frames.to_vec());
    Box::pin(StreamBody::new(futures_util::StreamExt::then(frames, async |(pause, data)| {
        tokio::time::sleep(Duration::from_secs(pause)).await;
        Ok(Frame::data(Bytes::from_static(data.as_bytes())))
    })))
}

#[tokio::test(start_paused = true)]
async fn refuses_bodies_that_stall() {
    for (limit, frames, expected) in [
        (Some(20), [(0, "he"), (19, "l"), (19, "lo")], (200, "")),
        (Some(20), [(0, "he"), (21, "l"), (0, "lo")], (400, "RequestTimeout")),
        (Some(20), [(21, "he"), (0, "l"), (0, "lo")], (400, "RequestTimeout")),
        (None, [(0, "he"), (3600, "l"), (0, "lo")], (200, "")),
    ] {
        let url = "https://bucket.s3.amazonaws.com/key";
        let mut request = Request::put(url).body(paused(&frames)).unwrap();
        let now = Timestamp::from(NOON);
        signer("AKID", "secret").sign(&mut request, Payload::Bytes(b"hello"), now).unwrap();
        let mut layer = layer();
        if let Some(limit) = limit {
            layer = layer.with_body_timeout(Duration::from_secs(limit));
        }
        let inner = service_fn(async |request: Request<VerifiedBody>| {
            let read = request.into_body().collect().await;
            let is_refused = matches!(read, Err(VerifiedBodyError::Refused(_)));
            assert!(read.is_ok() || is_refused, "{read:?}");
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let response = layer.layer(inner).oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), expected.0, "{frames:?}");
        let text = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(text.to_vec()).unwrap();
        assert!(text.contains(expected.1), "{text}");
    }
}

/// Signs `hello` in chunks of a length.
async fn in_chunks(
    service: Service<'static>,
    uri: &str,
    form: ChunkForm<'_>,
    chunk_len: usize,
) -> Request<Full<Bytes>> {
    let mut frames = vec![Frame::data(Bytes::from_static(b"hello"))];
    if let ChunkForm::UnsignedWithTrailer(_) = form {
        let value = HeaderValue::from_static("NhCmhg==");
        let trailers = [(HeaderName::from_static("x-amz-checksum-crc32"), value)];
        frames.push(Frame::trailers(HeaderMap::from_iter(trailers)));
    }
    let frames = futures_util::stream::iter(frames.into_iter().map(Ok::<_, Infallible>));
    let request = Request::put(uri).body(StreamBody::new(frames)).unwrap();
    let chunked = Chunked { len: 5, chunk_len, content_encoding: None, form };
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
    let now = Timestamp::from(NOON);
    let signed =
        crate::sign::sign_chunked_request(request, chunked, credentials, REGION, service, now);
    let (parts, body) = signed.unwrap().into_parts();
    Request::from_parts(parts, Full::new(body.collect().await.unwrap().to_bytes()))
}

/// Returns the status and the text of the response of a service that reads the body.
async fn read_through(
    layer: VerifyLayer<impl LookUpKeys>,
    request: Request<Full<Bytes>>,
) -> (u16, String) {
    let inner = service_fn(async |request: Request<VerifiedBody>| {
        let _ = request.into_body().collect().await;
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let response = layer.layer(inner).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(text.to_vec()).unwrap())
}

/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" (Amazon S3); observed with S3 (versitygw, issue 1043).
#[tokio::test]
async fn demands_a_length_of_bodies_in_chunks() {
    let url = "https://bucket.s3.amazonaws.com/key";
    let (parts, body) = in_chunks(Service::S3, url, ChunkForm::Signed, 8192).await.into_parts();
    for (header, body, expected) in [
        // HTTP/1.1 has no body without a length.
        (None, Full::default(), (411, "MissingContentLength")),
        (Some(("content-length", "0")), Full::default(), (400, "IncompleteBody")),
        (Some(("transfer-encoding", "chunked")), Full::default(), (400, "IncompleteBody")),
        (Some(("transfer-encoding", "chunked")), body.clone(), (200, "")),
        // HTTP/2 has.
        (None, body, (200, "")),
    ] {
        let mut request = Request::from_parts(parts.clone(), body);
        request.headers_mut().remove("content-length");
        if let Some((name, value)) = header {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        let (status, text) = read_through(layer(), request).await;
        assert_eq!(status, expected.0, "{header:?}");
        assert!(text.contains(expected.1), "{header:?}");
    }
}

#[tokio::test]
async fn accepts_the_same_requests_with_other_error_codes() {
    let url = "https://bucket.s3.amazonaws.com/key";
    let small = in_chunks(Service::S3, url, ChunkForm::Signed, 4).await;
    let mut without_body = small.clone().map(|_| Full::default());
    without_body.headers_mut().remove("content-length");
    let trailer = ChunkForm::UnsignedWithTrailer(Trailer::checksum(TrailerName::CRC32).unwrap());
    let no_upload = in_chunks(Service::S3, &format!("{url}?tagging"), trailer, 8192).await;
    for codes in [ErrorCodes::S3, ErrorCodes::Query, ErrorCodes::Json] {
        for (request, error) in [
            (&small, VerifyError::ChunkTooSmall),
            (&without_body, VerifyError::Missing { name: "content-length" }),
            (&no_upload, VerifyError::NotAnUpload),
        ] {
            let (status, text) =
                read_through(layer().with_error_codes(codes), request.clone()).await;
            assert_eq!(status, error.status_in(codes), "{codes:?}: {text}");
            assert!(text.contains(&error.to_string()), "{codes:?}: {text}");
        }
        let other = Service::new("execute-api");
        let request = in_chunks(other, "https://h/?tagging", ChunkForm::Signed, 4).await;
        let accepted = read_through(with_keys(other).with_error_codes(codes), request).await;
        assert_eq!(accepted.0, 200, "{codes:?}: {}", accepted.1);
    }
}

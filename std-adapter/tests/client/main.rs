//! The signing client, between a service that refuses and a metadata service that counts.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use core::fmt::Write as _;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use rolesig::{Payload, Service};
use rolesig_std::cache::CacheSettings;
use rolesig_std::client::{ClientError, ClientSettings};
use rolesig_std::{Cache, Chain, SigningClient};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt};
use tokio::sync::Barrier;
use tokio::time::{Instant, sleep};

use crate::scripted::{BOUND, Server, ok, response, with_headers};
use crate::service::{Agent, BODY, REGION, put, refuses_the_first, senders, text, xml};

mod clocks;
mod configurations;
mod kept_keys;
mod providers;
mod responses;
#[path = "../scripted/mod.rs"]
mod scripted;
mod service;
mod signed;

#[tokio::test]
async fn renews_rejected_credentials_and_resends() {
    let json = |code| format!(r#"{{"__type": "com.amazon.coral.service#{code}", "message": "m"}}"#);
    let typed = |code| with_headers(400, &format!("x-amzn-ErrorType: {code}:http://a/\r\n"), "{}");
    for refused in [
        response(400, &xml("ExpiredToken")),
        response(403, &xml("ExpiredToken")),
        response(403, &xml("InvalidToken")),
        response(401, &xml("ExpiredToken")),
        response(400, &json("ExpiredTokenException")),
        response(403, &json("ExpiredToken")),
        response(403, r#"{"code": "InvalidToken"}"#),
        typed("ExpiredTokenException"),
        // After a comment that nearly fills the part of an error that is read.
        response(403, &format!("<!--{}-->{}", "x".repeat(60_000), xml("ExpiredToken"))),
    ] {
        let agent = Agent::new(1).await;
        let server = refuses_the_first(refused.clone()).await;
        let client = agent.client();
        for sent in 2..4 {
            let response = put(&client, &server).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{refused}");
            assert_eq!(text(response).await, "stored");
            assert_eq!((server.count(), agent.asked()), (sent, 2));
        }
        assert_eq!(senders(&server), ["ASIA0", "ASIA1", "ASIA1"]);
        let bodies = server.requests();
        assert!(bodies.iter().all(|request| request.ends_with(&format!("\r\n\r\n{BODY}"))));
        let shown = format!("{client:?} {:?}", client.identity().await);
        assert!(!shown.contains("wJalr") && !shown.contains("token-"), "{shown}");
    }
}

#[tokio::test]
async fn renews_only_once_if_new_credentials_are_rejected() {
    let agent = Agent::new(100).await;
    let server = Server::answers(&[response(403, &xml("ExpiredToken"))]).await;
    let response = put(&agent.client(), &server).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(text(response).await, xml("ExpiredToken"));
    assert_eq!(senders(&server), ["ASIA0", "ASIA1"]);
}

#[tokio::test]
async fn returns_the_first_response_without_other_credentials() {
    for uses_expired in [true, false] {
        let agent = Agent::new(0).await;
        let server = Server::answers(&[response(400, &xml("ExpiredToken"))]).await;
        let mut settings = CacheSettings::default();
        settings.uses_expired = uses_expired;
        let response = put(&agent.client_with(settings), &server).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(text(response).await, xml("ExpiredToken"));
        assert_eq!((server.count(), agent.asked()), (1, 2));
    }
}

#[tokio::test]
async fn returns_other_responses_unchanged() {
    for given in [
        response(403, &xml("AccessDenied")),
        response(403, &xml("SignatureDoesNotMatch")),
        response(403, ""),
        response(400, "<html>"),
        response(403, "<Code>"),
        response(403, "\u{0}\u{7f}"),
        // The status does not show it.
        response(404, &xml("ExpiredToken")),
        response(500, &xml("ExpiredToken")),
        response(200, &xml("ExpiredToken")),
        with_headers(403, "x-amzn-errortype: AccessDeniedException\r\n", &xml("ExpiredToken")),
        with_headers(301, "Location: http://127.0.0.1:1/\r\n", &xml("PermanentRedirect")),
    ] {
        let agent = Agent::new(1).await;
        let server = Server::answers(core::slice::from_ref(&given)).await;
        let response = put(&agent.client(), &server).await.unwrap();
        assert!(given.starts_with(&format!("HTTP/1.1 {} ", response.status().as_u16())));
        assert!(given.ends_with(&format!("\r\n\r\n{}", text(response).await)));
        assert_eq!((server.count(), agent.asked()), (1, 1), "{given}");
    }
}

#[tokio::test]
async fn returns_a_response_without_a_body_unchanged() {
    for status in [400, 403] {
        let agent = Agent::new(1).await;
        // As S3 answers HEAD: the length is that of what GET would have.
        let head =
            format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: 243\r\n\r\n");
        let server = Server::answers(&[head]).await;
        let client = agent.client();
        let request = Request::head(format!("{}/bucket", server.origin));
        let request = request.body(Full::default()).unwrap();
        let response = client.send(request, Payload::Bytes(b"")).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(text(response).await, "");
        assert_eq!((server.count(), agent.asked()), (1, 1));
    }
}

#[tokio::test]
async fn delivers_bodies_whole() {
    let agent = Agent::new(1).await;
    let client = agent.client();
    let big = format!("{}{}", xml("AccessDenied"), "y".repeat(1_000_000));
    let unread = "z".repeat(1_000_000);
    for (status, body) in [(403, &big), (400, &unread), (200, &big)] {
        let mut chunks = String::new();
        for chunk in body.as_bytes().chunks(50_000) {
            write!(chunks, "{:x}\r\n{}\r\n", chunk.len(), str::from_utf8(chunk).unwrap()).unwrap();
        }
        let chunked = format!(
            "HTTP/1.1 {status} X\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
        );
        let until_close = format!("HTTP/1.0 {status} X\r\n\r\n{body}");
        for given in [response(status, body), chunked, until_close] {
            let server = Server::answers(&[given]).await;
            let response = put(&client, &server).await.unwrap();
            assert_eq!(text(response).await, *body);
            assert_eq!(server.count(), 1);
        }
    }
}

#[tokio::test]
async fn fails_on_a_truncated_body() {
    let body = xml("AccessDenied");
    let whole = response(403, &body);
    let head = whole.len() - body.len();
    let agent = Agent::new(1).await;
    let client = agent.client();
    for cut in head..whole.len() {
        let server = Server::answers(&[whole[..cut].to_owned()]).await;
        let response = put(&client, &server).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let mut body = response.into_body();
        let mut seen = Vec::new();
        loop {
            match body.frame().await {
                Some(Ok(frame)) => seen.extend(frame.into_data().unwrap()),
                Some(Err(_)) => break,
                None => panic!("a short body: {}", String::from_utf8_lossy(&seen)),
            }
        }
        assert_eq!(seen, whole.as_bytes()[head..cut]);
        assert_eq!(server.count(), 1);
    }
    // A response cut off after the code is enough.
    let server =
        refuses_the_first(response(403, &xml("ExpiredToken")).replace("</Message>", "")).await;
    assert_eq!(put(&agent.client(), &server).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn returns_a_refusal_whose_body_hangs() {
    let agent = Agent::new(1).await;
    let server = Server::new(|_, _, mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 403 X\r\nContent-Length: 100\r\n\r\n<Error>").await;
        sleep(Duration::from_secs(60)).await;
    })
    .await;
    let started = Instant::now();
    let response = put(&agent.client(), &server).await.unwrap();
    assert!(started.elapsed() < BOUND);
    let mut body = response.into_body();
    let first = body.frame().await.unwrap().unwrap();
    assert_eq!(first.data_ref().unwrap(), "<Error>");
}

#[tokio::test]
async fn fails_without_connection_or_response() {
    let agent = Agent::new(1).await;
    let client = agent.client();
    let absent = format!("{}/bucket", Server::absent().await);
    let request = Request::get(absent).body(Full::default()).unwrap();
    let error = client.send(request, Payload::Bytes(b"")).await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
    for given in [String::new(), "HTTP/1.1 20".to_owned(), "garbage\r\n\r\n".to_owned()] {
        let server = Server::answers(&[given]).await;
        let error = put(&client, &server).await.unwrap_err();
        assert!(matches!(error, ClientError::Http(_)), "{error:?}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("wJalr") && !shown.contains("token-"), "{shown}");
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn sends_a_one_shot_body_once() {
    let agent = Agent::new(1).await;
    let server = refuses_the_first(response(403, &xml("ExpiredToken"))).await;
    let client = agent.client();
    let head = Request::put(format!("{}/bucket/key", server.origin)).body(()).unwrap();
    let mut body = Some(Full::from(BODY));
    let payload = Payload::Bytes(BODY.as_bytes());
    let response = client.send_with(&head, || body.take(), payload).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(text(response).await, xml("ExpiredToken"));
    assert_eq!(server.count(), 1);
    // The next one has the new credentials.
    assert_eq!(put(&client, &server).await.unwrap().status(), StatusCode::OK);
    assert_eq!(senders(&server), ["ASIA0", "ASIA1"]);
    let error = client.send_with(&head, || None, payload).await.unwrap_err();
    assert!(matches!(error, ClientError::NoBody), "{error:?}");
}

/// A connection takes a descriptor, of which a program may have few.
#[tokio::test]
async fn keeps_no_more_idle_connections_than_it_may() {
    const AT_ONCE: usize = 4;
    let (together, closed) = (Arc::new(Barrier::new(AT_ONCE)), Arc::new(AtomicUsize::new(0)));
    let ends = Arc::clone(&closed);
    let server = Server::new(move |_, _, mut stream| {
        let (together, ends) = (Arc::clone(&together), Arc::clone(&ends));
        async move {
            together.wait().await;
            let _ = stream.write_all(kept_alive().as_bytes()).await;
            if let Ok(0) = stream.read(&mut [0]).await {
                ends.fetch_add(1, Ordering::Relaxed);
            }
        }
    })
    .await;
    let agent = Agent::new(0).await;
    let cache = Cache::new(Chain::new(&agent.environment));
    let mut settings = ClientSettings::default();
    settings.idle_connections = 1;
    let client =
        SigningClient::<Full<Bytes>>::with_settings(cache, REGION, Service::S3, settings).unwrap();
    let put = || async { put(&client, &server).await.unwrap().into_body().collect().await };
    let (a, b, c, d) = tokio::join!(put(), put(), put(), put());
    assert!(a.is_ok() && b.is_ok() && c.is_ok() && d.is_ok());
    let started = Instant::now();
    while closed.load(Ordering::Relaxed) < AT_ONCE - 1 {
        assert!(started.elapsed() < BOUND, "{closed:?} of {AT_ONCE} are closed");
        sleep(Duration::from_millis(10)).await;
    }
}

/// A response after which the connection stays open.
fn kept_alive() -> String {
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned()
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn refuses_https_without_tls_support() {
    let agent = Agent::new(0).await;
    let cache = Cache::new(Chain::new(&agent.environment));
    let mut settings = ClientSettings::default();
    settings.https = false;
    let client =
        SigningClient::<Full<Bytes>>::with_settings(cache, REGION, Service::S3, settings).unwrap();
    let server = Server::new(|_, _, mut stream| async move {
        let _ = stream.write_all(ok("").as_bytes()).await;
    })
    .await;
    assert_eq!(put(&client, &server).await.unwrap().status(), StatusCode::OK);
    let request = Request::put(server.origin.to_string().replace("http:", "https:"));
    let request = request.body(Full::from(BODY)).unwrap();
    let sent = client.send(request, Payload::Bytes(BODY.as_bytes())).await;
    let message = sent.err().map(|error| error.to_string()).unwrap();
    assert!(message.contains("scheme is not http"), "{message}");
}

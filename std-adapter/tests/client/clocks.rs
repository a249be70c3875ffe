//! Clocks that are off.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::StatusCode;
use http_body_util::Full;
use rolesig::ClockSkew;
use rolesig_std::cache::{CacheSettings, SharedFile};
use rolesig_std::{Clock, SigningClient};
use tokio::io::AsyncWriteExt;

use crate::scripted::{Server, date, with_headers};
use crate::service::{Agent, ahead, put, verify, xml};

/// A service with its own clock, that takes only what was signed within 5 minutes of it.
async fn clock(off: &Arc<Mutex<i64>>) -> Server {
    let off = Arc::clone(off);
    Server::new(move |_, request, mut stream| {
        let off = *off.lock().unwrap();
        let at = ClockSkew::from_seconds(off).apply(Clock::SYSTEM.now());
        let is_near = (ahead(&request) - off).abs() < 300 && verify(&request, at).is_ok();
        let (status, body) =
            if is_near { (200, "stored".to_owned()) } else { (403, xml("RequestTimeTooSkewed")) };
        let given = with_headers(status, &date(off), &body);
        async move {
            let _ = stream.write_all(given.as_bytes()).await;
        }
    })
    .await
}

fn offsets(server: &Server) -> Vec<i64> {
    // In minutes, rounded: a busy machine takes seconds.
    let minutes = |request: &String| (ahead(request) + 30).div_euclid(60);
    server.requests().iter().map(minutes).collect()
}

#[tokio::test]
async fn corrects_a_wrong_clock() {
    for (off, signed) in [(600, [0, 10, 10]), (-1200, [0, -20, -20])] {
        let agent = Agent::new(1).await;
        let server = clock(&Arc::new(Mutex::new(off))).await;
        let client = agent.client();
        for _ in 0..2 {
            assert_eq!(put(&client, &server).await.unwrap().status(), StatusCode::OK);
        }
        assert_eq!(offsets(&server), signed);
        assert_eq!(agent.asked(), 1);
    }
}

#[tokio::test]
async fn notices_a_clock_that_was_set() {
    let agent = Agent::new(1).await;
    let off = Arc::new(Mutex::new(0));
    let server = clock(&off).await;
    let client = agent.client();
    for next in [600, 0, -1200, -1140, 0] {
        *off.lock().unwrap() = next;
        assert_eq!(put(&client, &server).await.unwrap().status(), StatusCode::OK, "{next}");
    }
    assert_eq!(offsets(&server), [0, 10, 10, 0, 0, -20, -20, -19, 0]);
}

#[tokio::test]
async fn keeps_the_expiry_despite_a_wrong_service_date() {
    let days = 2 * 86_400;
    for off in [days, -days] {
        let agent = Agent::new(1).await;
        let directory = tempfile::tempdir().unwrap();
        let settings = || {
            let mut settings = CacheSettings::default();
            settings.shared_file = Some(SharedFile::new(directory.path(), "key").unwrap());
            settings
        };
        let client = agent.client_with(settings());
        // Twice the same, so that signatures follow it.
        let server = Server::answers(&[with_headers(200, &date(off), "stored")]).await;
        for _ in 0..4 {
            put(&client, &server).await.unwrap();
        }
        assert_eq!(offsets(&server), [0, 0, off / 60, off / 60]);
        let id = |client: SigningClient<Full<Bytes>>| async move {
            client.identity().await.unwrap().credentials().access_key_id.to_owned()
        };
        let path = SharedFile::new(directory.path(), "key").unwrap().path().to_owned();
        assert!(std::fs::read_to_string(&path).unwrap().contains("ASIA0"));
        assert_eq!(id(client.in_region("us-east-1")).await, "ASIA0");
        assert_eq!(id(agent.client_with(settings())).await, "ASIA0", "another process");
        assert_eq!(agent.asked(), 1);
    }
}

#[tokio::test]
async fn ignores_a_single_wrong_date() {
    for status in [200, 404, 500, 403] {
        let agent = Agent::new(1).await;
        let client = agent.client();
        let wrong = with_headers(status, &date(2 * 86_400), &xml("AccessDenied"));
        let right = with_headers(200, &date(0), "stored");
        let server = Server::answers(&[wrong.clone(), right.clone(), wrong, right]).await;
        for _ in 0..5 {
            put(&client, &server).await.unwrap();
        }
        assert_eq!(offsets(&server), [0, 0, 0, 0, 0], "{status}");
    }
}

#[tokio::test]
async fn learns_the_clock_from_every_response() {
    let agent = Agent::new(1).await;
    let client = agent.client();
    let given = [
        with_headers(200, &date(120), ""),
        with_headers(404, &date(-600), ""),
        with_headers(200, &date(-600), ""),
        with_headers(500, &date(3600), ""),
        // These say nothing about it.
        with_headers(200, "", ""),
        with_headers(200, &format!("{}Age: 1\r\n", date(0)), ""),
        with_headers(200, "Date: today\r\n", ""),
        with_headers(200, &date(0), ""),
    ];
    let server = Server::answers(&given).await;
    for _ in 0..given.len() {
        put(&client, &server).await.unwrap();
    }
    assert_eq!(offsets(&server), [0, 2, 2, -10, -10, -10, -10, -10]);
    put(&client, &server).await.unwrap();
    assert_eq!(offsets(&server).pop(), Some(0));
}

#[tokio::test]
async fn does_not_repeat_requests_signed_at_nearly_the_right_time() {
    for (given, sent) in [
        (with_headers(403, &date(200), &xml("RequestTimeTooSkewed")), 1),
        (with_headers(403, "", &xml("RequestTimeTooSkewed")), 1),
        (with_headers(403, &date(600), &xml("AccessDenied")), 1),
        // Not the time after all: the second response is the last.
        (with_headers(403, &date(600), &xml("SignatureDoesNotMatch")), 2),
        (with_headers(403, &date(600), r#"{"__type": "InvalidSignatureException"}"#), 2),
    ] {
        let agent = Agent::new(1).await;
        let server = Server::answers(&[given]).await;
        let client = agent.client();
        assert_eq!(put(&client, &server).await.unwrap().status(), StatusCode::FORBIDDEN);
        assert_eq!(server.count(), sent);
        assert_eq!(put(&client, &server).await.unwrap().status(), StatusCode::FORBIDDEN);
        assert_eq!(server.count(), sent + 1);
    }
}

#[tokio::test]
async fn leaves_the_clock_alone_if_configured() {
    let agent = Agent::new(1).await;
    let server = clock(&Arc::new(Mutex::new(600))).await;
    let client = agent.client().without_clock_correction();
    for _ in 0..2 {
        assert_eq!(put(&client, &server).await.unwrap().status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(offsets(&server), [0, 0]);
}

#[tokio::test]
async fn corrects_both_clock_and_credentials() {
    let agent = Agent::new(1).await;
    let server = Server::answers(&[
        with_headers(403, &date(600), &xml("RequestTimeTooSkewed")),
        with_headers(400, &date(600), &xml("ExpiredToken")),
        with_headers(200, &date(600), "stored"),
    ])
    .await;
    assert_eq!(put(&agent.client(), &server).await.unwrap().status(), StatusCode::OK);
    assert_eq!(offsets(&server), [0, 10, 10]);
    assert_eq!(agent.asked(), 2);
}

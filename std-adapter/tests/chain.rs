//! The chain and the cache, against a metadata service that counts.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails"
)]

use core::error::Error as _;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use rolesig::Timestamp;
use rolesig::provider::ProviderError;
use rolesig_std::{Attempt, AttemptError, Chain, Environment, ImdsError, now};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

/// RFC 3339 of so many seconds from now.
fn in_seconds(seconds: u64) -> String {
    let date = now().checked_add(seconds).unwrap().amz_date().to_string();
    let part = |from: usize, to: usize| &date[from..to];
    let (day, time) = (part(0, 8), part(9, 15));
    format!(
        "{}-{}-{}T{}:{}:{}Z",
        &day[..4],
        &day[4..6],
        &day[6..],
        &time[..2],
        &time[2..4],
        &time[4..]
    )
}

/// Answers documents that are good for `lifetime` seconds; fails after `good` of them.
async fn service(lifetime: u64, good: usize) -> (Environment, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let documents = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&documents);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                sleep(Duration::from_millis(5)).await;
                let mut status = 200;
                let body = if head.starts_with("PUT") {
                    "token".to_owned()
                } else if head.contains("/role ") {
                    let number = count.fetch_add(1, Ordering::SeqCst);
                    status = if number < good { 200 } else { 400 };
                    format!(
                        r#"{{"Code":"Success","AccessKeyId":"ASIA{number}","SecretAccessKey":"s","Token":"t","Expiration":"{}"}}"#,
                        in_seconds(lifetime)
                    )
                } else {
                    "role".to_owned()
                };
                let answer =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    // A busy machine is not to be taken for a slow service.
    let patience = ("AWS_METADATA_SERVICE_TIMEOUT", "60".to_owned());
    let environment = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint), patience];
    (environment.into_iter().collect(), documents)
}

async fn access_key_id(chain: &Chain) -> String {
    chain.identity().await.unwrap().credentials().access_key_id.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tasks_fetch_once() {
    let (environment, documents) = service(3600, 10).await;
    let chain = Arc::new(Chain::new(&environment).unwrap());
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let chain = Arc::clone(&chain);
            tokio::spawn(async move { access_key_id(&chain).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "ASIA0");
    }
    assert_eq!(documents.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn credentials_are_renewed_when_they_have_expired() {
    let (environment, _) = service(1, 10).await;
    let chain = Chain::new(&environment).unwrap();
    assert_eq!(access_key_id(&chain).await, "ASIA0");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(access_key_id(&chain).await, "ASIA1");
}

#[tokio::test]
async fn a_service_with_nothing_newer_is_not_asked_at_every_request() {
    let (environment, documents) = service(299, 10).await;
    let chain = Chain::new(&environment).unwrap();
    for _ in 0..10 {
        assert_eq!(access_key_id(&chain).await, "ASIA0", "less than five minutes are left");
    }
    assert_eq!(documents.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn expired_credentials_are_not_handed_out() {
    let (environment, _) = service(1, 1).await;
    let chain = Chain::new(&environment).unwrap();
    chain.identity().await.unwrap();
    sleep(Duration::from_secs(2)).await;
    assert!(chain.identity().await.is_err());
}

#[tokio::test]
async fn a_failure_is_shared_by_all_who_ask() {
    let (environment, documents) = service(3600, 0).await;
    let chain = Chain::new(&environment).unwrap();
    for _ in 0..10 {
        let error = chain.identity().await.unwrap_err();
        let [_, Attempt { error: AttemptError::Imds(imds), .. }] = &error.attempts[..] else {
            panic!("{error:?}");
        };
        assert!(matches!(**imds, ImdsError::Provider { .. }));
        let attempt = error.source().unwrap();
        assert_eq!(attempt.to_string(), imds.to_string());
        let innermost = attempt.source().unwrap().downcast_ref::<ProviderError<'_>>();
        assert!(matches!(innermost, Some(ProviderError::Status { status: 400, .. })));
    }
    assert_eq!(documents.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_environment_comes_first() {
    let (mut environment, documents) = service(3600, 10).await;
    environment.set("AWS_ACCESS_KEY_ID", "AKID");
    environment.set("AWS_SECRET_ACCESS_KEY", "secret");
    let chain = Chain::new(&environment).unwrap();
    assert_eq!(access_key_id(&chain).await, "AKID");
    assert_eq!(documents.load(Ordering::SeqCst), 0);
    environment.remove("AWS_SECRET_ACCESS_KEY");
    let error = Chain::new(&environment).unwrap().identity().await.unwrap_err();
    assert_eq!(error.attempts.len(), 1, "a half configuration ends the search: {error}");
    assert!(matches!(error.attempts[0].error, AttemptError::Environment(_)));
}

#[tokio::test]
async fn a_laptop_gets_a_report_in_two_seconds() {
    // The system takes the connection for a listener that never does, and no answer comes.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = format!("http://{address}");
    let environment: Environment =
        [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint)].into_iter().collect();
    let started = Instant::now();
    let error = Chain::new(&environment).unwrap().identity().await.unwrap_err().to_string();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines[0], "no credentials");
    assert!(lines[1].starts_with("  environment (0 ms): AWS_ACCESS_KEY_ID is not set"), "{error}");
    assert!(lines[2].contains("hop-limit"), "{error}");

    let disabled = [("AWS_EC2_METADATA_DISABLED", "true")].into_iter().collect();
    let error = Chain::new(&disabled).unwrap().identity().await.unwrap_err().to_string();
    assert!(error.ends_with("switched off by AWS_EC2_METADATA_DISABLED"), "{error}");
}

#[test]
fn now_is_now() {
    assert!(now() > Timestamp::from(1_760_000_000));
}

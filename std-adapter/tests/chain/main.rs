//! The chain and the cache, against a metadata service that counts.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use core::error::Error as _;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use rolesig::Timestamp;
use rolesig::conversation::ConversationError;
use rolesig_std::cache::CacheError;
use rolesig_std::provider::{Outcome, ProviderError};
use rolesig_std::{Cache, Chain, Clock, Environment, ProvideCredentials as _};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use crate::files::{ROLE, with_files};

mod files;
mod keys;
mod profiles;

/// The time some seconds from now, as in RFC 3339.
fn in_seconds(seconds: u64) -> String {
    Clock::SYSTEM.now().checked_add(seconds).unwrap().to_string()
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
                } else if head.contains("-extended/") {
                    status = 404;
                    String::new()
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
                let response =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                let _ = stream.write_all(response.as_bytes()).await;
            });
        }
    });
    // A busy machine must not count as a slow service.
    let patience = ("AWS_METADATA_SERVICE_TIMEOUT", "60".to_owned());
    let environment = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint), patience];
    (environment.into_iter().collect(), documents)
}

fn cache(environment: &Environment) -> Cache<Chain> {
    Cache::new(Chain::new(environment))
}

async fn access_key_id(cache: &Cache<Chain>) -> String {
    cache.identity().await.unwrap().credentials().access_key_id.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fetches_once_for_a_thousand_tasks() {
    let (environment, documents) = service(3600, 10).await;
    let chain = Arc::new(cache(&environment));
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
async fn shares_a_failure_among_all_callers() {
    let (environment, documents) = service(3600, 0).await;
    let chain = cache(&environment);
    for _ in 0..10 {
        let error = chain.identity().await.unwrap_err();
        let CacheError::Provider(chain) = &error else { panic!("{error:?}") };
        let last = &chain.attempts.last().unwrap().outcome;
        let Outcome::Failed(failure) = last else { panic!("{last:?}") };
        let ProviderError::Imds(imds) = &**failure else { panic!("{failure:?}") };
        let innermost = imds.source().unwrap().downcast_ref::<ConversationError<'_>>();
        assert!(matches!(innermost, Some(ConversationError::Status { status: 400, .. })));
    }
    assert_eq!(documents.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn asks_the_environment_first() {
    let (mut environment, documents) = service(3600, 10).await;
    environment.set("AWS_ACCESS_KEY_ID", "AKID");
    environment.set("AWS_SECRET_ACCESS_KEY", "secret");
    let chain = cache(&environment);
    assert_eq!(access_key_id(&chain).await, "AKID");
    assert_eq!(documents.load(Ordering::SeqCst), 0);
    environment.remove("AWS_SECRET_ACCESS_KEY");
    let error = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap_err();
    assert!(matches!(error.attempts[0].outcome, Outcome::Failed(_)), "{error}");
    let rest = &error.attempts[1..];
    assert_eq!(rest.len(), 4, "all are listed");
    assert!(rest.iter().all(|attempt| matches!(attempt.outcome, Outcome::NotAsked)), "{error}");
    assert!(error.to_string().contains("AWS_SECRET_ACCESS_KEY is not"), "{error}");
}

#[tokio::test]
async fn reports_within_two_seconds_on_a_laptop() {
    // The system takes the connection for a listener that never does, and no response comes.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = format!("http://{address}");
    let environment: Environment =
        [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint)].into_iter().collect();
    let started = Instant::now();
    let error = cache(&environment).identity().await.unwrap_err().to_string();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    // The times depend on the machine.
    let untimed = |line: &str| match line.split_once(" (") {
        Some((name, rest)) => {
            format!("{name} ({}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => line.to_owned(),
    };
    let lines: Vec<_> = error.lines().map(untimed).collect();
    let [head, environment, profile, web_identity, container, imds] = &lines[..] else {
        panic!("{error}")
    };
    assert_eq!(head, "no credentials");
    assert_eq!(environment, "  environment ( ms): skipped: AWS_ACCESS_KEY_ID is not set");
    assert!(profile.starts_with("  profile ( ms): skipped: there is no profile default"));
    assert!(web_identity.contains("AWS_WEB_IDENTITY_TOKEN_FILE is not set"), "{error}");
    assert!(container.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI"), "{error}");
    assert!(imds.contains("hop-limit"), "{error}");

    let disabled = [("AWS_EC2_METADATA_DISABLED", "true")].into_iter().collect();
    let error = cache(&disabled).identity().await.unwrap_err().to_string();
    assert!(error.contains("skipped: switched off by AWS_EC2_METADATA_DISABLED"), "{error}");
}

#[test]
fn sums_the_longest_waits_of_the_providers() {
    let folder = tempfile::tempdir().unwrap();
    let keys = "source_profile = default\naws_access_key_id = AKID\naws_secret_access_key = s\n";
    let longest = |config: &str| {
        let mut environment = with_files(folder.path(), config, "");
        environment.set("AWS_REGION", "eu-west-1");
        Chain::new(&environment).max_fetch_time().as_secs()
    };
    let mfa = "mfa_serial = arn:aws:iam::111122223333:mfa/m\n";
    assert_eq!(longest(&format!("[default]\n{ROLE}{keys}")), 60);
    assert_eq!(longest(&format!("[default]\n{ROLE}{keys}{mfa}")), 180, "a person types");
    assert_eq!(longest("[default]\ncredential_process = /bin/p\n"), 60);
}

#[tokio::test]
async fn remembers_the_provider_that_worked() {
    let (environment, documents) = service(3600, 1).await;
    let mut chain = Chain::new(&environment);
    chain.fetch(Clock::SYSTEM).await.unwrap();
    assert_eq!(chain.report().len(), 5);
    let error = chain.fetch(Clock::SYSTEM).await.unwrap_err();
    assert_eq!(error.attempts.len(), 1, "{error}");
    assert_eq!(error.attempts[0].provider, "instance metadata");
    assert_eq!(documents.load(Ordering::SeqCst), 2);
}

#[test]
fn reads_the_current_time() {
    assert!(Clock::SYSTEM.now() > Timestamp::from(1_760_000_000));
}

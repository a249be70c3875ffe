//! The client of S3 derives the key of the day once.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use rolefs::s3::S3;
use rolefs::s3::address::endpoint::S3Endpoint;
use rolefs::s3::address::path::S3Path;
use rolefs::s3::client::timeouts::S3Timeouts;
use rolesig_std::config::BaseUrl;
use rolesig_std::http::Network;
use rolesig_std::{Cache, Chain, Environment};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const ABSENT: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Starts a server without objects, and returns its URL and the number of its requests.
async fn empty_bucket() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            count.fetch_add(1, Ordering::SeqCst);
            stream.write_all(ABSENT).await.unwrap();
        }
    });
    (url, asked)
}

#[tokio::test]
async fn derives_one_key_for_many_requests() {
    let (url, asked) = empty_bucket().await;
    let environment: Environment = [
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_SESSION_TOKEN", "token"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_owned()))
    .collect();
    let url: BaseUrl = url.parse().unwrap();
    let endpoint = S3Endpoint::new(Some(&url), Some("eu-west-1"), &environment, None).unwrap();
    let cache = Cache::new(Chain::new(&environment));
    let s3 = S3::new(cache, endpoint, S3Timeouts::default(), Network::default()).unwrap();
    let keys = s3.client().keys();
    // A second one only if midnight is in between.
    let days = || i64::try_from(rolesig_std::Clock::SYSTEM.now().as_unix()).unwrap() / 86_400;
    let first = days();
    for name in ["a", "b", "c", "d"] {
        let path = S3Path::parse(&format!("s3a://bucket/{name}")).unwrap();
        assert_eq!(s3.first_part_len(&path).await.unwrap(), None);
    }
    assert!(asked.load(Ordering::SeqCst) >= 4);
    assert!(keys.derived() == 1 || days() != first, "{keys:?}");
}

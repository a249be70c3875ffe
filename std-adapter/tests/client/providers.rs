//! Clients with credentials from any provider, and the signing keys that they keep.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use rolesig::{Credentials, Expires, Payload, Service, Timestamp};
use rolesig_std::cache::CacheSettings;
use rolesig_std::provider::{BoxProvider, StaticProvider};
use rolesig_std::sign::SigningKeyCache;
use rolesig_std::{Cache, Clock, Identity, ProvideCredentials, SigningClient, Source};

use crate::scripted::{Server, date, ok, with_headers};
use crate::service::{Agent, REGION, SECRET, ahead, put, senders, xml};

/// New credentials every time: `ASIA0`, `ASIA1`, and so on, which expire in two hours.
struct Vault(Arc<AtomicUsize>);

impl ProvideCredentials for Vault {
    type Error = std::io::Error;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, Self::Error> {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        let (id, token) = (format!("ASIA{number}"), format!("token-{number}"));
        let credentials = Credentials {
            access_key_id: &id,
            secret_access_key: SECRET,
            session_token: Some(&token),
        };
        let source = Source::Custom { name: "vault".into() };
        Ok(Identity::new(credentials, clock.now().checked_add(7200), None, source))
    }

    fn is_final(_: &Self::Error) -> bool {
        false
    }
}

fn vault() -> Vault {
    Vault(Arc::default())
}

fn client<P: ProvideCredentials>(provider: P) -> SigningClient<Full<Bytes>, P> {
    SigningClient::new(Cache::new(provider), REGION, Service::S3).unwrap()
}

async fn put_by<P: ProvideCredentials>(
    client: &SigningClient<Full<Bytes>, P>,
    server: &Server,
) -> StatusCode {
    let request = Request::put(format!("{}/bucket/a%20key", server.origin));
    let request = request.body(Full::from("the body")).unwrap();
    client.send(request, Payload::Bytes(b"the body")).await.unwrap().status()
}

#[tokio::test]
async fn signs_with_any_provider() {
    let server = Server::answers(&[ok("")]).await;
    let agent = Agent::new(1).await;
    assert_eq!(put_by(&client(vault()), &server).await, StatusCode::OK);
    assert_eq!(put_by(&client(BoxProvider::new(vault())), &server).await, StatusCode::OK);
    assert_eq!(put_by(&client(Cache::new(vault())), &server).await, StatusCode::OK);
    put(&agent.client(), &server).await.unwrap();
    assert_eq!(senders(&server), ["ASIA0"; 4]);
}

#[tokio::test]
async fn renews_rejected_credentials_of_a_nested_cache() {
    let server =
        Server::answers(&[crate::scripted::response(403, &xml("ExpiredToken")), ok("")]).await;
    let client = client(vault());
    assert_eq!(put_by(&client, &server).await, StatusCode::OK);
    assert_eq!(senders(&server), ["ASIA0", "ASIA1"]);
    let inner = Cache::new(vault());
    let mut provider = BoxProvider::new(inner.clone());
    let id = |identity: &Identity| identity.credentials().access_key_id.to_owned();
    assert_eq!(id(&provider.fetch(Clock::SYSTEM).await.unwrap()), "ASIA0");
    provider.on_rejected("ASIA0");
    assert_eq!(id(&provider.fetch(Clock::SYSTEM).await.unwrap()), "ASIA1");
}

#[tokio::test]
async fn clones_share_keys_and_skew() {
    let server = Server::answers(&[
        with_headers(403, &date(600), &xml("RequestTimeTooSkewed")),
        with_headers(200, &date(600), ""),
    ])
    .await;
    let keys = SigningKeyCache::new();
    let client = client(vault()).with_keys(keys.clone());
    let clone = client.clone();
    assert_eq!(put_by(&client, &server).await, StatusCode::OK);
    assert_eq!(put_by(&clone, &server).await, StatusCode::OK);
    assert_eq!(server.count(), 3);
    let minutes = |request: &String| (ahead(request) + 30).div_euclid(60);
    assert_eq!(server.requests().iter().map(minutes).collect::<Vec<_>>(), [0, 10, 10]);
    // Unless it was midnight in between.
    assert_eq!(keys.len(), 1);
    let other = client.for_service(Service::new("execute-api")).in_region("us-east-1");
    assert_eq!(put_by(&other, &server).await, StatusCode::OK);
    assert_eq!((keys.len(), other.region(), other.service().name), (2, "us-east-1", "execute-api"));
}

/// Noon, so that no midnight is in between.
const NOON: Timestamp = match Timestamp::from_unix(1_440_936_000) {
    Some(noon) => noon,
    None => Timestamp::EPOCH,
};

fn at_noon() -> CacheSettings {
    let mut settings = CacheSettings::default();
    settings.clock = Clock { now: || NOON, ..Clock::SYSTEM };
    settings
}

fn fixed(expires_at: Option<Timestamp>) -> StaticProvider {
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: SECRET, session_token: None };
    let source = Source::Custom { name: "test".into() };
    StaticProvider::new(Identity::new(credentials, expires_at, None, source))
}

#[tokio::test]
async fn limits_presigned_urls_to_their_credentials() {
    let hour = Expires::seconds(3600).unwrap();
    for (credentials_end, end) in [(None, 3600), (Some(7200), 3600), (Some(600), 600)] {
        let expires_at = credentials_end.map(|seconds| NOON.checked_add(seconds).unwrap());
        let cache = Cache::with_settings(fixed(expires_at), at_noon());
        let client = SigningClient::<Full<Bytes>, _>::new(cache, REGION, Service::S3).unwrap();
        let url = "https://bucket.s3.eu-west-1.amazonaws.com/a%20key?versionId=1";
        let presigned = client.presign(Method::GET, url, hour).await.unwrap();
        assert_eq!(presigned.expires_at(), NOON.checked_add(end).unwrap());
        let url = presigned.url();
        assert!(url.starts_with("https://bucket.s3.eu-west-1.amazonaws.com/a%20key?"), "{url}");
        for part in ["X-Amz-Date=20150830T120000Z", "X-Amz-Expires=3600", "versionId=1"] {
            assert!(url.contains(part), "{part} in {url}");
        }
        assert!(!format!("{presigned:?}").contains("Signature"));
    }
}

#[tokio::test]
async fn dates_presigned_urls_by_the_service() {
    let server =
        Server::answers(&[with_headers(403, &date(1200), &xml("RequestTimeTooSkewed"))]).await;
    let client = client(vault()).with_endpoint(server.origin.clone().into());
    let signed_at = async || {
        let hour = Expires::seconds(3600).unwrap();
        let presigned = client.presign(Method::GET, "/bucket/key", hour).await.unwrap();
        assert!(presigned.url().starts_with(&format!("{}/bucket/key?", server.origin)));
        let left = presigned.expires_at().seconds_since(Clock::SYSTEM.now()).unwrap();
        left / 60
    };
    assert!((59..=60).contains(&signed_at().await));
    put_by(&client, &server).await;
    assert!((78..=81).contains(&signed_at().await));
}

#[tokio::test]
async fn signs_for_other_clients_with_the_kept_key() {
    let keys = SigningKeyCache::new();
    let cache = Cache::with_settings(fixed(None), at_noon());
    let client = SigningClient::<Full<Bytes>, _>::new(cache, REGION, Service::S3).unwrap();
    let client = client.with_keys(keys.clone()).with_endpoint("http://h:1/base".parse().unwrap());
    let signature = async |path: &str| {
        let mut request = Request::get(path).body(()).unwrap();
        client.sign(&mut request, Payload::Bytes(b"")).await.unwrap();
        assert_eq!(*request.uri(), *format!("http://h:1/base{path}"));
        request.headers()["authorization"].to_str().unwrap().to_owned()
    };
    let first = signature("/a").await;
    assert_eq!(keys.len(), 1);
    assert_ne!(signature("/b").await, first);
    assert_eq!(signature("/a").await, first, "the kept key signs as the new one");
    assert_eq!(keys.len(), 1);
    keys.clear();
    assert_eq!(signature("/a").await, first);
}

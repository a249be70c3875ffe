//! The key of the day is derived once, whichever way requests are signed.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use rolesig::{ChunkForm, Chunked, Credentials, Expires, Payload, Service, Timestamp};
use rolesig_std::cache::CacheSettings;
use rolesig_std::provider::StaticProvider;
use rolesig_std::sign::{RequestSigner, SigningKeyCache};
use rolesig_std::{Cache, Clock, Identity, SigningClient, Source};

use crate::scripted::{Server, ok};
use crate::service::{BODY, REGION, SECRET};

type Client = SigningClient<Full<Bytes>, StaticProvider>;

const CREDENTIALS: Credentials<'static> =
    Credentials { access_key_id: "ASIA", secret_access_key: SECRET, session_token: Some("token") };
/// Noon, so that no midnight is in between.
const NOON: u32 = 1_440_936_000;

fn client() -> Client {
    let source = Source::Custom { name: "test".into() };
    let provider = StaticProvider::new(Identity::new(CREDENTIALS, None, None, source));
    let clock = Clock { now: || Timestamp::from(NOON), ..Clock::SYSTEM };
    let mut settings = CacheSettings::default();
    settings.clock = clock;
    let cache = Cache::with_settings(provider, settings);
    SigningClient::new(cache, REGION, Service::S3).unwrap()
}

fn put(uri: &str) -> Request<Full<Bytes>> {
    Request::put(uri).body(Full::from(BODY)).unwrap()
}

/// Signs in every way that a client has.
async fn sign_in_every_way(client: &Client, uri: &str) {
    let payload = Payload::Bytes(BODY.as_bytes());
    assert_eq!(client.send(put(uri), payload).await.unwrap().status(), StatusCode::OK);
    let head = put(uri).map(|_| ());
    let body = || Some(Full::from(BODY));
    client.send_with(&head, body, Payload::Unsigned).await.unwrap();
    let mut signed = put(uri);
    client.sign(&mut signed, payload).await.unwrap();
    client.send_signed(signed).await.unwrap();
    let hour = Expires::seconds(3600).unwrap();
    client.presign(Method::GET, uri, hour).await.unwrap();
    client.presign_request(&head, None, hour).await.unwrap();
    let form = ChunkForm::Signed;
    let chunked = Chunked { len: 8, chunk_len: 65_536, content_encoding: None, form };
    client.sign_chunked(put(uri), chunked).await.unwrap();
}

#[tokio::test]
async fn derives_one_key_for_all_requests_of_a_day() {
    let server = Server::answers(&[ok("")]).await;
    let client = client();
    let uri = format!("{}/bucket/key", server.origin);
    for client in [client.clone(), client.clone().without_clock_correction(), client.clone()] {
        sign_in_every_way(&client, &uri).await;
    }
    assert_eq!((client.keys().derived(), client.keys().len()), (1, 1));
    assert_eq!(server.count(), 9);

    for _ in 0..2 {
        sign_in_every_way(&client.in_region("us-east-1"), &uri).await;
        sign_in_every_way(&client.for_service(Service::new("execute-api")), &uri).await;
        sign_in_every_way(&client, &uri).await;
    }
    assert_eq!((client.keys().derived(), client.keys().len()), (3, 3));
}

#[tokio::test]
async fn derives_the_key_again_on_another_day_and_for_another_token() {
    let keys = SigningKeyCache::new();
    let sign = |credentials, at: u32| {
        let signer = RequestSigner::new(credentials, REGION, Service::S3).with_keys(&keys);
        let mut request = put("https://bucket.s3.amazonaws.com/key");
        signer.sign(&mut request, Payload::Bytes(b""), Timestamp::from(at)).unwrap();
        request.headers().get("x-amz-security-token").cloned()
    };
    for (credentials, at, derived) in [
        (CREDENTIALS, NOON, 1),
        (CREDENTIALS, NOON + 1, 1),
        (Credentials { session_token: Some("other"), ..CREDENTIALS }, NOON, 2),
        (Credentials { session_token: None, ..CREDENTIALS }, NOON, 3),
        (CREDENTIALS, NOON, 3),
        (CREDENTIALS, NOON + 86_400, 4),
        (CREDENTIALS, NOON + 86_401, 4),
    ] {
        let token = sign(credentials, at);
        assert_eq!(keys.derived(), derived);
        let sent = token.as_ref().map(|token| token.to_str().unwrap());
        assert_eq!(sent, credentials.session_token, "each request has its own token");
        assert!(token.is_none_or(|token| token.is_sensitive()));
    }
    assert_eq!(keys.len(), 1, "those of yesterday are gone");
}

#[tokio::test]
async fn keeps_no_wrong_key_after_a_signing_error() {
    let keys = SigningKeyCache::new();
    for (credentials, region) in [
        (Credentials { session_token: Some("to\nken"), ..CREDENTIALS }, REGION),
        (Credentials { secret_access_key: "", ..CREDENTIALS }, REGION),
        (CREDENTIALS, "no/region"),
    ] {
        let signer = RequestSigner::new(credentials, region, Service::S3).with_keys(&keys);
        let mut request = put("https://bucket.s3.amazonaws.com/key");
        let signed = signer.sign(&mut request, Payload::Bytes(b""), Timestamp::from(NOON));
        signed.unwrap_err();
        assert!(request.headers().is_empty());
    }
    assert!(keys.is_empty());
}

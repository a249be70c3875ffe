//! A layer signs each request before a service sends it.
#![cfg(all(feature = "client", feature = "tower"))]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use rolesig::{Credentials, Service};
use rolesig_std::client::{BodyHash, SignLayer};
use rolesig_std::provider::StaticProvider;
use rolesig_std::verify::{Claim, LookUpError, VerifiedBody, VerifyLayer, VerifyingKey};
use rolesig_std::{Cache, Identity, SigningClient, Source};
use sha2::{Digest as _, Sha256};
use tower::{ServiceExt as _, service_fn};
use tower_layer::Layer as _;

const REGION: &str = "eu-west-1";

fn client() -> SigningClient<Full<Bytes>, StaticProvider> {
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
    let source = Source::Custom { name: "test".into() };
    let provider = StaticProvider::new(Identity::new(credentials, None, None, source));
    SigningClient::new(Cache::new(provider), REGION, Service::S3).unwrap()
}

async fn keys(_: Claim) -> Result<Vec<VerifyingKey>, LookUpError> {
    Ok(vec![VerifyingKey::secret("secret")])
}

#[tokio::test]
async fn lets_through_what_a_sign_layer_signs() {
    let inner = service_fn(|request: Request<VerifiedBody>| async {
        Ok::<_, std::io::Error>(Response::new(request.into_body()))
    });
    let verifying = VerifyLayer::new(REGION, Service::S3, keys).layer(inner);
    let signing = SignLayer::new(client()).layer(verifying);
    for (body, hashed, status) in [("", None, 200), ("hello", None, 403), ("hello", Some(()), 200)]
    {
        let mut request =
            Request::put("https://b.s3.amazonaws.com/key").body(Full::from(body)).unwrap();
        if hashed.is_some() {
            request.extensions_mut().insert(BodyHash(Sha256::digest(body).into()));
        }
        let response = signing.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{body}");
    }
}

#[tokio::test]
async fn leaves_a_body_unsigned_with_https_only() {
    let inner = service_fn(|request: Request<Full<Bytes>>| async move {
        let signed = request.headers()["x-amz-content-sha256"].to_str().unwrap().to_owned();
        Ok::<_, std::io::Error>(Response::new(signed))
    });
    let hash = BodyHash(Sha256::digest("hello").into());
    for (endpoint, uri, hash, is_sent) in [
        (None, "https://b.example/key", None, true),
        (None, "http://b.example/key", None, false),
        (None, "HTTP://b.example/key", None, false),
        (None, "http://b.example/key", Some(hash), true),
        (Some("https://b.example"), "/key", None, true),
        (Some("http://b.example"), "/key", None, false),
        (Some("http://b.example"), "/key", Some(hash), true),
        (Some("https://b.example"), "http://b.example/key", None, false),
    ] {
        let mut client = client();
        if let Some(endpoint) = endpoint {
            client = client.with_endpoint(endpoint.parse().unwrap());
        }
        let mut request = Request::put(uri).body(Full::from("hello")).unwrap();
        if let Some(hash) = hash {
            request.extensions_mut().insert(hash);
        }
        match SignLayer::new(client).layer(inner).oneshot(request).await {
            Ok(response) => assert!(is_sent, "{uri} with {}", response.body()),
            Err(error) => {
                assert!(!is_sent, "{uri}: {error}");
                assert!(error.to_string().contains("BodyHash"), "{error}");
            }
        }
    }
}

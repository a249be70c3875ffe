//! Signers and clients, with the requests that they send.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use rolesig::{ChunkForm, Chunked, Credentials, Expires, Payload, Service};
use rolesig_std::client::{BytesBody, ClientSettings};
use rolesig_std::http::Interception;
use rolesig_std::provider::StaticProvider;
use rolesig_std::sign::{RequestSigner, SigningKeyCache};
use rolesig_std::{Cache, Identity, SigningClient, Source};

use crate::marks::{CODE, SECRET, SERVICE_TOKEN, TOKEN, hides_in, walked, walked_error};
use crate::scripted::{Server, response};
use crate::{CREDENTIALS, REGION, now};

const URL: &str = "https://bucket.s3.eu-west-1.amazonaws.com/key";

#[test]
fn hides_secrets_of_signers() {
    let keys = SigningKeyCache::new();
    let signer = RequestSigner::new(CREDENTIALS, REGION, Service::S3).with_keys(&keys);
    walked("RequestSigner", &signer);
    let mut request = Request::put(URL).body(()).unwrap();
    signer.sign(&mut request, Payload::Bytes(b""), now()).unwrap();
    // The headers are marked as sensitive.
    hides_in("Debug of a signed request", format!("{request:?} {request:#?}"));
    walked("SigningKeyCache", &keys);
    let hour = Expires::seconds(3600).unwrap();
    let presigned =
        signer.presign(&Request::get(URL).body(()).unwrap(), None, hour, now()).unwrap();
    walked("PresignedUrl", &presigned);
    assert!(presigned.url().contains("mArKeD"));
    let chunked =
        Chunked { len: 6, chunk_len: 8192, content_encoding: None, form: ChunkForm::Signed };
    let body = Full::new(Bytes::from_static(CODE.as_bytes()));
    let request = Request::put(URL).body(body).unwrap();
    let signed = signer.sign_chunked(request, chunked, now()).unwrap();
    walked("ChunkedBody", signed.body());
    hides_in("Debug of a signed request", format!("{signed:?}"));
}

/// Requests that cannot be signed: with a secret in a header of the signer's, or in a broken value.
#[test]
fn hides_secrets_of_requests_that_are_refused() {
    let refuse = |credentials: Credentials<'_>, request: Request<()>| {
        let mut request = request;
        let signer = RequestSigner::new(credentials, REGION, Service::S3);
        if let Err(error) = signer.sign(&mut request, Payload::Bytes(b""), now()) {
            walked_error("SignRequestError", &error);
        }
    };
    for name in ["authorization", "x-amz-security-token", "x-amz-meta-a", "host"] {
        for value in [SECRET, TOKEN, "\u{e9}", "a\tb"] {
            refuse(CREDENTIALS, Request::get(URL).header(name, value).body(()).unwrap());
        }
    }
    let with_end = format!("{SECRET}\n");
    let credentials = Credentials { secret_access_key: &with_end, ..CREDENTIALS };
    refuse(credentials, Request::get(URL).body(()).unwrap());
    refuse(CREDENTIALS, Request::get(format!("/{SECRET}?{TOKEN}")).body(()).unwrap());
}

fn client() -> SigningClient<BytesBody, StaticProvider> {
    let identity = Identity::new(CREDENTIALS, None, None, Source::Environment);
    let mut settings = ClientSettings::default();
    settings.https = false;
    let cache = Cache::new(StaticProvider::new(identity));
    SigningClient::with_settings(cache, REGION, Service::S3, settings).unwrap()
}

#[tokio::test]
async fn hides_secrets_of_clients() {
    let client = client();
    walked("SigningClient", &client);
    walked("BytesBody", &BytesBody::from(CODE));
    let absent = Server::absent().await;
    let server =
        Server::answers(&[response(403, "<Error><Code>AccessDenied</Code></Error>")]).await;
    for origin in [&absent, &server.origin] {
        // A URL that was presigned has the token in it.
        let url = format!("{origin}/key?X-Amz-Security-Token={SERVICE_TOKEN}");
        let request = Request::get(&url).body(BytesBody::from(CODE)).unwrap();
        match client.call(request).await {
            Ok(response) => hides_in("a response", format!("{response:?}")),
            Err(error) => walked_error("CallError", &error),
        }
        let request = Request::get(&url).body(BytesBody::from(CODE)).unwrap();
        match client.send(request, Payload::Bytes(CODE.as_bytes())).await {
            Ok(response) => walked("ResponseBody", response.body()),
            Err(error) => walked_error("ClientError", &error),
        }
    }
    walked("SigningClient", &client);
}

#[test]
fn hides_queries_of_redirections() {
    let asked = "http://s3.example".parse().unwrap();
    let mut headers = http::HeaderMap::new();
    let place = format!(
        "http://u:{SERVICE_TOKEN}@portal.example/login?X-Amz-Security-Token={SERVICE_TOKEN}"
    );
    headers.insert("location", place.parse().unwrap());
    let portal = Interception::find(&asked, http::StatusCode::FOUND, &headers).unwrap();
    walked("Interception", &portal);
    hides_in("Display of Interception", portal.to_string());
}

//! A service that refuses, and its callers.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use rolesig::{Payload, ReceivedBody, ReceivedRequest, Service, Timestamp, Verifier, VerifyError};
use rolesig_std::cache::CacheSettings;
use rolesig_std::client::ClientError;
use rolesig_std::http::ResponseBody;
use rolesig_std::{Cache, Chain, Clock, Environment, SigningClient};
use tokio::io::AsyncWriteExt;

use crate::scripted::{Server, header, ok};

pub(crate) const REGION: &str = "eu-west-1";

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

pub(crate) const BODY: &str = "the body";

/// Role credentials, new ones every time: `ASIA0`, `ASIA1`, and from then on the `last` ones again.
pub(crate) struct Agent {
    pub(crate) environment: Environment,
    pub(crate) asked: Arc<AtomicUsize>,
}

impl Agent {
    pub(crate) async fn new(last: usize) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let agent = Server::new(move |_, _, mut stream| {
            let number = count.fetch_add(1, Ordering::SeqCst).min(last);
            let expires_at = Clock::SYSTEM.now().checked_add(7200).unwrap();
            let document = ok(&format!(
                r#"{{"AccessKeyId": "ASIA{number}", "SecretAccessKey": "{SECRET}",
                    "Token": "token-{number}", "Expiration": "{expires_at}"}}"#
            ));
            async move {
                let _ = stream.write_all(document.as_bytes()).await;
            }
        })
        .await;
        let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.origin.to_string());
        let nowhere = ("AWS_CONFIG_FILE", "/dev/null".to_owned());
        let neither = ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned());
        Self { environment: [uri, nowhere, neither].into_iter().collect(), asked }
    }

    pub(crate) fn client(&self) -> SigningClient<Full<Bytes>> {
        self.client_with(CacheSettings::default())
    }

    pub(crate) fn client_with(&self, settings: CacheSettings) -> SigningClient<Full<Bytes>> {
        let cache = Cache::with_settings(Chain::new(&self.environment), settings);
        SigningClient::new(cache, REGION, Service::S3).unwrap()
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

type Sent = Result<Response<ResponseBody>, ClientError>;

pub(crate) async fn put(client: &SigningClient<Full<Bytes>>, server: &Server) -> Sent {
    let request = Request::put(format!("{}/bucket/a%20key", server.origin));
    let request = request.body(Full::from(BODY)).unwrap();
    client.send(request, Payload::Bytes(BODY.as_bytes())).await
}

pub(crate) async fn text(response: Response<ResponseBody>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Verifies a request as it came off the wire, and says whose it is.
pub(crate) fn verify(request: &str, at: Timestamp) -> Result<String, VerifyError> {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut first = head.lines().next().unwrap().split(' ');
    let (method, path) = (first.next().unwrap(), first.next().unwrap());
    let headers: Vec<(&str, &[u8])> = head
        .lines()
        .skip(1)
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name, value.as_bytes()))
        .collect();
    let body = ReceivedBody::Bytes(body.as_bytes());
    let received = ReceivedRequest { method, path, query: &[], headers: &headers };
    let verified = Verifier::new(REGION, Service::S3).verify(
        &received,
        body,
        at,
        |access_key_id, token| {
            let number = access_key_id.strip_prefix("ASIA").unwrap();
            assert_eq!(token, Some(format!("token-{number}").as_str()));
            Ok(SECRET)
        },
    )?;
    Ok(verified.access_key_id().to_owned())
}

/// Returns the access key of each request.
pub(crate) fn senders(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| verify(request, Clock::SYSTEM.now()).unwrap()).collect()
}

pub(crate) fn ahead(request: &str) -> i64 {
    let signed_at = Timestamp::from_amz_date(header(request, "x-amz-date").unwrap()).unwrap();
    let seconds = |at: Timestamp| i64::try_from(at.as_unix()).unwrap();
    seconds(signed_at) - seconds(Clock::SYSTEM.now())
}

pub(crate) fn xml(code: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>m</Message></Error>")
}

/// A server for whom `ASIA0` has expired.
pub(crate) async fn refuses_the_first(refused: String) -> Server {
    Server::new(move |_, request, mut stream| {
        let is_first = verify(&request, Clock::SYSTEM.now()).is_ok_and(|sender| sender == "ASIA0");
        let given = if is_first { refused.clone() } else { ok("stored") };
        async move {
            let _ = stream.write_all(given.as_bytes()).await;
        }
    })
    .await
}

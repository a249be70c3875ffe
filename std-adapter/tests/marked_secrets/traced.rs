//! Whatever is traced, by this package and by those below it, at the most detailed level.

use http::Request;
use rolesig::{Payload, Service};
use rolesig_std::client::{BytesBody, ClientSettings};
use rolesig_std::provider::ContainerProvider;
use rolesig_std::{Cache, Environment, SigningClient};

use crate::REGION;
use crate::marks::{ACCESS_KEY_ID, CODE, SECRET, SERVICE_TOKEN, TOKEN, hides_in};
use crate::scripted::log::Log;
use crate::scripted::{Server, ok, response};

#[tokio::test]
async fn hides_secrets_in_traces() {
    let (log, _logs) = Log::begin();
    let document = format!(
        r#"{{"AccessKeyId":"{ACCESS_KEY_ID}","SecretAccessKey":"{SECRET}","Token":"{TOKEN}","Expiration":"2035-08-30T18:36:00Z"}}"#
    );
    for of_agent in [ok(&document), response(403, SERVICE_TOKEN), ok(&document[..90])] {
        let agent = Server::answers(&[of_agent]).await;
        let s3 =
            Server::answers(&[response(403, "<Error><Code>ExpiredToken</Code></Error>")]).await;
        let uri = format!("{}/v1/credentials", agent.origin);
        let environment: Environment = [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*uri),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", SERVICE_TOKEN),
        ]
        .into_iter()
        .collect();
        let cache = Cache::new(ContainerProvider::of(&environment).unwrap());
        let mut settings = ClientSettings::default();
        settings.https = false;
        let client: SigningClient<BytesBody, _> =
            SigningClient::with_settings(cache, REGION, Service::S3, settings).unwrap();
        let request = Request::put(format!("{}/k", s3.origin)).body(BytesBody::from(CODE));
        drop(client.send(request.unwrap(), Payload::Bytes(CODE.as_bytes())).await);
    }
    let text = log.text();
    assert!(text.contains("fetch_credentials"), "{text}");
    hides_in("what is traced", &text);
}

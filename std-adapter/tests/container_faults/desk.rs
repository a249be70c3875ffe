//! A container, and what is shown of its credentials.

use std::path::Path;

use rolesig_std::config::Origin;
use rolesig_std::http::Timeouts;
use rolesig_std::provider::{ContainerError, ContainerProvider};
use rolesig_std::{Clock, Environment, Identity, ProvideCredentials, Source};
use tempfile::NamedTempFile;
use tokio::time::Instant;

use crate::scripted::{BOUND, PATIENT};

pub(crate) const DOCUMENT: &str = r#"{
  "RoleArn" : "arn:aws:iam::111122223333:role/my-role",
  "AccessKeyId" : "ASIAIOSFODNN7EXAMPLE",
  "SecretAccessKey" : "wJalrXUtnFEMI\/K7MDENG",
  "Token" : "the-session-token",
  "Expiration" : "2035-08-30T18:36:00Z"
}"#;

pub(crate) const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";

pub(crate) const SECRETS: [&str; 3] = ["wJalr", "the-session-token", TOKEN];

/// A provider of what `path` is at this server.
pub(crate) fn at(
    origin: &Origin,
    variables: &[(&str, &str)],
    timeouts: Timeouts,
) -> ContainerProvider {
    let uri = format!("{origin}/v1/credentials?task=7");
    with_uri(&uri, variables, timeouts)
}

pub(crate) fn with_uri(
    uri: &str,
    variables: &[(&str, &str)],
    timeouts: Timeouts,
) -> ContainerProvider {
    let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri);
    let environment: Environment = variables.iter().copied().chain([uri]).collect();
    ContainerProvider::of(&environment).unwrap().with_timeouts(timeouts)
}

pub(crate) fn authorized(origin: &Origin, timeouts: Timeouts) -> ContainerProvider {
    at(origin, &[("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN)], timeouts)
}

pub(crate) fn with_file(origin: &Origin, file: &Path) -> ContainerProvider {
    let file = file.to_str().unwrap();
    at(origin, &[("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file)], PATIENT)
}

pub(crate) fn token_file(content: &[u8]) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(&file, content).unwrap();
    file
}

pub(crate) async fn failure(provider: &mut ContainerProvider) -> ContainerError {
    let started = Instant::now();
    let error = provider.fetch(Clock::SYSTEM).await.unwrap_err();
    assert!(started.elapsed() < BOUND, "took {:?}", started.elapsed());
    for shown in [error.to_string(), format!("{error:?} {provider:?}")] {
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
    }
    error
}

/// The message behind the endpoint, whose port differs each time.
pub(crate) async fn message(mut provider: ContainerProvider) -> String {
    let error = failure(&mut provider).await.to_string();
    error.split_once("127.0.0.1:").unwrap().1.split_once(": ").unwrap().1.to_owned()
}

pub(crate) fn check(identity: &Identity, origin: &Origin) {
    let credentials = identity.credentials();
    assert_eq!(credentials.access_key_id, "ASIAIOSFODNN7EXAMPLE");
    assert_eq!(credentials.secret_access_key, "wJalrXUtnFEMI/K7MDENG");
    assert_eq!(credentials.session_token, Some("the-session-token"));
    assert_eq!(identity.expires_at(), Some("2035-08-30T18:36:00Z".parse().unwrap()));
    assert_eq!(*identity.source(), Source::Container { endpoint: origin.to_string() });
    let shown = format!("{identity:?}");
    assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
}

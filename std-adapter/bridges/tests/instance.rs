//! An instance with a role, for the tests of all bridges.
#![allow(dead_code, clippy::unwrap_used, reason = "a test, and not every one needs all of it")]

use std::io;

use rolefs::sandbox::{Sandbox, Settings};
use rolesig::{Credentials, Service};
use rolesig_std::{
    Cache, Chain, Clock, Environment, Identity, ProvideCredentials, SigningClient, Source,
};
use tempfile::TempDir;

/// The secrets of [`Once`].
pub(crate) const SECRET: &str = "marker-of-a-secret";

/// Starts an instance metadata service and an S3 server, and returns a cache of the role there.
pub(crate) async fn start(folder: &TempDir) -> (Sandbox, Cache<Chain>) {
    let settings = Settings {
        folder: folder.path().to_owned(),
        buckets: vec!["sandbox".to_owned()],
        ..Settings::default()
    };
    let sandbox = Sandbox::start(settings).await.unwrap();
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", sandbox.metadata_endpoint())];
    let environment: Environment = variables.into_iter().collect();
    let cache = Cache::new(Chain::new(&environment));
    (sandbox, cache)
}

/// Returns a role's credentials with the given lifetimes in seconds, and fails after the last.
pub(crate) struct Once(pub(crate) Option<u64>, pub(crate) io::ErrorKind);

impl ProvideCredentials for Once {
    type Error = io::Error;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, io::Error> {
        let seconds = self.0.take().ok_or(self.1)?;
        let credentials = Credentials {
            access_key_id: "AKID",
            secret_access_key: SECRET,
            session_token: Some(SECRET),
        };
        let (endpoint, role) = ("http://imds".to_owned(), "role".to_owned());
        let source = Source::Imds { endpoint, role };
        let expires_at = clock.now().checked_add(seconds);
        Ok(Identity::new(credentials, expires_at, Some("123456789012"), source))
    }

    fn is_final(error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::PermissionDenied
    }
}

/// Uploads with the credentials of a cache, by rolesig's own client.
pub(crate) async fn upload<P: ProvideCredentials>(sandbox: &Sandbox, cache: Cache<P>) {
    let client = SigningClient::new(cache, "us-east-1", Service::S3).unwrap();
    let request = http::Request::put(format!("{}/sandbox/own", sandbox.s3_endpoint()));
    let response = client.call(request.body("hello".into()).unwrap()).await;
    assert_eq!(response.unwrap().status(), 200);
}

/// Checks that two identities have the same keys and token.
pub(crate) fn assert_same(one: &Identity, other: &Identity) {
    let [one, other] = [one, other].map(|identity| {
        let Credentials { access_key_id, secret_access_key, session_token } =
            identity.credentials();
        (access_key_id, secret_access_key, session_token)
    });
    assert!(one == other, "{} {}", one.0, other.0);
}

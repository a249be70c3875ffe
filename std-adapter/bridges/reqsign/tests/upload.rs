//! reqsign, as OpenDAL uses it, on the role of an instance, and a cache on reqsign's credentials.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::fs;
use std::io;
use std::sync::Arc;

use opendal::Operator;
use opendal::services::S3;
use reqsign_core::time::Timestamp;
use reqsign_core::{Context, ErrorKind, ProvideCredential as _, ProvideCredentialChain};
use rolefs::sandbox::{Sandbox, Settings};
use rolesig::Credentials;
use rolesig_reqsign::{CacheProvider, ReqsignProvider};
use rolesig_std::cache::CacheSettings;
use rolesig_std::{Cache, Chain, Clock, Environment, Identity, ProvideCredentials, Source};
use tempfile::TempDir;

/// A sandbox with an instance metadata service and an S3 server, and a cache of the role there.
async fn start(folder: &TempDir) -> (Sandbox, Cache<Chain>) {
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

#[tokio::test]
async fn uploads_on_the_role() {
    // reqwest wants one for its client, even for plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, cache) = start(&folder).await;
    let chain = ProvideCredentialChain::new().push(CacheProvider::new(cache));
    let service = S3::default()
        .bucket("sandbox")
        .region("us-east-1")
        .endpoint(sandbox.s3_endpoint())
        .credential_provider_chain(chain);
    let operator = Operator::new(service).unwrap();
    operator.write("a folder/key", "hello").await.unwrap();
    assert_eq!(fs::read(folder.path().join("sandbox/a folder/key")).unwrap(), b"hello");

    let content = vec![b'x'; 11 << 20];
    let mut writer = operator.writer_with("large").chunk(5 << 20).await.unwrap();
    writer.write(content.clone()).await.unwrap();
    writer.close().await.unwrap();
    assert_eq!(fs::read(folder.path().join("sandbox/large")).unwrap(), content);
    let report = sandbox.report();
    assert_eq!((report.credential_documents_served, report.requests_refused), (1, 0));
    assert!(report.session_tokens_verified >= 6, "{report:?}");
}

#[tokio::test]
async fn a_cache_takes_what_reqsign_has() {
    let folder = tempfile::tempdir().unwrap();
    let (_sandbox, cache) = start(&folder).await;
    let own = cache.identity().await.unwrap();
    let theirs = ReqsignProvider::new(CacheProvider::new(cache.clone()), Context::new());
    let theirs = Cache::new(theirs);
    let identity = theirs.identity().await.unwrap();
    assert_eq!(identity.credentials(), own.credentials());
    let (left, own) = (theirs.status().seconds_left.unwrap(), cache.status().seconds_left.unwrap());
    assert!(left.abs_diff(own) <= 5, "{left} {own}");
}

/// Gives credentials of an instance that live so many seconds, and then fails.
struct Once(Option<u64>, io::ErrorKind);

impl ProvideCredentials for Once {
    type Error = io::Error;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, io::Error> {
        let seconds = self.0.take().ok_or(self.1)?;
        let credentials = Credentials {
            access_key_id: "AKID",
            secret_access_key: "marker",
            session_token: Some("marker"),
        };
        let (endpoint, role) = ("http://imds".to_owned(), "role".to_owned());
        let source = Source::Imds { endpoint, role };
        Ok(Identity::new(credentials, clock.now().checked_add(seconds), None, source))
    }

    fn is_final(error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::PermissionDenied
    }
}

/// The seconds after 2020-01-01 by the clock of the next test.
static SECONDS: AtomicU32 = AtomicU32::new(0);

#[tokio::test]
async fn credentials_that_are_used_past_their_expiry_are_not_refused() {
    let now = || rolesig::Timestamp::from(1_577_836_800 + SECONDS.load(Ordering::SeqCst));
    let clock = Clock { now, ..Clock::SYSTEM };
    let settings = CacheSettings { clock, ..Default::default() };
    let once = Once(Some(3600), io::ErrorKind::TimedOut);
    let provider = CacheProvider::new(Cache::with_settings(once, settings));
    let context = Context::new();
    let began = Timestamp::now();
    let expiry = async || {
        let credential = provider.provide_credential(&context).await.unwrap().unwrap();
        credential.expires_in.unwrap()
    };
    assert!(expiry().await >= began + Duration::from_secs(3500), "by the clock of this host");
    SECONDS.store(7200, Ordering::SeqCst);
    let late = expiry().await;
    assert!(late > Timestamp::now() && late < Timestamp::now() + Duration::from_secs(120));
}

#[tokio::test]
async fn errors_say_whether_another_attempt_is_worth_it() {
    let provider = CacheProvider::new(Cache::new(Once(None, io::ErrorKind::PermissionDenied)));
    let error = provider.provide_credential(&Context::new()).await.unwrap_err();
    assert!(error.kind() == ErrorKind::ConfigInvalid && !error.is_retryable(), "{error}");
    let theirs = ReqsignProvider::new(Arc::new(ProvideCredentialChain::new()), Context::new());
    let error = Cache::new(theirs).identity().await.unwrap_err().to_string();
    assert!(error.contains("reqsign found no credentials"), "{error}");
    let cache = Cache::new(Once(Some(3600), io::ErrorKind::TimedOut));
    cache.identity().await.unwrap();
    assert!(!format!("{:?}", CacheProvider::new(cache)).contains("marker"));
}

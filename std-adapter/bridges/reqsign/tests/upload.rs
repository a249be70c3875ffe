//! reqsign, as OpenDAL uses it, on the role of an instance, and a cache on reqsign's credentials.

#[path = "../../tests/instance.rs"]
mod instance;

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::fs;
use std::io;

use opendal::Operator;
use opendal::services::S3;
use reqsign_core::time::Timestamp;
use reqsign_core::{Context, ErrorKind, ProvideCredential as _, ProvideCredentialChain};
use rolesig_reqsign::{CacheProvider, ReqsignProvider};
use rolesig_std::cache::CacheSettings;
use rolesig_std::{Cache, Clock};

use instance::{Once, SECRET, assert_same, start, upload};

#[tokio::test]
async fn uploads_on_the_role() {
    // reqwest takes its cryptography from the program, even for plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    opendal_http_transport_reqwest::install_default();
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
async fn caches_the_credentials_of_reqsign() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, cache) = start(&folder).await;
    let own = cache.identity().await.unwrap();
    let theirs = ReqsignProvider::new(CacheProvider::new(cache.clone()), Context::new());
    let theirs = Cache::new(theirs);
    let identity = theirs.identity().await.unwrap();
    assert_same(&identity, &own);
    let (left, own) = (theirs.status().seconds_left.unwrap(), cache.status().seconds_left.unwrap());
    assert!(left.abs_diff(own) <= 5, "{left} {own}");
    upload(&sandbox, theirs).await;
    assert_eq!(fs::read(folder.path().join("sandbox/own")).unwrap(), b"hello");
}

/// The seconds after 2020-01-01 by the clock of the next test.
static SECONDS: AtomicU32 = AtomicU32::new(0);

#[tokio::test]
async fn accepts_credentials_used_past_their_expiry() {
    let now = || rolesig::Timestamp::from(1_577_836_800 + SECONDS.load(Ordering::SeqCst));
    let clock = Clock { now, ..Clock::SYSTEM };
    let mut settings = CacheSettings::default();
    settings.clock = clock;
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
async fn classifies_errors_as_retryable_or_final() {
    let provider = CacheProvider::new(Cache::new(Once(None, io::ErrorKind::PermissionDenied)));
    let error = provider.provide_credential(&Context::new()).await.unwrap_err();
    assert!(error.kind() == ErrorKind::ConfigInvalid && !error.is_retryable(), "{error}");
    let theirs = ReqsignProvider::new(ProvideCredentialChain::new(), Context::new());
    let error = Cache::new(theirs).identity().await.unwrap_err().to_string();
    assert!(error.contains("reqsign found no credentials"), "{error}");
    let cache = Cache::new(Once(Some(3600), io::ErrorKind::TimedOut));
    cache.identity().await.unwrap();
    assert!(!format!("{:?}", CacheProvider::new(cache)).contains(SECRET));
}

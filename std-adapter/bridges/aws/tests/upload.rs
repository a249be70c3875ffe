//! AWS's SDK on the role of an instance, and a cache on the SDK's credentials.

#[path = "../../tests/instance.rs"]
mod instance;

use core::time::Duration;
use std::fs;
use std::io;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Config, Region};
use aws_sdk_s3::primitives::ByteStream;
use rolesig_aws::{CacheProvider, SdkProvider};
use rolesig_std::cache::CacheSettings;
use rolesig_std::{Cache, Clock, ProvideCredentials};

use instance::{Once, SECRET, assert_same, start, upload};

#[tokio::test]
async fn uploads_on_the_role() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, cache) = start(&folder).await;
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(sandbox.s3_endpoint())
        .force_path_style(true)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(CacheProvider::new(cache))
        .build();
    let client = Client::from_conf(config);
    for key in ["a folder/key", "another"] {
        let body = ByteStream::from_static(b"hello");
        client.put_object().bucket("sandbox").key(key).body(body).send().await.unwrap();
        assert_eq!(fs::read(folder.path().join("sandbox").join(key)).unwrap(), b"hello");
    }
    let report = sandbox.report();
    assert_eq!((report.credential_documents_served, report.requests_refused), (1, 0));
    assert_eq!(report.session_tokens_verified, 2);
}

#[tokio::test]
async fn caches_the_credentials_of_the_sdk() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, cache) = start(&folder).await;
    let own = cache.identity().await.unwrap();
    let theirs = Cache::new(SdkProvider::new(CacheProvider::new(cache.clone())));
    let identity = theirs.identity().await.unwrap();
    assert_same(&identity, &own);
    assert_eq!(identity.account_id(), own.account_id());
    let (left, own) = (theirs.status().seconds_left.unwrap(), cache.status().seconds_left.unwrap());
    assert!(left.abs_diff(own) <= 5, "{left} {own}");
    upload(&sandbox, theirs).await;
    assert_eq!(fs::read(folder.path().join("sandbox/own")).unwrap(), b"hello");
}

#[tokio::test]
async fn renews_credentials_without_expiry_after_15_minutes() {
    let theirs = Credentials::new("AKID", SECRET, None, None, "test");
    let cache = Cache::new(SdkProvider::new(theirs));
    cache.identity().await.unwrap();
    let left = cache.status().seconds_left.unwrap();
    assert!((800..=900).contains(&left), "{left}");
    let expired = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    let theirs = Credentials::new("AKID", SECRET, None, Some(expired), "test");
    Cache::new(SdkProvider::new(theirs)).identity().await.unwrap_err();
}

/// A provider whose settings are wrong.
#[derive(Debug)]
struct Misconfigured;

impl aws_credential_types::provider::ProvideCredentials for Misconfigured {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let error = CredentialsError::invalid_configuration("no such profile");
        future::ProvideCredentials::ready(Err(error))
    }
}

#[tokio::test]
async fn names_the_causes_of_sdk_errors() {
    let error = SdkProvider::new(Misconfigured).fetch(Clock::SYSTEM).await.unwrap_err();
    assert!(error.to_string().ends_with("not properly configured: no such profile"), "{error}");
    assert!(SdkProvider::<Misconfigured>::is_final(&error));
}

#[tokio::test]
async fn computes_the_expiry_by_the_local_clock() {
    // A host whose clock a program has corrected.
    let clock = Clock { now: || rolesig::Timestamp::from(1_577_836_800), ..Clock::SYSTEM };
    let mut settings = CacheSettings::default();
    settings.clock = clock;
    let provider = CacheProvider::new(Cache::with_settings(
        Once(Some(3600), io::ErrorKind::TimedOut),
        settings,
    ));
    let began = SystemTime::now();
    let credentials = provider.provide_credentials().await.unwrap();
    let left = credentials.expiry().unwrap().duration_since(began).unwrap();
    assert!((3600..3700).contains(&left.as_secs()), "{left:?}");
    assert_eq!(credentials.account_id().unwrap().as_str(), "123456789012");
    assert!(!format!("{provider:?} {credentials:?}").contains(SECRET));

    let error = CacheProvider::new(Cache::new(Once(None, io::ErrorKind::TimedOut)))
        .provide_credentials()
        .await;
    assert!(matches!(error.unwrap_err(), CredentialsError::ProviderError(_)));
}

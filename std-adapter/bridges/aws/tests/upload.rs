//! AWS's SDK on the role of an instance, and a cache on the SDK's credentials.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::fs;
use std::io;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Config, Region};
use aws_sdk_s3::primitives::ByteStream;
use rolefs::sandbox::{Sandbox, Settings};
use rolesig_aws::{CacheProvider, SdkProvider};
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
async fn a_cache_takes_what_the_sdk_has() {
    let folder = tempfile::tempdir().unwrap();
    let (_sandbox, cache) = start(&folder).await;
    let own = cache.identity().await.unwrap();
    let theirs = Cache::new(SdkProvider::new(CacheProvider::new(cache.clone())));
    let identity = theirs.identity().await.unwrap();
    assert_eq!(identity.credentials(), own.credentials());
    assert_eq!(identity.account_id(), own.account_id());
    let (left, own) = (theirs.status().seconds_left.unwrap(), cache.status().seconds_left.unwrap());
    assert!(left.abs_diff(own) <= 5, "{left} {own}");
}

#[tokio::test]
async fn credentials_without_an_expiry_are_asked_for_again_after_a_quarter_of_an_hour() {
    let theirs = Credentials::new("AKID", "marker", None, None, "test");
    let cache = Cache::new(SdkProvider::new(theirs));
    cache.identity().await.unwrap();
    let left = cache.status().seconds_left.unwrap();
    assert!((800..=900).contains(&left), "{left}");
    let expired = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    let theirs = Credentials::new("AKID", "marker", None, Some(expired), "test");
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
async fn errors_of_the_sdk_name_their_causes() {
    let error = SdkProvider::new(Misconfigured).fetch(Clock::SYSTEM).await.unwrap_err();
    assert!(error.to_string().ends_with("not properly configured: no such profile"), "{error}");
    assert!(SdkProvider::<Misconfigured>::is_final(&error));
}

/// Gives credentials of an instance once, and then fails.
struct Once(Option<u64>);

impl ProvideCredentials for Once {
    type Error = io::Error;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, io::Error> {
        let seconds = self.0.take().ok_or(io::ErrorKind::TimedOut)?;
        let credentials = rolesig::Credentials {
            access_key_id: "AKID",
            secret_access_key: "marker",
            session_token: Some("marker"),
        };
        let (endpoint, role) = ("http://imds".to_owned(), "role".to_owned());
        let source = Source::Imds { endpoint, role };
        let expires_at = clock.now().checked_add(seconds);
        Ok(Identity::new(credentials, expires_at, Some("123456789012"), source))
    }

    fn is_final(_: &io::Error) -> bool {
        false
    }
}

#[tokio::test]
async fn the_expiry_is_by_the_clock_of_this_host() {
    // A host whose clock a program has corrected.
    let clock = Clock { now: || rolesig::Timestamp::from(1_577_836_800), ..Clock::SYSTEM };
    let settings = CacheSettings { clock, ..Default::default() };
    let provider = CacheProvider::new(Cache::with_settings(Once(Some(3600)), settings));
    let began = SystemTime::now();
    let credentials = provider.provide_credentials().await.unwrap();
    let left = credentials.expiry().unwrap().duration_since(began).unwrap();
    assert!((3600..3700).contains(&left.as_secs()), "{left:?}");
    assert_eq!(credentials.account_id().unwrap().as_str(), "123456789012");
    assert!(!format!("{provider:?} {credentials:?}").contains("marker"));

    let error = CacheProvider::new(Cache::new(Once(None))).provide_credentials().await;
    assert!(matches!(error.unwrap_err(), CredentialsError::ProviderError(_)));
}

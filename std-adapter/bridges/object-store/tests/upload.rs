//! object_store on the role of an instance, and a cache on object_store's credentials.

#[path = "../../tests/instance.rs"]
mod instance;

use std::fs;
use std::io;
use std::sync::Arc;

use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{CredentialProvider as _, ObjectStoreExt as _, WriteMultipart};
use rolesig::Credentials;
use rolesig_object_store::{CacheProvider, StoreProvider};
use rolesig_std::{Cache, Clock, Identity, ProvideCredentials, Source};

use instance::{SECRET, assert_same, start, upload};

fn builder(sandbox: &rolefs::sandbox::Sandbox) -> AmazonS3Builder {
    // reqwest takes its cryptography from the program, even for plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = AmazonS3Builder::new().with_endpoint(sandbox.s3_endpoint());
    builder.with_allow_http(true).with_bucket_name("sandbox").with_region("us-east-1")
}

#[tokio::test]
async fn uploads_on_the_role() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, cache) = start(&folder).await;
    let provider = Arc::new(CacheProvider::new(cache));
    let store = builder(&sandbox).with_credentials(provider).build().unwrap();
    store.put(&Path::from("a folder/key"), "hello".into()).await.unwrap();
    assert_eq!(fs::read(folder.path().join("sandbox/a folder/key")).unwrap(), b"hello");

    // In three parts: six requests with credentials that were fetched once.
    let upload = store.put_multipart(&Path::from("large")).await.unwrap();
    let mut upload = WriteMultipart::new_with_chunk_size(upload, 5 << 20);
    let content = vec![b'x'; 11 << 20];
    upload.write(&content);
    upload.finish().await.unwrap();
    assert_eq!(fs::read(folder.path().join("sandbox/large")).unwrap(), content);
    let report = sandbox.report();
    assert_eq!((report.credential_documents_served, report.requests_refused), (1, 0));
    assert!(report.session_tokens_verified >= 6, "{report:?}");
}

#[tokio::test]
async fn caches_the_credentials_of_object_store() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, cache) = start(&folder).await;
    let own = cache.identity().await.unwrap();
    let store = builder(&sandbox).with_credentials(Arc::new(CacheProvider::new(cache)));
    let store = store.build().unwrap();
    let theirs = Cache::new(StoreProvider::new(Arc::clone(store.credentials())));
    let identity = theirs.identity().await.unwrap();
    assert_same(&identity, &own);
    assert!(theirs.status().seconds_left <= Some(60), "it is asked again: {identity:?}");
    upload(&sandbox, theirs).await;
    assert_eq!(fs::read(folder.path().join("sandbox/own")).unwrap(), b"hello");
}

/// Gives other credentials each time, until it fails.
struct Counts(u32);

impl ProvideCredentials for Counts {
    type Error = io::Error;

    async fn fetch(&mut self, _: Clock) -> Result<Identity, io::Error> {
        self.0 += 1;
        if self.0 > 2 {
            return Err(io::Error::other("the third time"));
        }
        let access_key_id = &format!("AKID{}", self.0);
        let credentials =
            Credentials { access_key_id, secret_access_key: SECRET, session_token: None };
        Ok(Identity::new(credentials, None, None, Source::Custom { name: "test".to_owned() }))
    }

    fn is_final(_: &io::Error) -> bool {
        true
    }
}

#[tokio::test]
async fn copies_credentials_once_for_each_renewal() {
    let cache = Cache::new(Counts(0));
    let provider = CacheProvider::new(cache.clone());
    let first = provider.get_credential().await.unwrap();
    assert!(Arc::ptr_eq(&first, &provider.get_credential().await.unwrap()));
    assert!(cache.invalidate("AKID1"));
    let second = provider.get_credential().await.unwrap();
    assert_eq!((first.key_id.as_str(), second.key_id.as_str()), ("AKID1", "AKID2"));
    assert!(cache.invalidate("AKID2"));
    let error = provider.get_credential().await.unwrap_err().to_string();
    assert!(error.contains("the third time"), "{error}");
    assert!(!format!("{provider:?}").contains(SECRET));
}

//! Uploads a file with object_store, on the credentials that the environment names.
//!
//! ```text
//! cargo run --example store_upload -- ENDPOINT REGION BUCKET KEY FILE
//! ```
//!
//! The endpoint is `http://`; a program usually takes object_store's feature `aws`, with its TLS.

use std::sync::Arc;

use object_store::ObjectStoreExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use rolesig_object_store::CacheProvider;
use rolesig_std::{Cache, Chain, Environment};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [endpoint, region, bucket, key, file] = arguments.as_slice() else {
        return Err("usage: store_upload ENDPOINT REGION BUCKET KEY FILE".into());
    };
    // reqwest takes its cryptography from the program, even for plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cache = Cache::new(Chain::new(&Environment::of_process()));
    let store = AmazonS3Builder::new()
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .with_region(region)
        .with_bucket_name(bucket)
        .with_credentials(Arc::new(CacheProvider::new(cache)))
        .build()?;
    store.put(&Path::parse(key)?, std::fs::read(file)?.into()).await?;
    Ok(())
}

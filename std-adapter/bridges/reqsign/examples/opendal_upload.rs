//! Uploads a file with OpenDAL, which signs with reqsign, on the credentials that the environment
//! names.
//!
//! ```text
//! cargo run --example opendal_upload -- ENDPOINT REGION BUCKET KEY FILE
//! ```

use opendal::Operator;
use opendal::services::S3;
use reqsign_core::ProvideCredentialChain;
use rolesig_reqsign::CacheProvider;
use rolesig_std::{Cache, Chain, Environment};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [endpoint, region, bucket, key, file] = arguments.as_slice() else {
        return Err("usage: opendal_upload ENDPOINT REGION BUCKET KEY FILE".into());
    };
    // OpenDAL's HTTP client takes its cryptography from the program.
    let _ = rustls::crypto::ring::default_provider().install_default();
    opendal_http_transport_reqwest::install_default();
    let cache = Cache::new(Chain::new(&Environment::of_process()));
    let service =
        S3::default().endpoint(endpoint).region(region).bucket(bucket).credential_provider_chain(
            ProvideCredentialChain::new().push(CacheProvider::new(cache)),
        );
    Operator::new(service)?.write(key, std::fs::read(file)?).await?;
    Ok(())
}

//! Uploads a file with AWS's SDK, on the credentials that the environment names.
//!
//! ```text
//! cargo run --example sdk_upload -- ENDPOINT REGION BUCKET KEY FILE
//! ```
//!
//! The endpoint is `http://`: a program that speaks TLS chooses an HTTP client with it.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Config, Region};
use aws_sdk_s3::primitives::ByteStream;
use rolesig_aws::CacheProvider;
use rolesig_std::{Cache, Chain, Environment};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [endpoint, region, bucket, key, file] = arguments.as_slice() else {
        return Err("usage: sdk_upload ENDPOINT REGION BUCKET KEY FILE".into());
    };
    let cache = Cache::new(Chain::new(&Environment::of_process()));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.clone()))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(CacheProvider::new(cache))
        .build();
    let put = Client::from_conf(config).put_object().bucket(bucket).key(key);
    put.body(ByteStream::from_path(file).await?).send().await?;
    Ok(())
}

//! Signs a request with the role that the program runs on.

use rolesig::{Payload, Service};
use rolesig_std::{Cache, Chain, Clock, Environment, sign::sign_request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let identity = Cache::new(Chain::new(&Environment::of_process())).identity().await?;
    let mut request = http::Request::get("http://bucket.s3.amazonaws.com/key").body(())?;
    let (credentials, now) = (identity.credentials(), Clock::SYSTEM.now());
    sign_request(&mut request, Payload::Bytes(b""), credentials, "us-east-1", Service::S3, now)?;
    println!("{:?}", request.headers());
    Ok(())
}

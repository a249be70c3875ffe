//! Signs a request with keys at hand.

use rolesig::{Credentials, Payload, Service};
use rolesig_std::{Clock, sign::sign_request};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
    let mut request = http::Request::get("http://bucket.s3.amazonaws.com/key").body(())?;
    let (service, now) = (Service::S3, Clock::SYSTEM.now());
    sign_request(&mut request, Payload::Bytes(b""), credentials, "us-east-1", service, now)?;
    println!("{:?}", request.headers());
    Ok(())
}

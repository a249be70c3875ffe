//! Lists a bucket with ureq, a client that blocks: rolesig-std without its feature `client` brings
//! neither tokio nor hyper.
//!
//! ```text
//! blocking URL REGION
//! ```
//!
//! `URL` is that of the bucket. The keys come from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
//! `AWS_SESSION_TOKEN`. Prints the request's presigned URL, and the response to it when signed by
//! header.

use core::error::Error;
use std::env;

use rolesig::{Credentials, Expires, Payload, Service};
use rolesig_std::Clock;
use rolesig_std::sign::{presign_request, sign_request};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(url), Some(region)) = (arguments.next(), arguments.next()) else {
        return Err("expected URL REGION".into());
    };
    let (id, secret) = (env::var("AWS_ACCESS_KEY_ID")?, env::var("AWS_SECRET_ACCESS_KEY")?);
    let token = env::var("AWS_SESSION_TOKEN").ok();
    let credentials = Credentials {
        access_key_id: &id,
        secret_access_key: &secret,
        session_token: token.as_deref(),
    };
    let (body, now) = (Payload::Bytes(b""), Clock::SYSTEM.now());

    let mut request = http::Request::get(url).body(())?;
    presign_request(&mut request, None, credentials, &region, Service::S3, Expires::MAX, now)?;
    println!("{}", request.uri());
    sign_request(&mut request, body, credentials, &region, Service::S3, now)?;
    println!("{}", ureq::run(request)?.body_mut().read_to_string()?);
    Ok(())
}

//! Signs a request with keys at hand.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let identity = Credentials::new("AKID", "secret", None, None, "example").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("s3")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let mut request = http::Request::get("http://bucket.s3.amazonaws.com/key").body(())?;
    let (uri, body) = (request.uri().to_string(), SignableBody::Bytes(b""));
    let signable = SignableRequest::new("GET", uri, std::iter::empty(), body)?;
    let (instructions, _) = sign(signable, &params)?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    println!("{:?}", request.headers());
    Ok(())
}

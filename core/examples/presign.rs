//! Prints a presigned URL of an object in S3.
//!
//! ```sh
//! presign METHOD SCHEME://HOST REGION PATH SECONDS [DATE]
//! ```
//!
//! PATH is percent-encoded, DATE is `20150830T123600Z`. Credentials come from `AWS_ACCESS_KEY_ID`,
//! `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.

use core::error::Error;
use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use rolesig::{Credentials, Expires, Request, Service, Signer, Timestamp};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [method, endpoint, region, path, seconds, date @ ..] = arguments.as_slice() else {
        return Err("presign METHOD SCHEME://HOST REGION PATH SECONDS [DATE]".into());
    };
    let (scheme, host) = endpoint.split_once("://").ok_or("SCHEME://HOST")?;
    let now = if let [date] = date {
        Timestamp::from_amz_date(date)?
    } else {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        Timestamp::from_unix(now).ok_or("it is past the year 9999")?
    };
    let (access_key_id, secret_access_key) =
        (env::var("AWS_ACCESS_KEY_ID")?, env::var("AWS_SECRET_ACCESS_KEY")?);
    let session_token = env::var("AWS_SESSION_TOKEN").ok();
    let credentials = Credentials {
        access_key_id: &access_key_id,
        secret_access_key: &secret_access_key,
        session_token: session_token.as_deref(),
    };
    let request = Request { method, host, path, query: &[], headers: &[], payload: None };
    let expires = Expires::seconds(seconds.parse()?).ok_or("1 to 604800 seconds")?;
    let mut signer = Signer::new(credentials, region, Service::S3)?;
    println!("{}", signer.presign(&request, expires, now)?.url(scheme));
    Ok(())
}

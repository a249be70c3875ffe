//! Puts standard input, a file, as an object with the credentials of the instance's role:
//!
//! ```text
//! put METADATA S3 /BUCKET/KEY <FILE        put http://169.254.169.254 http://10.0.0.7:8333 /b/k <f
//! ```
//!
//! A static program for Linux on x86-64 without a C library, an allocator, or a reachable panic. It
//! runs in an empty container or an initial RAM disk. It has no TLS and no name resolution:
//! endpoints are addresses, and the path is percent-encoded. The region is that of the instance.
//! The exit code is 0, or 1 with a message.
#![no_std]
#![no_main]

mod entry;
mod error;
mod object;
mod system;
mod tcp;

use rolesig::conversation::Imds;
use rolesig::io::blocking;
use rolesig::{Service, Signer, Timestamp};
use zeroize::Zeroizing;

use error::PutError;
use tcp::{Endpoint, Tcp};

fn run(arguments: [&str; 3]) -> Result<(), PutError> {
    let [metadata, s3, path] = arguments;
    let (metadata, s3) = (Endpoint::new(metadata)?, Endpoint::new(s3)?);
    let open = || Tcp::open(&metadata);

    let mut imds = Imds::new();
    let mut name = [0; 512];
    let region = blocking::converse(&mut imds.region(), metadata.host, &mut name, open)
        .map_err(PutError::metadata)?
        .outcome;
    // It contains the secret.
    let mut body = Zeroizing::new([0; 4096]);
    let provided = blocking::converse(&mut imds, metadata.host, &mut *body, open)
        .map_err(PutError::metadata)?
        .outcome;

    let mut signer = Signer::new(provided.credentials, region, Service::S3)?;
    let now = system::now().ok().and_then(Timestamp::from_unix).ok_or(PutError::Clock)?;
    object::put(&s3, path, &mut signer, now)
}

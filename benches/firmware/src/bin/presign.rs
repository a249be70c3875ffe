//! Presigns a request to S3 and writes its URL into a buffer.
//!
//! Inputs go through `black_box`, so that the compiler cannot decide any check.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::{Credentials, Expires, Service, Signer, Timestamp};
use rolesig_firmware::{REQUEST, board::exit};

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(presign().is_some())
}

fn presign() -> Option<usize> {
    let credentials = Credentials {
        access_key_id: black_box("ASIAIOSFODNN7EXAMPLE"),
        secret_access_key: black_box("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        session_token: black_box(Some("IQoJb3JpZ2luX2VjEXAMPLE")),
    };
    let region = black_box("eu-west-1");
    let mut s3 = Signer::new(credentials, region, black_box(Service::S3)).ok()?;
    let request = black_box(REQUEST.with_payload(None));
    let expires = Expires::seconds(black_box(3600))?;
    let now = Timestamp::from(black_box(1_440_938_160));
    let mut buffer = [0; 1024];
    let buffer = black_box(&mut buffer);
    let presigned = s3.presign_into(&request, expires, now, "https", buffer).ok()?;
    Some(black_box(presigned.url()).len())
}

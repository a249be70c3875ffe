//! Signs a request for S3 and writes what is to be sent into buffers.
//!
//! What comes in goes through `black_box`, so that no check can be decided when compiling.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::{Credentials, Emit, Service, Signer, Timestamp};
use rolesig_firmware::{REQUEST, board::exit};

/// The program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(sign().is_some())
}

fn sign() -> Option<usize> {
    let credentials = Credentials {
        access_key_id: black_box("ASIAIOSFODNN7EXAMPLE"),
        secret_access_key: black_box("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        session_token: black_box(Some("IQoJb3JpZ2luX2VjEXAMPLE")),
    };
    let region = black_box("eu-west-1");
    let mut s3 = Signer::new(credentials, region, black_box(Service::S3)).ok()?;
    let mut written = 0;
    // Twice: with a new key, and with the day's key at hand.
    for now in black_box([1_440_938_160, 1_440_938_161]) {
        let request = black_box(REQUEST);
        let signed = s3.sign(&request, Timestamp::from(now)).ok()?;
        let mut buffer = [0; 512];
        for (name, value) in signed.headers() {
            written += black_box(name).len();
            written += black_box(value.write_to(black_box(&mut buffer)).ok()?).len();
        }
        written += black_box(signed.target().write_to(black_box(&mut buffer)).ok()?).len();
        written += black_box(signed.authorization().write_to(black_box(&mut buffer)).ok()?).len();
    }
    Some(written)
}

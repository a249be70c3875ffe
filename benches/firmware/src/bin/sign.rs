//! Signs a request for S3 into a buffer.
//!
//! Inputs go through `black_box`, so that the compiler cannot decide any check.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::{Credentials, Service, Signer, Timestamp};
use rolesig_firmware::{
    REQUEST,
    board::{Count, exit},
};

/// A session token of the length of a role's.
const TOKEN: &str = match str::from_utf8(&[b'T'; 800]) {
    Ok(token) => token,
    Err(_) => "",
};

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(sign().is_some())
}

fn sign() -> Option<()> {
    let credentials = Credentials {
        access_key_id: black_box("ASIAIOSFODNN7EXAMPLE"),
        secret_access_key: black_box("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        session_token: black_box(Some(TOKEN)),
    };
    let region = black_box("eu-west-1");
    let mut s3 = Signer::new(credentials, region, black_box(Service::S3)).ok()?;
    // Signs twice: with a new key, and with the day's key.
    for (key, now) in [("fresh", 1_440_938_160), ("held", 1_440_938_161)] {
        let (request, now) = (black_box(&REQUEST), Timestamp::from(black_box(now)));
        let mut buffer = [0; 512];
        let count = Count::start();
        let head = s3.sign_into(request, now, black_box(&mut buffer)).ok()?;
        black_box(head.authorization());
        count.report(key);
        black_box(head.target());
        for header in head.headers() {
            black_box(header);
        }
    }
    Some(())
}

//! Signs R1 or R2 a number of times with the day's key at hand, for callgrind to count.
//!
//! `sign_once R1 1000`: the difference between two numbers of times is the cost of a signature.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot be made ends the program"
)]

use core::hint::black_box;

use rolesig::{Emit, Signer, Timestamp};
use rolesig_benches::{NOW, R1, R2, REGION, credentials, session_token};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let case = match arguments.next().as_deref() {
        Some("R1") => R1,
        Some("R2") => R2,
        _ => panic!("which request: R1 or R2?"),
    };
    let times: u32 = arguments.next().and_then(|times| times.parse().ok()).expect("how often?");
    let session_token = session_token();
    let mut signer =
        Signer::new(credentials(&session_token), REGION, case.service).expect("good credentials");
    let mut buffer = [0; 512];
    for _ in 0..times {
        let signed = signer.sign(black_box(&case.request), Timestamp::from(NOW)).expect("signed");
        black_box(signed.authorization().write_to(&mut buffer).expect("512 bytes are enough"));
    }
}

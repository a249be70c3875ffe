//! Signs R1, R2 or R3 a number of times with the day's key, for callgrind to count.
//!
//! `sign_once R1 1000`, or `sign_once R1 1000 client` for copies of a request through a client, or
//! `sign_once R1 1000 copy` for the copies alone. The difference between two counts gives the cost
//! of a signature.

#![expect(clippy::expect_used, clippy::panic, reason = "a failed measurement ends the program")]

use core::hint::black_box;

use rolesig::Signer;
use rolesig_benches::{R1, R2, R3, REGION, credentials, session_token};

#[path = "../benches/sign/through_client.rs"]
mod through_client;

use through_client::ThroughClient;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let case = match arguments.next().as_deref() {
        Some("R1") => R1,
        Some("R2") => R2,
        Some("R3") => R3,
        _ => panic!("which request: R1, R2 or R3?"),
    };
    let times: u32 = arguments.next().and_then(|times| times.parse().ok()).expect("how often?");
    let session_token = session_token();
    if let Some(through) = arguments.next() {
        let client = ThroughClient::new(&case, &session_token);
        for _ in 0..times {
            let is_signed = through == "client";
            black_box(if is_signed { client.signed(black_box(&case)) } else { client.copied() });
        }
        return;
    }
    let mut signer =
        Signer::new(credentials(&session_token), REGION, case.service).expect("good credentials");
    let mut buffer = [0; 2048];
    for _ in 0..times {
        black_box(black_box(&case).sign(&mut signer, &mut buffer).expect("signed"));
    }
}

//! Signs R1, R2, R3 or R3p a number of times with the day's key, for callgrind to count.
//!
//! `sign_once R1 1000`, or `sign_once V1 1000` to verify R1 instead, or `sign_once R1 1000 client`
//! for copies of a request through a client, or `sign_once R1 1000 copy` for the copies alone; to
//! presign needs none. The difference between two counts gives the cost of a signature.

#![expect(clippy::expect_used, clippy::panic, reason = "a failed measurement ends the program")]

use core::hint::black_box;

use rolesig::Signer;
use rolesig_benches::{R1, R2, R3, R3P, REGION, credentials, session_token};

#[path = "../benches/sign/through_client.rs"]
mod through_client;

use through_client::ThroughClient;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next();
    let verifies = name.as_deref() == Some("V1");
    let case = match name.as_deref() {
        Some("R1" | "V1") => R1,
        Some("R2") => R2,
        Some("R3") => R3,
        Some("R3p") => R3P,
        _ => panic!("which request: R1, R2, R3 or R3p?"),
    };
    let times: u32 = arguments.next().and_then(|times| times.parse().ok()).expect("how often?");
    let session_token = session_token();
    if let Some(through) = arguments.next() {
        let client = ThroughClient::new(&case, &session_token);
        // Derives the day's key, which is kept from here on.
        black_box(client.signature(&case));
        for _ in 0..times {
            if through == "client" { client.sign(black_box(&case)) } else { client.copy(&case) }
        }
        return;
    }
    if verifies {
        let verified = case.receive(&session_token, |received| {
            for _ in 0..times {
                received.verify().expect("it is signed");
            }
        });
        return verified.expect("a good request");
    }
    let encoded = case.encoded_token(&session_token).expect("it fits");
    let signer = Signer::new(credentials(&session_token), REGION, case.service);
    let mut signer = signer.expect("good credentials").with_encoded_token(&encoded);
    let mut buffer = [0; 2048];
    for _ in 0..times {
        black_box(black_box(&case).sign(&mut signer, &mut buffer).expect("signed"));
    }
}

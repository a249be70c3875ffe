//! Times each form of signing and verifying in one process, and prints the tables of BENCHMARKS.md.

#![expect(clippy::expect_used, reason = "a failed measurement ends the program")]

use core::hint::black_box;

use rolesig::Timestamp;
use rolesig_benches::NOW;

mod by_form;
mod by_headers;
mod chunks;
mod long_requests;
#[path = "../sign/peer.rs"]
mod peer;

const ROUNDS: usize = 400;

fn main() {
    by_headers::print();
    by_form::print();
    chunks::print();
    long_requests::print();
}

/// Returns the time of all signatures, which is not known when it is compiled.
fn now() -> Timestamp {
    Timestamp::from(black_box(NOW))
}

/// Prints the head of a table.
fn head(cells: &[&str]) {
    println!("\n| {} |\n{}|", cells.join(" | "), "|---".repeat(cells.len()));
}

//! Signs the events of a stream, and writes them into a buffer.
//!
//! Inputs go through `black_box`, so that the compiler cannot decide any check.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::{Credentials, Emit, Events, Request, Service, Signer, Timestamp};
use rolesig_firmware::{REQUEST, board::exit};

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(stream().is_some())
}

fn stream() -> Option<usize> {
    let credentials = Credentials {
        access_key_id: black_box("ASIAIOSFODNN7EXAMPLE"),
        secret_access_key: black_box("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        session_token: black_box(Some("IQoJb3JpZ2luX2VjEXAMPLE")),
    };
    let region = black_box("eu-west-1");
    let service = black_box(Service::new("transcribe"));
    let mut signer = Signer::new(credentials, region, service).ok()?;
    let Request { method, host, path, query, headers, .. } = black_box(REQUEST);
    let request = Request { method, host, path, query, headers, payload: Events };
    let now = Timestamp::from(black_box(1_440_938_160));
    let signed = signer.sign(&request, now).ok()?;
    let mut buffer = [0; 512];
    let mut written = 0;
    for (name, value) in signed.headers() {
        written += black_box(name).len();
        written += black_box(value.write_to(black_box(&mut buffer)).ok()?).len();
    }
    let mut events = signer.events(&signed);
    for content in black_box([&[0; 128][..], &[]]) {
        let event = events.event(content, black_box(now)).ok()?;
        written += black_box(event.write_to(black_box(&mut buffer)).ok()?).len();
    }
    Some(written)
}

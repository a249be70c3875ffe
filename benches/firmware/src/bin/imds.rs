//! Fetches credentials in a conversation with IMDSv2 and stores them.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::provider::{Conversation, Imds};
use rolesig::{Emit, StoredCredentials};
use rolesig_firmware::halt;

/// The program.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    black_box(converse().is_some());
    halt()
}

fn converse() -> Option<()> {
    let mut body = [0; 2048];
    let mut target = [0; 128];
    let mut header = [0; 256];
    let mut imds = Imds::new();
    let mut len = 0;
    while let Some(exchange) = imds.request() {
        black_box(exchange.method());
        black_box(exchange.target().write_to(&mut target).ok()?);
        for (name, value) in exchange.headers() {
            black_box(name);
            black_box(value.write_to(&mut header).ok()?);
        }
        black_box(exchange.body().write_to(&mut target).ok()?);
        // Where a transport would send the request and fill the body.
        len = black_box(&mut body).len().min(black_box(300));
        imds.response(black_box(200), body.get(..len)?).ok()?;
    }
    let provided = imds.outcome(body.get_mut(..len)?).ok()?;
    let mut stored = StoredCredentials::<1536>::new();
    stored.store(provided.credentials, Some(provided.expires_at)).ok()?;
    black_box(stored.credentials().is_some());
    Some(())
}

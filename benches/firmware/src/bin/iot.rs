//! Fetches credentials with a device's certificate from AWS IoT Core, and stores them.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::StoredCredentials;
use rolesig::io::blocking;
use rolesig::provider::IotCredentials;
use rolesig_firmware::{board::exit, stream::Stream};

/// The program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(fetch().is_some())
}

fn fetch() -> Option<()> {
    let mut body = [0; 2048];
    let mut iot = IotCredentials::new(black_box("my-alias"), black_box(Some("my-thing"))).ok()?;
    let host = black_box("c1example.credentials.iot.eu-west-1.amazonaws.com");
    let provided = blocking::converse(&mut iot, host, &mut body, Stream::open).ok()?.outcome;
    let mut stored = StoredCredentials::<1536>::new();
    stored.store(provided.credentials, Some(provided.expires_at)).ok()?;
    black_box(stored.credentials().is_some());
    Some(())
}

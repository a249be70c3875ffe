//! Fetches credentials with a device's certificate from AWS IoT Core, and stores them.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::StoredCredentials;
use rolesig::conversation::IotCredentials;
use rolesig::io::blocking;
use rolesig_firmware::{board::exit, stream::open};

/// The responses of the service.
const RESPONSES: [&str; 1] =
    ["HTTP/1.1 200 OK\r\n\r\n{\"credentials\": {\"accessKeyId\": \"ASIAIOSFODNN7EXAMPLE\", \
    \"secretAccessKey\": \"s\\/s\", \"sessionToken\": \"t\", \
    \"expiration\": \"2015-08-30T18:36:00Z\"}}"];

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(fetch().is_some())
}

fn fetch() -> Option<()> {
    let mut body = [0; 2048];
    let mut iot = IotCredentials::new(black_box("my-alias"), black_box(Some("my-thing"))).ok()?;
    let host = black_box("c1example.credentials.iot.eu-west-1.amazonaws.com");
    let provided = blocking::converse(&mut iot, host, &mut body, || open(&RESPONSES)).ok()?.outcome;
    let mut stored = StoredCredentials::<1536>::new();
    stored.store(provided.credentials, Some(provided.expires_at)).ok()?;
    black_box(stored.credentials().is_some());
    Some(())
}

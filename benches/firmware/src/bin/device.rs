//! Fetches credentials from AWS IoT Core, signs an upload to S3 with them, and writes its head out.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::io::blocking;
use rolesig::provider::IotCredentials;
use rolesig::{Emit, Service, Signer, StoredCredentials, Timestamp};
use rolesig_firmware::{REQUEST, halt, uart::Uart};

/// The program.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    black_box(fetch().is_some());
    halt()
}

fn fetch() -> Option<()> {
    let mut body = [0; 2048];
    let mut iot = IotCredentials::new(black_box("my-alias"), black_box(Some("my-thing"))).ok()?;
    let host = black_box("c1example.credentials.iot.eu-west-1.amazonaws.com");
    let provided = blocking::converse(&mut iot, host, &mut body, Uart::open).ok()?;
    let mut stored = StoredCredentials::<1536>::new();
    stored.store(provided.credentials, Some(provided.expires_at)).ok()?;
    let mut s3 = Signer::new(stored.credentials()?, "eu-west-1", Service::S3).ok()?;
    let now = Timestamp::from(black_box(1_440_938_160));
    let request = black_box(REQUEST);
    let signed = s3.sign(&request, now).ok()?;
    black_box(signed.target().write_to(&mut body).ok()?);
    for (name, value) in signed.headers() {
        black_box(name);
        black_box(value.write_to(&mut body).ok()?);
    }
    Some(())
}

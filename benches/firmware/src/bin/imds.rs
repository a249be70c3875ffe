//! Fetches credentials in a conversation with IMDSv2 over a stream, and stores them.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::StoredCredentials;
use rolesig::io::blocking;
use rolesig::provider::Imds;
use rolesig_firmware::{board::exit, stream::Stream};

/// The program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(fetch().is_some())
}

fn fetch() -> Option<()> {
    let mut body = [0; 2048];
    let mut imds = Imds::new();
    let provided = blocking::converse(&mut imds, "169.254.169.254", &mut body, Stream::open).ok()?.outcome;
    let mut stored = StoredCredentials::<1536>::new();
    stored.store(provided.credentials, Some(provided.expires_at)).ok()?;
    black_box(stored.credentials().is_some());
    Some(())
}

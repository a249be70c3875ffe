//! Fetches credentials in a conversation with IMDSv2 over a stream, and stores them.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::StoredCredentials;
use rolesig::conversation::Imds;
use rolesig::io::blocking;
use rolesig_firmware::{board::exit, stream::open};

/// The responses of the service.
const RESPONSES: [&str; 3] = [
    "HTTP/1.1 200 OK\r\n\r\nmetadata-token",
    "HTTP/1.1 200 OK\r\n\r\nmy-role",
    "HTTP/1.1 200 OK\r\nDate: Sun, 30 Aug 2015 12:36:00 GMT\r\n\r\n{\"Code\": \"Success\", \
    \"AccessKeyId\": \"ASIAIOSFODNN7EXAMPLE\", \"SecretAccessKey\": \"s\\/s\", \
    \"Token\": \"t\", \"Expiration\": \"2015-08-30T18:36:00Z\"}",
];

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(fetch().is_some())
}

fn fetch() -> Option<()> {
    let mut body = [0; 2048];
    let mut imds = Imds::new();
    let provided = blocking::converse(&mut imds, "169.254.169.254", &mut body, || open(&RESPONSES))
        .ok()?
        .outcome;
    let mut stored = StoredCredentials::<1536>::new();
    stored.store(provided.credentials, Some(provided.expires_at)).ok()?;
    black_box(stored.credentials().is_some());
    Some(())
}

//! Signs R1, R2, R3 or R3p a number of times with the day's key: `rolesig-instructions R1 100`.

use core::error::Error;
use core::hint::black_box;

use rolesig::Signer;

#[path = "../../src/lib.rs"]
#[allow(dead_code, reason = "the other benches use the rest")]
mod cases;

use cases::{R1, R2, R3, R3P, REGION, credentials, session_token};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let case = match arguments.next().as_deref() {
        Some("R1") => R1,
        Some("R2") => R2,
        Some("R3p") => R3P,
        _ => R3,
    };
    let times: u32 = arguments.next().and_then(|times| times.parse().ok()).unwrap_or_default();
    let session_token = session_token();
    let encoded = case.encoded_token(&session_token)?;
    let signer = Signer::new(credentials(&session_token), REGION, case.service)?;
    let mut signer = signer.with_encoded_token(&encoded);
    let mut buffer = [0; 2048];
    for _ in 0..times {
        black_box(black_box(&case).sign(&mut signer, &mut buffer)?);
    }
    Ok(())
}

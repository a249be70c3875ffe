//! Keeps credentials, renews them, and drops those that a service rejects.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::{Credentials, Refresh, StoredCredentials, Timestamp};
use rolesig_firmware::board::exit;

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(renew().is_some())
}

fn renew() -> Option<Timestamp> {
    let mut stored = StoredCredentials::<2048>::new();
    let mut refresh = black_box(Refresh::with_advisory_window(black_box(1800)));
    let mut now = Timestamp::from(black_box(1_440_938_160));
    for _ in 0..black_box(10) {
        if black_box(refresh.state(now)).is_due() {
            match black_box(Some("ASIAIOSFODNN7EXAMPLE")) {
                Some(access_key_id) => {
                    let credentials = Credentials {
                        access_key_id,
                        secret_access_key: black_box("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                        session_token: black_box(Some("IQoJb3JpZ2luX2VjEXAMPLE")),
                    };
                    let expires_at = now.checked_add(black_box(21_600));
                    let random = black_box(120);
                    if refresh.fetched(access_key_id, expires_at, now, random).is_ok() {
                        stored.store(credentials, expires_at).ok()?;
                    }
                }
                None if black_box(false) => refresh.refused(now, black_box(120)),
                None => refresh.failed(now, black_box(120)),
            }
        }
        let credentials = black_box(stored.credentials()?);
        if Refresh::is_rejection(black_box("ExpiredToken")) {
            black_box(refresh.invalidate(credentials.access_key_id));
        }
        now = refresh.due(now)?;
    }
    Some(now)
}

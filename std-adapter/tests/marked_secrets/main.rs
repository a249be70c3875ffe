//! Each public type that can hold a secret, with marked ones: `Debug`, messages of errors, and
//! whatever is traced show none, in no form. `tests/secrets/check.py` fails if a public type is
//! neither walked here nor listed as one that cannot hold any.
#![cfg(test)]
#![cfg(all(feature = "client", feature = "tower"))]

#[path = "../../../core/tests/marked_secrets/marks.rs"]
mod marks;
#[path = "../scripted/mod.rs"]
mod scripted;

mod providers;
mod requests;
mod settings;
#[cfg(feature = "tracing")]
mod traced;
mod verifying;

use rolesig::{Credentials, Timestamp};
use rolesig_std::{Clock, Environment};

use crate::marks::{ACCESS_KEY_ID, SECRET, SERVICE_TOKEN, TOKEN};

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: ACCESS_KEY_ID,
    secret_access_key: SECRET,
    session_token: Some(TOKEN),
};

const REGION: &str = "eu-west-1";

fn now() -> Timestamp {
    Timestamp::from(1_440_938_160)
}

/// A clock that stands still.
const CLOCK: Clock = Clock { now, ..Clock::SYSTEM };

/// Returns an environment with a secret in each variable that can have one.
fn environment() -> Environment {
    let proxy = format!("http://user:{SERVICE_TOKEN}@127.0.0.1:9");
    [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", TOKEN),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", SERVICE_TOKEN),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/v1/credentials"),
        ("AWS_REGION", REGION),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("HTTP_PROXY", &proxy),
        ("https_proxy", &proxy),
        ("SOME_PASSWORD", SERVICE_TOKEN),
    ]
    .into_iter()
    .collect()
}

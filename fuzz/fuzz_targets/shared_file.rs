//! Any bytes as the file that processes share, compared with `serde_json`: what is read is written
//! again with the same values, and once more the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolesig_std::cache::SharedFile;
use serde_json::{Value, json};

const KEY: &str = "key";

fuzz_target!(|input: (bool, &str, &str, Option<u32>, u32, &[u8])| {
    let (is_built, id, text, expires_at, at, bytes) = input;
    let built = json!({
        "version": 2, "key": KEY,
        "credentials": {
            "access_key_id": id, "secret_access_key": "s", "session_token": null,
            "expires_at": expires_at, "account_id": text, "source": text,
            "is_renewed_ahead": at % 2 == 0, "fetched_at": at,
        },
        "failure": {"at": at, "until": at, "is_final": at % 3 == 0, "message": text},
    })
    .to_string();
    let json = if is_built { built.as_bytes() } else { bytes };
    let Some(once) = SharedFile::rewritten(json, KEY) else { return };
    assert_eq!(SharedFile::rewritten(&once, KEY).as_ref(), Some(&once));
    assert_eq!(SharedFile::rewritten(json, "another key"), None);

    let read: Value = serde_json::from_slice(json).unwrap();
    let written: Value = serde_json::from_slice(&once).unwrap();
    for field in ["version", "key"] {
        assert_eq!(read[field], written[field]);
    }
    let fields =
        ["access_key_id", "secret_access_key", "session_token", "expires_at", "fetched_at"];
    for field in fields {
        assert_eq!(read["credentials"][field], written["credentials"][field], "{field}");
    }
    for field in ["at", "until", "is_final"] {
        assert_eq!(read["failure"][field], written["failure"][field], "{field}");
    }
    let message = written["failure"]["message"].as_str().unwrap_or_default();
    assert!(message.chars().count() <= 1000 && !message.contains(char::is_control));
});

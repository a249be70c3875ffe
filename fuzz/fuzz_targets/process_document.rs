//! Any bytes as the output of a `credential_process`, compared with `serde_json`: an identity is
//! read only from an object of version 1, with the texts that `serde_json` reads.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolesig::Timestamp;
use rolesig_fuzz::text::trimmed;
use rolesig_std::provider::ProcessProvider;
use serde_json::{Value, json};

fuzz_target!(|input: (bool, &str, &str, Option<&str>, &[u8])| {
    let (is_built, id, secret, token, bytes) = input;
    let built = json!({"Version": 1, "AccessKeyId": id, "SecretAccessKey": secret,
        "SessionToken": token, "Expiration": "2100-01-01T00:00:00Z"});
    let built = built.to_string();
    let output = if is_built { built.as_bytes() } else { bytes };
    let provider = ProcessProvider::new("p", "program").unwrap();
    let Ok(identity) = provider.read_output(output, Timestamp::EPOCH) else {
        let is_good =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        assert!(!is_built || ![id, secret, token.unwrap_or("t")].into_iter().all(is_good));
        return;
    };
    let output = output.strip_prefix(b"\xef\xbb\xbf").unwrap_or(output);
    // `serde_json` refuses numbers that are not finite, which Python writes.
    let Ok(theirs) = serde_json::from_slice::<Value>(output) else {
        let text = String::from_utf8_lossy(output);
        assert!(text.contains("NaN") || text.contains("Infinity"), "{text}");
        return;
    };
    let credentials = identity.credentials();
    let is = |name: &str, ours: &str| theirs[name].as_str().map(trimmed) == Some(ours);
    assert!(is("AccessKeyId", credentials.access_key_id));
    assert!(is("SecretAccessKey", credentials.secret_access_key));
    assert!(credentials.session_token.is_none_or(|token| is("SessionToken", token)));
    assert!(identity.expires_at().is_some() || theirs["Expiration"].is_null());
    assert!(identity.expires_at().is_none_or(|expires_at| expires_at > Timestamp::EPOCH));
});

//! Any bytes as a response of Identity Center's portal, and as the file of a login, compared with
//! `serde_json`, which reads the same texts.
#![no_main]

use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use rolesig::Timestamp;
use rolesig_fuzz::text::trimmed;
use rolesig_std::http::Timeouts;
use rolesig_std::provider::{SsoLogin, SsoProvider, SsoSettings};
use serde_json::{Value, json};

fuzz_target!(|input: (bool, &str, u64, &[u8])| {
    let (is_built, text, number, bytes) = input;
    let built = json!({
        "roleCredentials": {"accessKeyId": text, "secretAccessKey": "s", "sessionToken": "t",
            "expiration": number},
        "accessToken": text, "expiresAt": "2100-01-01T00:00:00Z",
    });
    let built = built.to_string();
    let body = if is_built { built.as_bytes() } else { bytes };
    let theirs =
        serde_json::from_slice::<Value>(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
    let is =
        |theirs: &Value, name: &str, ours: &str| theirs[name].as_str().map(trimmed) == Some(ours);
    if let (Ok(identity), Ok(theirs)) = (provider().read_response(body), &theirs) {
        let theirs = &theirs["roleCredentials"];
        let credentials = identity.credentials();
        assert!(is(theirs, "accessKeyId", credentials.access_key_id));
        assert!(is(theirs, "secretAccessKey", credentials.secret_access_key));
        assert!(is(theirs, "sessionToken", credentials.session_token.unwrap()));
        if let Some(number) = theirs["expiration"].as_u64() {
            // AWS writes milliseconds; seconds of stand-ins are so few that they are none.
            let seconds = if number < 100_000_000_000 { number } else { number / 1000 };
            assert_eq!(identity.expires_at().map(Timestamp::as_unix), Some(seconds));
        }
    }
    if let (Ok((token, expires_at, is_renewable)), Ok(theirs)) =
        (SsoProvider::read_login(body, Timestamp::EPOCH), &theirs)
    {
        assert!(is(theirs, "accessToken", &token));
        assert!(token.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(!is_built || expires_at.as_unix() == 4_102_444_800);
        let fields = ["clientId", "clientSecret", "refreshToken", "registrationExpiresAt"];
        let is_whole = fields.into_iter().all(|field| !theirs[field].is_null());
        assert!(is_whole || !is_renewable);
    }
});

fn provider() -> SsoProvider {
    let login = SsoLogin::StartUrl {
        url: "https://d-1.awsapps.com/start".to_owned(),
        profile: "p".to_owned(),
    };
    let (account, role) = ("123456789012".to_owned(), "r".to_owned());
    let portal = "https://portal.sso.eu-west-1.amazonaws.com".parse().unwrap();
    let settings = SsoSettings::new(login, account, role, portal, PathBuf::new());
    SsoProvider::new(settings, Timeouts::INTERNET)
}

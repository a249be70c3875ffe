//! The formats for defmt show what `Debug` and `Display` show, and no secret. defmt's own test mode
//! keeps the bytes of its log.

#![cfg(test)]
#![cfg(feature = "defmt")]

use defmt::Format;
use defmt::export::fetch_bytes;
use rolesig::conversation::{Conversation as _, ConversationError, GetCallerIdentity, Imds, Sts};
use rolesig::{
    Credentials, CredentialsError, HeaderName, ReceivedRequest, Service, SignError,
    StoredCredentials, Timestamp, Verifier, VerifyError,
};

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "ASIAIOSFODNN7EXAMPLE",
    secret_access_key: "the-secret-access-key",
    session_token: Some("the-session-token"),
};

/// Returns the bytes of a log that holds the value.
fn logged(value: &impl Format) -> Vec<u8> {
    defmt::error!("{}", value);
    fetch_bytes()
}

fn has(log: &[u8], text: &str) -> bool {
    log.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn formats_errors_and_states_distinctly() {
    let error = VerifyError::HeaderNotSigned { name: HeaderName::new("x-amz-acl") };
    assert!(has(&logged(&error), "x-amz-acl"));
    let refused = ConversationError::Refused { code: "AccessDenied", message: "no" };
    assert!(has(&logged(&refused), "AccessDenied"));
    let [empty, of_region] =
        [SignError::Credentials(CredentialsError::AccessKeyId), SignError::InvalidRegion]
            .map(|error| logged(&error));
    assert!(empty != of_region);
    assert!(has(&logged(&Timestamp::EPOCH), "1970-01-01T00:00:00Z"));
}

#[test]
fn hides_secrets_in_every_format() {
    let mut stored = StoredCredentials::<256>::new();
    stored.store(CREDENTIALS, Some(Timestamp::EPOCH)).unwrap();
    let mut imds = Imds::<256, 64>::new();
    imds.response(200, b"the-session-token").unwrap();
    let call = GetCallerIdentity;
    let sts = Sts::signed(call, "sts.amazonaws.com", CREDENTIALS, "us-east-1", Timestamp::EPOCH);
    let headers: &[(&str, &[u8])] = &[("authorization", b"the-session-token")];
    let request = ReceivedRequest { method: "GET", path: "/", query: &[], headers };
    for log in [
        logged(&CREDENTIALS),
        logged(&stored),
        logged(&imds),
        logged(&imds.request().unwrap()),
        logged(&sts.unwrap()),
        logged(&request),
        logged(&Verifier::new("eu-west-1", Service::S3)),
    ] {
        assert!(!log.is_empty());
        for secret in [CREDENTIALS.secret_access_key, "the-session-token"] {
            assert!(!has(&log, secret), "{}", String::from_utf8_lossy(&log));
        }
    }
}

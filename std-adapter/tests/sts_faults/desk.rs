//! Providers of roles, the responses they get, and checks of their requests.

use std::collections::BTreeMap;
use std::path::Path;

use rolesig::{
    Credentials, ReceivedBody, ReceivedRequest, Service, Timestamp, Verifier, VerifyError,
};
use rolesig_std::config::Origin;
use rolesig_std::http::Timeouts;
use rolesig_std::provider::{
    AssumeRoleProvider, Provider, RoleToAssume, StaticProvider, StsEndpoint, WebIdentity,
    WebIdentityProvider,
};
use rolesig_std::{Clock, Identity, ProvideCredentials, Source};
use tempfile::NamedTempFile;
use tokio::time::Instant;

use crate::scripted::{BOUND, header};

pub(crate) const REGION: &str = "eu-west-1";

pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/my-role";

pub(crate) const SOURCE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

pub(crate) const SOURCE_TOKEN: &str = "source+session/token==";

pub(crate) const WEB_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";

pub(crate) const CODE: &str = "123456";

pub(crate) const SECRETS: [&str; 6] =
    ["wJalr", SOURCE_TOKEN, "je7MtGbClwBF", "the-session-token", WEB_TOKEN, CODE];

pub(crate) const CREDENTIALS: &str = "<AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId>\
    <Arn>arn:aws:sts::111122223333:assumed-role/my-role/s</Arn></AssumedRoleUser>\
    <Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>\
    <SecretAccessKey>je7MtGbClwBF&#47;2Zp9Utk</SecretAccessKey>\
    <SessionToken>the-session-token</SessionToken>\
    <Expiration>2035-08-30T18:36:00Z</Expiration></Credentials>";

pub(crate) fn document(action: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n\
         <{action}Result>{CREDENTIALS}</{action}Result>\n\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>\n"
    )
}

pub(crate) fn refusal(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
         <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>r</RequestId></ErrorResponse>"
    )
}

pub(crate) fn sts(origin: &Origin, timeouts: Timeouts) -> StsEndpoint {
    let region = REGION.parse().unwrap();
    let mut sts = StsEndpoint::new(origin.clone().into(), region);
    sts.timeouts = timeouts;
    sts
}

/// Of a user, or with a session token.
pub(crate) fn keys(session_token: Option<&str>) -> Identity {
    let credentials = Credentials {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: SOURCE_SECRET,
        session_token,
    };
    Identity::new(credentials, None, None, Source::Environment)
}

pub(crate) fn of_keys() -> Provider {
    Provider::Static(StaticProvider::new(keys(Some(SOURCE_TOKEN))))
}

pub(crate) fn role() -> RoleToAssume {
    RoleToAssume { role_arn: ROLE.to_owned(), ..RoleToAssume::default() }
}

pub(crate) fn assume(origin: &Origin, timeouts: Timeouts) -> AssumeRoleProvider {
    AssumeRoleProvider::new(role(), of_keys(), sts(origin, timeouts), None)
}

pub(crate) fn token_file(content: &[u8]) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(&file, content).unwrap();
    file
}

pub(crate) fn web_identity(
    origin: &Origin,
    file: &Path,
    timeouts: Timeouts,
) -> WebIdentityProvider {
    let identity = WebIdentity {
        role_arn: ROLE.to_owned(),
        role_session_name: Some("session".to_owned()),
        token_file: file.to_owned(),
        duration_seconds: None,
        provider_id: None,
    };
    WebIdentityProvider::new(identity, sts(origin, timeouts))
}

pub(crate) fn check(identity: &Identity) {
    let credentials = identity.credentials();
    assert_eq!(credentials.access_key_id, "ASIAIOSFODNN7EXAMPLE");
    assert_eq!(credentials.secret_access_key, "je7MtGbClwBF/2Zp9Utk");
    assert_eq!(credentials.session_token, Some("the-session-token"));
    assert_eq!(identity.expires_at(), Some("2035-08-30T18:36:00Z".parse().unwrap()));
    assert_eq!(identity.account_id(), Some("111122223333"));
    check_shown(&format!("{identity:?} {}", identity.source()));
}

pub(crate) fn check_shown(shown: &str) {
    assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
}

/// The error of a fetch, which ends in time and shows no secret.
pub(crate) async fn failure<P: ProvideCredentials>(provider: &mut P) -> P::Error {
    let started = Instant::now();
    let Err(error) = provider.fetch(Clock::SYSTEM).await else { panic!("there are credentials") };
    assert!(started.elapsed() < BOUND, "took {:?}", started.elapsed());
    check_shown(&format!("{error} {error:?}"));
    error
}

/// Its message behind the endpoint, whose port differs each time.
pub(crate) async fn message<P: ProvideCredentials>(provider: &mut P) -> String {
    let error = failure(provider).await.to_string();
    error.split_once("127.0.0.1:").unwrap().1.split_once(": ").unwrap().1.to_owned()
}

/// The fields of a request's form, which comes in the one way that STS takes.
pub(crate) fn form(request: &str) -> BTreeMap<String, String> {
    assert!(request.starts_with("POST / HTTP/1.1\r\n"), "{request}");
    let content_type = header(request, "content-type").unwrap();
    assert_eq!(content_type, "application/x-www-form-urlencoded");
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(!body.contains('+'), "{body}");
    let pairs = rolesig_std::sign::decode_query(body);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let fields: BTreeMap<_, _> =
        pairs.iter().map(|(name, value)| (text(name), text(value))).collect();
    assert_eq!(fields.len(), pairs.len(), "a field twice: {body}");
    fields
}

pub(crate) fn fields(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Verifies a request as it came off the wire, as of `at`.
pub(crate) fn verify(
    request: &str,
    session_token: Option<&str>,
    at: Timestamp,
) -> Result<(), VerifyError> {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let headers: Vec<(&str, &[u8])> = head
        .lines()
        .skip(1)
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name, value.as_bytes()))
        .collect();
    let body = ReceivedBody::Bytes(body.as_bytes());
    let path = request.split(' ').nth(1).unwrap();
    let received = ReceivedRequest { method: "POST", path, query: &[], headers: &headers };
    let verifier = Verifier::new(REGION, Service::new("sts"));
    let verified = verifier.verify(&received, body, at, |access_key_id, token| {
        assert_eq!(access_key_id, "AKIDEXAMPLE");
        if token == session_token { Ok(SOURCE_SECRET) } else { Err(VerifyError::InvalidToken) }
    })?;
    let signed: Vec<_> = verified.signed_headers().split(';').collect();
    let wanted = ["content-type", "host", "x-amz-date"];
    assert!(wanted.iter().all(|name| signed.contains(name)), "{signed:?}");
    assert_eq!(signed.contains(&"x-amz-security-token"), session_token.is_some());
    Ok(())
}

pub(crate) fn signed_at(request: &str) -> Timestamp {
    Timestamp::from_amz_date(header(request, "x-amz-date").unwrap()).unwrap()
}

/// Seconds that a request was signed ahead of this host's clock.
pub(crate) fn ahead(request: &str) -> i64 {
    let seconds = |at: Timestamp| i64::try_from(at.as_unix()).unwrap();
    seconds(signed_at(request)) - seconds(Clock::SYSTEM.now())
}

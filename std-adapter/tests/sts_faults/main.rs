//! STS as it is, and as it misbehaves: providers end with credentials or with a clear error, in
//! bounded time, and show no secret. Signatures are checked by [`rolesig::Verifier`].
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails"
)]

use std::sync::Arc;

use rolesig_std::provider::{AskTokenCode, AssumeRoleProvider, Caller, RoleToAssume};
use rolesig_std::{Clock, ProvideCredentials};
use zeroize::Zeroizing;

use crate::desk::{
    CODE, SOURCE_TOKEN, WEB_TOKEN, assume, check, check_shown, document, failure, keys, message,
    of_keys, refusal, role, sts, token_file, verify, web_identity,
};
use crate::scripted::{AT_ONCE, IMPATIENT, PATIENT, Server, ok, response, with_headers};

mod clocks;
mod codes;
mod desk;
mod requests;
#[path = "../scripted/mod.rs"]
mod scripted;

#[tokio::test]
async fn recovers_from_a_transient_failure() {
    let good = ok(&document("AssumeRole"));
    let file = token_file(WEB_TOKEN.as_bytes());
    for bad in [
        response(500, &refusal("InternalFailure", "")),
        response(502, "<html>"),
        response(503, &refusal("ServiceUnavailable", "")),
        response(429, ""),
        response(400, &refusal("Throttling", "Rate exceeded")),
        response(400, &refusal("ThrottlingException", "Rate exceeded")),
        response(400, &refusal("IDPCommunicationError", "")),
        response(
            400,
            &refusal(
                "InvalidIdentityToken",
                "Couldn't retrieve verification key from your identity provider,  please reference \
                 AssumeRoleWithWebIdentity documentation for requirements",
            ),
        ),
        response(408, &refusal("RequestTimeout", "")),
        ok(""),
        ok("\n"),
        ok(&document("AssumeRole")[..300]),
        ok("{}"),
        good.replace("Content-Length: ", "Content-Length: 9"),
        "garbage".to_owned(),
        String::new(),
    ] {
        let server = Server::answers(&[bad.clone(), good.clone()]).await;
        let fetched = assume(&server.origin, PATIENT).fetch(Clock::SYSTEM).await;
        check(&fetched.unwrap_or_else(|error| panic!("{bad}: {error}")));
        assert_eq!(server.count(), 2, "{bad}");
        verify(&server.request(1), Some(SOURCE_TOKEN), Clock::SYSTEM.now()).unwrap();
        let server = Server::answers(&[bad.clone(), good.clone()]).await;
        let fetched = web_identity(&server.origin, file.path(), PATIENT).fetch(Clock::SYSTEM).await;
        check(&fetched.unwrap_or_else(|error| panic!("{bad}: {error}")));
        assert_eq!(server.count(), 2, "{bad}");
    }
    let server = Server::resets(2, good).await;
    check(&assume(&server.origin, PATIENT).fetch(Clock::SYSTEM).await.unwrap());
    assert_eq!(server.count(), 3);
}

/// A response, and how the error of it begins.
type Bad = (String, &'static str);

/// Returns the document with a change.
fn wrong(from: &str, to: &str) -> String {
    ok(&document("AssumeRole").replace(from, to))
}

/// Returns answers after which it is asked again, up to three times.
fn bad_times() -> [Bad; 6] {
    [
        (response(500, ""), "asked for the credentials of the role, got status 500: try again"),
        (response(429, ""), "asked for the credentials of the role, got status 429: try again"),
        (response(400, &refusal("Throttling", "Rate exceeded")), "refused: Throttling: Rate ex"),
        (ok(""), "the credentials of the role: empty: check the endpoint, and that no proxy"),
        (String::new(), "not an HTTP response, or cut off ("),
        (
            wrong("the-session-token", "<a>t</a>"),
            "the credentials of the role: not XML, or cut off: check",
        ),
    ]
}

/// Returns answers after which it is not asked again.
fn responses_that_stay() -> [Bad; 10] {
    let unknown = "No OpenIDConnect provider found in your account for https://a";
    [
        (
            response(403, &refusal("AccessDenied", "not &lt;you&gt;")),
            "refused: AccessDenied: not <you>",
        ),
        (
            response(403, &refusal("ExpiredTokenException", "x")),
            "refused: ExpiredTokenException: x",
        ),
        (
            response(400, &refusal("InvalidIdentityToken", unknown)),
            "refused: InvalidIdentityToken: No OpenIDConnect provider",
        ),
        (
            response(403, "<html><body>proxy</body></html>"),
            "asked for the credentials of the role, got status 403: check the endpoint, and that \
             no proxy answers for it",
        ),
        (response(403, ""), "asked for the credentials of the role, got status 403: check"),
        (
            response(403, "<Error><Co"),
            "asked for the credentials of the role, got status 403: check",
        ),
        (
            ok("<html><body>log in</body></html>"),
            "the credentials of the role: the field AccessKeyId is missing: check the endpoint, \
             and that no proxy answers for it",
        ),
        (
            with_headers(302, "Location: http://127.0.0.1:1/\r\n", ""),
            "not a response of the service: 302 leads to http://127.0.0.1:1/: if a portal",
        ),
        (wrong("2035-08-30T18:36:00Z", "7"), "the credentials of the role: the field Expiration"),
        (wrong("the-session-token", "t\nx-amz-acl: public-read"), "the credentials of the role: "),
    ]
}

/// Asserts that a response ends in this error after `requests` requests, whichever way the role is
/// asked for.
async fn ends(bad: String, expected: &str, asked: usize) {
    let server = Server::answers(core::slice::from_ref(&bad)).await;
    let message_of_role = message(&mut assume(&server.origin, PATIENT)).await;
    assert!(message_of_role.starts_with(expected), "{message_of_role}");
    assert_eq!(server.count(), asked, "{message_of_role}");
    let server = Server::answers(&[bad]).await;
    let file = token_file(WEB_TOKEN.as_bytes());
    let mut provider = web_identity(&server.origin, file.path(), PATIENT);
    // A refusal then says which token it was.
    let shown = message(&mut provider).await;
    assert!(shown.starts_with(&message_of_role), "{shown}");
    assert_eq!(server.count(), asked, "{message_of_role}");
}

#[tokio::test]
async fn gives_up_after_the_last_attempt() {
    for (bad, expected) in bad_times() {
        ends(bad, expected, 3).await;
    }
    for (bad, expected) in responses_that_stay() {
        ends(bad, expected, 1).await;
    }
}

#[tokio::test]
async fn hides_secrets_that_a_response_repeats() {
    // As AWS's services explain it.
    let explained = format!(
        "The request signature we calculated does not match the signature you provided.\n\n\
         The Canonical String for this request should have been\n'POST\n/\n\nhost:sts\n\
         x-amz-security-token:{SOURCE_TOKEN}\n\nhost;x-amz-security-token\nabc'"
    );
    let server =
        Server::answers(&[response(403, &refusal("SignatureDoesNotMatch", &explained))]).await;
    let shown = message(&mut assume(&server.origin, PATIENT)).await;
    assert!(shown.contains("x-amz-security-token:(secret)"), "{shown}");
    let identity = keys(Some(SOURCE_TOKEN));
    let error =
        Caller::of(&identity, &sts(&server.origin, PATIENT), Clock::SYSTEM).await.unwrap_err();
    check_shown(&format!("{error} {error:?}"));
    let file = token_file(format!("{WEB_TOKEN}\n").as_bytes());
    let text = refusal("InvalidIdentityToken", &format!("cannot parse {WEB_TOKEN}"));
    let server = Server::answers(&[response(400, &text)]).await;
    let mut provider = web_identity(&server.origin, file.path(), PATIENT);
    let shown = message(&mut provider).await;
    assert!(shown.starts_with("refused: InvalidIdentityToken: cannot parse (secret): "), "{shown}");
    let text = refusal("AccessDenied", "MultiFactorAuthentication failed with 123456");
    let server = Server::answers(&[response(403, &text)]).await;
    let role = RoleToAssume { mfa_serial: Some("serial-number".to_owned()), ..role() };
    let ask: AskTokenCode = Arc::new(|_| Ok(Zeroizing::new(CODE.to_owned())));
    let endpoint = sts(&server.origin, PATIENT);
    let mut provider = AssumeRoleProvider::new(role, of_keys(), endpoint, Some(ask));
    let shown = message(&mut provider).await;
    assert_eq!(shown, "refused: AccessDenied: MultiFactorAuthentication failed with (secret)");
}

#[tokio::test]
async fn gives_up_services_that_hang_or_drip() {
    let file = token_file(WEB_TOKEN.as_bytes());
    let hangs = Server::hangs().await;
    let expected = "connected, but there was no response for 1000 ms: check the network";
    let message_of_role = message(&mut assume(&hangs.origin, IMPATIENT)).await;
    assert!(message_of_role.starts_with(expected), "{message_of_role}");
    assert_eq!(hangs.count(), 2);
    let mut provider = web_identity(&hangs.origin, file.path(), IMPATIENT);
    assert!(message(&mut provider).await.starts_with(expected));
    let drips = Server::drips().await;
    let expected = "gave up after 3000 ms: check the network, and try again";
    assert_eq!(message(&mut assume(&drips.origin, IMPATIENT)).await, expected);
    let mut provider = web_identity(&drips.origin, file.path(), IMPATIENT);
    assert_eq!(message(&mut provider).await, expected);
}

#[tokio::test]
async fn refuses_an_endless_document() {
    let floods = Server::floods().await;
    let message = message(&mut assume(&floods.origin, PATIENT)).await;
    assert!(message.starts_with("the response is longer than 65536 bytes: "), "{message}");
    assert_eq!(floods.count(), 1);
}

#[tokio::test]
async fn reports_a_refused_connection() {
    let error = failure(&mut assume(&Server::absent().await, PATIENT)).await.to_string();
    assert!(error.contains("no connection (") && error.contains("refused"), "{error}");
    assert!(error.contains("check the network"), "{error}");
}

#[tokio::test]
async fn handles_every_truncation_of_the_response() {
    let whole = ok(&document("AssumeRole"));
    let mut cuts = tokio::task::JoinSet::new();
    for cut in 0..whole.len() {
        if cuts.len() == AT_ONCE {
            cuts.join_next().await.unwrap().unwrap();
        }
        let given = [whole[..cut].to_owned(), whole.clone()];
        cuts.spawn(async move {
            let server = Server::answers(&given).await;
            let fetched = assume(&server.origin, PATIENT).fetch(Clock::SYSTEM).await;
            check(&fetched.unwrap_or_else(|error| panic!("cut {cut}: {error}")));
        });
    }
    while let Some(cut) = cuts.join_next().await {
        cut.unwrap();
    }
}

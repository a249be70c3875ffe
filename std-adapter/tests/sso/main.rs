//! IAM Identity Center as it is, and as it misbehaves: the provider ends with credentials or with a
//! clear error, in bounded time, and the file of the AWS CLI is whole at any moment.
//!
//! Each server here is a script of raw bytes: no HTTP library would let it misbehave so.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use core::time::Duration;

use rolesig_std::Source;
use rolesig_std::provider::SsoProvider;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::desk::{CREDENTIALS, Desk, LOGIN, PORTAL, RENEWED, chunked, login, until_close};
use crate::scripted::{IMPATIENT, PATIENT, ok, response};

mod desk;
mod files;
mod renewal;
#[path = "../scripted/mod.rs"]
mod scripted;

#[tokio::test]
async fn uses_a_good_login() {
    let mut desk = Desk::answers(&login(3600), &[ok(CREDENTIALS)]).await;
    let identity = desk.fetch().await.unwrap();
    assert_eq!(identity.credentials().access_key_id, "ASIAIOSFODNN7EXAMPLE");
    assert_eq!(identity.credentials().secret_access_key, "wJalrXUtnFEMI/K7MDENG");
    assert_eq!(identity.credentials().session_token, Some("the-session-token"));
    assert_eq!(identity.expires_at(), Some("2035-08-30T18:36:00Z".parse().unwrap()));
    assert_eq!(identity.account_id(), Some("123456789012"));
    let source =
        Source::Sso { account_id: "123456789012".to_owned(), role: "Read+Only".to_owned() };
    assert_eq!(*identity.source(), source);
    assert_eq!(desk.paths(), [PORTAL]);
    let request = desk.server.request(0);
    assert!(request.starts_with("GET "), "{request}");
    assert!(request.contains("\r\nx-amz-sso_bearer_token: the-access-token\r\n"), "{request}");
    assert!(!request.contains("authorization"), "{request}");
}

const ROLE: &str = "role Read+Only of account 123456789012: refused: ";
const CHECK: &str = "check sso_account_id and sso_role_name against what the access portal shows, \
                     or ask for the assignment";
const PROXY: &str = "check the endpoint, and that no proxy answers for it";
const ASKED: &str = "URL: asked for the credentials of the role, got status";

/// Returns what the portal says when it refuses.
fn refusal(kind: &str, message: &str) -> String {
    format!(r#"{{"message":"{message}","__type":"com.amazonaws.switchboard.portal#{kind}"}}"#)
}

/// Returns refusals of the login, and the error of each.
fn refusals_of_the_login() -> [(String, String); 3] {
    [
        (
            response(401, &refusal("UnauthorizedException", "Session token not found or invalid")),
            format!(
                "the login is no longer valid (refused: UnauthorizedException: Session token not \
                 found or invalid): {LOGIN}"
            ),
        ),
        // The code came in a header.
        (
            response(401, r#"{"message":"expired"}"#),
            format!("the login is no longer valid (refused: expired): {LOGIN}"),
        ),
        // A service that says the token back.
        (
            response(401, &refusal("UnauthorizedException", "bad the-access-token")),
            format!(
                "the login is no longer valid (refused: UnauthorizedException: bad (secret)): {LOGIN}"
            ),
        ),
    ]
}

/// Returns refusals of the role, and the error of each.
fn refusals_of_the_role() -> [(String, String); 4] {
    [
        (
            response(403, &refusal("ForbiddenException", "No access")),
            format!("{ROLE}ForbiddenException: No access: {CHECK}"),
        ),
        (
            response(404, &refusal("ResourceNotFoundException", "no\\u001bsuch")),
            format!("{ROLE}ResourceNotFoundException: no\\u{{1b}}such: {CHECK}"),
        ),
        (
            response(400, r#"{"message":"Invalid account","code":"InvalidRequestException"}"#),
            format!("{ROLE}InvalidRequestException: Invalid account: {CHECK}"),
        ),
        // A service that says the token back.
        (
            response(400, &refusal("X", &format!("{}the-access-token", "é".repeat(990)))),
            format!("{ROLE}X: {}(secret): {CHECK}", "é".repeat(990)),
        ),
    ]
}

/// Returns answers that may be another one's than the portal's, and the error of each.
fn responses_that_may_pass() -> [(String, String); 5] {
    [
        (response(401, "<html>"), format!("{ASKED} 401: {PROXY}")),
        (
            response(407, "{}"),
            "URL: not a response of the service: 407 comes from a proxy that requires a login: name \
             the proxy with its user name and password by HTTPS_PROXY (HTTP_PROXY for endpoints of \
             http), as http://USER:PASSWORD@HOST:PORT, or have the proxy let this host through \
             without a login"
                .to_owned(),
        ),
        (
            "HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
                .to_owned(),
            "URL: not a response of the service: 302 leads to http://127.0.0.1:1/: if a portal of the \
             network answers, log in there with a browser; otherwise check the endpoint and the \
             settings of proxies"
                .to_owned(),
        ),
        (response(429, ""), format!("{ASKED} 429: try again later")),
        (response(503, "busy"), format!("{ASKED} 503: try again later")),
    ]
}

#[tokio::test]
async fn names_refusals() {
    for (cases, is_final) in [
        (&refusals_of_the_login()[..], true),
        (&refusals_of_the_role(), true),
        (&responses_that_may_pass(), false),
    ] {
        for (given, error) in cases {
            let mut desk = Desk::answers(&login(3600), core::slice::from_ref(given)).await;
            assert_eq!(desk.error().await, (error.clone(), is_final));
        }
    }
}

#[tokio::test]
async fn responses_without_credentials_are_named() {
    let field = |name: &str| format!("URL: invalid response: the field {name}");
    for (from, to, error) in [
        ("roleCredentials", "other", field("roleCredentials is missing or empty")),
        ("accessKeyId", "other", field("accessKeyId is missing or empty")),
        ("\"the-session-token\"", "7", field("sessionToken is a number, not a string")),
        (
            "2072111760000",
            "\"soon\"",
            field(
                "expiration is not a point in time with its offset, such as 2015-08-30T12:36:00Z",
            ),
        ),
        (
            "2072111760000",
            "18446744073709551615",
            field("expiration is not a number of milliseconds since 1970"),
        ),
    ] {
        let mut desk = Desk::answers(&login(3600), &[ok(&CREDENTIALS.replace(from, to))]).await;
        let error = format!("{error}: check that no proxy answers for it");
        assert_eq!(desk.error().await, (error, false));
    }
}

#[tokio::test]
async fn recovers_from_a_transient_failure() {
    for bad in [
        response(500, ""),
        response(503, "busy"),
        response(429, r#"{"message":"slow","__type":"TooManyRequestsException"}"#),
        response(400, r#"{"message":"slow","__type":"ThrottlingException"}"#),
        response(408, "{}"),
        ok(""),
        ok("{\"roleCredentials\":"),
        "garbage".to_owned(),
        String::new(),
    ] {
        let good = [bad.clone(), ok(CREDENTIALS)];
        assert!(Desk::answers(&login(3600), &good).await.fetch().await.is_ok(), "{bad}");
        let good = [bad.clone(), ok(RENEWED), ok(CREDENTIALS)];
        let mut desk = Desk::answers(&login(-60), &good).await;
        assert!(desk.fetch().await.is_ok(), "{bad}");
        assert_eq!(desk.paths(), ["/token", "/token", PORTAL]);
    }
    let slow = response(400, r#"{"error":"slow_down","error_description":"wait"}"#);
    let mut desk = Desk::answers(&login(-60), &[slow.clone(), ok(RENEWED), ok(CREDENTIALS)]).await;
    assert!(desk.fetch().await.is_ok());
    let mut desk = Desk::answers(&login(-60), &[slow]).await;
    assert_eq!(
        desk.error().await,
        ("URL: refused: slow_down: wait: try again later".to_owned(), false)
    );
}

#[tokio::test]
async fn bounds_every_wait() {
    let wait = || sleep(Duration::from_secs(60));
    let total = |within: Duration| {
        format!("URL: gave up after {} ms: check the network, and try again", within.as_millis())
    };
    // Half of the time is for a renewal.
    let bounds = [(3600, IMPATIENT.total), (-60, IMPATIENT.total / 2)];
    for (left, within) in bounds {
        let mut hangs = Desk::serve(IMPATIENT, &login(left), move |_, _, _, stream| async move {
            wait().await;
            drop(stream);
        })
        .await;
        let no_response = "URL: connected, but there was no response for 1000 ms: check the network and \
                         sso_region, and try again";
        let (error, is_final) = hangs.error().await;
        assert!(error == no_response || error == total(within), "{error}");
        assert!(!is_final);
    }
    for (left, within) in bounds {
        let mut drips = Desk::serve(IMPATIENT, &login(left), |_, _, _, mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
            while stream.write_all(b"x").await.is_ok() {
                sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
        assert_eq!(drips.error().await, (total(within), false));
    }
}

#[tokio::test]
async fn reads_chunked_and_close_delimited_bodies() {
    for form in [chunked, until_close] {
        let mut desk = Desk::answers(&login(-60), &[form(RENEWED), form(CREDENTIALS)]).await;
        assert!(desk.fetch().await.is_ok());
        assert_eq!(desk.cached()["accessToken"], "renewed-access-token");
    }
}

#[tokio::test]
async fn refuses_an_endless_response() {
    for left in [3600, -60] {
        let mut endless = Desk::serve(PATIENT, &login(left), |_, _, _, mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        })
        .await;
        let (error, _) = endless.error().await;
        assert!(error.starts_with("URL: the response is longer than 65536 bytes: "), "{error}");
    }
}

#[tokio::test]
async fn reports_a_refused_connection() {
    let mut desk = Desk::answers(&login(3600), &[ok(CREDENTIALS)]).await;
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut settings = desk.provider.settings().clone();
    settings.portal = format!("http://{free}").parse().unwrap();
    desk.provider = SsoProvider::new(settings, PATIENT);
    let (error, is_final) = desk.error().await;
    assert!(error.starts_with("URL: no connection (") && error.contains("refused"), "{error}");
    assert!(error.ends_with("): check the network and sso_region, and try again") && !is_final);
}

/// Few enough that no attempt waits for its turn as long as for a hanging service.
const AT_ONCE: usize = 16;

#[tokio::test]
async fn handles_every_truncation_of_every_response() {
    let mut cuts = tokio::task::JoinSet::new();
    for form in [ok, chunked, until_close] {
        let script = [form(RENEWED), form(CREDENTIALS)];
        for (step, whole) in script.iter().enumerate() {
            for cut in 0..whole.len() {
                let mut given = script.to_vec();
                given[step] = whole[..cut].to_owned();
                // The cut response comes once; the service is well again afterwards.
                given.splice((step + 1)..=step, [whole.clone()]);
                if cuts.len() == AT_ONCE {
                    cuts.join_next().await.unwrap().unwrap();
                }
                cuts.spawn(async move {
                    let mut desk = Desk::answers(&login(-60), &given).await;
                    let identity = desk.fetch().await;
                    assert!(identity.is_ok(), "step {step}, cut {cut}: {identity:?}");
                    assert_eq!(desk.cached()["accessToken"], "renewed-access-token");
                });
            }
        }
    }
    while let Some(cut) = cuts.join_next().await {
        cut.unwrap();
    }
}

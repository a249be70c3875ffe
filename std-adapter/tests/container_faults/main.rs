//! A container's endpoint as it is, and as it misbehaves: the provider ends with credentials or
//! with a clear error, in bounded time, and shows no secret.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use core::time::Duration;

use rolesig_std::provider::ContainerProvider;
use rolesig_std::{Clock, ProvideCredentials, Source};
use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

use crate::desk::{DOCUMENT, at, authorized, check, failure, message, with_uri};
use crate::scripted::{AT_ONCE, IMPATIENT, PATIENT, Server, header, ok, response, with_headers};

mod desk;
#[path = "../scripted/mod.rs"]
mod scripted;
mod tokens;

#[tokio::test]
async fn fetches_from_a_good_agent() {
    let server = Server::answers(&[ok(DOCUMENT)]).await;
    for (variables, authorization) in [
        (vec![], None),
        (vec![("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc")], Some("Basic abc")),
        (vec![("AWS_CONTAINER_AUTHORIZATION_TOKEN", "abc\n")], Some("abc")),
    ] {
        let mut provider = at(&server.origin, &variables, PATIENT);
        check(&provider.fetch(Clock::SYSTEM).await.unwrap(), &server.origin);
        let request = server.requests().pop().unwrap();
        assert!(request.starts_with("GET /v1/credentials?task=7 HTTP/1.1\r\n"), "{request}");
        assert_eq!(header(&request, "authorization"), authorization);
        assert_eq!(header(&request, "accept"), Some("application/json"));
        assert_eq!(
            format!("http://{}", header(&request, "host").unwrap()),
            server.origin.to_string()
        );
    }
}

#[tokio::test]
async fn reads_bodies_of_every_framing() {
    let length = DOCUMENT.len();
    for document in [
        format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{DOCUMENT}\r\n0\r\n\r\n"
        ),
        format!("HTTP/1.0 200 OK\r\n\r\n{DOCUMENT}"),
        format!("HTTP/1.1 100 Continue\r\n\r\n{}", ok(DOCUMENT)),
        ok(&format!("\n {DOCUMENT}\r\n")),
    ] {
        let server = Server::answers(&[document]).await;
        check(
            &at(&server.origin, &[], PATIENT).fetch(Clock::SYSTEM).await.unwrap(),
            &server.origin,
        );
    }
}

#[tokio::test]
async fn recovers_from_a_transient_failure() {
    let cut = ok(DOCUMENT).replace("Content-Length: ", "Content-Length: 9");
    for bad in [
        response(500, ""),
        response(502, "<html>"),
        response(503, "busy"),
        response(429, "slow down"),
        response(400, r#"{"code": "ThrottlingException", "message": "slow down"}"#),
        ok(""),
        ok(" \n"),
        ok("{\"AccessKeyId\" : \"ASIA"),
        ok("<html></html>"),
        ok("[]"),
        ok("null"),
        cut,
        "garbage".to_owned(),
        String::new(),
    ] {
        let server = Server::answers(&[bad.clone(), ok(DOCUMENT)]).await;
        let fetched = authorized(&server.origin, PATIENT).fetch(Clock::SYSTEM).await;
        check(&fetched.unwrap_or_else(|error| panic!("{bad}: {error}")), &server.origin);
        assert_eq!(server.count(), 2, "{bad}");
    }
    for times in 1..=2 {
        let server = Server::resets(times, ok(DOCUMENT)).await;
        check(
            &authorized(&server.origin, PATIENT).fetch(Clock::SYSTEM).await.unwrap(),
            &server.origin,
        );
        assert_eq!(server.count(), times + 1);
    }
}

#[tokio::test]
async fn gives_up_after_the_last_attempt() {
    for (bad, expected, asked) in [
        (
            response(500, ""),
            "asked for the credentials of the role, got status 500: try again later",
            3,
        ),
        (
            response(429, "x"),
            "asked for the credentials of the role, got status 429: try again later",
            3,
        ),
        (ok(""), "the credentials of the role: empty", 3),
        (ok("[]"), "the credentials of the role: not a JSON object, or cut off", 3),
        (String::new(), "not an HTTP response, or cut off (", 3),
        (ok("{}"), "the credentials of the role: the field AccessKeyId is missing", 1),
        (
            ok(&DOCUMENT.replace("\"the-session-token\"", "7")),
            "the credentials of the role: the field Token is a number, not a string",
            1,
        ),
        (
            ok(&DOCUMENT.replace("2035-08-30T18", "soon")),
            "the credentials of the role: the field Expiration is not a point in time",
            1,
        ),
        (
            with_headers(302, "Location: http://127.0.0.1:1/\r\n", ""),
            "not a response of the service: 302 leads to http://127.0.0.1:1/: if a portal of the \
             network answers, log in there with a browser; otherwise check the endpoint and the \
             settings of proxies",
            1,
        ),
        (response(204, ""), "asked for the credentials of the role, got status 204: check the", 1),
        (
            response(404, "<html>"),
            "asked for the credentials of the role, got status 404: check",
            1,
        ),
        (response(404, ""), "asked for the credentials of the role, got status 404: check", 1),
    ] {
        let server = Server::answers(&[bad]).await;
        let message = message(authorized(&server.origin, PATIENT)).await;
        assert!(message.starts_with(expected), "{message}");
        assert_eq!(server.count(), asked, "{message}");
    }
}

#[tokio::test]
async fn reports_a_refusal_in_the_agents_words() {
    for (status, body, expected) in [
        (
            400,
            r#"{"code": "InvalidIdInRequest", "message": "CredentialsV2Request: ID not found"}"#,
            "refused: InvalidIdInRequest: CredentialsV2Request: ID not found",
        ),
        (
            403,
            r#"{"Code": "AccessDenied", "Message": "no\u001b[2J"}"#,
            "refused: AccessDenied: no\\u{1b}[2J",
        ),
        // EKS Pod Identity.
        (
            404,
            "[abc]: (ResourceNotFoundException): unable to fetch credentials from EKS Auth\n",
            "refused: [abc]: (ResourceNotFoundException): unable to fetch credentials from EKS Auth",
        ),
        (
            401,
            "Service account token cannot be empty",
            "refused: Service account token cannot be empty",
        ),
        // One that repeats the request.
        (
            400,
            "unable to parse eyJhbGciOiJSUzI1NiJ9.e30.c2ln: token is malformed",
            "refused: unable to parse (secret): token is malformed",
        ),
    ] {
        let server = Server::answers(&[response(status, body)]).await;
        assert_eq!(message(authorized(&server.origin, PATIENT)).await, expected);
        assert_eq!(server.count(), 1, "{expected}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::answers(&[ok(DOCUMENT)]).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: {}/\r\n", elsewhere.origin);
        let server = Server::answers(&[with_headers(status, &location, "")]).await;
        let message = message(authorized(&server.origin, PATIENT)).await;
        assert!(message.contains(&format!("service: {status} leads to http")), "{message}");
        assert_eq!((server.count(), elsewhere.count()), (1, 0));
    }
}

#[tokio::test]
async fn gives_up_services_that_hang_or_drip() {
    let hangs = Server::hangs().await;
    let message = message(authorized(&hangs.origin, IMPATIENT)).await;
    assert!(message.starts_with("connected, but there was no response for 1000 ms: "), "{message}");
    assert_eq!(hangs.count(), 2);
    let drips = Server::drips().await;
    let message = self::message(authorized(&drips.origin, IMPATIENT)).await;
    assert_eq!(message, "gave up after 3000 ms: check the network, and try again");
    let stops = Server::new(|_, _, mut stream| async move {
        let _ = stream.write_all(&ok(DOCUMENT).as_bytes()[..100]).await;
        sleep(Duration::from_secs(60)).await;
    })
    .await;
    let message = self::message(authorized(&stops.origin, IMPATIENT)).await;
    assert!(message.starts_with("connected, but there was no response for 1000 ms: "), "{message}");
}

#[tokio::test]
async fn refuses_an_endless_document() {
    let floods = Server::floods().await;
    let message = message(authorized(&floods.origin, PATIENT)).await;
    assert!(message.starts_with("the response is longer than 65536 bytes: "), "{message}");
    assert_eq!(floods.count(), 1);
}

#[tokio::test]
async fn reports_a_refused_connection() {
    let mut provider = authorized(&Server::absent().await, PATIENT);
    let error = failure(&mut provider).await;
    assert!(!ContainerProvider::is_final(&error));
    let error = error.to_string();
    assert!(error.contains("no connection (") && error.contains("refused"), "{error}");
    assert!(error.contains("check "), "{error}");
}

#[tokio::test]
async fn handles_every_truncation_of_the_response() {
    let whole = ok(DOCUMENT);
    let mut cuts = tokio::task::JoinSet::new();
    for cut in 0..whole.len() {
        if cuts.len() == AT_ONCE {
            cuts.join_next().await.unwrap().unwrap();
        }
        let given = [whole[..cut].to_owned(), whole.clone()];
        cuts.spawn(async move {
            let server = Server::answers(&given).await;
            let fetched = authorized(&server.origin, PATIENT).fetch(Clock::SYSTEM).await;
            check(&fetched.unwrap_or_else(|error| panic!("cut {cut}: {error}")), &server.origin);
        });
    }
    while let Some(cut) = cuts.join_next().await {
        cut.unwrap();
    }
}

#[tokio::test]
async fn accepts_localhost_as_loopback() {
    let server = Server::answers(&[ok(DOCUMENT)]).await;
    let uri = server.origin.to_string().replace("127.0.0.1", "localhost");
    let identity = with_uri(&uri, &[], PATIENT).fetch(Clock::SYSTEM).await.unwrap();
    assert_eq!(*identity.source(), Source::Container { endpoint: uri });
}

//! A container's endpoint as it is, and as it misbehaves: the provider ends with credentials or with
//! a clear error, in bounded time, and shows no secret.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails"
)]

use core::time::Duration;
use std::path::Path;

use rolesig_std::{
    ContainerError, ContainerProvider, Environment, Identity, Origin, Provide, Source, Timeouts,
};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep};

mod scripted;

use scripted::{AT_ONCE, BOUND, IMPATIENT, PATIENT, Server, answer, header, ok, with_headers};

const DOCUMENT: &str = r#"{
  "RoleArn" : "arn:aws:iam::111122223333:role/my-role",
  "AccessKeyId" : "ASIAIOSFODNN7EXAMPLE",
  "SecretAccessKey" : "wJalrXUtnFEMI\/K7MDENG",
  "Token" : "the-session-token",
  "Expiration" : "2035-08-30T18:36:00Z"
}"#;

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";

const SECRETS: [&str; 3] = ["wJalr", "the-session-token", TOKEN];

/// A provider of what `path` is at this server.
fn at(origin: &Origin, variables: &[(&str, &str)], timeouts: Timeouts) -> ContainerProvider {
    let uri = format!("{origin}/v1/credentials?task=7");
    with_uri(&uri, variables, timeouts)
}

fn with_uri(uri: &str, variables: &[(&str, &str)], timeouts: Timeouts) -> ContainerProvider {
    let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri);
    let environment: Environment = variables.iter().copied().chain([uri]).collect();
    ContainerProvider::of(&environment).unwrap().with_timeouts(timeouts)
}

fn authorized(origin: &Origin, timeouts: Timeouts) -> ContainerProvider {
    at(origin, &[("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN)], timeouts)
}

fn with_file(origin: &Origin, file: &Path) -> ContainerProvider {
    let file = file.to_str().unwrap();
    at(origin, &[("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file)], PATIENT)
}

fn token_file(content: &[u8]) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(&file, content).unwrap();
    file
}

async fn failure(provider: &mut ContainerProvider) -> ContainerError {
    let started = Instant::now();
    let error = provider.fetch().await.unwrap_err();
    assert!(started.elapsed() < BOUND, "took {:?}", started.elapsed());
    for shown in [error.to_string(), format!("{error:?} {provider:?}")] {
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
    }
    error
}

/// The message behind the endpoint, whose port differs each time.
async fn message(mut provider: ContainerProvider) -> String {
    let error = failure(&mut provider).await.to_string();
    error.split_once("127.0.0.1:").unwrap().1.split_once(": ").unwrap().1.to_owned()
}

fn check(identity: &Identity, origin: &Origin) {
    let credentials = identity.credentials();
    assert_eq!(credentials.access_key_id, "ASIAIOSFODNN7EXAMPLE");
    assert_eq!(credentials.secret_access_key, "wJalrXUtnFEMI/K7MDENG");
    assert_eq!(credentials.session_token, Some("the-session-token"));
    assert_eq!(identity.expires_at(), Some("2035-08-30T18:36:00Z".parse().unwrap()));
    assert_eq!(*identity.source(), Source::Container { endpoint: origin.to_string() });
    let shown = format!("{identity:?}");
    assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
}

#[tokio::test]
async fn a_good_agent() {
    let server = Server::answers(&[ok(DOCUMENT)]).await;
    for (variables, authorization) in [
        (vec![], None),
        (vec![("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc")], Some("Basic abc")),
        (vec![("AWS_CONTAINER_AUTHORIZATION_TOKEN", "abc\n")], Some("abc")),
    ] {
        let mut provider = at(&server.origin, &variables, PATIENT);
        check(&provider.fetch().await.unwrap(), &server.origin);
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
async fn bodies_of_every_framing_are_read() {
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
        check(&at(&server.origin, &[], PATIENT).fetch().await.unwrap(), &server.origin);
    }
}

#[tokio::test]
async fn a_bad_moment_passes() {
    let cut = ok(DOCUMENT).replace("Content-Length: ", "Content-Length: 9");
    for bad in [
        answer(500, ""),
        answer(502, "<html>"),
        answer(503, "busy"),
        answer(429, "slow down"),
        answer(400, r#"{"code": "ThrottlingException", "message": "slow down"}"#),
        ok(""),
        ok(" \n"),
        ok("{\"AccessKeyId\" : \"ASIA"),
        ok("<html></html>"),
        // Wrong types.
        ok("[]"),
        ok("null"),
        ok(&DOCUMENT.replace("\"the-session-token\"", "7")),
        cut,
        "garbage".to_owned(),
        String::new(),
    ] {
        let server = Server::answers(&[bad.clone(), ok(DOCUMENT)]).await;
        let fetched = authorized(&server.origin, PATIENT).fetch().await;
        check(&fetched.unwrap_or_else(|error| panic!("{bad}: {error}")), &server.origin);
        assert_eq!(server.count(), 2, "{bad}");
    }
    for times in 1..=2 {
        let server = Server::resets(times, ok(DOCUMENT)).await;
        check(&authorized(&server.origin, PATIENT).fetch().await.unwrap(), &server.origin);
        assert_eq!(server.count(), times + 1);
    }
}

#[tokio::test]
async fn a_bad_time_ends() {
    for (bad, expected, asked) in [
        (
            answer(500, ""),
            "asked for the credentials of the role, got status 500: try again later",
            3,
        ),
        (
            answer(429, "x"),
            "asked for the credentials of the role, got status 429: try again later",
            3,
        ),
        (ok(""), "the credentials of the role: empty", 3),
        (ok("[]"), "the credentials of the role: not JSON, or cut off", 3),
        (String::new(), "not an HTTP answer, or cut off (", 3),
        (ok("{}"), "the credentials of the role: the field AccessKeyId is missing", 1),
        (
            ok(&DOCUMENT.replace("\"the-session-token\"", "null")),
            "the credentials of the role: the field Token is missing",
            1,
        ),
        (
            ok(&DOCUMENT.replace("2035-08-30T18", "soon")),
            "the credentials of the role: the field Expiration is no point in time",
            1,
        ),
        (
            with_headers(302, "Location: http://127.0.0.1:1/\r\n", ""),
            "asked for the credentials of the role, got status 302: check the endpoint, and that \
             no proxy answers for it",
            1,
        ),
        (answer(204, ""), "asked for the credentials of the role, got status 204: check the", 1),
        (answer(404, "<html>"), "asked for the credentials of the role, got status 404: check", 1),
        (answer(404, ""), "asked for the credentials of the role, got status 404: check", 1),
    ] {
        let server = Server::answers(&[bad]).await;
        let message = message(authorized(&server.origin, PATIENT)).await;
        assert!(message.starts_with(expected), "{message}");
        assert_eq!(server.count(), asked, "{message}");
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_agent() {
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
        // One that repeats what it was sent.
        (
            400,
            "unable to parse eyJhbGciOiJSUzI1NiJ9.e30.c2ln: token is malformed",
            "refused: unable to parse (secret): token is malformed",
        ),
    ] {
        let server = Server::answers(&[answer(status, body)]).await;
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
        assert!(message.contains(&format!("got status {status}")), "{message}");
        assert_eq!((server.count(), elsewhere.count()), (1, 0));
    }
}

#[tokio::test]
async fn what_hangs_or_drips_is_given_up() {
    let hangs = Server::hangs().await;
    let message = message(authorized(&hangs.origin, IMPATIENT)).await;
    assert!(message.starts_with("connected, but there was no answer for 1000 ms: "), "{message}");
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
    assert!(message.starts_with("connected, but there was no answer for 1000 ms: "), "{message}");
}

#[tokio::test]
async fn an_endless_document_is_not_read() {
    let floods = Server::floods().await;
    let message = message(authorized(&floods.origin, PATIENT)).await;
    assert!(message.starts_with("the answer is longer than 65536 bytes: "), "{message}");
    assert_eq!(floods.count(), 1);
}

#[tokio::test]
async fn nothing_listens() {
    let mut provider = authorized(&Server::absent().await, PATIENT);
    let error = failure(&mut provider).await;
    assert!(!ContainerProvider::is_final(&error));
    let error = error.to_string();
    assert!(error.contains("no connection (") && error.contains("refused"), "{error}");
    assert!(error.contains("check "), "{error}");
}

#[tokio::test]
async fn every_cut_of_the_answer_ends_well() {
    let whole = ok(DOCUMENT);
    let mut cuts = tokio::task::JoinSet::new();
    for cut in 0..whole.len() {
        if cuts.len() == AT_ONCE {
            cuts.join_next().await.unwrap().unwrap();
        }
        let given = [whole[..cut].to_owned(), whole.clone()];
        cuts.spawn(async move {
            let server = Server::answers(&given).await;
            let fetched = authorized(&server.origin, PATIENT).fetch().await;
            check(&fetched.unwrap_or_else(|error| panic!("cut {cut}: {error}")), &server.origin);
        });
    }
    while let Some(cut) = cuts.join_next().await {
        cut.unwrap();
    }
}

#[tokio::test]
async fn the_token_goes_to_no_other_host() {
    for (uri, expected) in [
        ("http://192.0.2.1/v1/credentials", "by http, credentials come only from loopback"),
        ("http://example.com/", "by http, credentials come only from loopback"),
        ("http://localhost.example.com/", "by http, credentials come only from loopback"),
        ("http://[::ffff:127.0.0.1]/", "by http, credentials come only from loopback"),
        ("http://2130706433/", "by http, credentials come only from loopback"),
        ("http://0x7f.1/", "by http, credentials come only from loopback"),
        ("http://127.0.0.1@example.com/", "the container's URI has an @ before its host"),
        ("http://127.0.0.1\\@example.com/", "the container's URI has a fragment, or characters"),
        ("ftp://127.0.0.1/", "AWS_CONTAINER_CREDENTIALS_FULL_URI must begin with http:// or"),
        ("/v1/credentials", "AWS_CONTAINER_CREDENTIALS_FULL_URI must begin with http:// or"),
        ("http://127.0.0.1:99999/", "the port of the container's URI is no number from 1 to 65535"),
        ("http:///", "the host of the container's URI is neither a name nor an address"),
    ] {
        let token = ("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN);
        let started = Instant::now();
        let mut provider = with_uri(uri, &[token], PATIENT);
        let error = failure(&mut provider).await;
        assert!(error.to_string().starts_with(expected), "{uri}: {error}");
        assert!(ContainerProvider::is_final(&error), "{uri}");
        // Nobody was connected to: that would have waited.
        assert!(started.elapsed() < BOUND, "{uri}");
    }
}

#[tokio::test]
async fn localhost_is_a_name_for_loopback() {
    let server = Server::answers(&[ok(DOCUMENT)]).await;
    let uri = server.origin.to_string().replace("127.0.0.1", "localhost");
    let identity = with_uri(&uri, &[], PATIENT).fetch().await.unwrap();
    assert_eq!(*identity.source(), Source::Container { endpoint: uri });
}

#[tokio::test]
async fn token_files() {
    let huge = vec![b'x'; 65 * 1024];
    for (content, expected) in [
        (&b""[..], "the container's authorization token is empty: fill "),
        (b" \r\n", "the container's authorization token is empty: fill "),
        (b"a\nb", "the container's authorization token has a line end or another character within"),
        (b"a\0b", "the container's authorization token has a line end or another character within"),
        ("t\u{e9}".as_bytes(), "the container's authorization token has a line end or another"),
        (b"\xff\xfe", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "),
        (&huge, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "),
    ] {
        let server = Server::answers(&[ok(DOCUMENT)]).await;
        let file = token_file(content);
        let error = failure(&mut with_file(&server.origin, file.path())).await;
        assert!(error.to_string().starts_with(expected), "{error}");
        // It may be whole in a moment, and older credentials are still good.
        assert!(!ContainerProvider::is_final(&error), "{error}");
        assert_eq!(server.count(), 0);
    }
    for content in [TOKEN.to_owned(), format!("{TOKEN}\n"), format!("\n {TOKEN} \r\n")] {
        let server = Server::answers(&[ok(DOCUMENT)]).await;
        let file = token_file(content.as_bytes());
        check(&with_file(&server.origin, file.path()).fetch().await.unwrap(), &server.origin);
        assert_eq!(header(&server.request(0), "authorization"), Some(TOKEN));
    }
}

#[tokio::test]
async fn a_token_file_that_is_not_there() {
    let server = Server::answers(&[ok(DOCUMENT)]).await;
    let directory = tempfile::tempdir().unwrap();
    for (path, expected) in [
        (directory.path().join("token"), "No such file"),
        (directory.path().to_owned(), "directory"),
    ] {
        let error = failure(&mut with_file(&server.origin, &path)).await;
        assert!(!ContainerProvider::is_final(&error), "{error}");
        let error = error.to_string();
        assert!(error.contains(path.to_str().unwrap()) && error.contains(expected), "{error}");
        assert!(error.contains("this program may read it"), "{error}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_token_file_is_read_anew_at_each_attempt() {
    let file = token_file(b"first");
    let path = file.path().to_owned();
    let server = Server::new(move |number, _, mut stream| {
        // As kubelet does: another file takes the place.
        let next = path.with_extension("next");
        std::fs::write(&next, format!("token-{number}\n")).unwrap();
        std::fs::rename(&next, &path).unwrap();
        async move {
            let given = if number == 1 { ok(DOCUMENT) } else { answer(503, "") };
            let _ = stream.write_all(given.as_bytes()).await;
        }
    })
    .await;
    check(&with_file(&server.origin, file.path()).fetch().await.unwrap(), &server.origin);
    let sent = server
        .requests()
        .iter()
        .map(|request| header(request, "authorization").unwrap().to_owned())
        .collect::<Vec<_>>();
    assert_eq!(sent, ["first", "token-0"]);
}

#[tokio::test]
async fn the_file_is_read_and_not_the_variable() {
    let server = Server::answers(&[ok(DOCUMENT)]).await;
    let file = token_file(b"of-the-file");
    let variables = [
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.path().to_str().unwrap()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-the-variable"),
    ];
    assert!(at(&server.origin, &variables, PATIENT).fetch().await.is_ok());
    assert_eq!(header(&server.request(0), "authorization"), Some("of-the-file"));
}

//! The token, and the file that it is in.

use rolesig_std::provider::ContainerProvider;
use rolesig_std::{Clock, ProvideCredentials};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::desk::{DOCUMENT, TOKEN, at, check, failure, token_file, with_file, with_uri};
use crate::scripted::{BOUND, PATIENT, Server, header, ok, response};

#[tokio::test]
async fn sends_the_token_to_no_other_host() {
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
        (
            "http://127.0.0.1:99999/",
            "the port of the container's URI is not a number from 1 to 65535",
        ),
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
async fn refuses_unusable_token_files() {
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
        check(
            &with_file(&server.origin, file.path()).fetch(Clock::SYSTEM).await.unwrap(),
            &server.origin,
        );
        assert_eq!(header(&server.request(0), "authorization"), Some(TOKEN));
    }
}

#[tokio::test]
async fn reports_a_missing_token_file() {
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
async fn reads_the_token_file_at_each_attempt() {
    let file = token_file(b"first");
    let path = file.path().to_owned();
    let server = Server::new(move |number, _, mut stream| {
        // As kubelet does: another file takes the place.
        let next = path.with_extension("next");
        std::fs::write(&next, format!("token-{number}\n")).unwrap();
        std::fs::rename(&next, &path).unwrap();
        async move {
            let given = if number == 1 { ok(DOCUMENT) } else { response(503, "") };
            let _ = stream.write_all(given.as_bytes()).await;
        }
    })
    .await;
    check(
        &with_file(&server.origin, file.path()).fetch(Clock::SYSTEM).await.unwrap(),
        &server.origin,
    );
    let sent = server
        .requests()
        .iter()
        .map(|request| header(request, "authorization").unwrap().to_owned())
        .collect::<Vec<_>>();
    assert_eq!(sent, ["first", "token-0"]);
}

#[tokio::test]
async fn prefers_the_token_file_to_the_variable() {
    let server = Server::answers(&[ok(DOCUMENT)]).await;
    let file = token_file(b"of-the-file");
    let variables = [
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.path().to_str().unwrap()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-the-variable"),
    ];
    assert!(at(&server.origin, &variables, PATIENT).fetch(Clock::SYSTEM).await.is_ok());
    assert_eq!(header(&server.request(0), "authorization"), Some("of-the-file"));
}

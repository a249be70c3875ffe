//! A login that is renewed.

use core::time::Duration;
use std::path::PathBuf;

use rolesig_std::Clock;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::desk::{CREDENTIALS, Desk, LOGIN, PORTAL, RENEWED, login};
use crate::scripted::{PATIENT, ok, response};

#[tokio::test]
async fn leaves_time_for_the_portal_after_a_hanging_renewal() {
    let mut timeouts = PATIENT;
    timeouts.read = Duration::from_secs(5);
    let mut desk = Desk::serve(timeouts, &login(600), |_, request, _, mut stream| async move {
        if request.starts_with("POST /token") {
            sleep(Duration::from_secs(60)).await;
        }
        let _ = stream.write_all(ok(CREDENTIALS).as_bytes()).await;
    })
    .await;
    assert!(desk.fetch().await.is_ok());
    assert_eq!(desk.paths(), ["/token", PORTAL]);
}

#[tokio::test]
async fn renews_a_login_and_stores_it_for_others() {
    // The AWS CLI's own figure is a quarter of an hour.
    for left in [-60, 60, 14 * 60] {
        let mut desk = Desk::answers(&login(left), &[ok(RENEWED), ok(CREDENTIALS)]).await;
        let before = desk.cached();
        let earliest = Clock::SYSTEM.now();
        assert!(desk.fetch().await.is_ok());
        assert_eq!(desk.paths(), ["/token", PORTAL]);
        let requests = desk.server.requests();
        let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
        assert!(head.contains("\r\ncontent-type: application/json"), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let sent = serde_json::json!({
            "clientId": "the-client", "clientSecret": "hush", "grantType": "refresh_token",
            "refreshToken": "the-refresh-token",
        });
        assert_eq!(body, sent);
        assert!(requests[1].contains("x-amz-sso_bearer_token: renewed-access-token\r\n"));

        let mut after = desk.cached();
        let expires_at: rolesig::Timestamp = after["expiresAt"].as_str().unwrap().parse().unwrap();
        let lasts = expires_at.seconds_since(earliest).unwrap();
        assert!((28_800..28_860).contains(&lasts), "{lasts}");
        assert_eq!(after["accessToken"], "renewed-access-token");
        assert_eq!(after["refreshToken"], "renewed-refresh-token");
        // All the rest is as it was.
        for changed in ["accessToken", "refreshToken", "expiresAt"] {
            after[changed] = before[changed].clone();
        }
        assert_eq!(after, before);
        assert_eq!(std::fs::read_dir(desk.cache.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(desk.file()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(desk.fetch().await.is_ok());
        assert_eq!(desk.paths(), ["/token", PORTAL, PORTAL]);
    }
}

#[tokio::test]
async fn keeps_the_old_refresh_token_without_a_new_one() {
    let renewed = RENEWED.replace("refreshToken", "other");
    let mut desk = Desk::answers(&login(-60), &[ok(&renewed), ok(CREDENTIALS)]).await;
    assert!(desk.fetch().await.is_ok());
    assert_eq!(desk.cached()["refreshToken"], "the-refresh-token");
}

#[tokio::test]
async fn keeps_the_login_after_a_failed_renewal() {
    for (left, attempts) in [(600, 1), (60, 3)] {
        let mut desk = Desk::serve(PATIENT, &login(left), |_, request, _, mut stream| async move {
            let is_portal = request.starts_with("GET");
            let given = if is_portal { ok(CREDENTIALS) } else { response(500, "") };
            let _ = stream.write_all(given.as_bytes()).await;
        })
        .await;
        let before = desk.cached();
        // The second follows within half a minute, so nothing is renewed for it.
        for _ in 0..2 {
            assert!(desk.fetch().await.is_ok());
        }
        let mut expected = vec!["/token"; attempts];
        expected.extend([PORTAL, PORTAL]);
        assert_eq!(desk.paths(), expected);
        assert_eq!(desk.cached(), before);
    }
}

#[tokio::test]
async fn asks_for_a_login_after_a_refused_renewal() {
    let refused = |status, error: &str| {
        response(status, &format!(r#"{{"error":"{error}","error_description":"Invalid: hush"}}"#))
    };
    for (status, code) in [(400, "invalid_grant"), (401, "invalid_client"), (400, "expired_token")]
    {
        let mut desk = Desk::answers(&login(-60), &[refused(status, code)]).await;
        let before = desk.cached();
        let error =
            format!("the login is no longer valid (refused: {code}: Invalid: (secret)): {LOGIN}");
        assert_eq!(desk.error().await, (error, true));
        assert_eq!(desk.cached(), before);
    }
    let mut desk = Desk::answers(&login(-60), &[response(500, "")]).await;
    let error = "URL: asked for a renewal of the login, got status 500: try again later";
    assert_eq!(desk.error().await, (error.to_owned(), false));
    for renewed in [RENEWED.replace("28800", "\"8h\""), RENEWED.replace("accessToken", "x")] {
        let mut desk = Desk::answers(&login(-60), &[ok(&renewed)]).await;
        let before = desk.cached();
        assert!(desk.error().await.0.starts_with("URL: invalid response: the field "));
        assert_eq!(desk.cached(), before);
    }
}

/// Does what `aws sso login` does in another shell.
fn log_in_renewed(file: &std::path::Path) {
    let renewed = login(3600).replace("the-access-token", "another-access-token");
    std::fs::write(file, renewed.replace("the-refresh-token", "another-refresh-token")).unwrap();
}

#[tokio::test]
async fn recovers_through_another_login() {
    // At the next fetch.
    let mut desk = Desk::answers("", &[ok(CREDENTIALS)]).await;
    assert!(desk.error().await.1);
    log_in_renewed(&desk.file());
    assert!(desk.fetch().await.is_ok());

    // While the old one cannot be renewed, or is refused.
    for left in [-60, 60, 3600] {
        let heals = move |_, request: String, file: PathBuf, mut stream: TcpStream| async move {
            let given = if request.contains("another-access-token") {
                ok(CREDENTIALS)
            } else {
                log_in_renewed(&file);
                let code = if left < 3600 { "invalid_grant" } else { "UnauthorizedException" };
                response(if left < 3600 { 400 } else { 401 }, &format!(r#"{{"error":"{code}"}}"#))
            };
            let _ = stream.write_all(given.as_bytes()).await;
        };
        let mut desk = Desk::serve(PATIENT, &login(left), heals).await;
        let identity = desk.fetch().await;
        assert!(identity.is_ok(), "{left}: {identity:?}");
        assert_eq!(desk.paths(), [if left < 3600 { "/token" } else { PORTAL }, PORTAL]);
    }
}

#[tokio::test]
async fn does_not_overwrite_another_login_or_logout() {
    for logs_out in [false, true] {
        let serve = move |_, request: String, file: PathBuf, mut stream: TcpStream| async move {
            let given = if request.starts_with("GET") {
                ok(CREDENTIALS)
            } else {
                if logs_out {
                    std::fs::remove_file(&file).unwrap();
                } else {
                    log_in_renewed(&file);
                }
                ok(RENEWED)
            };
            let _ = stream.write_all(given.as_bytes()).await;
        };
        let mut desk = Desk::serve(PATIENT, &login(-60), serve).await;
        assert!(desk.fetch().await.is_ok());
        if logs_out {
            assert_eq!(desk.error().await, (format!("not logged in: {LOGIN}"), true));
        } else {
            assert_eq!(desk.cached()["refreshToken"], "another-refresh-token");
            assert!(desk.fetch().await.is_ok());
            let last = desk.server.requests().pop().unwrap();
            assert!(last.contains("another-access-token"), "{last}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn keeps_a_renewal_that_cannot_be_stored() {
    use std::os::unix::fs::PermissionsExt as _;

    // The first one has expired when it comes, and so is renewed in turn.
    let first = RENEWED.replace("28800", "0").replace("renewed-", "first-");
    let script = [ok(&first), ok(CREDENTIALS), ok(RENEWED), ok(CREDENTIALS)];
    let mut desk = Desk::answers(&login(-60), &script).await;
    let mode = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(desk.cache.path(), mode(0o500)).unwrap();
    // To whom modes mean nothing.
    let is_root = std::fs::write(desk.cache.path().join("x"), "").is_ok();
    for _ in 0..3 {
        assert!(desk.fetch().await.is_ok());
    }
    std::fs::set_permissions(desk.cache.path(), mode(0o700)).unwrap();
    assert_eq!(desk.paths(), ["/token", PORTAL, "/token", PORTAL, PORTAL]);
    let requests = desk.server.requests();
    assert!(requests[2].contains("first-refresh-token"), "{}", requests[2]);
    assert!(requests[4].contains("renewed-access-token"), "{}", requests[4]);
    if !is_root {
        assert_eq!(desk.cached()["accessToken"], "the-access-token");
    }
}

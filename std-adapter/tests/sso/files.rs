//! The file of the AWS CLI.

use core::time::Duration;

use rolesig_std::provider::{SsoLogin, SsoProvider};
use rolesig_std::{Clock, ProvideCredentials};
use tokio::time::sleep;

use crate::desk::{CREDENTIALS, Desk, FILE, LOGIN, PORTAL, after, login};
use crate::scripted::{PATIENT, ok};

#[tokio::test]
async fn reads_the_older_form() {
    let url = "https://d-92671207e4.awsapps.com/start".to_owned();
    let login = SsoLogin::StartUrl { url, profile: "dev".to_owned() };
    let name = "13f9d35043871d073ab260e020f0ffde092cb14b.json";
    assert_eq!(login.file_name(), name);
    let mut desk = Desk::answers("", &[ok(CREDENTIALS)]).await;
    let mut settings = desk.provider.settings().clone();
    settings.login = login;
    desk.provider = SsoProvider::new(settings, PATIENT);
    let remedy = "run `aws sso login --profile dev`";
    assert_eq!(desk.error().await, (format!("not logged in: {remedy}"), true));
    // Even if there is all that a renewal takes, this form is not renewed.
    for (left, is_good) in [(60, true), (-60, false)] {
        std::fs::write(desk.cache.path().join(name), self::login(left)).unwrap();
        if is_good {
            assert!(desk.fetch().await.is_ok());
        } else {
            assert_eq!(desk.error().await, (format!("the login has expired: {remedy}"), true));
        }
    }
    assert_eq!(desk.paths(), [PORTAL]);
}

#[tokio::test]
async fn reads_files_as_other_tools_leave_them() {
    let bare = |expires_at: String| {
        format!(r#"{{"accessToken": "the-access-token", "expiresAt": "{expires_at}"}}"#)
    };
    for cached in [
        bare(after(60)),
        bare(after(60).replace('Z', "UTC")),
        bare(after(3660).replace('Z', "+01:00")),
        format!("\u{feff}{}\r\n", login(3600)),
        // The refresh token is of no use, but the access token is good.
        login(60).replace("\"hush\"", "null"),
        login(60).replace("\"the-client\"", "7"),
        login(60).replace(&after(86_400)[..10], "2015-08-30"),
    ] {
        let mut desk = Desk::answers(&cached, &[ok(CREDENTIALS)]).await;
        assert!(desk.fetch().await.is_ok(), "{cached}");
        assert_eq!(desk.paths(), [PORTAL]);
    }
}

#[tokio::test]
async fn refuses_invalid_files() {
    let cached = |wrong: &str| format!("DIR/{FILE}: {wrong}: {LOGIN}");
    let good = login(3600);
    let with = |from: &str, to: &str| good.replace(from, to);
    let time =
        "the field expiresAt is not a point in time with its offset, such as 2015-08-30T12:36:00Z";
    for (text, error) in [
        (String::new(), format!("not logged in: {LOGIN}")),
        (" ".to_owned(), cached("empty")),
        ("garbage the-access-token".to_owned(), cached("not a JSON object, or cut off")),
        (good[..200].to_owned(), cached("not a JSON object, or cut off")),
        ("[]".to_owned(), cached("not a JSON object, or cut off")),
        ("{}".to_owned(), cached("the field accessToken is missing or empty")),
        (
            with("\"the-access-token\"", "7"),
            cached("the field accessToken is a number, not a string"),
        ),
        (
            with("the-access-token", "the-access-token\\r\\nx: y"),
            cached("the field accessToken is not of visible ASCII characters only"),
        ),
        (with("expiresAt", "expires"), cached("the field expiresAt is missing or empty")),
        (with("\"expiresAt\": \"2", "\"expiresAt\": \"x2"), cached(time)),
        (
            login(-1).replace("the-refresh", "").replace("refreshToken", "r"),
            format!("the login has expired: {LOGIN}"),
        ),
    ] {
        let mut desk = Desk::answers(&text, &[ok(CREDENTIALS)]).await;
        assert_eq!(desk.error().await, (error, true), "{text}");
        assert!(desk.paths().is_empty());
    }
    let mut desk = Desk::answers("", &[ok(CREDENTIALS)]).await;
    std::fs::create_dir(desk.file()).unwrap();
    let not_a_file = "a directory or a pipe, not a file: make it readable for this user, or delete it \
                      and log in again";
    assert_eq!(desk.error().await, (format!("DIR/{FILE}: {not_a_file}"), true));
    let long = login(3600).replace("kept", &"k".repeat(100_000));
    let mut desk = Desk::answers(&long, &[ok(CREDENTIALS)]).await;
    assert!(desk.error().await.0.contains("longer than 65536 bytes"));
}

#[tokio::test]
async fn rereads_a_file_that_is_being_written() {
    let mut desk = Desk::answers(&login(3600)[..100], &[ok(CREDENTIALS)]).await;
    let file = desk.file();
    let provider = &mut desk.provider;
    // Written while the provider waits, however busy the machine is.
    let (fetched, ()) = tokio::join!(provider.fetch(Clock::SYSTEM), async {
        sleep(Duration::from_millis(20)).await;
        std::fs::write(&file, login(3600)).unwrap();
    });
    // On a very busy machine the file was whole, or half, at both looks.
    if fetched.is_err() {
        assert!(desk.fetch().await.is_ok());
    }
}

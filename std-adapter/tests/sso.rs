//! IAM Identity Center as it is, and as it misbehaves: the provider ends with credentials or with a
//! clear error, in bounded time, and the file of the AWS CLI is whole at any moment.
//!
//! Each server here is a script of raw bytes: no HTTP library would let it misbehave so.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails"
)]

use core::future::Future;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rolesig_std::{
    Identity, Provide, Source, SsoError, SsoLogin, SsoProvider, SsoSettings, Timeouts, now,
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

/// As `GetRoleCredentials` has it; 2035-08-30T18:36:00Z.
const CREDENTIALS: &str = r#"{"roleCredentials":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","secretAccessKey":"wJalrXUtnFEMI\/K7MDENG","sessionToken":"the-session-token","expiration":2072111760000}}"#;

/// As `CreateToken` has it.
const RENEWED: &str = r#"{"accessToken":"renewed-access-token","expiresIn":28800,"refreshToken":"renewed-refresh-token","tokenType":"Bearer"}"#;

const SECRETS: [&str; 4] = ["access-token", "refresh-token", "hush", "wJalr"];

/// The SHA-1 of `corp`.
const FILE: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

const LOGIN: &str = "run `aws sso login --sso-session corp`";

/// So long that a busy machine meets none of them: for what is not about time.
const PATIENT: Timeouts = Timeouts {
    connect: Duration::from_secs(60),
    read: Duration::from_secs(60),
    total: Duration::from_secs(300),
    attempts: 3,
};

/// Short ones, so that the tests are: for what waits until they end.
const IMPATIENT: Timeouts = Timeouts {
    connect: Duration::from_secs(1),
    read: Duration::from_secs(1),
    total: Duration::from_secs(4),
    attempts: 3,
};

/// Far more than any sum of [`IMPATIENT`].
const BOUND: Duration = Duration::from_secs(30);

fn ok(body: &str) -> String {
    answer(200, body)
}

fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn chunked(body: &str) -> String {
    let (front, back) = body.split_at(body.len() / 3);
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let (front, back) = (chunk(front), chunk(back));
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{front}{back}0\r\n\r\n")
}

fn until_close(body: &str) -> String {
    format!("HTTP/1.0 200 OK\r\n\r\n{body}")
}

/// `2015-08-30T12:36:00Z`, so many seconds from now.
fn after(seconds: i64) -> String {
    let at = now().as_unix().checked_add_signed(seconds).unwrap();
    let amz_date = rolesig::Timestamp::from_unix(at).unwrap().amz_date().to_string();
    let (d, t) = amz_date.split_once('T').unwrap();
    format!("{}-{}-{}T{}:{}:{}", &d[..4], &d[4..6], &d[6..], &t[..2], &t[2..4], &t[4..])
}

/// A login as the AWS CLI leaves it, with so many seconds left.
fn login(left: i64) -> String {
    format!(
        r#"{{"startUrl": "https://corp.awsapps.com/start", "region": "eu-west-1",
            "accessToken": "the-access-token", "expiresAt": "{}", "clientId": "the-client",
            "clientSecret": "hush", "registrationExpiresAt": "{}", "refreshToken":
            "the-refresh-token", "unknown": {{"kept": [1, "\u00e9"]}}}}"#,
        after(left),
        after(86_400)
    )
}

/// A provider, its server, and its directory.
struct Desk {
    cache: TempDir,
    requests: Arc<Mutex<Vec<String>>>,
    provider: SsoProvider,
}

impl Desk {
    /// Gives each connection to `serve` with the number of the request, from 0, its text, and the
    /// path of the file.
    async fn serve<F>(
        timeouts: Timeouts,
        cached: &str,
        serve: impl Fn(usize, String, PathBuf, TcpStream) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let cache = TempDir::new().unwrap();
        let file = cache.path().join(FILE);
        if !cached.is_empty() {
            std::fs::write(&file, cached).unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin: rolesig_std::Origin =
            format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            for number in 0.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                seen.lock().unwrap().push(request.clone());
                tokio::spawn(serve(number, request, file.clone(), stream));
            }
        });
        let settings = SsoSettings {
            login: SsoLogin::Session { name: "corp".to_owned(), oidc: origin.clone() },
            account_id: "123456789012".to_owned(),
            role_name: "Read+Only".to_owned(),
            portal: origin,
            cache: cache.path().to_owned(),
        };
        Self { cache, requests, provider: SsoProvider::new(settings, timeouts) }
    }

    /// Gives these answers, one a request, and then the last one for ever.
    async fn answers(cached: &str, answers: &[String]) -> Self {
        let answers = answers.to_vec();
        Self::serve(PATIENT, cached, move |number, _, _, mut stream| {
            let answer = answers[number.min(answers.len() - 1)].clone();
            async move {
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        })
        .await
    }

    async fn fetch(&mut self) -> Result<Identity, SsoError> {
        self.provider.fetch().await
    }

    /// The message, without the port, which differs each time; and whether it is final.
    async fn error(&mut self) -> (String, bool) {
        let started = Instant::now();
        let error = self.fetch().await.unwrap_err();
        assert!(started.elapsed() < BOUND, "took {:?}", started.elapsed());
        for shown in [error.to_string(), format!("{error:?} {:?}", self.provider)] {
            assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
        }
        let message = error.to_string();
        let message = message.replace(&self.provider.settings().portal.to_string(), "URL");
        let message = message.replace(self.cache.path().to_str().unwrap(), "DIR");
        (message, SsoProvider::is_final(&error))
    }

    fn paths(&self) -> Vec<String> {
        let path = |request: &String| request.split(' ').nth(1).unwrap().to_owned();
        self.requests.lock().unwrap().iter().map(path).collect()
    }

    fn file(&self) -> PathBuf {
        self.cache.path().join(FILE)
    }

    fn cached(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.file()).unwrap()).unwrap()
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(request.clone()).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    for _ in 0..length.map_or(0, |length| length.parse().unwrap()) {
        request.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(request).unwrap()
}

const PORTAL: &str = "/federation/credentials?account_id=123456789012&role_name=Read%2BOnly";

#[tokio::test]
async fn a_good_login() {
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
    let request = desk.requests.lock().unwrap()[0].clone();
    assert!(request.starts_with("GET "), "{request}");
    assert!(request.contains("\r\nx-amz-sso_bearer_token: the-access-token\r\n"), "{request}");
    assert!(!request.contains("authorization"), "{request}");
}

#[tokio::test]
async fn the_older_form() {
    let url = "https://d-92671207e4.awsapps.com/start".to_owned();
    let login = SsoLogin::StartUrl { url, profile: "dev".to_owned() };
    let name = "13f9d35043871d073ab260e020f0ffde092cb14b.json";
    assert_eq!(login.file_name(), name);
    let mut desk = Desk::answers("", &[ok(CREDENTIALS)]).await;
    let settings = SsoSettings { login, ..desk.provider.settings().clone() };
    desk.provider = SsoProvider::new(settings, PATIENT);
    let mend = "run `aws sso login --profile dev`";
    assert_eq!(desk.error().await, (format!("not logged in: {mend}"), true));
    // Even if there is all that a renewal takes, this form is not renewed.
    for (left, is_good) in [(60, true), (-60, false)] {
        std::fs::write(desk.cache.path().join(name), self::login(left)).unwrap();
        if is_good {
            assert!(desk.fetch().await.is_ok());
        } else {
            assert_eq!(desk.error().await, (format!("the login has expired: {mend}"), true));
        }
    }
    assert_eq!(desk.paths(), [PORTAL]);
}

#[tokio::test]
async fn files_as_other_tools_leave_them() {
    let bare = |expires_at: String| {
        format!(r#"{{"accessToken": "the-access-token", "expiresAt": "{expires_at}"}}"#)
    };
    for cached in [
        bare(after(60)),
        bare(after(60).replace('Z', "UTC")),
        bare(after(3660).replace('Z', "+01:00")),
        format!("\u{feff}{}\r\n", login(3600)),
        // What renews is of no use, but the token is good.
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
async fn files_that_are_none() {
    let cached = |wrong: &str| format!("DIR/{FILE}: {wrong}: {LOGIN}");
    let good = login(3600);
    let with = |from: &str, to: &str| good.replace(from, to);
    let time = "the field expiresAt is not a point in time such as 2015-08-30T12:36:00Z";
    for (text, error) in [
        (String::new(), format!("not logged in: {LOGIN}")),
        (" ".to_owned(), cached("empty")),
        ("garbage the-access-token".to_owned(), cached("not a JSON object, or cut off")),
        (good[..200].to_owned(), cached("not a JSON object, or cut off")),
        ("[]".to_owned(), cached("not a JSON object, or cut off")),
        ("{}".to_owned(), cached("the field accessToken is missing or empty")),
        (with("\"the-access-token\"", "7"), cached("the field accessToken is not a text")),
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
async fn a_file_that_is_being_written_is_read_again() {
    let mut desk = Desk::answers(&login(3600)[..100], &[ok(CREDENTIALS)]).await;
    let file = desk.file();
    let provider = &mut desk.provider;
    // Written while the provider waits, however busy the machine is.
    let (fetched, ()) = tokio::join!(provider.fetch(), async {
        sleep(Duration::from_millis(20)).await;
        std::fs::write(&file, login(3600)).unwrap();
    });
    // On a very busy machine the file was whole, or half, at both looks.
    if fetched.is_err() {
        assert!(desk.fetch().await.is_ok());
    }
}

#[tokio::test]
async fn refusals_are_named() {
    let refusal = |kind: &str, message: &str| {
        format!(r#"{{"message":"{message}","__type":"com.amazonaws.switchboard.portal#{kind}"}}"#)
    };
    let role = "role Read+Only of account 123456789012: refused: ";
    let check = "check sso_account_id and sso_role_name against what the access portal shows, or \
                 ask for the assignment";
    let proxy = "check the endpoint, and that no proxy answers for it";
    let asked = "URL: asked for the credentials of the role, got status";
    for (given, error, is_final) in [
        (
            answer(401, &refusal("UnauthorizedException", "Session token not found or invalid")),
            format!(
                "the login is no longer good (refused: UnauthorizedException: Session token not \
                 found or invalid): {LOGIN}"
            ),
            true,
        ),
        (
            answer(403, &refusal("ForbiddenException", "No access")),
            format!("{role}ForbiddenException: No access: {check}"),
            true,
        ),
        (
            answer(404, &refusal("ResourceNotFoundException", "no\\u001bsuch")),
            format!("{role}ResourceNotFoundException: no\\u{{1b}}such: {check}"),
            true,
        ),
        (
            answer(400, r#"{"message":"Invalid account","code":"InvalidRequestException"}"#),
            format!("{role}InvalidRequestException: Invalid account: {check}"),
            true,
        ),
        // The code came in a header.
        (
            answer(401, r#"{"message":"expired"}"#),
            format!("the login is no longer good (refused: expired): {LOGIN}"),
            true,
        ),
        (answer(401, "<html>"), format!("{asked} 401: {proxy}"), false),
        (answer(407, "{}"), format!("{asked} 407: {proxy}"), false),
        (
            "HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
                .to_owned(),
            format!("{asked} 302: {proxy}"),
            false,
        ),
        (answer(429, ""), format!("{asked} 429: try again later"), false),
        (answer(503, "busy"), format!("{asked} 503: try again later"), false),
        // A service that says the token back.
        (
            answer(401, &refusal("UnauthorizedException", "bad the-access-token")),
            format!("the login is no longer good (refused: UnauthorizedException: ): {LOGIN}"),
            true,
        ),
    ] {
        let mut desk = Desk::answers(&login(3600), &[given]).await;
        assert_eq!(desk.error().await, (error, is_final));
    }
}

#[tokio::test]
async fn answers_without_credentials_are_named() {
    let field = |name: &str| format!("URL: what it answered: the field {name}");
    for (from, to, error) in [
        ("roleCredentials", "other", field("roleCredentials is missing or empty")),
        ("accessKeyId", "other", field("accessKeyId is missing or empty")),
        ("\"the-session-token\"", "7", field("sessionToken is not a text")),
        ("2072111760000", "\"2035\"", field("expiration is not a whole number")),
        ("2072111760000", "-1", field("expiration is not a whole number")),
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
async fn a_bad_moment_passes() {
    for bad in [
        answer(500, ""),
        answer(503, "busy"),
        answer(429, r#"{"message":"slow","__type":"TooManyRequestsException"}"#),
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
    let slow = answer(400, r#"{"error":"slow_down","error_description":"wait"}"#);
    let mut desk = Desk::answers(&login(-60), &[slow.clone(), ok(RENEWED), ok(CREDENTIALS)]).await;
    assert!(desk.fetch().await.is_ok());
    let mut desk = Desk::answers(&login(-60), &[slow]).await;
    assert_eq!(
        desk.error().await,
        ("URL: refused: slow_down: wait: try again later".to_owned(), false)
    );
}

#[tokio::test]
async fn nothing_waits_for_ever() {
    let wait = || sleep(Duration::from_secs(60));
    for left in [3600, -60] {
        let mut hangs = Desk::serve(IMPATIENT, &login(left), move |_, _, _, stream| async move {
            wait().await;
            drop(stream);
        })
        .await;
        let no_answer = "URL: connected, but there was no answer for 1000 ms: check the network and \
                         sso_region, and try again";
        let total = "URL: gave up after 2000 ms: check the network, and try again";
        let (error, is_final) = hangs.error().await;
        // Half of the time is for a renewal.
        assert!(error == no_answer || (left < 0 && error == total), "{error}");
        assert!(!is_final);
    }
    for (left, after) in [(3600, 4000), (-60, 2000)] {
        let mut drips = Desk::serve(IMPATIENT, &login(left), |_, _, _, mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
            while stream.write_all(b"x").await.is_ok() {
                sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
        let total = format!("URL: gave up after {after} ms: check the network, and try again");
        assert_eq!(drips.error().await, (total, false));
    }
}

#[tokio::test]
async fn a_renewal_that_hangs_leaves_time_for_the_portal() {
    let timeouts = Timeouts { read: Duration::from_secs(5), ..PATIENT };
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
async fn a_login_is_renewed_and_left_for_others() {
    // The AWS CLI's own figure is a quarter of an hour.
    for left in [-60, 60, 14 * 60] {
        let mut desk = Desk::answers(&login(left), &[ok(RENEWED), ok(CREDENTIALS)]).await;
        let before = desk.cached();
        let earliest = now();
        assert!(desk.fetch().await.is_ok());
        assert_eq!(desk.paths(), ["/token", PORTAL]);
        let requests = desk.requests.lock().unwrap().clone();
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
async fn without_a_new_refresh_token_the_old_one_goes_on() {
    let renewed = RENEWED.replace("refreshToken", "other");
    let mut desk = Desk::answers(&login(-60), &[ok(&renewed), ok(CREDENTIALS)]).await;
    assert!(desk.fetch().await.is_ok());
    assert_eq!(desk.cached()["refreshToken"], "the-refresh-token");
}

#[tokio::test]
async fn a_renewal_that_fails_takes_nothing_away() {
    for (left, attempts) in [(600, 1), (60, 3)] {
        let mut desk = Desk::serve(PATIENT, &login(left), |_, request, _, mut stream| async move {
            let is_portal = request.starts_with("GET");
            let given = if is_portal { ok(CREDENTIALS) } else { answer(500, "") };
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
async fn a_renewal_that_is_refused_asks_for_a_login() {
    let refused = |status, error: &str| {
        answer(status, &format!(r#"{{"error":"{error}","error_description":"Invalid: hush"}}"#))
    };
    for (status, code) in [(400, "invalid_grant"), (401, "invalid_client"), (400, "expired_token")]
    {
        let mut desk = Desk::answers(&login(-60), &[refused(status, code)]).await;
        let before = desk.cached();
        let error = format!("the login is no longer good (refused: {code}: ): {LOGIN}");
        assert_eq!(desk.error().await, (error, true));
        assert_eq!(desk.cached(), before);
    }
    let mut desk = Desk::answers(&login(-60), &[answer(500, "")]).await;
    let error = "URL: asked for a renewal of the login, got status 500: try again later";
    assert_eq!(desk.error().await, (error.to_owned(), false));
    for renewed in [RENEWED.replace("28800", "\"8h\""), RENEWED.replace("accessToken", "x")] {
        let mut desk = Desk::answers(&login(-60), &[ok(&renewed)]).await;
        let before = desk.cached();
        assert!(desk.error().await.0.starts_with("URL: what it answered: the field "));
        assert_eq!(desk.cached(), before);
    }
}

/// What `aws sso login` does in another shell.
fn log_in_anew(file: &std::path::Path) {
    let anew = login(3600).replace("the-access-token", "another-access-token");
    std::fs::write(file, anew.replace("the-refresh-token", "another-refresh-token")).unwrap();
}

#[tokio::test]
async fn another_login_heals_a_running_process() {
    // At the next fetch.
    let mut desk = Desk::answers("", &[ok(CREDENTIALS)]).await;
    assert!(desk.error().await.1);
    log_in_anew(&desk.file());
    assert!(desk.fetch().await.is_ok());

    // While the old one is renewed in vain, or refused.
    for left in [-60, 60, 3600] {
        let heals = move |_, request: String, file: PathBuf, mut stream: TcpStream| async move {
            let given = if request.contains("another-access-token") {
                ok(CREDENTIALS)
            } else {
                log_in_anew(&file);
                let code = if left < 3600 { "invalid_grant" } else { "UnauthorizedException" };
                answer(if left < 3600 { 400 } else { 401 }, &format!(r#"{{"error":"{code}"}}"#))
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
async fn another_login_or_logout_during_a_renewal_is_left_alone() {
    for logs_out in [false, true] {
        let serve = move |_, request: String, file: PathBuf, mut stream: TcpStream| async move {
            let given = if request.starts_with("GET") {
                ok(CREDENTIALS)
            } else {
                if logs_out {
                    std::fs::remove_file(&file).unwrap();
                } else {
                    log_in_anew(&file);
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
            let last = desk.requests.lock().unwrap().last().unwrap().clone();
            assert!(last.contains("another-access-token"), "{last}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_renewal_that_cannot_be_left_is_kept() {
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
    let requests = desk.requests.lock().unwrap().clone();
    assert!(requests[2].contains("first-refresh-token"), "{}", requests[2]);
    assert!(requests[4].contains("renewed-access-token"), "{}", requests[4]);
    if !is_root {
        assert_eq!(desk.cached()["accessToken"], "the-access-token");
    }
}

#[tokio::test]
async fn chunked_and_close_delimited_bodies_are_read() {
    for form in [chunked, until_close] {
        let mut desk = Desk::answers(&login(-60), &[form(RENEWED), form(CREDENTIALS)]).await;
        assert!(desk.fetch().await.is_ok());
        assert_eq!(desk.cached()["accessToken"], "renewed-access-token");
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_read() {
    for left in [3600, -60] {
        let mut endless = Desk::serve(PATIENT, &login(left), |_, _, _, mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        })
        .await;
        let (error, _) = endless.error().await;
        assert!(error.starts_with("URL: the answer is longer than 65536 bytes: "), "{error}");
    }
}

#[tokio::test]
async fn nothing_listens() {
    let mut desk = Desk::answers(&login(3600), &[ok(CREDENTIALS)]).await;
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let portal = format!("http://{free}").parse().unwrap();
    let settings = SsoSettings { portal, ..desk.provider.settings().clone() };
    desk.provider = SsoProvider::new(settings, PATIENT);
    let (error, is_final) = desk.error().await;
    assert!(error.starts_with("URL: no connection (") && error.contains("refused"), "{error}");
    assert!(error.ends_with("): check the network and sso_region, and try again") && !is_final);
}

/// Few enough that none waits for its turn as long as for a service that hangs.
const AT_ONCE: usize = 16;

#[tokio::test]
async fn every_cut_of_every_answer_ends_well() {
    let mut cuts = tokio::task::JoinSet::new();
    for form in [ok, chunked, until_close] {
        let script = [form(RENEWED), form(CREDENTIALS)];
        for (step, whole) in script.iter().enumerate() {
            for cut in 0..whole.len() {
                let mut given = script.to_vec();
                given[step] = whole[..cut].to_owned();
                // The cut answer comes once; the service is well again afterwards.
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

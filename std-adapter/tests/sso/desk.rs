//! A login, and a portal that answers by a script of raw bytes: no HTTP library would let it misbehave so.

use core::future::Future;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rolesig_std::{Identity, Provide, SsoError, SsoLogin, SsoProvider, SsoSettings, Timeouts, now};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// As `GetRoleCredentials` has it; 2035-08-30T18:36:00Z.
pub(crate) const CREDENTIALS: &str = r#"{"roleCredentials":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","secretAccessKey":"wJalrXUtnFEMI\/K7MDENG","sessionToken":"the-session-token","expiration":2072111760000}}"#;

/// As `CreateToken` has it.
pub(crate) const RENEWED: &str = r#"{"accessToken":"renewed-access-token","expiresIn":28800,"refreshToken":"renewed-refresh-token","tokenType":"Bearer"}"#;

pub(crate) const SECRETS: [&str; 4] = ["access-token", "refresh-token", "hush", "wJalr"];

/// The SHA-1 of `corp`.
pub(crate) const FILE: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

pub(crate) const LOGIN: &str = "run `aws sso login --sso-session corp`";

/// So long that a busy machine meets none of them: for what is not about time.
pub(crate) const PATIENT: Timeouts = Timeouts {
    connect: Duration::from_secs(60),
    read: Duration::from_secs(60),
    total: Duration::from_secs(300),
    attempts: 3,
};

/// Short ones, so that the tests are: for what waits until they end.
pub(crate) const IMPATIENT: Timeouts = Timeouts {
    connect: Duration::from_secs(1),
    read: Duration::from_secs(1),
    total: Duration::from_secs(4),
    attempts: 3,
};

/// Far more than any sum of [`IMPATIENT`].
pub(crate) const BOUND: Duration = Duration::from_secs(30);

pub(crate) fn ok(body: &str) -> String {
    answer(200, body)
}

pub(crate) fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

pub(crate) fn chunked(body: &str) -> String {
    let (front, back) = body.split_at(body.len() / 3);
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let (front, back) = (chunk(front), chunk(back));
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{front}{back}0\r\n\r\n")
}

pub(crate) fn until_close(body: &str) -> String {
    format!("HTTP/1.0 200 OK\r\n\r\n{body}")
}

/// `2015-08-30T12:36:00Z`, so many seconds from now.
pub(crate) fn after(seconds: i64) -> String {
    let at = now().as_unix().checked_add_signed(seconds).unwrap();
    let amz_date = rolesig::Timestamp::from_unix(at).unwrap().amz_date().to_string();
    let (d, t) = amz_date.split_once('T').unwrap();
    format!("{}-{}-{}T{}:{}:{}", &d[..4], &d[4..6], &d[6..], &t[..2], &t[2..4], &t[4..])
}

/// A login as the AWS CLI leaves it, with so many seconds left.
pub(crate) fn login(left: i64) -> String {
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
pub(crate) struct Desk {
    pub(crate) cache: TempDir,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
    pub(crate) provider: SsoProvider,
}

impl Desk {
    /// Gives each connection to `serve` with the number of the request, from 0, its text, and the
    /// path of the file.
    pub(crate) async fn serve<F>(
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
    pub(crate) async fn answers(cached: &str, answers: &[String]) -> Self {
        let answers = answers.to_vec();
        Self::serve(PATIENT, cached, move |number, _, _, mut stream| {
            let answer = answers[number.min(answers.len() - 1)].clone();
            async move {
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        })
        .await
    }

    pub(crate) async fn fetch(&mut self) -> Result<Identity, SsoError> {
        self.provider.fetch().await
    }

    /// The message, without the port, which differs each time; and whether it is final.
    pub(crate) async fn error(&mut self) -> (String, bool) {
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

    pub(crate) fn paths(&self) -> Vec<String> {
        let path = |request: &String| request.split(' ').nth(1).unwrap().to_owned();
        self.requests.lock().unwrap().iter().map(path).collect()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.cache.path().join(FILE)
    }

    pub(crate) fn cached(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.file()).unwrap()).unwrap()
    }
}

pub(crate) async fn read_request(stream: &mut TcpStream) -> String {
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

pub(crate) const PORTAL: &str =
    "/federation/credentials?account_id=123456789012&role_name=Read%2BOnly";

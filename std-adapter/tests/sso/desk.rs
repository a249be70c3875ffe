//! A login, and a portal that answers by a script of raw bytes: no HTTP library would let it
//! misbehave so.

use core::future::Future;
use std::path::PathBuf;

use rolesig_std::http::Timeouts;
use rolesig_std::provider::{SsoError, SsoLogin, SsoProvider, SsoSettings};
use rolesig_std::{Clock, Identity, ProvideCredentials};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::scripted::{BOUND, PATIENT, Server};

/// As `GetRoleCredentials` has it; 2035-08-30T18:36:00Z.
pub(crate) const CREDENTIALS: &str = r#"{"roleCredentials":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","secretAccessKey":"wJalrXUtnFEMI\/K7MDENG","sessionToken":"the-session-token","expiration":2072111760000}}"#;

/// As `CreateToken` has it.
pub(crate) const RENEWED: &str = r#"{"accessToken":"renewed-access-token","expiresIn":28800,"refreshToken":"renewed-refresh-token","tokenType":"Bearer"}"#;

pub(crate) const SECRETS: [&str; 4] = ["access-token", "refresh-token", "hush", "wJalr"];

/// The SHA-1 of `corp`.
pub(crate) const FILE: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

pub(crate) const LOGIN: &str = "run `aws sso login --sso-session corp`";

pub(crate) fn chunked(body: &str) -> String {
    let (front, back) = body.split_at(body.len() / 3);
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let (front, back) = (chunk(front), chunk(back));
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{front}{back}0\r\n\r\n")
}

pub(crate) fn until_close(body: &str) -> String {
    format!("HTTP/1.0 200 OK\r\n\r\n{body}")
}

/// The time some seconds from now, such as `2015-08-30T12:36:00Z`.
pub(crate) fn after(seconds: i64) -> String {
    let at = Clock::SYSTEM.now().as_unix().checked_add_signed(seconds).unwrap();
    let amz_date = rolesig::Timestamp::from_unix(at).unwrap().amz_date().to_string();
    let (d, t) = amz_date.split_once('T').unwrap();
    format!("{}-{}-{}T{}:{}:{}", &d[..4], &d[4..6], &d[6..], &t[..2], &t[2..4], &t[4..])
}

/// A login as the AWS CLI writes it, with some seconds left.
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
    pub(crate) server: Server,
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
        let at = file;
        let server =
            Server::new(move |number, request, stream| serve(number, request, at.clone(), stream))
                .await;
        let origin = server.origin.clone();
        let login = SsoLogin::Session { name: "corp".to_owned(), oidc: origin.clone().into() };
        let (account, role) = ("123456789012".to_owned(), "Read+Only".to_owned());
        let folder = cache.path().to_owned();
        let settings = SsoSettings::new(login, account, role, origin.into(), folder);
        Self { cache, server, provider: SsoProvider::new(settings, timeouts) }
    }

    /// Gives these responses, one a request, and then the last one for ever.
    pub(crate) async fn answers(cached: &str, responses: &[String]) -> Self {
        let responses = responses.to_vec();
        Self::serve(PATIENT, cached, move |number, _, _, mut stream| {
            let response = responses[number.min(responses.len() - 1)].clone();
            async move {
                let _ = stream.write_all(response.as_bytes()).await;
            }
        })
        .await
    }

    pub(crate) async fn fetch(&mut self) -> Result<Identity, SsoError> {
        self.provider.fetch(Clock::SYSTEM).await
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
        self.server.requests().iter().map(path).collect()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.cache.path().join(FILE)
    }

    pub(crate) fn cached(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.file()).unwrap()).unwrap()
    }
}

pub(crate) const PORTAL: &str =
    "/federation/credentials?account_id=123456789012&role_name=Read%2BOnly";

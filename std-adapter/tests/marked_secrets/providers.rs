//! Providers, with what they answer and what services refuse.

use std::fs;

use rolesig_std::cache::{CacheSettings, SharedFile};
use rolesig_std::http::{Network, Timeouts};
use rolesig_std::provider::{
    BoxProvider, ContainerProvider, ImdsEndpoint, ImdsProvider, ProcessProvider, SsoLogin,
    SsoProvider, SsoSettings, StsEndpoint, WebIdentity, WebIdentityProvider,
};
use rolesig_std::{Cache, Chain, Clock, Environment, ProvideCredentials};

use crate::environment;
use crate::marks::{ACCESS_KEY_ID, SECRET, SERVICE_TOKEN, TOKEN, hides_in, walked, walked_error};
use crate::scripted::{PATIENT, Server, ok, response};

const ONCE: Timeouts = {
    let mut timeouts = PATIENT;
    timeouts.attempts = 1;
    timeouts
};

fn document() -> String {
    format!(
        r#"{{"Version":1,"Code":"Success","AccessKeyId":"{ACCESS_KEY_ID}","SecretAccessKey":"{SECRET}","Token":"{TOKEN}","SessionToken":"{TOKEN}","Expiration":"2035-08-30T18:36:00Z"}}"#
    )
}

/// Returns responses that repeat the secrets of a request, and documents that are damaged.
fn responses() -> Vec<String> {
    let document = document();
    let shown = format!("bad token {SERVICE_TOKEN}, {SERVICE_TOKEN}");
    let mut responses = vec![
        ok(&document),
        response(403, &shown),
        response(400, &format!(r#"{{"code":"Denied","message":"{shown}"}}"#)),
        response(
            401,
            &format!(
                "<ErrorResponse><Error><Code>X</Code><Message>{shown}</Message></Error></ErrorResponse>"
            ),
        ),
        response(500, &document),
        format!(
            "HTTP/1.1 302 X\r\nLocation: http://portal.example/?t={SERVICE_TOKEN}\r\nContent-Length: 0\r\n\r\n"
        ),
        format!("HTTP/1.1 200 {SECRET}\r\nX: {TOKEN}\r\n{SECRET}\r\n\r\n"),
        "garbage".to_owned(),
    ];
    for place in [1, 40, 90, 120, 160, 200, document.len() - 1] {
        responses.push(ok(&document[..place]));
        responses.push(ok(&document.replace(&document[place - 1..place], "\\")));
    }
    responses.push(ok(&document.replace(&format!("\"{TOKEN}\""), "7")));
    responses
}

/// Fetches once, and walks what comes of it.
async fn fetch<P: ProvideCredentials>(provider: &mut P) {
    match provider.fetch(Clock::SYSTEM).await {
        Ok(identity) => walked("Identity", &identity),
        Err(error) => walked_error(core::any::type_name::<P::Error>(), &error),
    }
}

#[tokio::test]
async fn hides_secrets_of_containers() {
    for response in responses() {
        let server = Server::answers(&[response]).await;
        let uri = format!("{}/v1/credentials", server.origin);
        let environment: Environment = [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*uri),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", SERVICE_TOKEN),
        ]
        .into_iter()
        .collect();
        let provider = || ContainerProvider::of(&environment).unwrap().with_timeouts(ONCE);
        walked("ContainerProvider", &provider());
        fetch(&mut provider()).await;
        let mut boxed = BoxProvider::new(provider());
        walked("BoxProvider", &boxed);
        fetch(&mut boxed).await;
        let mut chain = Chain::new(&environment);
        walked("Chain", &chain);
        fetch(&mut chain).await;
        walked("Chain", &chain);
        let cache = Cache::new(Chain::new(&environment));
        if let Err(error) = cache.identity().await {
            walked_error("CacheError", &error);
        }
        walked("CacheStatus", &cache.status());
        if let Some(failure) = cache.status().last_failure {
            walked("CacheFailure", &failure);
        }
    }
}

#[tokio::test]
async fn hides_secrets_of_the_metadata_service() {
    for response in responses() {
        let server = Server::answers(&[ok(SERVICE_TOKEN), ok("role"), response]).await;
        let endpoint: ImdsEndpoint = server.origin.to_string().parse().unwrap();
        let mut imds = ImdsProvider::new(endpoint, ONCE);
        fetch(&mut imds).await;
        walked("ImdsProvider", &imds);
    }
}

#[tokio::test]
async fn hides_secrets_of_web_identities() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), SERVICE_TOKEN).unwrap();
    for response in responses() {
        let server = Server::answers(&[response]).await;
        let endpoint = StsEndpoint::of(
            &[("AWS_ENDPOINT_URL_STS", &*server.origin.to_string()), ("AWS_REGION", "eu-west-1")]
                .into_iter()
                .collect(),
            None,
        );
        let mut sts = endpoint.unwrap();
        sts.timeouts = ONCE;
        walked("StsEndpoint", &sts);
        let identity = WebIdentity {
            role_arn: "arn:aws:iam::123456789012:role/demo".to_owned(),
            role_session_name: None,
            token_file: file.path().to_owned(),
            duration_seconds: None,
            provider_id: None,
        };
        walked("WebIdentity", &identity);
        let mut provider = WebIdentityProvider::new(identity, sts);
        fetch(&mut provider).await;
        walked("WebIdentityProvider", &provider);
    }
}

#[tokio::test]
async fn hides_secrets_of_identity_center() {
    let cache = tempfile::tempdir().unwrap();
    let oidc = "http://127.0.0.1:9".parse().unwrap();
    let login = SsoLogin::Session { name: "corp".to_owned(), oidc };
    let file = cache.path().join(login.file_name());
    let good = format!(
        r#"{{"accessToken":"{SERVICE_TOKEN}","expiresAt":"2035-08-30T18:36:00Z","clientId":"c","clientSecret":"{SECRET}","registrationExpiresAt":"2035-08-30T18:36:00Z","refreshToken":"{TOKEN}"}}"#
    );
    for response in responses() {
        let server = Server::answers(&[response]).await;
        let (account, role) = ("123456789012".to_owned(), "role".to_owned());
        let portal = server.origin.to_string().parse().unwrap();
        let folder = cache.path().to_owned();
        let mut settings = SsoSettings::new(login.clone(), account, role, portal, folder);
        settings.network = Network::of(&environment(), None).without_proxies();
        walked("SsoSettings", &settings);
        for text in [&*good, &good[..60], &good.replace("\"c\"", "7"), SECRET] {
            fs::write(&file, text).unwrap();
            let mut provider = SsoProvider::new(settings.clone(), ONCE);
            fetch(&mut provider).await;
            walked("SsoProvider", &provider);
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn hides_secrets_of_processes() {
    let document = document();
    let shown = |text: &str| format!("printf %s '{text}'");
    for command in [
        shown(&document),
        shown(&document[..150]),
        shown(&document.replace("AccessKeyId", "X")),
        shown(&document.replace("2035-08-30T18:36:00Z", SECRET)),
        format!("echo {SECRET} >&2; exit 3"),
        format!("{SERVICE_TOKEN} --password {SECRET}"),
    ] {
        let command = format!("sh -c \"{}\" --password {SECRET}", command.replace('"', "\\\""));
        match ProcessProvider::new("p", &command) {
            Ok(mut provider) => {
                walked("ProcessProvider", &provider);
                fetch(&mut provider).await;
            }
            Err(error) => walked_error("ProcessError", &error),
        }
    }
    for command in [format!("\"tool {SECRET}"), format!("tool '{TOKEN}"), String::new()] {
        if let Err(error) = ProcessProvider::new("p", &command) {
            walked_error("ProcessError", &error);
        }
    }
}

/// The file that processes share holds the credentials, and nothing else shows them.
#[cfg(unix)]
#[tokio::test]
async fn hides_secrets_of_shared_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::answers(&[ok(&document())]).await;
    let directory = tempfile::tempdir().unwrap();
    let uri = format!("{}/v1/credentials", server.origin);
    let environment: Environment =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri)].into_iter().collect();
    let file = SharedFile::new(directory.path().join("shared"), "key").unwrap();
    walked("SharedFile", &file);
    let mut settings = CacheSettings::default();
    settings.shared_file = Some(file.clone());
    walked("CacheSettings", &settings);
    let provider = ContainerProvider::of(&environment).unwrap();
    let cache = Cache::with_settings(provider, settings);
    cache.identity().await.unwrap();
    walked("Cache", &cache);
    let mut names = Vec::new();
    for entry in fs::read_dir(directory.path().join("shared")).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
        hides_in("a file's name", entry.file_name().as_encoded_bytes());
        let content = fs::read_to_string(entry.path()).unwrap();
        names.extend(content.contains(SECRET).then(|| entry.path()));
    }
    assert_eq!(names, [file.path()]);
}

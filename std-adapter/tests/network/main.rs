//! Proxies and TLS, as scripts of raw bytes: which requests they see, and how their responses end.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use rolesig::{Credentials, Payload, Service};
use rolesig_std::client::{ClientError, ClientSettings};
use rolesig_std::http::{ConnectError, Network};
use rolesig_std::provider::{Caller, ContainerProvider, StsEndpoint, StsError};
use rolesig_std::{
    Cache, Chain, Clock, Environment, Identity, ProvideCredentials as _, SigningClient, Source,
};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::scripted::{PATIENT, Server, header, ok, response, with_headers};

mod not_a_proxy;
mod pages;
#[path = "../scripted/mod.rs"]
mod scripted;
#[cfg(all(unix, feature = "tls"))]
mod trust;

const PASSWORD: &str = "p@ss";
const BASIC: &str = "Basic dTpwQHNz";
const CALLER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::111122223333:user/u</Arn><UserId>AIDA</UserId><Account>111122223333</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

fn url_of(proxy: &Server) -> String {
    proxy.origin.to_string().replace("http://", "http://u:p%40ss@")
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "wJalr")];
    let region = [("AWS_REGION", "eu-west-1"), ("AWS_CONFIG_FILE", "/nonexistent")];
    let credentials = [("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")];
    let all = keys.iter().chain(&region).chain(&credentials).chain(variables);
    all.copied().collect()
}

async fn whoami(environment: &Environment) -> Result<Caller, StsError> {
    let keys = Credentials {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: "wJalr",
        session_token: None,
    };
    let identity = Identity::new(keys, None, None, Source::Environment);
    let mut sts = StsEndpoint::of(environment, None).unwrap();
    sts.timeouts = PATIENT;
    Caller::of(&identity, &sts, Clock::SYSTEM).await
}

async fn put(environment: &Environment, url: &str) -> Result<u16, ClientError> {
    put_with(environment, ClientSettings::default(), url).await
}

async fn put_with(
    environment: &Environment,
    mut settings: ClientSettings,
    url: &str,
) -> Result<u16, ClientError> {
    settings.network = Network::of(environment, None);
    let cache = Cache::new(Chain::new(environment));
    let client =
        SigningClient::<Full<Bytes>>::with_settings(cache, "eu-west-1", Service::S3, settings);
    let request = Request::put(url).body(Full::from("hello")).unwrap();
    Ok(client?.send(request, Payload::Bytes(b"hello")).await?.status().as_u16())
}

#[tokio::test]
async fn sends_plain_http_through_the_proxy_with_its_password() {
    let proxy = Server::answers(&[ok(CALLER)]).await;
    let environment = environment(&[
        ("HTTP_PROXY", &url_of(&proxy)),
        ("AWS_ENDPOINT_URL_STS", "http://sts.internal.test"),
    ]);
    assert_eq!(whoami(&environment).await.unwrap().account_id, "111122223333");
    assert_eq!(put(&environment, "http://s3.internal.test:81/b/k?x=1").await.unwrap(), 200);
    let first = ["POST http://sts.internal.test/ ", "PUT http://s3.internal.test:81/b/k?x=1 "];
    let hosts = ["sts.internal.test", "s3.internal.test:81"];
    for (number, (line, host)) in first.into_iter().zip(hosts).enumerate() {
        let request = proxy.request(number);
        assert!(request.starts_with(line), "{request}");
        assert_eq!(header(&request, "host"), Some(host));
        assert_eq!(header(&request, "proxy-authorization"), Some(BASIC));
        let signed = header(&request, "authorization").unwrap();
        assert!(!signed.contains("proxy-authorization"), "{signed}");
    }
}

#[tokio::test]
async fn asks_exempt_hosts_directly_and_without_the_password() {
    let proxy = Server::answers(&[response(500, "")]).await;
    let server = Server::answers(&[ok(CALLER)]).await;
    let url = server.origin.to_string();
    let environment = environment(&[
        ("HTTP_PROXY", &url_of(&proxy)),
        ("NO_PROXY", "127.0.0.0/8"),
        ("AWS_ENDPOINT_URL_STS", &url),
    ]);
    whoami(&environment).await.unwrap();
    assert_eq!(put(&environment, &format!("{url}/b/k")).await.unwrap(), 200);
    assert_eq!((server.count(), proxy.count()), (2, 0));
    assert!(server.requests().iter().all(|request| !request.contains("proxy-auth")));
}

#[tokio::test]
async fn never_asks_metadata_services_through_a_proxy() {
    let proxy = Server::answers(&[response(500, "")]).await;
    let document = r#"{"AccessKeyId":"ASIA","SecretAccessKey":"s","Token":"t",
        "Expiration":"2035-08-30T18:36:00Z","Code":"Success"}"#;
    let server = Server::new(move |_, request, mut stream| async move {
        let body = if request.starts_with("PUT ") { "metadata-token" } else { document };
        let body = if request.contains("security-credentials/ ") { "role" } else { body };
        let _ = stream.write_all(ok(body).as_bytes()).await;
    })
    .await;
    let url = url_of(&proxy);
    let full = format!("{}/x", server.origin);
    let origin = server.origin.to_string();
    let environment: Environment = [
        ("HTTP_PROXY", url.as_str()),
        ("HTTPS_PROXY", &url),
        ("ALL_PROXY", &url),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &full),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &origin),
    ]
    .into_iter()
    .collect();
    let mut container = ContainerProvider::of(&environment).unwrap().with_timeouts(PATIENT);
    assert_eq!(container.fetch(Clock::SYSTEM).await.unwrap().credentials().access_key_id, "ASIA");
    let imds = rolesig_std::provider::ImdsEndpoint::of(&environment, None).unwrap();
    let mut imds = rolesig_std::provider::ImdsProvider::new(imds, PATIENT);
    assert_eq!(imds.fetch(Clock::SYSTEM).await.unwrap().credentials().access_key_id, "ASIA");
    assert_eq!((server.count(), proxy.count()), (4, 0));
}

#[tokio::test]
async fn names_a_refusing_proxy_without_its_password() {
    for (status, remedy) in [(407, "correct them"), (403, "allowed at the proxy")] {
        let proxy = Server::answers(&[response(status, "<html>")]).await;
        let environment = environment(&[("HTTPS_PROXY", &url_of(&proxy))]);
        let sts = whoami(&environment).await.unwrap_err().to_string();
        let s3 = put(&environment, "https://s3.internal.test/b/k").await.unwrap_err();
        let reason = s3.connect_error().unwrap();
        assert!(reason.is_final() && reason.remedy().unwrap().contains(remedy), "{reason}");
        let message = format!("{sts} {s3} {reason} {s3:?}");
        let named = format!("the proxy {} (HTTPS_PROXY) answers {status}", proxy.origin);
        assert!(message.matches(&named).count() >= 2 && sts.contains(remedy), "{message}");
        assert!(!message.contains(PASSWORD) && !message.contains("p%40ss"), "{message}");
        let hosts = ["sts.eu-west-1.amazonaws.com:443", "s3.internal.test:443"];
        assert_eq!(proxy.count(), 2, "each once: {:?}", proxy.requests());
        for (number, host) in hosts.into_iter().enumerate() {
            let request = proxy.request(number);
            assert!(request.starts_with(&format!("CONNECT {host} HTTP/1.1\r\n")), "{request}");
            assert_eq!(header(&request, "host"), Some(host));
            assert_eq!(header(&request, "proxy-authorization"), Some(BASIC));
        }
    }
}

#[tokio::test]
async fn distinguishes_a_proxys_refusal_from_the_services_response() {
    let proxy = Server::answers(&[response(407, "<html>")]).await;
    let environment = environment(&[
        ("http_proxy", &proxy.origin.to_string()),
        ("AWS_ENDPOINT_URL_STS", "http://sts.internal.test"),
    ]);
    let sts = whoami(&environment).await.unwrap_err().to_string();
    assert!(sts.contains("(http_proxy) answers 407") && sts.contains("USER:PASSWORD"), "{sts}");
    let s3 = put(&environment, "http://s3.internal.test/b/k").await.unwrap_err();
    assert!(matches!(s3.connect_error(), Some(ConnectError::ProxyRefusal { .. })), "{s3}");
    assert_eq!(proxy.count(), 2);
}

/// As Squid answers itself; a service that the proxy let through answers without that header.
#[tokio::test]
async fn distinguishes_a_forbidding_proxy_from_the_service() {
    for (status, reason) in [(403, "ERR_ACCESS_DENIED 0"), (503, "ERR_DNS_FAIL 0")] {
        let refusal = response(status, "<html>");
        let refusal = refusal.replacen("\r\n", &format!("\r\nX-Squid-Error: {reason}\r\n"), 1);
        let proxy = Server::answers(&[refusal]).await;
        let environment = environment(&[
            ("http_proxy", &proxy.origin.to_string()),
            ("AWS_ENDPOINT_URL_STS", "http://sts.internal.test"),
        ]);
        let sts = whoami(&environment).await.unwrap_err().to_string();
        assert!(sts.contains(&format!("(http_proxy) answers {status} ({reason})")), "{sts}");
        let s3 = put(&environment, "http://s3.internal.test/b/k").await.unwrap_err();
        assert!(matches!(s3.connect_error(), Some(ConnectError::ProxyRefusal { .. })), "{s3}");
        assert_eq!(proxy.count(), 2, "each once");
    }
}

/// As portals and proxies answer that have no header for it.
#[tokio::test]
async fn names_the_setting_of_a_proxy_of_plain_http_that_answers_itself() {
    let page = "Content-Type: text/html\r\n";
    let portal = "Location: http://portal.example/login?u=x\r\n";
    for (status, headers, message, requests) in [
        (302, portal, "answers 302 (http://portal.example/login)): the proxy, or a portal", 2),
        (511, page, "answers 511): the proxy, or a portal", 2),
        (401, page, "answers 401): add a user name and a password to that setting", 2),
        (401, "", "answers 401): add a user name and a password to that setting", 2),
        (403, page, "answers 403): have the host and the port allowed at the proxy", 2),
        (404, page, "answers 404): check that the setting names a proxy with its port", 2),
        (405, "", "answers 405): check that the setting names a proxy with its port", 2),
        (451, "", "answers 451): have the host and the port allowed at the proxy", 2),
        (408, page, "answers 408): the proxy waited too long for the request", 3),
        (502, page, "answers 502): the proxy does not reach the host", 3),
    ] {
        let proxy = Server::answers(&[with_headers(status, headers, "<html>")]).await;
        let environment = environment(&[
            ("http_proxy", &proxy.origin.to_string()),
            ("AWS_ENDPOINT_URL_STS", "http://sts.internal.test"),
        ]);
        let sts = whoami(&environment).await.unwrap_err().to_string();
        assert!(sts.contains(&format!("(http_proxy) {message}")), "{sts}");
        let s3 = put(&environment, "http://s3.internal.test/b/k").await.unwrap_err();
        assert!(matches!(s3.connect_error(), Some(ConnectError::ProxyRefusal { .. })), "{s3}");
        assert_eq!(proxy.count(), requests, "{sts}");
    }
    for headers in ["x-amz-request-id: R1\r\n", "Content-Type: application/xml\r\n"] {
        let proxy = Server::answers(&[with_headers(403, headers, "")]).await;
        let environment = environment(&[("http_proxy", &proxy.origin.to_string())]);
        let s3 = put(&environment, "http://s3.internal.test/b/k").await;
        assert_eq!(s3.unwrap(), 403, "{headers}");
    }
}

/// One that closes the connection, and one that answers the plain request it was sent.
#[tokio::test]
async fn names_https_for_a_proxy_that_speaks_tls() {
    let page = with_headers(400, "Content-Type: text/html\r\n", "<html>TLS required");
    for complaint in [page.as_str(), ""] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(scripted::speak_tls(listener, complaint.to_owned()));
        for (proxy, sts) in [
            ("HTTPS_PROXY", "https://sts.internal.test"),
            ("HTTP_PROXY", "http://sts.internal.test"),
        ] {
            let environment = environment(&[(proxy, &url), ("AWS_ENDPOINT_URL_STS", sts)]);
            let expected = format!("({proxy}): plain HTTP was sent to a port that speaks TLS");
            let message = whoami(&environment).await.unwrap_err().to_string();
            assert!(message.contains(&expected), "{complaint:?}: {message}");
            assert!(message.ends_with("give the proxy as https://"), "{complaint:?}: {message}");
            let s3 = put(&environment, &sts.replace("sts", "s3")).await.unwrap_err();
            let message = s3.connect_error().map(ToString::to_string).unwrap_or_default();
            assert!(message.contains(&expected), "{complaint:?}: {s3}");
        }
        serving.abort();
    }
}

#[tokio::test]
async fn suggests_https_after_a_tls_alert() {
    let alert = b"\x15\x03\x01\x00\x02\x02\x46";
    let server = Server::new(move |_, _, mut stream| async move {
        let _ = stream.write_all(alert).await;
    })
    .await;
    let url = server.origin.to_string();
    let environment = environment(&[("AWS_ENDPOINT_URL_STS", &url)]);
    let sts = whoami(&environment).await.unwrap_err().to_string();
    assert!(sts.ends_with("give the endpoint as https://"), "{sts}");
    let s3 = put(&environment, &format!("{url}/b/k")).await.unwrap_err();
    assert!(matches!(s3.connect_error(), Some(ConnectError::SpeaksTls)), "{s3}");
    assert_eq!(server.count(), 2, "each once");
}

/// The verdict holds for every request, not only for the first one that failed.
#[tokio::test]
async fn suggests_https_for_every_request_to_a_tls_server() {
    let page = with_headers(400, "Content-Type: text/html\r\n", "<html>TLS required");
    for complaint in [page.as_str(), ""] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/b/k", listener.local_addr().unwrap());
        let serving = tokio::spawn(scripted::speak_tls(listener, complaint.to_owned()));
        let client = SigningClient::<Full<Bytes>>::new(
            Cache::new(Chain::new(&environment(&[]))),
            "eu-west-1",
            Service::S3,
        );
        let client = client.unwrap();
        let put = || async {
            let request = Request::put(&url).body(Full::from("hello")).unwrap();
            client.send(request, Payload::Bytes(b"hello")).await
        };
        let (one, other) = tokio::join!(put(), put());
        for result in [one, other, put().await] {
            let error = result.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains("a port that speaks TLS"), "{complaint:?}: {error}");
        }
        serving.abort();
    }
}

#[tokio::test]
async fn reports_unusable_settings_before_any_request() {
    let server = Server::answers(&[ok(CALLER)]).await;
    let url = server.origin.to_string();
    for (variables, message) in [
        ([("HTTP_PROXY", "socks5://u:hush@p"), ("AWS_ENDPOINT_URL_STS", &url)], "SOCKS"),
        (
            [("ALL_PROXY", "http://u:hush@p:x"), ("AWS_ENDPOINT_URL_STS", &url)],
            "ALL_PROXY: expected",
        ),
    ] {
        let environment = environment(&variables);
        let sts = whoami(&environment).await.unwrap_err().to_string();
        let s3 = put(&environment, &format!("{url}/b/k")).await.unwrap_err();
        let s3 = s3.connect_error().unwrap().to_string();
        assert!(sts.contains(message) && s3.contains(message), "{sts} {s3}");
        assert!(!format!("{sts}{s3}").contains("hush"), "{sts} {s3}");
    }
    assert_eq!(server.count(), 0);
}
